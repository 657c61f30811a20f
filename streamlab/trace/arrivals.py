"""What a client saw arrive: its reads one by one, each with the frames that it completed.

A read is what the socket had at that moment, a frame what the server made. They are recorded
apart, and belong together by time: a frame that is completed by a read is noted before the next.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.http1.client import Probe


@dataclass(frozen=True)
class Arrival:
    """One read, or several that were merged: times in nanoseconds, sizes in bytes."""

    index: int
    time: int
    """Since the exchange began."""
    gap: int
    """Since the read before."""
    size: int
    """What came over the wire, framing included."""
    reads: int
    frames: int
    """Frames of the body that became complete. Without the chunked coding, the read itself."""
    data: bytes | None
    """What those frames carry; None where it was not kept."""


def arrivals(probe: Probe, start: int = 0) -> Iterator[Arrival]:
    """The reads of `probe` so far, from row `start` on."""
    trace = probe.trace
    reads, frames = trace.reads.columns, trace.lanes["client"].columns
    rows = len(reads.ends)
    if reads.stride == 1:
        rows = min(rows, probe.reads)
    for index in range(start, rows):
        time = reads.times[index]
        before = (reads.lasts or reads.times)[index - 1] if index else time
        first = bisect_left(frames.times, time)
        last = len(frames.ends)
        if index + 1 < len(reads.ends):
            last = bisect_left(frames.times, reads.times[index + 1])
        offset = frames.ends[first - 1] if first else 0
        end = frames.ends[last - 1] if last else 0
        yield Arrival(
            index=index,
            time=time - trace.origin,
            gap=time - before,
            size=reads.ends[index] - (reads.ends[index - 1] if index else 0),
            reads=reads.stride,
            frames=(last - first) * frames.stride,
            data=trace.lanes["client"].body[offset:end] if last > first else b"",
        )
