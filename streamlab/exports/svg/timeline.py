"""The timeline of an exchange: the lanes against time, or in the order of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlab.exports import theme
from streamlab.exports.formatting import shortened, tally, xml_text
from streamlab.exports.svg.axis import axis_for
from streamlab.exports.svg.chart import Chart
from streamlab.exports.svg.held_areas import held_areas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.trace.lane import Lane
    from streamlab.trace.record import Record

AXIS_TITLES = {
    "time": "axis: time since the request",
    "order": "axis: order of events, not their distance in time",
}
_LANE_CHARACTERS = 15


class Timeline:
    """The timeline of one exchange.

    :param record: the exchange.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self.lanes = record.visible_lanes
        self.axis = axis_for(record)
        self._chart = Chart(record, self.lanes, self.axis)
        self.title = AXIS_TITLES[self.axis.kind]
        """What the axis is, in words."""
        self.bottom = self._chart.bottom + theme.AXIS_HEIGHT
        """The y at which it ends, in px."""

    def __repr__(self) -> str:
        return f"<Timeline of {self._record!r}, {self.title}>"

    def x(self, time: int) -> float:
        """Return the x of a time, in px. On the axis ``order`` it is behind the time's slot.

        :param time: in nanoseconds of the clock.
        """
        slot = 0.5 if self.axis.kind == "order" else 0.0
        share = (self.axis.position_of(time) + slot) / self.axis.high
        return theme.LEFT + min(1.0, max(0.0, share)) * (theme.RIGHT - theme.LEFT)

    def drawn(self) -> Iterator[str]:
        """Return the SVG elements."""
        areas, holders = held_areas(self._record, self.lanes, self.axis)
        yield from _names(self.lanes)
        yield from self._chart.rails()
        yield from self._chart.spans()
        yield areas
        yield from self._chart.joins()
        yield holders
        yield from self._chart.chunks()
        yield from self._chart.events()


def _names(lanes: list[Lane]) -> Iterator[str]:
    first = theme.TOP + theme.BAND_HEIGHT / 2
    yield f'<text {theme.fill("muted")} x="12" y="{first + 4:g}">request context</text>'
    for number, lane in enumerate(lanes):
        y = theme.lane_middle(number) + 4
        name = xml_text(shortened(lane.name, _LANE_CHARACTERS))
        yield (
            f'<text {theme.fill("ink")} x="12" y="{y:g}">{name}</text>'
            f'<text {theme.fill("muted")} x="{theme.LEFT - 12}" y="{y:g}" text-anchor="end">'
            f"{tally(lane.chunks)}</text>"
        )
    last = theme.events_top(len(lanes)) + theme.EVENTS_HEIGHT / 2
    yield f'<text {theme.fill("muted")} x="12" y="{last + 4:g}">events</text>'
