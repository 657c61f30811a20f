"""A channel: the numbered messages that show one exchange at a time in a view.

Messages are numbered. A front end can drop messages, and a reload of the page loses all of them.
The view then asks for a snapshot, which contains everything. It asks again until it gets one,
because its request can be lost too.

The view acknowledges each message. A page that has not acknowledged the latest messages is sent no
more, so it is never far behind.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from streamlab.clock import now_ns
from streamlab.lab import running_cell
from streamlab.lab.flusher import flusher
from streamlab.lab.send_window import SendWindow
from streamlab.wording import encodable

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.lab.feed import Feed
    from streamlab.lab.message import Message
    from streamlab.lab.protocol import ChannelName

log = logging.getLogger("streamlab.lab")
log.addHandler(logging.NullHandler())  # without a handler, Python prints errors to stderr

_REPEATED_NS = 500_000_000
"""A repeated request for a snapshot means the one that was sent in this time, in nanoseconds."""


class _Error(NamedTuple):
    """A message in the first line, until another run begins or the run ends."""

    text: str
    after_end: bool


class Channel:
    """Sends what one exchange after the other did.

    :param name: the view has a store for each name.
    :param send: sends a message and its buffers. Any thread calls it.
    :param idle: returns what to show before the first exchange; None if there is nothing to show.
    """

    def __init__(
        self,
        name: ChannelName,
        send: Callable[[dict[str, Any], list[bytes]], object],
        idle: Callable[[], Message | None],
    ) -> None:
        self.name = name
        self.feed: Feed | None = None
        """The feed of the exchange that is shown."""
        self.window = SendWindow()
        self._send = send
        self._idle = idle
        self._sending = threading.Lock()
        self._number = 0
        self._waiting = False
        """Whether something new waits for an acknowledgement."""
        self._reset_at = 0
        self._error: _Error | None = None

    def follow(self, feed: Feed) -> None:
        """Show another exchange, live until its end.

        :param feed: the feed of that exchange.
        """
        with self._sending:
            self.feed = feed
            self._error = None
            self._deliver(feed.message(reset=True))
        flusher.add(self.flush, feed)

    def leave(self) -> None:
        """Show nothing more of the exchange. The view keeps what it has."""
        with self._sending:
            self.feed = None

    def refresh(self) -> None:
        """Send a snapshot."""
        with self._sending:
            feed = self.feed
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
        return self.feed is not None and self.feed.exchange.done

    def flush(self, feed: Feed) -> bool:
        """Send what is new in a feed, and return whether there will be nothing more.

        :param feed: nothing is sent if the channel shows another one in the meantime.
        """
        done = feed.exchange.done  # read first: later changes belong to the next message
        with self._sending:
            if self.feed is not feed:
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
        window = self.window
        return window.is_open or (running_cell.front_end_may_wait() and window.is_assumed_open)

    def _deliver(self, message: Message | None) -> None:
        if message is None:
            return
        content, buffers = message
        if self._error and self._error.after_end == self._is_over():
            content = {**content, "status": self._error.text}
        self._number += 1
        if content["reset"]:
            self.window.clear()
            self._reset_at = now_ns()
        self.window.sent(self._number, sum(map(len, buffers)))
        numbered = {**content, "channel": self.name, "seq": self._number}
        self._send(with_encodable_texts(numbered), buffers)

    def receive(self, message: dict[str, Any]) -> None:
        """Do what the view asks for.

        :param message: what the view sent: an acknowledgement or a request for a snapshot.
        """
        kind = message.get("type")
        if kind == "ack":
            self._acknowledged(int(message["seq"]))
        elif kind == "snapshot" and not (message.get("again") and self._has_just_reset()):
            self.refresh()

    def _acknowledged(self, number: int) -> None:
        with self._sending:
            lost = not self.window.acknowledge(number)
            feed, waiting = self.feed, self._waiting
        if lost:
            self.refresh()
        elif waiting and feed:
            flusher.add(self.flush, feed)

    def _has_just_reset(self) -> bool:
        return now_ns() - self._reset_at < _REPEATED_NS

    def __repr__(self) -> str:
        return f"<Channel {self.name}, {self.feed!r}>"


def with_encodable_texts(value: Any) -> Any:
    r"""Return a message whose texts can be sent as UTF-8.

    :param value: made of lists, dictionaries, texts and numbers.

    >>> with_encodable_texts(["caf\udce9", {"size": 1}])
    ['caf\\udce9', {'size': 1}]
    """
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {key: with_encodable_texts(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [with_encodable_texts(item) for item in value]
    return value
