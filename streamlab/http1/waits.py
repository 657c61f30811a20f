"""The client's waits: when it had read all there was, and how long nothing more came.

Reads tell little: bytes that were sent apart are often read together, and bytes sent together
apart. What tells is a wait. While it lasts, everything that came before has been handed over, and
what comes after was not there yet.
"""

from __future__ import annotations

APART_NS = 50_000_000
"""Nanoseconds a wait must last to be one: a server that sends in one go may be interrupted for
some milliseconds."""
APART_ROUND_TRIPS = 3
"""...and round trips: so long may the network itself keep parts of one thing apart."""
_AT_ONCE_NS = 200_000
"""Nanoseconds below which a read has not waited: it found something, or had only to be woken."""
_RUSH_READS = 32
"""Reads in a row without a wait. A page with all its parts has come before that."""


class Waits:
    """How long the client stood and waited, at which stage of the response."""

    def __init__(self, apart_ns: int = APART_NS) -> None:
        self.apart_ns = apart_ns
        """Nanoseconds from which on a wait within the body counts."""
        self.before_body_ns = 0
        """From the request sent to the first byte of the body."""
        self.longest_ns = 0
        """The longest wait with bytes of the body in hand, and the end not there."""
        self.count = 0
        """How many of those waits counted."""
        self._at_once = 0

    def allow_for(self, round_trip_ns: int) -> None:
        """Let a wait count only where the network cannot be its cause."""
        self.apart_ns = max(self.apart_ns, APART_ROUND_TRIPS * round_trip_ns)

    @property
    def rushed(self) -> bool:
        """Whether more comes faster than it can be read, and has done so for a while."""
        return self._at_once >= _RUSH_READS

    def waited(self, ns: int, *, in_body: bool) -> None:
        """Note a wait."""
        self._at_once = self._at_once + 1 if ns < _AT_ONCE_NS else 0
        if not in_body:
            self.before_body_ns += ns
        else:
            self.longest_ns = max(self.longest_ns, ns)
            if ns >= self.apart_ns:
                self.count += 1
