"""What the arrival of a response shows, in numbers: when content came, and in how many parts.

Three kinds of arrival show that a body was sent in parts:

- one wait that is so long that neither the network nor a busy machine is its cause;
- many shorter waits, with a part of the content after each;
- content that is spread over a long time, though the network would have been faster.

A network delays data too, so waits count that are longer than some round trips. Shorter ones
count if the network cannot be the reason: if all fits into what TCP sends at once, if less arrives
than TCP's smallest rate, or if the waits lie between frames of the chunked coding.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from streamlab.http1.waits import APART_NS, APART_ROUND_TRIPS
from streamlab.trace.bursts import Burst, joined

if TYPE_CHECKING:
    from streamlab.trace.url_probe import URLProbe

MANY_WAITS = 4
"""So many short waits are not by chance."""
_FLIGHT_BYTES = 14_600
"""What TCP sends before the first acknowledgement: ten segments (RFC 6928)."""
_SEGMENT_BYTES = 1_460
NEAR_NS = 1_000_000
"""A server is near if a round trip takes less, in nanoseconds."""
_MANY_READS = 20
_LONG_NS = 200_000_000
"""A body that comes in many reads for this long is not one piece, in nanoseconds."""
_CLIENT_BOUND_BYTES = 64 * 1024
"""If reads have more bytes on average, the client is slower than the server."""
_EARLY_SHARE = 8
"""Content came early if the wait for it is shorter than one of so many parts of the time behind."""
LUMP_MESSAGES = 10
"""So many messages at once are a lump."""
_LUMP_MESSAGES_IN_A_BURST = 5
_LUMP_SHARE = 5
"""A lump arrives in less than one of so many parts of the wait before it."""


@dataclass
class Evidence:
    """What a probe has received, for the verdict.

    :param probe: the probe, which has run.
    """

    probe: URLProbe

    @cached_property
    def bursts(self) -> list[Burst]:
        """The bursts with content. For event streams, those with events and not only comments."""
        return [burst for burst in self.probe.body.bursts if self.amount(burst)]

    def amount(self, burst: Burst) -> int:
        """Return how much content a burst has: messages if there are any, otherwise bytes.

        :param burst: what arrived between two waits.
        """
        messages = self.probe.body.messages
        if self.counts_messages:
            return messages.count_of(burst.marks)
        if messages.kind == "event":
            return 0  # only comments so far
        return burst.content

    @cached_property
    def counts_messages(self) -> bool:
        """Whether there are messages to count. One line, even a long one, is not counted."""
        messages = self.probe.body.messages
        return messages.count > (0 if messages.kind == "event" else 1)

    @cached_property
    def total(self) -> int:
        """How much content arrived, in the unit of `amount`."""
        return sum(map(self.amount, self.bursts))

    @cached_property
    def before_content_ns(self) -> int:
        """How long the client waited for the first content, in nanoseconds."""
        waits = self.probe.waits
        every = self.probe.body.bursts
        if not self.bursts:
            return waits.before_body_ns + waits.longest_ns
        early = every[1 : every.index(self.bursts[0]) + 1]
        return waits.before_body_ns + sum(burst.wait_ns for burst in early)

    @property
    def length_ns(self) -> int:
        """From the first content to the last, in nanoseconds."""
        return self.bursts[-1].end - self.bursts[0].start if self.bursts else 0

    @cached_property
    def clusters(self) -> list[Burst]:
        """The bursts with content, joined where the wait between them is short."""
        return joined(self.bursts, max(1, self.probe.waits.apart_ns))

    @cached_property
    def long_waits(self) -> list[int]:
        """The waits after the first content that count on their own, the last one included."""
        if not self.bursts:
            return []
        every = self.probe.body.bursts
        after = every[every.index(self.bursts[0]) + 1 :]
        waits = [*(burst.wait_ns for burst in after), *self._last_waits]
        return [ns for ns in waits if ns and ns >= self.probe.waits.apart_ns]

    @property
    def _last_waits(self) -> list[int]:
        """The waits after the last byte of the body: for its end mark, and for more bytes."""
        return [ns for ns in (self.probe.body.end_wait_ns, self.probe.body.silence_ns) if ns]

    @cached_property
    def short_waits(self) -> list[int]:
        """The waits between two bursts with content that are not by the network."""
        allowed = APART_ROUND_TRIPS * self.probe.waits.round_trip_ns
        if self.network_is_fast:
            allowed = 0
        return [
            burst.wait_ns
            for burst in self.bursts[1:]
            if burst.wait_ns >= allowed or burst.between_frames
        ]

    @cached_property
    def network_is_fast(self) -> bool:
        """Whether the network could have brought the whole body without these waits."""
        size = sum(burst.body for burst in self.bursts)
        if size <= _FLIGHT_BYTES:
            return True
        round_trip = self.probe.waits.round_trip_ns
        each_round_trip = _FLIGHT_BYTES if round_trip < NEAR_NS else _SEGMENT_BYTES
        return size * round_trip <= each_round_trip * self.length_ns

    @property
    def flows(self) -> bool:
        """Whether content came after many short waits."""
        waits = self.short_waits
        # A client that is busy with what it has received waits only now and then.
        if len(waits) < MANY_WAITS or sum(waits) < max(APART_NS, self.length_ns // 2):
            return False
        largest = max(map(self.amount, self.bursts))
        if 2 * largest > self.total:
            return False
        if not self.is_short:
            return True
        # A long body that was collected is also sent and read in several turns on a busy machine.
        size = sum(burst.body for burst in self.bursts)
        return len(waits) >= 2 * MANY_WAITS and size <= _CLIENT_BOUND_BYTES * len(self.bursts)

    @property
    def spread(self) -> bool:
        """Whether content came in many reads all the time, slower than the network brings it."""
        reads = self.probe.trace.reads
        length = self.length_ns
        if self.is_short or length < _LONG_NS or reads.chunks < _MANY_READS:
            return False
        if not self.network_is_fast:
            return False
        size = sum(burst.body for burst in self.bursts)
        if size > _CLIENT_BOUND_BYTES * reads.chunks and not self._began_early:
            return False
        start = self.bursts[0].start
        quarters = [bisect_left(reads.times, start + length * part // 4) for part in range(1, 5)]
        ends = [0, *(reads.ends[min(row, len(reads.ends) - 1)] for row in quarters)]
        sizes = [after - before for before, after in pairwise(ends)]
        return min(sizes) * 20 >= sum(sizes)

    @property
    def _began_early(self) -> bool:
        """Whether content came so early that little of a long stream can have been made by then."""
        early = _EARLY_SHARE * self.before_content_ns <= self.length_ns
        return early and self.probe.response.framing != "length"

    @property
    def in_parts(self) -> bool:
        """Whether content came in parts, by many waits or by the time that it took."""
        return self.flows or self.spread

    @property
    def is_short(self) -> bool:
        """Whether the content came in a short time, compared with the wait before it."""
        return self.length_ns < min(max(APART_NS, self.before_content_ns // 4), 5 * _LONG_NS)

    @cached_property
    def lumps(self) -> list[Burst]:
        """The clusters that are lumps: many messages that came at once after a wait."""
        if not self.counts_messages:
            return []
        return [cluster for cluster in self.clusters if self._is_lump(cluster)]

    def _is_lump(self, cluster: Burst) -> bool:
        inside = [one for one in self.bursts if cluster.start <= one.start <= cluster.end]
        messages = self.amount(cluster)
        wait = self.before_content_ns if inside[0] is self.bursts[0] else cluster.wait_ns
        return (
            messages >= max(LUMP_MESSAGES, _LUMP_MESSAGES_IN_A_BURST * len(inside))
            and wait >= self.probe.waits.apart_ns
            and cluster.length_ns * _LUMP_SHARE <= wait
        )
