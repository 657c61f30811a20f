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
from heapq import merge
from itertools import groupby, pairwise, repeat
from operator import attrgetter, gt, itemgetter
from typing import TYPE_CHECKING, NamedTuple

from streamlab.trace.trace import same_bytes

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator, Sequence

    from streamlab.trace.lane import Columns, Lane
    from streamlab.trace.trace import Trace


_CODING_HEAD_BYTES = 10
"""gzip's head (RFC 1952 section 2.3); zlib's is 2, brotli's is less."""


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
    for end, passed in zip(a.ends, _arrivals(a), strict=False):
        size, start = end - start, end
        next_made = bisect_right(made.times, passed)
        if next_made >= len(made.times):
            break
        out_from = bisect_left(arrivals, passed)
        out_until = bisect_right(arrivals, made.times[next_made])
        if out_until > out_from and not _only_a_head(b, out_from, out_until):
            waiting = 0
            continue
        late += 1
        waiting += size
        most = max(most, waiting)
        if late == 1:
            since = passed
            until = arrivals[out_until] if out_until < len(arrivals) else passed
    return Held(before.name, behind.name, max(0, len(made.ends) - 1), late, most, since, until)


def _only_a_head(columns: Columns, start: int, stop: int) -> bool:
    """Whether rows from `start` to `stop` are the head of a coding and nothing of the content."""
    return start == 0 and columns.ends[stop - 1] <= _CODING_HEAD_BYTES


def _arrivals(columns: Columns) -> array[int]:
    """When each row was complete."""
    return columns.lasts or columns.times


class Step(NamedTuple):
    """From ``time`` on, in nanoseconds, ``size`` bytes are held; ``back`` tells whether some of
    them were already there when the latest chunk was made.
    """

    time: int
    size: int
    back: bool


@dataclass(frozen=True)
class Holding:
    """The bytes between two lanes, as they grow and shrink. ``holder`` is who has them."""

    holder: str
    before: str
    behind: str
    steps: list[Step]

    def at(self, time: int) -> Step:
        """What is held at a moment, in nanoseconds.

        >>> holding = Holding("gzip", "app", "gzip", [Step(10, 100, False), Step(20, 0, False)])
        >>> holding.at(9).size, holding.at(10).size, holding.at(20).size
        (0, 100, 0)
        """
        row = bisect_right(self.steps, time, key=attrgetter("time"))
        return self.steps[row - 1] if row else Step(time, 0, back=False)

    @property
    def most(self) -> int:
        """The most bytes that are held at once."""
        return max((step.size for step in self.steps), default=0)


def held_over_time(trace: Trace, lanes: Sequence[Lane]) -> list[Holding]:
    """What is held between each two of `lanes`, from the first that has bytes on.

    Where bytes are recoded, offsets are others behind that. There time has to tell: when anything
    comes out, nothing is held any more.
    """
    made = next((lane for lane in lanes if lane.chunks), None)
    if made is None:
        return []
    return [
        Holding(
            trace.holder(behind.name),
            before.name,
            behind.name,
            list(_steps(made, before, behind, sent=trace.sent_is_sent and behind.name == "client")),
        )
        for before, behind in pairwise(lanes)
        if before.chunks
    ]


def _steps(made: Lane, before: Lane, behind: Lane, *, sent: bool) -> Iterator[Step]:
    recoded = not same_bytes(before, behind)
    passed, further, there_already = 0, 0, 0
    last = Step(0, 0, back=False)
    passings = merge(
        _passings(made.columns, _MADE),
        _passings(before.columns, _BEFORE),
        _passings(behind.columns, _BEHIND),
    )
    for time, together in groupby(passings, key=itemgetter(0)):
        for _, lane, end in together:
            if lane == _MADE:
                there_already = passed
            elif lane == _BEFORE:
                passed = end
            elif not recoded:
                further = end
            elif end > _CODING_HEAD_BYTES:
                further = passed
        # Of two threads, that of the lane behind may be the first to get its note written.
        size = max(0, passed - further)
        step = Step(time, size, back=not sent and further < min(passed, there_already))
        if step[1:] != last[1:]:
            last = step
            yield step


_MADE, _BEFORE, _BEHIND = range(3)
"""In this order where times are the same, for the lane before may be the one of making."""


def _passings(columns: Columns, lane: int) -> Iterator[tuple[int, int, int]]:
    """(time, lane, end offset) of each row; zip, because more may be on the way."""
    return zip(_arrivals(columns), repeat(lane), columns.ends)
