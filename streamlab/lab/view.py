"""The view: an anywidget that shows an exchange while a thread sends it what is new.

Messages are numbered. A front end can drop messages, and a reload of the page loses all of them.
The view then asks for a snapshot, which contains everything.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget

from streamlab.lab.flusher import flusher
from streamlab.wording import encodable

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.lab.feed import Feed
    from streamlab.lab.message import Message

log = logging.getLogger("streamlab.lab")
log.addHandler(logging.NullHandler())  # without a handler, Python prints errors to stderr

_STATIC = Path(__file__).parent / "static"


def _built(name: str) -> str:
    path = _STATIC / name
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing, because the panel's JavaScript is not built. Run `make` or "
            "`pip install -e .` in the root of the repository."
        )
    # As text: anywidget watches a file with a signal of the class, which keeps every view alive.
    return path.read_text("utf-8")


class View(anywidget.AnyWidget):  # type: ignore[misc]
    """A widget that shows one exchange at a time.

    :param idle: returns what to show before the first exchange.
    """

    _esm = _built("view.js")
    _css = _built("view.css")

    def __init__(self, idle: Callable[[], Message]) -> None:
        super().__init__()
        self._idle = idle
        self._feed: Feed | None = None
        self._sending = threading.Lock()
        self._number = 0
        self.on_msg(self._received)

    def follow(self, feed: Feed) -> None:
        """Show another exchange, live until its end.

        :param feed: the feed of that exchange.
        """
        with self._sending:
            self._feed = feed
            self._deliver(feed.message(reset=True))
        flusher.add(self.flush, feed)

    def refresh(self) -> None:
        """Send a snapshot."""
        with self._sending:
            self._deliver(self._feed.message(reset=True) if self._feed else self._idle())

    def show_error(self, text: str) -> None:
        """Show a message in the first line, where the status is.

        :param text: what was wrong with the user's choice, and what to do.
        """
        with self._sending:
            message = self._feed.message(reset=True) if self._feed else self._idle()
            if message is not None:
                content, buffers = message
                self._deliver(({**content, "status": text}, buffers))

    def flush(self, feed: Feed) -> bool:
        """Send what is new in a feed, and return whether there will be nothing more.

        :param feed: nothing is sent if the view shows another one in the meantime.
        """
        done = feed.exchange.done  # read first: later changes belong to the next message
        with self._sending:
            if self._feed is not feed:
                return True
            try:
                self._deliver(feed.message(reset=False))
            except Exception:  # one message that cannot be sent must not be the last one
                log.exception("The panel could not be updated for %s", feed)
        return done

    def _deliver(self, message: Message | None) -> None:
        if message is None:
            return
        content, buffers = message
        self._number += 1
        self.send(_with_encodable_texts({**content, "seq": self._number}), buffers)

    def __repr__(self) -> str:
        return f"<View {self._feed!r}>" if self._feed else "<View, nothing has run yet>"

    def receive(self, message: dict[str, Any]) -> None:
        """Do what the view asks for.

        :param message: what the view sent.
        """
        if message.get("type") == "snapshot":
            self.refresh()

    def _received(self, _view: View, content: dict[str, Any], _buffers: list[bytes]) -> None:
        self.receive(content)


def _with_encodable_texts(value: Any) -> Any:
    """Return a message whose texts can be sent as UTF-8."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {key: _with_encodable_texts(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_encodable_texts(item) for item in value]
    return value
