"""The moments of an exchange that the animated picture shows, one after the other.

A chunk passes all lanes within a millisecond. The picture shows each step in the recorded order, so
that a reader can follow it, and says that it is in slow motion.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlab.exports.svg.axis import Axis
    from streamlab.trace.lane import Lane
    from streamlab.trace.record import Record

MAX_TILES = 24
"""With more chunks, the picture shows flow and counts: more tiles could not be followed."""
MAX_STEPS = 200
"""With more steps, the picture shows flow and counts."""
_SAMPLES = 48
"""How many moments are shown of an exchange with many chunks."""

BREAKS = ("exception", "client cut off", "client left")
"""The events that get a tile: the error, and the end of a response that is not complete."""


@dataclass(frozen=True)
class Moments:
    """The times to show, in ascending order, in nanoseconds of the clock.

    :param times: the times. Before the first one nothing has happened.
    :param tiles: whether each chunk is a tile, rather than a part of a flow.
    """

    times: Sequence[int] = field(repr=False)
    tiles: bool


def moments_of(record: Record, lanes: list[Lane], axis: Axis) -> Moments:
    """Return each step of a short exchange, or some times of a long one.

    :param record: the exchange.
    :param lanes: the lanes to show.
    :param axis: the axis of the timeline.
    """
    marked = [
        *(event.time for event in list(record.trace.events) if event.kind in BREAKS),
        *(
            time
            for span in list(record.trace.spans)
            for time in (span.start, span.end or 0)
            if time
        ),
    ][:_SAMPLES]
    steps = sum(map(len, lanes)) + len(marked)
    one_by_one = all(lane.stride == 1 and len(lane) <= MAX_TILES for lane in lanes)
    if one_by_one and steps <= MAX_STEPS:
        rows = chain.from_iterable(lane.times[: len(lane)] for lane in lanes)
        return Moments(sorted({*rows, *marked}), tiles=True)
    samples = [axis.time_at(axis.high * step / _SAMPLES) for step in range(1, _SAMPLES + 1)]
    ends = [(lane.lasts or lane.times)[-1] for lane in lanes if len(lane)]
    return Moments(sorted({*samples, *marked, *ends}), tiles=False)


def rows_at(lane: Lane, time: int) -> int:
    """Return how many rows of a lane have begun at a time.

    :param lane: the lane.
    :param time: in nanoseconds of the clock.
    """
    columns = lane.columns
    return min(bisect_right(columns.times, time), len(columns.ends))


def bytes_at(lane: Lane, time: int) -> int:
    """Return how many bytes have passed a lane at a time.

    :param lane: the lane.
    :param time: in nanoseconds of the clock.
    """
    rows = rows_at(lane, time)
    return lane.columns.ends[rows - 1] if rows else 0


def chunks_at(lane: Lane, time: int) -> int:
    """Return how many chunks have passed a lane at a time.

    :param lane: the lane.
    :param time: in nanoseconds of the clock.
    """
    return min(lane.chunks, rows_at(lane, time) * lane.columns.stride)


def context_at(record: Record, time: int) -> str:
    """Return whether a request context is active at a time.

    :param record: the exchange.
    :param time: in nanoseconds of the clock.
    :return: ``before`` the first one, ``active``, or ``ended``.
    """
    begun = [span for span in list(record.trace.spans) if span.start <= time]
    if not begun:
        return "before"
    return "active" if any(span.end is None or span.end > time for span in begun) else "ended"
