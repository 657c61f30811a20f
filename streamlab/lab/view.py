"""The view: one anywidget, one comm, fed by one thread while an exchange goes on.

Every message has a number. A view that starts late, is shown twice, or misses a message (a front
end may drop some, and keeps none over a reload) asks for a snapshot, and is whole again.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.lab.feed import Feed
    from streamlab.lab.message import Message

MESSAGES_PER_SECOND = 30
"""At most; the server drops what exceeds 1,000 a second, and an eye sees no more than this."""

_STATIC = Path(__file__).parent / "static"


def _built(name: str) -> Path:
    path = _STATIC / name
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: the panel's JavaScript has not been built. It is built when the "
            "package is installed; in a checkout run `make` or `pip install -e .` once more."
        )
    return path


class View(anywidget.AnyWidget):  # type: ignore[misc]
    """Shows one exchange at a time; `follow` gives it another."""

    _esm = _built("view.js")
    _css = _built("view.css")

    def __init__(self, idle: Callable[[], Message]) -> None:
        super().__init__()
        self._idle = idle
        self._feed: Feed | None = None
        self._sending = threading.Lock()
        self._number = 0
        self.on_msg(self._asked)

    def follow(self, feed: Feed) -> None:
        """Show the exchange of `feed` from now on, live until its end."""
        with self._sending:
            self._feed = feed
            self._deliver(feed.message(reset=True))
        threading.Thread(
            target=self._flush, args=(feed,), name="streamlab view", daemon=True
        ).start()

    def refresh(self) -> None:
        """Send everything once more."""
        with self._sending:
            self._deliver(self._feed.message(reset=True) if self._feed else self._idle())

    def show_error(self, text: str) -> None:
        """Say what was wrong with the controls, in the place of the status."""
        with self._sending:
            message = self._feed.message(reset=True) if self._feed else self._idle()
            if message is not None:
                content, buffers = message
                self._deliver(({**content, "status": text}, buffers))

    def _flush(self, feed: Feed) -> None:
        ended = False
        while not ended:
            ended = feed.exchange.wait_done(1 / MESSAGES_PER_SECOND)
            with self._sending:
                if self._feed is not feed:
                    return
                self._deliver(feed.message(reset=False))

    def _deliver(self, message: Message | None) -> None:
        if message is None:
            return
        content, buffers = message
        self._number += 1
        self.send({**content, "seq": self._number}, buffers)

    def _asked(self, _view: View, content: dict[str, Any], _buffers: list[bytes]) -> None:
        if content.get("type") == "snapshot":
            self.refresh()
