"""What is held between two lanes, as areas of the still timeline: the higher the more."""

from __future__ import annotations

from itertools import groupby
from math import log10
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from streamlab.exports import theme
from streamlab.exports.formatting import marked_up
from streamlab.trace.verdict import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.exports.svg.axis import Axis
    from streamlab.trace.buffering import Holding
    from streamlab.trace.lane import Lane
    from streamlab.trace.record import Record


class _Area(NamedTuple):
    left: int
    width: int
    size: int
    back: bool


def held_areas(record: Record, lanes: list[Lane], axis: Axis) -> tuple[str, str]:
    """The areas, strong where bytes are held back while more is made; and the holders' names there.

    Names are to be drawn later, over the lines that cross the areas. What is only on its way is
    drawn where chunks are few enough to be followed one by one.
    """
    few = bool(axis.columns)
    numbers = {lane.name: number for number, lane in enumerate(lanes)}
    areas, names = "", ""
    for holding in record.held:
        y = theme.middle_of(numbers[holding.behind]) - theme.LANE_HEIGHT / 2
        held = list(_areas(holding, axis))
        areas += "".join(
            _drawn(holding, area, y) for area in held if area.back or (few and area.size)
        )
        names += _name(holding, held, y)
    return f'<g class="streamlab-held">{areas}</g>', names


def _areas(holding: Holding, axis: Axis) -> Iterator[_Area]:
    """Pixel by pixel, so that it costs the same however many chunks there are."""
    per_pixel = axis.high / (theme.RIGHT - theme.LEFT)
    x = theme.LEFT
    pixels = range(theme.RIGHT - theme.LEFT)
    steps = (holding.at(axis.time_at(pixel * per_pixel)) for pixel in pixels)
    for (size, back), run in groupby((step.size, step.back) for step in steps):
        width = len(list(run))
        yield _Area(x, width, size, back)
        x += width


def _drawn(holding: Holding, area: _Area, y: float) -> str:
    height = min(theme.HELD_HEIGHT, 3 + 2 * log10(area.size))
    colour, opacity = ("warn", 0.5) if area.back else ("accent", 0.15)
    words = marked_up(f"{holding.holder} holds {counted(area.size, 'byte')}")
    return (
        f'<rect {theme.fill(colour)} fill-opacity="{opacity}" x="{area.left}" '
        f'y="{y - height / 2:.1f}" width="{area.width}" height="{height:.1f}">'
        f"<title>{words}</title></rect>"
    )


def _name(holding: Holding, areas: list[_Area], y: float) -> str:
    """Who holds how much, once, in the middle of the longest time it is held back."""
    stretches = [list(run) for back, run in groupby(areas, attrgetter("back")) if back]
    if not stretches:
        return ""
    longest = max(stretches, key=_width)
    text = f"{holding.holder} holds {counted(max(area.size for area in longest), 'byte')}"
    room = len(text) * theme.CHARACTER + 8
    if room > _width(longest) / 2:
        return ""  # it would hide what it tells about
    left = longest[0].left + (_width(longest) - room) / 2
    return (
        f'<rect {theme.fill("surface")} x="{left:.1f}" y="{y - 7:g}" width="{room:.0f}" '
        f'height="14"/><text {theme.fill("ink")} x="{left + 4:.1f}" y="{y + 4:g}">'
        f"{marked_up(text)}</text>"
    )


def _width(stretch: list[_Area]) -> int:
    return sum(area.width for area in stretch)
