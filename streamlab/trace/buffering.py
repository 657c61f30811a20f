"""Bytes that were held: they had passed one lane, and not yet the next.

Every byte is, for a moment. What counts is order: a chain of iterables is pulled from its end, and
whoever passes on what it gets does so before it asks for more. Whoever asks for more first is
holding. So bytes are held *back* that pass a lane later than the *next* chunk is made. No clock
decides, and a slow network holds nothing.

`held_between` counts what was held back, for the verdict; `held_over_time` tells the whole story.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import dropwhile, groupby, pairwise
from operator import gt, itemgetter
from typing import TYPE_CHECKING, NamedTuple

from streamlab.trace.trace import same_bytes

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator, Sequence

    from streamlab.trace.lane import Columns, Lane
    from streamlab.trace.trace import Trace


_CODING_HEADS = {b"\x1f\x8b": 10, b"\x78\x01": 2, b"\x78\x5e": 2, b"\x78\x9c": 2, b"\x78\xda": 2}
"""How long what a content coding puts ahead of all content is, by how it begins: gzip's head (RFC
1952 section 2.3), zlib's (RFC 1950 section 2.2). It is no sign of what went in."""


@dataclass(frozen=True)
class Held:
    """What was held between two lanes.

    ``late`` of ``chunks`` chunks came on only after more had been made, ``size`` bytes at most at
    once, the first from ``since`` until ``until`` (nanoseconds). The last chunk is not among
    ``chunks``: nothing is made after it that it could be late for.
    """

    before: str
    behind: str
    chunks: int
    late: int
    size: int
    since: int
    until: int


def held_between(trace: Trace, *, until: str | None = None) -> Iterator[Held]:
    """What was held between each two neighbours of the lanes with bytes, in their order.

    :param until: the lane to stop short of.
    """
    lanes = [lane for lane in trace.lanes.values() if lane.chunks and lane.name != until]
    if lanes:
        made = lanes[0].columns
        for before, behind in pairwise(lanes):
            yield _held(before, behind, made)


def _held(before: Lane, behind: Lane, made: Columns) -> Held:
    a, b = before.columns, behind.columns
    nothing = Held(before.name, behind.name, max(0, len(made.ends) - 1), 0, 0, 0, 0)
    if a.ends == b.ends == made.ends:
        # The usual case, and long streams are: nothing was joined or split. Compared in C.
        if not any(map(gt, _arrivals(b), made.times[1:])):
            return nothing
    elif not same_bytes(before, behind):
        return _held_by_time(before, behind, made)
    arrivals = _arrivals(b)
    late, most, since, until = 0, 0, 0, 0
    for end, passed in zip(a.ends, _arrivals(a), strict=False):
        next_made = bisect_right(made.times, passed)
        if next_made >= len(made.times):
            break
        deadline = made.times[next_made]
        row = bisect_left(b.ends, end)
        arrived = arrivals[row] if row < len(b.ends) else None
        if arrived is not None and arrived <= deadline:
            continue
        late += 1
        already = bisect_right(arrivals, deadline)
        most = max(most, end - (b.ends[already - 1] if already else 0))
        if late == 1:
            since, until = passed, arrived or arrivals[-1]
    return Held(before.name, behind.name, nothing.chunks, late, most, since, until)


def _held_by_time(before: Lane, behind: Lane, made: Columns) -> Held:
    """The same where bytes are recoded: a chunk is passed on when anything comes out in its time.

    Only what a coding puts ahead of all content, such as gzip's ten bytes, is no sign of it.
    """
    a, b = before.columns, behind.columns
    arrivals = _arrivals(b)
    late, since, until, waiting, most, start = 0, 0, 0, 0, 0, 0
    head = coding_head(behind)
    for end, passed in zip(a.ends, _arrivals(a), strict=False):
        size, start = end - start, end
        next_made = bisect_right(made.times, passed)
        if next_made >= len(made.times):
            break
        out_from = bisect_left(arrivals, passed)
        out_until = bisect_right(arrivals, made.times[next_made])
        only_a_head = out_from == 0 and out_until > 0 and b.ends[out_until - 1] <= head
        if out_until > out_from and not only_a_head:
            waiting = 0
            continue
        late += 1
        waiting += size
        most = max(most, waiting)
        if late == 1:
            since = passed
            until = arrivals[out_until] if out_until < len(arrivals) else passed
    return Held(before.name, behind.name, max(0, len(made.ends) - 1), late, most, since, until)


