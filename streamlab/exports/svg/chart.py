"""The marks of the still timeline: chunks, the lines that join the same bytes, spans and events.

Each function gives elements of SVG. There are never more than a few hundred of them: where chunks
are many, each lane is a row of cells, darker where more chunks passed.
"""

from __future__ import annotations

from math import log1p
from typing import TYPE_CHECKING

from streamlab.exports import theme
from streamlab.exports.alignment import joined_lanes, same_bytes_rows
from streamlab.exports.formatting import duration, marked_up, quoted
from streamlab.exports.svg.axis import MOST_ORDERED, counted_in_cells, marked_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.exports.svg.axis import Axis
    from streamlab.trace.lane import Chunk, Lane
    from streamlab.trace.record import Record
    from streamlab.trace.trace import Event

_SHADES = (0.3, 0.5, 0.7, 0.85, 1.0)
"""Opacities of cells; the faintest cell that has a chunk must still be seen."""
_TICK_ROOM = 90
_NICE = (1, 2, 5, 10)
_EVENT_COLOURS = {
    "warning": "warn",
    "client left": "warn",
    "exception": "error",
    "client cut off": "error",
}
"""What should be seen at a glance; the names tell the same."""
_FAULTS = {kind for kind, colour in _EVENT_COLOURS.items() if colour == "error"}
_NAMED_EVENTS = 40
"""Names of events; a stream that warns for ever has many, and only some have room."""


