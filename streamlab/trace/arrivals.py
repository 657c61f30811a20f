"""What a client received, read by read, with the frames that each read completed.

A read takes the bytes that the socket has at that moment; a frame is what the server made. The
two are recorded separately and matched by time: the frames that a read completes are recorded
before the next read.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.trace.url_probe import URLProbe


@dataclass(frozen=True)
class Arrival:
    """One read, or several that were merged in a long response.

    :param index: the position in the list of all reads.
    :param time: nanoseconds since the exchange began.
    :param gap: nanoseconds since the read before.
    :param size: the number of bytes that were read, framing included.
    :param reads: the number of reads; above 1 if reads were merged.
    :param frames: the number of frames that became complete. Without the chunked coding each read
        counts as a frame.
    :param data: the data of these frames; of a compressed body the content that came with this
        read, as far as it can be decoded. None if it was not kept.
    """

    index: int
    time: int
    gap: int
    size: int
    reads: int
    frames: int
    data: bytes | None


def arrivals(probe: URLProbe, start: int = 0) -> Iterator[Arrival]:
    """Return the reads of a probe so far.

    :param probe: the probe; it may still be running.
    :param start: the index of the first read to return; 0 by default.
    """
    trace = probe.trace
    reads, frames = trace.reads.columns, trace.lanes["client"].columns
    rows = len(reads.ends)
    if reads.stride == 1:
        rows = min(rows, probe.reads_reported)  # the frames of a later read may be incomplete
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
            data=_content(probe, index)
            if probe.body.codings
            else (trace.lanes["client"].body[offset:end] if last > first else b""),
        )


def _content(probe: URLProbe, index: int) -> bytes | None:
    """Return the decoded content that came with a read of a compressed body."""
    body = probe.body
    if not body.decodes or index >= len(body.content_ends) or probe.trace.reads.stride > 1:
        return None
    ends = body.content_ends
    return body.content[ends[index - 1] if index else 0 : ends[index]]
