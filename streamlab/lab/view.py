"""The view: an anywidget that shows an exchange while a thread sends it what is new.

Messages are numbered. A front end can drop messages, and a reload of the page loses all of them.
The view then asks for a snapshot, which contains everything. It asks again until it gets one,
because its request can be lost too.

The view acknowledges each message. A page that has not acknowledged the latest messages is sent no
more, so it is never far behind.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import anywidget

from streamlab.clock import now_ns
from streamlab.lab import running_cell
from streamlab.lab.flusher import flusher
from streamlab.lab.send_window import SendWindow
from streamlab.wording import encodable

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.lab.feed import Feed
    from streamlab.lab.message import Message

log = logging.getLogger("streamlab.lab")
log.addHandler(logging.NullHandler())  # without a handler, Python prints errors to stderr

_REPEATED_NS = 500_000_000
"""A repeated request for a snapshot means the one that was sent in this time, in nanoseconds."""
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


class _Error(NamedTuple):
    """A message in the first line, until another run begins or the run ends."""

    text: str
    after_end: bool


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
        self._window = SendWindow()
        self._waiting = False
        """Whether something new waits for an acknowledgement."""
        self._reset_at = 0
        self._error: _Error | None = None
        running_cell.watch()
        self.on_msg(self._received)

    def follow(self, feed: Feed) -> None:
        """Show another exchange, live until its end.

        :param feed: the feed of that exchange.
        """
        with self._sending:
            self._feed = feed
            self._error = None
            self._deliver(feed.message(reset=True))
        flusher.add(self.flush, feed)

    def refresh(self) -> None:
        """Send a snapshot."""
        with self._sending:
            feed = self._feed
            self._deliver(feed.message(reset=True) if feed else self._idle())
        if feed:
            flusher.add(self.flush, feed)

    def show_error(self, text: str) -> None:
        """Show a message in the first line, where the status is.

        :param text: what was wrong with the user's choice, and what to do.
        """
        self._error = _Error(text, after_end=self._is_over())
        self.refresh()

    def _is_over(self) -> bool:
        return self._feed is not None and self._feed.exchange.done

    def flush(self, feed: Feed) -> bool:
        """Send what is new in a feed, and return whether there will be nothing more.

        :param feed: nothing is sent if the view shows another one in the meantime.
        """
        done = feed.exchange.done  # read first: later changes belong to the next message
        with self._sending:
            if self._feed is not feed:
                return True
            self._waiting = not self._may_send()
            if self._waiting:
                return done and not running_cell.front_end_may_wait()
            try:
                self._deliver(feed.message(reset=False))
            except Exception:  # one message that cannot be sent must not be the last one
                log.exception("The panel could not be updated for %s", feed)
            return done and not feed.left_out

    def _may_send(self) -> bool:
        window = self._window
        return window.is_open or (running_cell.front_end_may_wait() and window.is_assumed_open)

    def _deliver(self, message: Message | None) -> None:
        if message is None:
            return
        content, buffers = message
        if self._error and self._error.after_end == self._is_over():
            content = {**content, "status": self._error.text}
        self._number += 1
        if content["reset"]:
            self._window.clear()
            self._reset_at = now_ns()
        self._window.sent(self._number, sum(map(len, buffers)))
        self.send(_with_encodable_texts({**content, "seq": self._number}), buffers)

    def _acknowledged(self, number: int) -> None:
        with self._sending:
            lost = not self._window.acknowledge(number)
            feed, waiting = self._feed, self._waiting
        if lost:
            self.refresh()
        elif waiting and feed:
            flusher.add(self.flush, feed)

    def __repr__(self) -> str:
        return f"<View {self._feed!r}>" if self._feed else "<View, nothing has run yet>"

    def receive(self, message: dict[str, Any]) -> None:
        """Do what the view asks for.

        :param message: what the view sent.
        """
        kind = message.get("type")
        if kind == "ack":
            self._acknowledged(int(message["seq"]))
        elif kind == "snapshot" and not (message.get("again") and self._has_just_reset()):
            self.refresh()

    def _has_just_reset(self) -> bool:
        return now_ns() - self._reset_at < _REPEATED_NS

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