class Chart:
    """One exchange on one axis."""

    def __init__(self, record: Record, lanes: list[Lane], axis: Axis) -> None:
        self.record = record
        self.lanes = lanes
        self.axis = axis
        self._numbers = {lane.name: number for number, lane in enumerate(lanes)}
        self.one_by_one = max(map(len, lanes), default=0) <= MOST_ORDERED and bool(axis.columns)
        """Whether each chunk is a mark of its own."""
        self._events = marked_events(record)[:MOST_ORDERED]
        faults = any(event.kind in _FAULTS for event in self._events)
        self.bottom = (
            theme.events_top(len(lanes))
            + theme.EVENTS_HEIGHT
            + (theme.FAULTS_HEIGHT if faults else 0)
        )
        """The y of the axis."""

    def _x(self, position: float) -> float:
        return theme.LEFT + position / self.axis.high * (theme.RIGHT - theme.LEFT)

    def rails(self) -> Iterator[str]:
        """A line for each lane, and the axis with its ticks."""
        bottom = self.bottom
        ys = [*(theme.middle_of(number) for number in range(len(self.lanes))), bottom]
        path = "".join(f"M{theme.LEFT} {y:g}H{theme.RIGHT}" for y in ys)
        yield f'<path {theme.stroke("faint")} d="{path}"/>'
        free = float(theme.LEFT)
        for position, label in self._ticks():
            x, half = self._x(position), len(label) * theme.CHARACTER / 2
            if x - half < free or x + half > theme.RIGHT + 8:
                continue
            free = x + half + 12
            yield (
                f'<path {theme.stroke("faint")} stroke-opacity=".6" '
                f'd="M{x:.1f} {theme.TOP + theme.BAND_HEIGHT}V{bottom + 4}"/>'
                f'<text {theme.fill("muted")} x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">'
                f"{label}</text>"
            )

    def _ticks(self) -> Iterator[tuple[float, str]]:
        most = (theme.RIGHT - theme.LEFT) // _TICK_ROOM
        if self.axis.kind == "order":
            # In order of events a moment has no number, but each chunk has.
            first = next((lane for lane in self.lanes if len(lane)), None)
            if first is not None:
                column = self.axis.columns[first.name]
                for row in range(0, len(column), max(1, -(-len(column) // most))):
                    yield column[row], f"chunk {row}"
            return
        rough = self.axis.high / most
        power = 10 ** (len(str(int(rough))) - 1)
        step = next(nice * power for nice in _NICE if nice * power >= rough)
        for tick in range(int(self.axis.high // step) + 1):
            yield tick * step, duration(tick * step)

    def spans(self) -> Iterator[str]:
        """When a request context was active; what has no end yet is drawn open."""
        top, height = theme.TOP + 6, theme.BAND_HEIGHT - 12
        for span in list(self.record.trace.spans)[:MOST_ORDERED]:
            left = self._x(self.axis.of(span.start))
            right = self._x(self.axis.high if span.end is None else self.axis.of(span.end))
            width = max(2.0, right - left)
            corner = 0 if span.end is None else min(4, width / 2)
            yield (
                f'<rect {theme.fill("context")} fill-opacity=".22" stroke="none" x="{left:.1f}" '
                f'y="{top}" width="{width:.1f}" height="{height}" rx="{corner:g}"/>'
                f'<rect {theme.stroke("context")} fill="none" x="{left:.1f}" y="{top}" '
                f'width="{width:.1f}" height="{height}" rx="{corner:g}"/>'
            )
            label = "active" if span.end is not None else "active …"
            if width > len(label) * theme.CHARACTER + 12:
                yield f'<text {theme.fill("ink")} x="{left + 6:.1f}" y="{top + 12}">{label}</text>'

    def joins(self) -> Iterator[str]:
        """Lines from lane to lane, for the same bytes."""
        if not self.one_by_one:
            return
        for before, behind in joined_lanes(self.record):
            upper, lower = self._numbers[before.name], self._numbers[behind.name]
            above, below = self.axis.columns[before.name], self.axis.columns[behind.name]
            path = "".join(
                f"M{self._x(above[row]):.1f} {theme.middle_of(upper) + theme.MARK_HEIGHT / 2:g}"
                f"L{self._x(below[other]):.1f} {theme.middle_of(lower) - theme.MARK_HEIGHT / 2:g}"
                for row, other in same_bytes_rows(before.columns, behind.columns)
                if row < len(above) and other < len(below)
            )
            yield f'<path {theme.stroke("accent")} stroke-opacity=".7" fill="none" d="{path}"/>'

    def chunks(self) -> Iterator[str]:
        """A mark for each chunk, or cells where they are too many."""
        recoded = self.record.trace.recoded
        for number, lane in enumerate(self.lanes):
            if not self.one_by_one:
                yield from self._cells(number, lane)
                continue
            behind = next(iter(self.lanes[number + 1 :]), None)
            comparable = behind is not None and behind.name not in recoded
            passed = behind.size if behind is not None and comparable else lane.size
            yield from self._marks(number, lane, passed)

    def _marks(self, number: int, lane: Lane, passed: int) -> Iterator[str]:
        """Filled where the bytes have come further, hollow where they never did."""
        positions = self.axis.columns[lane.name]
        room = 0.7 * (theme.RIGHT - theme.LEFT) / max(1, len(positions))
        width = max(1.0, min(theme.WIDEST_MARK, room))
        top = theme.middle_of(number) - theme.MARK_HEIGHT / 2
        marks: dict[bool, list[str]] = {False: [], True: []}
        for row, position in enumerate(positions):
            chunk = lane[row]
            marks[chunk.offset + chunk.size > passed].append(
                f'<rect x="{self._x(position) - width / 2:.1f}" y="{top:g}" width="{width:.1f}" '
                f'height="{theme.MARK_HEIGHT}" rx="{min(2, width / 2):g}">'
                f"<title>{self._about(lane, chunk)}</title></rect>"
            )
        if marks[False]:
            yield f"<g {theme.fill('accent')}>{''.join(marks[False])}</g>"
        if marks[True]:
            yield (
                f'<g {theme.fill("surface")}><g {theme.stroke("warn")} stroke-width="1.5">'
                f"{''.join(marks[True])}</g></g>"
            )

    def _about(self, lane: Lane, chunk: Chunk) -> str:
        line = f", line {chunk.line}" if chunk.line is not None else ""
        time = duration(chunk.time - self.record.trace.origin)
        return marked_up(
            f"{lane.name}, chunk {chunk.index}{line}: {quoted(chunk.data)}, {chunk.size} bytes "
            f"from offset {chunk.offset}, at {time}"
        )

    def _cells(self, number: int, lane: Lane) -> Iterator[str]:
        counts = counted_in_cells(self.axis, lane, theme.RIGHT - theme.LEFT)
        most = log1p(max(counts, default=0)) or 1.0
        top = theme.middle_of(number) - theme.MARK_HEIGHT / 2
        paths = [""] * len(_SHADES)
        for x, count in enumerate(counts):
            if count:
                shade = min(len(_SHADES) - 1, int(log1p(count) / most * len(_SHADES)))
                paths[shade] += f"M{theme.LEFT + x} {top:g}h1v{theme.MARK_HEIGHT}h-1z"
        for opacity, path in zip(_SHADES, paths, strict=True):
            if path:
                yield f'<path {theme.fill("accent")} fill-opacity="{opacity}" d="{path}"/>'

    def events(self) -> Iterator[str]:
        """What else happened, by name where there is room; a line through all where it broke."""
        y = theme.events_top(len(self.lanes)) + theme.EVENTS_HEIGHT / 2
        places = [(self._x(self.axis.of(event.time)), event) for event in self._events]
        for x, event in places:
            yield self._event(event, x, y)
        free = float(theme.LEFT)
        for index, (x, event) in enumerate(places[:_NAMED_EVENTS]):
            if event.kind in _FAULTS:
                continue
            colour = _EVENT_COLOURS.get(event.kind, "muted")
            width = len(event.kind) * theme.CHARACTER
            limit = places[index + 1][0] - 6 if index + 1 < len(places) else theme.RIGHT
            left = x + 8 if x + 8 + width <= limit else x - 8 - width
            if left < free:
                free = max(free, x + 8)
                continue
            free = max(left + width, x) + 8
            yield f'<text {theme.fill(colour)} x="{left:.1f}" y="{y + 4:g}">{event.kind}</text>'
        yield from self._faults([place for place in places if place[1].kind in _FAULTS], y + 18)

    def _faults(self, places: list[tuple[float, Event]], y: float) -> Iterator[str]:
        """What went wrong has its name in any case: in a row where nothing else has one."""
        limit = float(theme.RIGHT)
        for x, event in reversed(places):
            width = len(event.kind) * theme.CHARACTER
            right = min(x + width / 2, limit)
            limit = right - width - 8
            yield (
                f'<text {theme.fill("error")} x="{right:.1f}" y="{y:g}" text-anchor="end">'
                f"{event.kind}</text>"
            )

    def _event(self, event: Event, x: float, y: float) -> str:
        colour = _EVENT_COLOURS.get(event.kind, "muted")
        broken = (
            f'<path {theme.stroke("error")} stroke-dasharray="3 3" '
            f'd="M{x:.1f} {theme.TOP + theme.BAND_HEIGHT}V{y - 4:g}"/>'
            if event.kind in _FAULTS
            else ""
        )
        time = duration(event.time - self.record.trace.origin)
        words = marked_up(f"{event.kind} at {time}. {event.text}")
        return (
            f'{broken}<path {theme.fill(colour)} d="M{x:.1f} {y - 4:g}l4 4l-4 4l-4-4z">'
            f"<title>{words}</title></path>"
        )
