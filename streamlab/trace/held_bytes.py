"""Held bytes: bytes that have passed one lane and not yet the next.

Every byte is held for a moment. What counts is the order of events. A chain of iterables is pulled
from its end, so a layer that streams passes on what it has before it asks for more. So bytes are
held *back* if they have still not passed the next lane when the next chunk is made. No clock is
involved: a slow network holds nothing back.

`Holding` is the only place where this is computed. `Holding.at` returns the bytes held at a moment,
for a picture. `Holding.held_back` counts the chunks that were held back, for the verdict.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import dropwhile, groupby, pairwise
from operator import gt, itemgetter
from typing import TYPE_CHECKING, NamedTuple

from streamlab.trace.content_coding import CODING_BYTES, coding_head
from streamlab.trace.content_rows import coding_between, content_rows, needs_package
from streamlab.trace.trace import same_bytes
from streamlab.wording import counted

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator, Sequence

    from streamlab.trace.columns import Columns
    from streamlab.trace.lane import Lane
    from streamlab.trace.trace import Trace


class Step(NamedTuple):
    """The number of held bytes, from one moment to the next step.

    :param time: the moment, in nanoseconds of the clock.
    :param size: bytes that are held.
    :param back: whether some of them are held back: they were here before the latest chunk was
        made.
    """

    time: int
    size: int
    back: bool


@dataclass(frozen=True)
class HeldBack:
    """A summary of what was held back between two lanes.

    :param chunks: chunks that could be held back: all but the last, after which none is made.
    :param late: how many of them were held back.
    :param size: the most bytes that were held back at once.
    :param since: when the first of them passed the lane before, in nanoseconds of the clock.
    :param until: when it passed the lane behind, in nanoseconds of the clock. If it never did, when
        the last byte passed that lane.
    """

    chunks: int
    late: int = 0
    size: int = 0
    since: int = 0
    until: int = 0

    @property
    def seconds(self) -> float:
        """For how long the first of these chunks was held."""
        return max(0, self.until - self.since) / 1e9

    @property
    def mostly(self) -> bool:
        """Whether more than half of the chunks were held back."""
        return 2 * self.late > self.chunks


class Holding:
    """The bytes that are held between two neighbouring lanes, over time.

    :param trace: the trace that has the lanes.
    :param made: the lane on which chunks are made (`Trace.source_lane`).
    :param before: the lane that these bytes have passed.
    :param behind: the lane that they have not passed yet.
    """

    def __init__(self, trace: Trace, made: Lane, before: Lane, behind: Lane) -> None:
        self.holder = trace.holder(behind.name)
        """Name of what holds the bytes."""
        self.before = before.name
        """Name of the lane that the bytes have passed."""
        self.behind = behind.name
        """Name of the lane that they have not passed yet."""
        self._made, self._before, self._behind = made.columns, before.columns, behind.columns
        self._before_times = _arrivals(self._before)
        self._behind_times = _arrivals(self._behind)
        self._recoded = not same_bytes(before, behind)
        coding = coding_between(trace, behind) if self._recoded else ""
        self.missing_package = needs_package(coding)
        """The package that is needed to see when content passed; "" if none is."""
        self._head = coding_head(behind.body[:CODING_BYTES] or b"")
        self._content = content_rows(before, behind, coding)
        # A client that reads late holds nothing back: the bytes are certainly on their way.
        self._never_back = trace.send_confirmed and behind.name == "client"

    def at(self, time: int) -> Step:
        """Return how many bytes are held at a moment.

        :param time: in nanoseconds of the clock.

        >>> from streamlab.trace.trace import Trace
        >>> trace = Trace(("app", "server"))
        >>> trace.lanes["app"].record_at(b"Hello", 1_000)
        >>> trace.lanes["server"].record_at(b"Hello", 3_000)
        >>> [holding] = held_between(trace, list(trace.lanes.values()))
        >>> holding.at(2_000)
        Step(time=2000, size=5, back=False)
        """
        made = bisect_right(self._made.times, time)
        earlier = bisect_left(self._before_times, self._made.times[made - 1]) if made else 0
        passed = _size(self._before, bisect_right(self._before_times, time))
        passed_behind = self._passed_behind(time)
        # The two lanes can be written by two threads, so the one behind may be ahead for a moment.
        size = max(0, passed - passed_behind)
        return Step(time, size, self._size_back(earlier, passed_behind) > 0)

    def steps(self) -> Iterator[Step]:
        """Iterate over the changes in the number of held bytes, beginning with the first byte."""
        columns = (self._made, self._before, self._behind)
        times = sorted({time for one in columns for time in (*one.times, *one.lasts)})
        held = dropwhile(lambda step: not step.size, map(self.at, times))
        return (next(run) for _, run in groupby(held, key=itemgetter(1, 2)))

    def most(self) -> int:
        """Return the most bytes that are held at once."""
        return max((step.size for step in self.steps()), default=0)

    def held_back(self) -> HeldBack:
        """Return how many chunks were held back, and for how long.

        >>> from streamlab.trace.trace import Trace
        >>> trace = Trace(("app", "buffer"))
        >>> for time in (1_000, 2_000, 3_000):
        ...     trace.lanes["app"].record_at(b"data", time)
        >>> trace.lanes["buffer"].record_at(b"datadatadata", 4_000)
        >>> [holding] = held_between(trace, list(trace.lanes.values()))
        >>> held = holding.held_back()
        >>> held.late, held.chunks, held.size, held.seconds
        (2, 2, 8, 3e-06)
        """
        chunks = max(0, len(self._made.ends) - 1)
        if self._never_back or self._nothing_late():
            return HeldBack(chunks)
        ends, times = self._before.ends, self._before_times
        late, size, first, earlier = 0, 0, None, 0
        for next_made in self._made.times:
            # The rows from `start` to `earlier` have passed since the previous chunk was made.
            start, earlier = earlier, bisect_left(times, next_made, earlier)
            passed_behind = self._passed_behind(next_made)
            if back := self._size_back(earlier, passed_behind):
                size = max(size, back)
                late_from = bisect_right(ends, passed_behind, start, earlier)
                late += earlier - late_from
                first = late_from if first is None else first
        if first is None:
            return HeldBack(chunks)
        return HeldBack(chunks, late, size, times[first], self._passed_at(first))

    def rest(self, time: int) -> tuple[int, int]:
        """Return how many bytes are held at a moment, and since when the first of them is.

        :param time: the moment, in nanoseconds of the clock.

        >>> from streamlab.trace.trace import Trace
        >>> trace = Trace(("app", "buffer"))
        >>> trace.lanes["app"].record_at(b"Hello", 1_000)
        >>> [holding] = held_between(trace, list(trace.lanes.values()))
        >>> holding.rest(5_000)
        (5, 1000)
        """
        size = self.at(time).size
        if not size:
            return 0, time
        row = bisect_right(self._before.ends, self._passed_behind(time))
        return size, self._before_times[row]

    def _nothing_late(self) -> bool:
        """Return whether the lanes have the same rows and none is late: fast for long streams."""
        made, before, behind = self._made, self._before, self._behind
        same_rows = before.ends == behind.ends == made.ends
        return same_rows and not any(map(gt, self._behind_times, made.times[1:]))

    def _size_back(self, earlier: int, passed_behind: int) -> int:
        """Return how many bytes are held back: the definition of "held back".

        :param earlier: how many rows had passed the lane before when the latest chunk was made.
        :param passed_behind: how many bytes have passed the lane behind.
        """
        return 0 if self._never_back else max(0, _size(self._before, earlier) - passed_behind)

    def _passed_behind(self, time: int) -> int:
        """Return how many bytes of the lane before have passed the lane behind at a moment."""
        rows = bisect_right(self._behind_times, time)
        size = _size(self._behind, rows)
        if not self._recoded:
            return size
        content = self._content
        if content is not None and rows <= len(content.ends):
            if content.exact:
                return content.ends[rows - 1] if rows else 0
            rows = content.with_content(rows)
        if not rows or size <= self._head:
            return 0
        # Recoded bytes cannot be compared by offset: an output counts for all input before it.
        latest_output = self._behind_times[rows - 1]
        return _size(self._before, bisect_right(self._before_times, latest_output))

    def _passed_at(self, row: int) -> int:
        """Return when a row of the lane before had passed the lane behind."""
        arrivals, content = self._behind_times, self._content
        if not self._recoded:
            passed = bisect_left(self._behind.ends, self._before.ends[row])
        elif content and content.exact and content.ends[-1:] >= [self._before.ends[row]]:
            passed = bisect_left(content.ends, self._before.ends[row])
        else:
            passed = max(
                bisect_left(arrivals, self._before_times[row]),
                bisect_right(self._behind.ends, self._head),
            )
        if passed < len(arrivals):
            return arrivals[passed]
        return arrivals[-1] if arrivals else 0

    def __repr__(self) -> str:
        back = self.held_back()
        most = f"at most {counted(self.most(), 'byte')}"
        return (
            f"<Holding by {self.holder!r}: {most}, {back.late} of {back.chunks} chunks held back>"
        )


def held_between(trace: Trace, lanes: Sequence[Lane]) -> list[Holding]:
    """Return the held bytes between each two neighbouring lanes.

    :param trace: the trace that has the lanes.
    :param lanes: in the order in which bytes pass them. Those before the first chunk are left out.

    >>> from streamlab.trace.trace import Trace
    >>> trace = Trace(("app", "buffer"))
    >>> for data in (b"Hello ", b"World"):
    ...     trace.lanes["app"].record(data)
    >>> trace.lanes["buffer"].record(b"Hello World")
    >>> held_between(trace, list(trace.lanes.values()))
    [<Holding by 'buffer': at most 11 bytes, 1 of 1 chunks held back>]
    """
    made = next((lane for lane in lanes if lane.chunks), None)
    if made is None:
        return []
    return [
        Holding(trace, made, before, behind) for before, behind in pairwise(lanes) if before.chunks
    ]


def _arrivals(columns: Columns) -> array[int]:
    """Return for each row when it was complete."""
    return columns.lasts or columns.times


def _size(columns: Columns, rows: int) -> int:
    """Return how many bytes the first rows have. A row may have a time before it has an end."""
    return columns.ends[min(rows, len(columns.ends)) - 1] if rows and columns.ends else 0
