"""The send window: how much a view may be sent before its page has acknowledged it.

A page that is slow, hidden or gone must not be sent more and more. What is new meanwhile goes into
the next message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlab.clock import now_ns

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_MESSAGES = 4
"""How many messages may be on their way. With one, each would wait for a round trip."""
MAX_BYTES = 64 * 1024
"""How many bytes may be on their way. A larger message travels alone."""
BYTES_PER_SECOND = 1024 * 1024
"""How fast a page is assumed to read while it cannot acknowledge anything."""
LOST_SECONDS = 2.0
"""How long an earlier acknowledgement can still arrive after a message was sent."""


class SendWindow:
    """The messages to one view that its page has not acknowledged.

    :param clock: returns the time in nanoseconds.

    >>> window = SendWindow()
    >>> window.sent(1, size=500_000)
    >>> window.is_open
    False
    >>> window.acknowledge(1)
    True
    >>> window.is_open
    True
    """

    def __init__(self, clock: Callable[[], int] = now_ns) -> None:
        self._clock = clock
        self._sizes: dict[int, int] = {}
        self._sent_at = 0

    def sent(self, number: int, size: int) -> None:
        """Note that a message is on its way.

        :param number: of the message, one more than that of the message before.
        :param size: in bytes.
        """
        self._sizes[number] = size
        self._sent_at = self._clock()

    def acknowledge(self, number: int) -> bool:
        """Note that the page has a message and all before it.

        :param number: of the message.
        :return: False if a later message must have been lost.
        """
        for earlier in [sent for sent in self._sizes if sent <= number]:
            del self._sizes[earlier]
        # If the message just sent were on its way, the page would not say this again.
        return not self._sizes or self._seconds() < LOST_SECONDS

    def clear(self) -> None:
        """Forget all messages: the page gets a snapshot."""
        self._sizes.clear()

    @property
    def is_open(self) -> bool:
        """Whether another message may be sent."""
        return len(self._sizes) < MAX_MESSAGES and self._bytes < MAX_BYTES

    @property
    def is_assumed_open(self) -> bool:
        """Whether the page should have read the latest message by now."""
        return self._seconds() * BYTES_PER_SECOND >= max(self._sizes.values(), default=0)

    @property
    def _bytes(self) -> int:
        return sum(self._sizes.values())

    def _seconds(self) -> float:
        return (self._clock() - self._sent_at) / 1e9

    def __repr__(self) -> str:
        return f"<SendWindow, {len(self._sizes)} messages on their way>"
