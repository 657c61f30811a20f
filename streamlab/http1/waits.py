"""Measure how long the client waited for bytes, and in which part of the response.

Single reads tell little: bytes that were sent apart are often read together, and bytes that were
sent together are sometimes read apart. A wait tells more. While it lasts, everything sent before
has been read, and what arrives after it had not been sent.
"""

from __future__ import annotations

APART_NS = 50_000_000
"""The shortest wait that counts, in nanoseconds. The operating system may interrupt a server that
sends everything at once for some milliseconds."""
APART_ROUND_TRIPS = 3
"""The shortest wait that counts, in round trips: the network may delay parts of one message that
long."""
_AT_ONCE_NS = 200_000
"""A read that took less time, in nanoseconds, did not wait: the bytes were already there."""
_RUSH_READS = 32
"""The number of reads without a wait that make a rush. A web page with all its parts needs
fewer."""


class Waits:
    """The waits of one response.

    :param apart_ns: the shortest wait within the body that counts, in nanoseconds.

    >>> waits = Waits(apart_ns=100)
    >>> waits.add(5_000, in_body=False)
    >>> waits.add(99, in_body=True)
    >>> waits.add(250, in_body=True)
    >>> waits.before_body_ns, waits.count, waits.longest_ns
    (5000, 1, 250)
    """

    def __init__(self, apart_ns: int = APART_NS) -> None:
        self.apart_ns = apart_ns
        """The shortest wait within the body that counts, in nanoseconds."""
        self.before_body_ns = 0
        """The time from the request to the first byte of the body, in nanoseconds."""
        self.longest_ns = 0
        """The longest wait between the first byte of the body and the end of the response, in
        nanoseconds."""
        self.count = 0
        """The number of waits within the body that were long enough to count."""
        self.latest_ns = 0
        """The latest wait, in nanoseconds."""
        self.total = 0
        """The number of all waits, however short."""
        self.round_trip_ns = 0
        """The time of one round trip to the server, in nanoseconds; 0 until it is known."""
        self._at_once = 0

    def allow_for(self, round_trip_ns: int) -> None:
        """Raise `apart_ns` so that only waits count which the network cannot have caused.

        :param round_trip_ns: the time of one round trip to the server, in nanoseconds.

        >>> waits = Waits(apart_ns=100)
        >>> waits.allow_for(round_trip_ns=1_000)
        >>> waits.apart_ns
        3000
        """
        self.round_trip_ns = round_trip_ns
        self.apart_ns = max(self.apart_ns, APART_ROUND_TRIPS * round_trip_ns)

    @property
    def rushed(self) -> bool:
        """Whether the last reads had no wait at all: bytes arrive faster than they are read."""
        return self._at_once >= _RUSH_READS

    def add(self, ns: int, *, in_body: bool) -> None:
        """Add a wait.

        :param ns: how long one read of the connection took, in nanoseconds.
        :param in_body: whether a byte of the body had arrived before.
        """
        self.latest_ns = ns
        self.total += 1
        self._at_once = self._at_once + 1 if ns < _AT_ONCE_NS else 0
        if not in_body:
            self.before_body_ns += ns
        else:
            self.longest_ns = max(self.longest_ns, ns)
            if ns >= self.apart_ns:
                self.count += 1
