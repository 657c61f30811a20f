"""Where things stand on a still timeline: by the clock, or one after the other.

A chunk passes all lanes within a millisecond while seconds may go by between two chunks, and a
fast stream is over before its first chunk is a pixel away from its last. Where the clock would
put chunks on top of one another, every event has a place of its own instead, in their order.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlab.trace.lane import Lane
    from streamlab.trace.record import Record
    from streamlab.trace.trace import Event

MOST_ORDERED = 350
"""Events that can be put in order and still be told apart: each has two of some 700 pixels."""
_APART = 1 / 100
"""Of the axis: marks nearer than that touch each other."""
_TOLD_BY_SPANS = {"context pushed", "context popped"}


@dataclass(frozen=True)
class Axis:
    """Positions from 0 to `high`, of the chunks lane by lane and of any moment.

    ``high`` is nanoseconds on the axis ``time``, and a number of events on the axis ``order``.
    """

    kind: Literal["time", "order"]
    high: float
    moments: Sequence[int]
    """On the axis ``order``, the time of each place."""
    origin: int
    columns: dict[str, list[float]]
    """Of each lane the positions of its rows; empty where there are too many to put in order."""

    def of(self, time: int) -> float:
        """The position of a moment."""
        if self.kind == "time":
            return float(time - self.origin)
        return bisect_left(self.moments, time) + 0.5

    def time_at(self, position: float) -> int:
        """The moment at a position; on the axis ``order`` that of what came last there."""
        if self.kind == "time":
            return self.origin + int(position)
        place = int(position - 0.5) if position >= 0.5 else -1
        return self.moments[min(place, len(self.moments) - 1)] if place >= 0 else self.origin


def marked_events(record: Record) -> list[Event]:
    """The events that have a mark; when contexts came and went is told by the spans."""
    return [event for event in list(record.trace.events) if event.kind not in _TOLD_BY_SPANS]


def axis_for(record: Record) -> Axis:
    """The axis on which more of this exchange can be seen."""
    lanes = record.visible_lanes
    origin = record.trace.origin
    besides = sorted(
        chain(
            (event.time for event in marked_events(record)),
            *(
                (span.start,) if span.end is None else (span.start, span.end)
                for span in list(record.trace.spans)
            ),
        )
    )
    last = max(chain(besides, (lane.times[-1] for lane in lanes if len(lane))), default=origin + 1)
    high = max(1, last - origin) * 1.02
    rows = sum(map(len, lanes))
    if rows + len(besides) <= MOST_ORDERED and _touching(record, lanes, high):
        return _order(lanes, besides, origin)
    one_by_one = lanes if rows <= 4 * MOST_ORDERED else []
    columns = {
        lane.name: [float(time - origin) for time in lane.times[: len(lane)]] for lane in one_by_one
    }
    return Axis("time", high, (), origin, columns)


def _touching(record: Record, lanes: list[Lane], high: float) -> bool:
    """Whether the clock says nothing: in lockstep it was stopped, or chunks came too fast."""
    if record.trace.lockstep:
        return True
    made = next((lane for lane in lanes if len(lane) > 1), None)
    if made is None:
        return True
    near = sum(later - earlier < _APART * high for earlier, later in pairwise(made.times))
    return 4 * near > len(made.times) - 1


def _order(lanes: list[Lane], besides: list[int], origin: int) -> Axis:
    # What happened besides the chunks comes before a chunk of the same time: it led to it.
    queue = [(time, -1) for time in besides]
    for number, lane in enumerate(lanes):
        queue += [(time, number) for time in lane.times[: len(lane)]]
    queue.sort()
    columns: dict[str, list[float]] = {lane.name: [] for lane in lanes}
    for place, (_, number) in enumerate(queue):
        if number >= 0:
            columns[lanes[number].name].append(place + 0.5)
    return Axis("order", max(1, len(queue)), [time for time, _ in queue], origin, columns)


def counted_in_cells(axis: Axis, lane: Lane, cells: int) -> list[int]:
    """How many rows of `lane` fall into each of `cells` equal parts of the axis.

    Costs as much as there are cells, however many chunks there are.
    """
    counts, before = [], 0
    positions = axis.columns.get(lane.name)
    for cell in range(1, cells + 1):
        edge = axis.high * cell / cells
        row = (
            bisect_left(positions, edge)
            if positions is not None
            else bisect_left(lane.times, axis.time_at(edge))
        )
        counts.append(row - before)
        before = row
    return counts
