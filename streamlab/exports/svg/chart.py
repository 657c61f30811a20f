"""The marks of the SVG timeline: chunks, lines between the same bytes, context spans and events.

Each method returns SVG elements, a few hundred at most. If there are many chunks, a lane is drawn
as a row of cells, which are darker where more chunks passed.
"""

from __future__ import annotations

from itertools import groupby
from math import log1p
from typing import TYPE_CHECKING

from streamlab.exports import theme
from streamlab.exports.alignment import lanes_with_same_bytes, rows_with_same_bytes
from streamlab.exports.formatting import duration, quoted, tick_format, xml_text
from streamlab.exports.svg.axis import MAX_ORDERED, count_in_cells, marked_events, tick_step
from streamlab.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.exports.svg.axis import Axis
    from streamlab.trace.events import Event
    from streamlab.trace.lane import Chunk, Lane
    from streamlab.trace.record import Record

_SHADES = (0.3, 0.5, 0.7, 0.85, 1.0)
"""Opacities of cells. The faintest must still be visible: it has a chunk."""
_TICK_ROOM = 90
"""The least distance of two ticks, in px."""
_EVENT_COLOURS = {
    "warning": "warn",
    "client left": "warn",
    "exception": "error",
    "client cut off": "error",
}
"""Colours of the events that matter most. The name beside the mark says the same."""
_ERRORS = {kind for kind, colour in _EVENT_COLOURS.items() if colour == "error"}
_MAX_NAMED_EVENTS = 40
"""The most events whose names are drawn: a long stream may have hundreds of warnings."""


