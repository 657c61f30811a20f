"""Areas between two lanes of the SVG timeline for the bytes that were held there."""

from __future__ import annotations

from itertools import groupby
from math import log10
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from streamlab.exports import theme
from streamlab.exports.formatting import xml_text
from streamlab.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.exports.svg.axis import Axis
    from streamlab.trace.held_bytes import Holding
    from streamlab.trace.lane import Lane
    from streamlab.trace.record import Record


class _Area(NamedTuple):
    """Neighbouring pixels at which the same number of bytes is held."""

    left: int
    width: int
    size: int
    back: bool
    """Whether the bytes are held back, rather than on their way."""


def held_areas(record: Record, lanes: list[Lane], axis: Axis) -> tuple[str, str]:
    """Return the areas, and the texts that name what held the bytes.

    An area is higher if more bytes are held. It is orange while bytes are held back, that is,
    while they are still there although more was made; it is pale while bytes are only on their
    way. If there are many chunks, the pale areas are left out.

    :param record: the exchange.
    :param lanes: the lanes, from top to bottom.
    :param axis: the positions of their chunks.
    :return: SVG elements to draw below and above the lines that join chunks.
    """
    few = bool(axis.columns)
    numbers = {lane.name: number for number, lane in enumerate(lanes)}
    drawn, names = "", ""
    for holding in record.held:
        y = theme.lane_middle(numbers[holding.behind]) - theme.LANE_HEIGHT / 2
        areas = list(_areas(holding, axis))
        if not few:
            areas = _joined(areas)
        drawn += "".join(
            _drawn(holding, area, y) for area in areas if area.back or (few and area.size)
        )
        names += _name(holding, areas, y)
    return f'<g class="streamlab-held">{drawn}</g>', names


def held_text(holding: Holding, size: int, *, back: bool) -> str:
    """Return the held bytes between two lanes at one time, in words.

    :param holding: the bytes between the two lanes.
    :param size: how many bytes are held.
    :param back: whether they are held back, rather than on their way.
    """
    amount = counted(size, "byte")
    if back:
        return f"{holding.holder} holds {amount}"
    return f"{amount} on the way to {holding.behind}"


def _areas(holding: Holding, axis: Axis) -> Iterator[_Area]:
    """Look at each pixel, so that the cost does not depend on the number of chunks."""
    per_pixel = axis.high / (theme.RIGHT - theme.LEFT)
    x = theme.LEFT
    pixels = range(theme.RIGHT - theme.LEFT)
    steps = (holding.at(axis.time_at(pixel * per_pixel)) for pixel in pixels)
    for (size, back), run in groupby((step.size, step.back) for step in steps):
        width = len(list(run))
        yield _Area(x, width, size, back)
        x += width


def _joined(areas: list[_Area]) -> list[_Area]:
    """Join neighbours that look the same, so that a long exchange makes a small picture."""
    runs = [list(run) for _, run in groupby(areas, lambda area: (area.back, round(_height(area))))]
    return [
        _Area(run[0].left, _width(run), max(area.size for area in run), run[0].back) for run in runs
    ]


def _height(area: _Area) -> float:
    return min(theme.HELD_HEIGHT, 3 + 2 * log10(area.size)) if area.size else 0.0


def _drawn(holding: Holding, area: _Area, y: float) -> str:
    height = _height(area)
    colour, opacity = ("warn", 0.5) if area.back else ("accent", 0.15)
    title = xml_text(held_text(holding, area.size, back=area.back))
    return (
        f'<rect {theme.fill(colour)} fill-opacity="{opacity}" x="{area.left}" '
        f'y="{y - height / 2:.1f}" width="{area.width}" height="{height:.1f}">'
        f"<title>{title}</title></rect>"
    )


def _name(holding: Holding, areas: list[_Area], y: float) -> str:
    """Return one text, in the middle of the longest time in which bytes are held back."""
    stretches = [list(run) for back, run in groupby(areas, attrgetter("back")) if back]
    if not stretches:
        return ""
    longest = max(stretches, key=_width)
    text = f"{holding.holder} holds {counted(max(area.size for area in longest), 'byte')}"
    room = len(text) * theme.CHARACTER_WIDTH + 8
    if room > _width(longest) / 2:
        return ""  # the text would cover the area
    left = longest[0].left + (_width(longest) - room) / 2
    return (
        f'<rect {theme.fill("surface")} x="{left:.1f}" y="{y - 7:g}" width="{room:.0f}" '
        f'height="14"/><text {theme.fill("ink")} x="{left + 4:.1f}" y="{y + 4:g}">'
        f"{xml_text(text)}</text>"
    )


def _width(stretch: list[_Area]) -> int:
    return sum(area.width for area in stretch)
