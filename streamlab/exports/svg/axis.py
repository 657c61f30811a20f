"""The axis of the SVG timeline: positions by the clock, or in the order of events.

A chunk passes all lanes within a millisecond, while seconds may lie between two chunks. A fast
stream is over within the width of a pixel. Where the clock would draw chunks on top of each other,
each event gets a slot instead, in order.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlab.trace.events import Event
    from streamlab.trace.lane import Lane
    from streamlab.trace.record import Record

MAX_ORDERED = 300
"""The most events on the axis ``order``: each then has two of the 600 pixels."""
_TOUCHING = 1 / 100
"""Two marks nearer than this share of the axis touch each other."""
_SHOWN_BY_SPANS = {"context pushed", "context popped"}
_ROUND_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Axis:
    """Positions from 0 to `high` of every chunk and of any time.

    :param kind: ``time`` for the clock, ``order`` for the order of events.
    :param high: the end of the axis: nanoseconds on ``time``, a number of slots on ``order``.
    :param moments: on ``order``, the time of each slot.
    :param origin: the time at which the exchange began.
    :param columns: for each lane, the positions of its rows. Empty if there are too many rows.
    """

    kind: Literal["time", "order"]
    high: float
    moments: Sequence[int] = field(repr=False)
    origin: int
    columns: dict[str, list[float]] = field(repr=False)

    def position_of(self, time: int) -> float:
        """Return the position of a time.

        :param time: nanoseconds of `streamlab.clock.now_ns`.

        >>> Axis("time", 100, (), 1_000, {}).position_of(1_030)
        30.0
        >>> Axis("order", 3, (1_000, 1_030, 1_040), 1_000, {}).position_of(1_030)
        1.5
        """
        if self.kind == "time":
            return float(time - self.origin)
        return bisect_left(self.moments, time) + 0.5

    def time_at(self, position: float) -> int:
        """Return the time at a position; on the axis ``order``, that of the last event before it.

        :param position: from 0 to `high`.
        :return: nanoseconds of `streamlab.clock.now_ns`.

        >>> Axis("order", 3, (1_000, 1_030, 1_040), 1_000, {}).time_at(1.5)
        1030
        """
        if self.kind == "time":
            return self.origin + int(position)
        slot = int(position - 0.5) if position >= 0.5 else -1
        return self.moments[min(slot, len(self.moments) - 1)] if slot >= 0 else self.origin


def marked_events(record: Record) -> list[Event]:
    """Return the events that get a mark. The context spans show when contexts began and ended.

    :param record: the exchange.
    """
    return [event for event in list(record.trace.events) if event.kind not in _SHOWN_BY_SPANS]


def axis_for(record: Record) -> Axis:
    """Return the axis on which more of an exchange can be seen.

    :param record: the exchange.
    """
    lanes = record.visible_lanes
    origin = record.trace.origin
    moments = _moments(record)
    last = max(chain(moments, (lane.times[-1] for lane in lanes if len(lane))), default=origin + 1)
    high = max(1, last - origin) * 1.02
    rows = sum(map(len, lanes))
    if rows + len(moments) <= MAX_ORDERED and _overlapping(record, lanes, high):
        return order_axis(record)
    positioned = lanes if rows <= 4 * MAX_ORDERED else []
    columns = {
        lane.name: [float(time - origin) for time in lane.times[: len(lane)]] for lane in positioned
    }
    return Axis("time", high, (), origin, columns)


def order_axis(record: Record) -> Axis:
    """Return the axis on which each event has its own slot, in order.

    Chunks are events, and so are the events with a mark, and the two ends of a context span.

    :param record: the exchange.
    """
    lanes = record.visible_lanes
    # At the same time, an event comes before a chunk, because it led to it.
    queue = [(time, -1) for time in _moments(record)]
    for number, lane in enumerate(lanes):
        queue += [(time, number) for time in lane.times[: len(lane)]]
    queue.sort()
    columns: dict[str, list[float]] = {lane.name: [] for lane in lanes}
    for slot, (_, number) in enumerate(queue):
        if number >= 0:
            columns[lanes[number].name].append(slot + 0.5)
    moments = [time for time, _ in queue]
    return Axis("order", max(1, len(queue)), moments, record.trace.origin, columns)


def _moments(record: Record) -> list[int]:
    """Return the times of everything on the axis that is not a chunk, in order."""
    ends = (
        (span.start,) if span.end is None else (span.start, span.end)
        for span in list(record.trace.spans)
    )
    return sorted(chain((event.time for event in marked_events(record)), *ends))


def _overlapping(record: Record, lanes: list[Lane], high: float) -> bool:
    """Return whether the clock is no help: it was stopped in lockstep, or chunks came too fast."""
    if record.trace.lockstep:
        return True
    lane = next((lane for lane in lanes if len(lane) > 1), None)
    if lane is None:
        return True
    near = sum(later - earlier < _TOUCHING * high for earlier, later in pairwise(lane.times))
    return 4 * near > len(lane.times) - 1


def tick_step(room: float) -> int:
    """Return the shortest round distance of two ticks: 1, 2 or 5 times a power of ten.

    :param room: the least distance, in the unit of the axis.

    >>> tick_step(30), tick_step(600_000_000)
    (50, 1000000000)
    """
    power = int("1" + "0" * (len(str(int(room))) - 1))
    return next(step * power for step in _ROUND_STEPS if step * power >= room)


def count_in_cells(axis: Axis, lane: Lane, cells: int) -> list[int]:
    """Return how many rows of a lane are in each of the equal parts of an axis.

    The cost depends on the number of cells, not on the number of chunks.

    :param axis: the axis.
    :param lane: a lane of the same exchange.
    :param cells: how many parts there are.
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