class Chart:
    """One exchange, drawn on one axis.

    :param record: the exchange.
    :param lanes: the lanes to draw, from top to bottom.
    :param axis: the positions of their chunks.
    """

    def __init__(self, record: Record, lanes: list[Lane], axis: Axis) -> None:
        self.record = record
        self.lanes = lanes
        self.axis = axis
        self._numbers = {lane.name: number for number, lane in enumerate(lanes)}
        self.one_by_one = max(map(len, lanes), default=0) <= MAX_ORDERED and bool(axis.columns)
        """Whether each chunk has its own mark, rather than a share in a cell."""
        self._events = marked_events(record)[:MAX_ORDERED]
        errors = any(event.kind in _ERRORS for event in self._events)
        self.bottom = (
            theme.events_top(len(lanes))
            + theme.EVENTS_HEIGHT
            + (theme.ERRORS_HEIGHT if errors else 0)
        )
        """The y of the axis, in px."""

    def __repr__(self) -> str:
        return f"<Chart of {self.record!r} on the axis {self.axis.kind!r}>"

    def _x(self, position: float) -> float:
        return theme.LEFT + position / self.axis.high * (theme.RIGHT - theme.LEFT)

    def rails(self) -> Iterator[str]:
        """Return a line for each lane, and the axis with its ticks."""
        bottom = self.bottom
        ys = [*(theme.lane_middle(number) for number in range(len(self.lanes))), bottom]
        path = "".join(f"M{theme.LEFT} {y:g}H{theme.RIGHT}" for y in ys)
        yield f'<path {theme.stroke("faint")} d="{path}"/>'
        free = float(theme.LEFT)
        for position, label in self._ticks():
            x, half = self._x(position), len(label) * theme.CHARACTER_WIDTH / 2
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
            # A slot has no time, so the ticks are the chunks of the first lane.
            first = next((lane for lane in self.lanes if len(lane)), None)
            if first is not None:
                column = self.axis.columns[first.name]
                for row in range(0, len(column), max(1, -(-len(column) // most))):
                    yield column[row], f"chunk {row}"
            return
        step = tick_step(self.axis.high / most)
        label = tick_format(step, self.axis.high)
        for tick in range(int(self.axis.high // step) + 1):
            yield tick * step, label(tick * step)

    def spans(self) -> Iterator[str]:
        """Return a bar for each time in which a request context was active.

        The bar of a context that is still active has square corners.
        """
        top, height = theme.TOP + 6, theme.BAND_HEIGHT - 12
        for span in list(self.record.trace.spans)[:MAX_ORDERED]:
            left = self._x(self.axis.position_of(span.start))
            right = self._x(self.axis.high if span.end is None else self.axis.position_of(span.end))
            width = max(2.0, right - left)
            corner = 0 if span.end is None else min(4, width / 2)
            yield (
                f'<rect {theme.fill("context")} fill-opacity=".22" stroke="none" x="{left:.1f}" '
                f'y="{top}" width="{width:.1f}" height="{height}" rx="{corner:g}"/>'
                f'<rect {theme.stroke("context")} fill="none" x="{left:.1f}" y="{top}" '
                f'width="{width:.1f}" height="{height}" rx="{corner:g}"/>'
            )
            label = "active" if span.end is not None else "active …"
            if width > len(label) * theme.CHARACTER_WIDTH + 12:
                yield f'<text {theme.fill("ink")} x="{left + 6:.1f}" y="{top + 12}">{label}</text>'

    def joins(self) -> Iterator[str]:
        """Return the lines that join the same bytes on neighbouring lanes."""
        if not self.one_by_one:
            return
        for upper, lower in lanes_with_same_bytes(self.record):
            above, below = self.axis.columns[upper.name], self.axis.columns[lower.name]
            start = theme.lane_middle(self._numbers[upper.name]) + theme.MARK_HEIGHT / 2
            end = theme.lane_middle(self._numbers[lower.name]) - theme.MARK_HEIGHT / 2
            path = "".join(
                f"M{self._x(above[row]):.1f} {start:g}L{self._x(below[other]):.1f} {end:g}"
                for row, other in rows_with_same_bytes(upper.columns, lower.columns)
                if row < len(above) and other < len(below)
            )
            yield f'<path {theme.stroke("accent")} stroke-opacity=".7" fill="none" d="{path}"/>'

    def chunks(self) -> Iterator[str]:
        """Return a mark for each chunk, or a row of cells if there are too many chunks."""
        for number, lane in enumerate(self.lanes):
            if self.one_by_one:
                yield from self._marks(number, lane)
            else:
                yield from self._cells(number, lane)

    def passed_on(self, number: int) -> int:
        """Return how many bytes of a lane have also passed the next lane.

        If the next lane recodes the body, as gzip does, that cannot be counted. Then it is all
        bytes of the lane.

        :param number: the position of the lane from the top, from 0.
        """
        lane = self.lanes[number]
        following = next(iter(self.lanes[number + 1 :]), None)
        if following is None or following.name in self.record.trace.recoded:
            return lane.size
        return following.size

    def _marks(self, number: int, lane: Lane) -> Iterator[str]:
        """Return filled marks, and hollow ones for chunks that did not reach the next lane."""
        passed = self.passed_on(number)
        positions = self.axis.columns[lane.name]
        room = 0.7 * (theme.RIGHT - theme.LEFT) / max(1, len(positions))
        width = max(1.0, min(theme.MAX_MARK_WIDTH, room))
        top = theme.lane_middle(number) - theme.MARK_HEIGHT / 2
        filled: list[str] = []
        hollow: list[str] = []
        for row, position in enumerate(positions):
            chunk = lane[row]
            marks = hollow if chunk.offset + chunk.size > passed else filled
            marks.append(
                f'<rect x="{self._x(position) - width / 2:.1f}" y="{top:g}" width="{width:.1f}" '
                f'height="{theme.MARK_HEIGHT}" rx="{min(2, width / 2):g}">'
                f"<title>{_chunk_title(lane, chunk)}</title></rect>"
            )
        if filled:
            yield f"<g {theme.fill('accent')}>{''.join(filled)}</g>"
        if hollow:
            yield (
                f'<g {theme.fill("surface")}><g {theme.stroke("warn")} stroke-width="1.5">'
                f"{''.join(hollow)}</g></g>"
            )

    def _cells(self, number: int, lane: Lane) -> Iterator[str]:
        counts = count_in_cells(self.axis, lane, theme.RIGHT - theme.LEFT)
        most = log1p(max(counts, default=0)) or 1.0
        top = theme.lane_middle(number) - theme.MARK_HEIGHT / 2
        paths = [""] * len(_SHADES)
        shades = [
            min(len(_SHADES) - 1, int(log1p(count) / most * len(_SHADES))) if count else None
            for count in counts
        ]
        x = theme.LEFT
        for shade, run in groupby(shades):
            width = len(list(run))
            if shade is not None:
                paths[shade] += f"M{x} {top:g}h{width}v{theme.MARK_HEIGHT}h-{width}z"
            x += width
        for opacity, path in zip(_SHADES, paths, strict=True):
            if path:
                yield f'<path {theme.fill("accent")} fill-opacity="{opacity}" d="{path}"/>'

    def events(self) -> Iterator[str]:
        """Return a mark for each event, its name if there is room, and a line at each error."""
        y = theme.events_top(len(self.lanes)) + theme.EVENTS_HEIGHT / 2
        marks = [(self._x(self.axis.position_of(event.time)), event) for event in self._events]
        for x, event in marks:
            yield self._event(event, x, y)
        free = float(theme.LEFT)
        for index, (x, event) in enumerate(marks[:_MAX_NAMED_EVENTS]):
            if event.kind in _ERRORS:
                continue
            colour = _EVENT_COLOURS.get(event.kind, "muted")
            width = len(event.kind) * theme.CHARACTER_WIDTH
            limit = marks[index + 1][0] - 6 if index + 1 < len(marks) else theme.RIGHT
            left = x + 8 if x + 8 + width <= limit else x - 8 - width
            if left < free:
                free = max(free, x + 8)
                continue
            free = max(left + width, x) + 8
            yield f'<text {theme.fill(colour)} x="{left:.1f}" y="{y + 4:g}">{event.kind}</text>'
        yield from _error_names([mark for mark in marks if mark[1].kind in _ERRORS], y + 18)

    def _event(self, event: Event, x: float, y: float) -> str:
        colour = _EVENT_COLOURS.get(event.kind, "muted")
        line = (
            f'<path {theme.stroke("error")} stroke-dasharray="3 3" '
            f'd="M{x:.1f} {theme.TOP + theme.BAND_HEIGHT}V{y - 4:g}"/>'
            if event.kind in _ERRORS
            else ""
        )
        time = duration(event.time - self.record.trace.origin)
        title = xml_text(f"{event.kind} at {time}. {event.text}".rstrip())
        return (
            f'{line}<path {theme.fill(colour)} d="M{x:.1f} {y - 4:g}l4 4l-4 4l-4-4z">'
            f"<title>{title}</title></path>"
        )


def _chunk_title(lane: Lane, chunk: Chunk) -> str:
    line = f", line {chunk.line}" if chunk.line is not None else ""
    return xml_text(
        f"{lane.name}, chunk {chunk.index}{line}: {quoted(chunk.data)}, "
        f"{counted(chunk.size, 'byte')} from offset {chunk.offset}, "
        f"at {duration(chunk.seconds * 1e9)}"
    )


def _error_names(marks: list[tuple[float, Event]], y: float) -> Iterator[str]:
    """Return the names of errors, in a row below the other names, so that each has room."""
    limit = float(theme.RIGHT)
    for x, event in reversed(marks):
        width = len(event.kind) * theme.CHARACTER_WIDTH
        right = min(x + width / 2, limit)
        limit = right - width - 8
        yield (
            f'<text {theme.fill("error")} x="{right:.1f}" y="{y:g}" text-anchor="end">'
            f"{event.kind}</text>"
        )
