"""The SVG document: the timeline of an exchange, with the verdict below it."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING
from zlib import crc32

from streamlab.exports import theme
from streamlab.exports.formatting import (
    OUTCOME_SIGNS,
    error_line,
    heading,
    shortened,
    tally,
    verdict_sentence,
    xml_text,
)
from streamlab.exports.svg.axis import axis_for
from streamlab.exports.svg.chart import Chart
from streamlab.exports.svg.held_areas import held_areas
from streamlab.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.trace.lane import Lane
    from streamlab.trace.record import Record

_AXIS_TITLES = {
    "time": "axis: time since the request",
    "order": "axis: order of events, not their distance in time",
}
_LINE_CHARACTERS = 132
_HEADING_CHARACTERS = 80
_LANE_CHARACTERS = 18
_ERROR_LINES = 3


def to_svg(record: Record) -> str:
    """Return the timeline as an SVG document without scripts, fonts or links.

    The axis is the clock. If the clock would draw the chunks on top of each other, the axis is
    the order of events; a text in the picture names the axis. In a notebook the colours follow
    the theme; elsewhere they follow the reader's preference for light or dark.

    :param record: the exchange; it may still be streaming.
    """
    lanes = record.visible_lanes
    chart = Chart(record, lanes, axis_for(record))
    texts, height = _texts_below(record, chart.bottom + theme.AXIS_HEIGHT + 8)
    areas, holders = held_areas(record, lanes, chart.axis)
    content = "".join(
        (
            _header(record, _AXIS_TITLES[chart.axis.kind]),
            *_names(lanes),
            *chart.rails(),
            *chart.spans(),
            areas,
            *chart.joins(),
            holders,
            *chart.chunks(),
            *chart.events(),
            texts,
        )
    )
    title, description = xml_text(heading(record)), xml_text(_description(record, lanes))
    # A page may contain several pictures, and an id must be unique in the page.
    name = f"streamlab-{crc32(f'{title}{description}{content}'.encode()):08x}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="streamlab-picture" width="{theme.WIDTH}" '
        f'height="{height}" viewBox="0 0 {theme.WIDTH} {height}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" style="max-width:100%;height:auto" '
        f'font-family="{theme.FONT}" font-size="11">'
        f'<title id="{name}-title">{title}</title><desc id="{name}-desc">{description}</desc>'
        f"<style>{theme.style_sheet()}</style>"
        f'<rect {theme.fill("surface")} width="{theme.WIDTH}" height="{height}"/>{content}</svg>'
    )


def _header(record: Record, axis_title: str) -> str:
    title = xml_text(shortened(heading(record), _HEADING_CHARACTERS))
    return (
        f'<text {theme.fill("ink")} x="12" y="20" font-size="13" font-weight="600">{title}</text>'
        f'<text {theme.fill("muted")} x="{theme.RIGHT}" y="20" '
        f'text-anchor="end">{axis_title}</text>'
    )


def _names(lanes: list[Lane]) -> Iterator[str]:
    first = theme.TOP + theme.BAND_HEIGHT / 2
    yield f'<text {theme.fill("muted")} x="12" y="{first + 4:g}">request context</text>'
    for number, lane in enumerate(lanes):
        y = theme.lane_middle(number) + 4
        name = xml_text(shortened(lane.name, _LANE_CHARACTERS))
        yield (
            f'<text {theme.fill("ink")} x="12" y="{y:g}" font-size="12">{name}</text>'
            f'<text {theme.fill("muted")} x="{theme.LEFT - 14}" y="{y:g}" text-anchor="end">'
            f"{tally(lane.chunks)}</text>"
        )
    last = theme.events_top(len(lanes)) + theme.EVENTS_HEIGHT / 2
    yield f'<text {theme.fill("muted")} x="12" y="{last + 4:g}">events</text>'


def _texts_below(record: Record, top: int) -> tuple[str, int]:
    """Return the verdict and the error as text elements, and the height of the whole picture."""
    verdict = record.verdict
    outcome = verdict.outcome if verdict else ""
    sign = OUTCOME_SIGNS.get(outcome, "…")
    colour = theme.OUTCOME_COLOURS.get(outcome, "muted")
    lines = [(line, "ink") for line in wrap(verdict_sentence(record), _LINE_CHARACTERS)]
    if record.failure is not None:
        error = wrap(error_line(record.failure), _LINE_CHARACTERS)
        lines += [(line, "error") for line in error[:_ERROR_LINES]]
    y = top + 14
    elements = [
        f'<text {theme.fill(colour)} x="12" y="{y}" font-size="13" font-weight="600">{sign}</text>'
    ]
    for line, shade in lines:
        elements.append(
            f'<text {theme.fill(shade)} x="30" y="{y}" font-size="12">{xml_text(line)}</text>'
        )
        y += theme.LINE_HEIGHT
    return "".join(elements), y


def _description(record: Record, lanes: list[Lane]) -> str:
    """Return the picture in words, for screen readers."""
    chunks = ", ".join(f"{lane.name} {counted(lane.chunks, 'chunk')}" for lane in lanes)
    error = f" {error_line(record.failure)}" if record.failure else ""
    return f"Chunks on each lane: {chunks}. {verdict_sentence(record)}{error}"