def coding_head(lane: Lane) -> int:
    """How many bytes a coding has put ahead of all content on a lane; 0 where it is none we know.

    >>> from streamlab.trace.lane import Lane
    >>> lane = Lane("gzip")
    >>> lane.record(bytes.fromhex("1f8b0800000000000003"))
    >>> coding_head(lane), coding_head(Lane("sse"))
    (10, 0)
    """
    return _CODING_HEADS.get(bytes(lane.body[:2] or b""), 0)


def _arrivals(columns: Columns) -> array[int]:
    """When each row was complete."""
    return columns.lasts or columns.times


class Step(NamedTuple):
    """From ``time`` on, in nanoseconds, ``size`` bytes are held.

    ``back`` tells whether some of them were already there when the latest chunk was made.
    """

    time: int
    size: int
    back: bool


class Holding:
    """The bytes between two lanes, as they grow and shrink.

    ``holder`` is who has them, ``before`` and ``behind`` are the names of the lanes.
    """

    def __init__(self, trace: Trace, made: Lane, before: Lane, behind: Lane) -> None:
        self.holder = trace.holder(behind.name)
        self.before = before.name
        self.behind = behind.name
        self._made, self._before, self._behind = made.columns, before.columns, behind.columns
        self._recoded = not same_bytes(before, behind)
        self._head = coding_head(behind)
        self._sent = trace.send_confirmed and behind.name == "client"

    def at(self, time: int) -> Step:
        """What is held at a moment, in nanoseconds on the clock of the lanes."""
        passed = _passed(self._before, _rows_until(self._before, time))
        further = self._passed_further(time)
        latest = _rows_until(self._made, time)
        there_already = 0
        if latest:
            made_at = _arrivals(self._made)[latest - 1]
            there_already = _passed(self._before, bisect_left(_arrivals(self._before), made_at))
        # Of two threads, that of the lane behind may be the first to get its note written.
        size = max(0, passed - further)
        return Step(time, size, back=not self._sent and further < min(passed, there_already))

    def steps(self) -> Iterator[Step]:
        """What is held from each moment on at which that changes, the first bytes first."""
        columns = (self._made, self._before, self._behind)
        times = sorted({time for one in columns for time in _arrivals(one)})
        held = dropwhile(lambda step: not step.size, map(self.at, times))
        return (next(run) for _, run in groupby(held, key=itemgetter(1, 2)))

    def most(self) -> int:
        """The most bytes that are held at once."""
        return max((step.size for step in self.steps()), default=0)

    def _passed_further(self, time: int) -> int:
        """How many of the bytes of the lane before have passed the one behind."""
        rows = _rows_until(self._behind, time)
        further = _passed(self._behind, rows)
        if not self._recoded:
            return further
        if further <= self._head:
            return 0
        # Offsets are others there: what comes out has all in it that had come in.
        return _passed(self._before, _rows_until(self._before, _arrivals(self._behind)[rows - 1]))


def held_over_time(trace: Trace, lanes: Sequence[Lane]) -> list[Holding]:
    """What is held between each two of `lanes`, from the first that has bytes on.

    Where bytes are recoded, offsets are others behind that. There time has to tell: when anything
    comes out, nothing is held any more.
    """
    made = next((lane for lane in lanes if lane.chunks), None)
    if made is None:
        return []
    return [
        Holding(trace, made, before, behind) for before, behind in pairwise(lanes) if before.chunks
    ]


def _rows_until(columns: Columns, time: int) -> int:
    """How many rows have passed at a moment."""
    return bisect_right(_arrivals(columns), time)


def _passed(columns: Columns, rows: int) -> int:
    """How many bytes these rows are; one that is being written has a time before it has an end."""
    return columns.ends[min(rows, len(columns.ends)) - 1] if rows else 0
