"""The picture below a panel, which a saved notebook shows where the panel cannot run.

A widget is saved as a reference to a model in a kernel that has ended. GitHub and nbconvert show
nothing for it, a notebook that is not trusted shows its text, and a trusted one an error. So a Lab
has a second output in its cell. It is hidden while the panel is shown. At the end of each run it is
replaced by a picture of that run (`IPython.display.update_display`).
"""

from __future__ import annotations

import logging
import secrets
import sys
from typing import TYPE_CHECKING, Any

from streamlab.clock import now_ns
from streamlab.exports.display import to_image
from streamlab.exports.formatting import verdict_sentence
from streamlab.lab.flusher import flusher
from streamlab.wording import encodable

if TYPE_CHECKING:
    from streamlab.harness.exchange import Exchange
    from streamlab.lab.feed import Feed

log = logging.getLogger("streamlab.lab")

_MIN_INTERVAL_NS = 1_000_000_000
"""The least time between two updates: Jupyter drops messages above 1 MB a second."""
_EMPTY_NOTE = "The panel needs a running kernel. Choose Run → Run All Cells."
_NOTE = "This run was saved with the notebook. For the panel, choose Run → Run All Cells."


def notebook_publisher() -> Any:
    """Return what publishes outputs in a notebook; None if this code does not run in a kernel.

    See IPython's documentation of ``DisplayPublisher``.
    """
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    return shell.display_pub if hasattr(shell, "kernel") else None


class SavedPicture:
    """The second output of the cell that shows a Lab."""

    def __init__(self) -> None:
        self.name = f"streamlab-saved-{secrets.token_hex(6)}"
        """Its CSS class, by which the view hides it, and its display id."""
        self._publisher: Any = None
        self._sent_at = -_MIN_INTERVAL_NS

    def __repr__(self) -> str:
        return f"<SavedPicture {self.name}>"

    def display(
        self,
        publisher: Any,
        panel: dict[str, Any],
        metadata: dict[str, Any],
        exchange: Exchange | None,
    ) -> None:
        """Show the panel, and the picture as a second output of the cell that runs.

        :param publisher: what `notebook_publisher` has returned.
        :param panel: the representations of the panel by MIME type.
        :param metadata: their metadata.
        :param exchange: the latest one; None before the first.
        """
        self._publisher = publisher
        publisher.publish(panel, metadata)
        publisher.publish(self._bundle(exchange), transient={"display_id": self.name})

    def follow(self, feed: Feed) -> None:
        """Show a picture of an exchange when it is done.

        :param feed: the feed of the exchange that the panel shows. A later one replaces it.
        """
        flusher.add(self.flush, feed)

    def flush(self, feed: Feed) -> bool:
        """Send the picture if the exchange is done, and return whether that was the last time.

        The flusher calls this in its thread, so that no thread of a run needs a socket.

        :param feed: the feed of the exchange.
        """
        if not feed.exchange.done:
            return False
        if self._publisher is None:
            return True
        now = now_ns()
        if now - self._sent_at < _MIN_INTERVAL_NS:
            return False
        self._sent_at = now
        try:
            content = self._bundle(feed.exchange)
            self._publisher.publish(content, transient={"display_id": self.name}, update=True)
        except Exception:  # the flusher also serves the other panels
            log.exception("The saved picture could not be updated for %s", feed)
        return True

    def _bundle(self, exchange: Exchange | None) -> dict[str, str]:
        """Return the representations of the output by MIME type."""
        image, note, text = "", _EMPTY_NOTE, _EMPTY_NOTE
        if exchange is not None and exchange.done:
            image, note, text = to_image(exchange), _NOTE, verdict_sentence(exchange)
        # Without its kernel, a trusted notebook shows an error instead of the panel, in the output
        # before this one. In an output that is not trusted, Jupyter removes the style.
        other = f".jp-OutputArea-child:has(+ .jp-OutputArea-child .{self.name})"
        style = f"<style>{other}:not(:has(.streamlab-view)){{display:none}}</style>"
        return {
            "text/html": f'<div class="{self.name}">{style}{image}<p>{note}</p></div>',
            "text/plain": encodable(text),
        }
