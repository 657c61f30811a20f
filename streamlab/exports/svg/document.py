"""An exchange as a still picture: the timeline of the live view, and the verdict below it."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING
from zlib import crc32

from streamlab.exports import theme
from streamlab.exports.formatting import (
    OUTCOME_SIGNS,
    heading,
    location_of,
    marked_up,
    sentence,
    shortened,
)
from streamlab.exports.svg.axis import axis_for
from streamlab.exports.svg.chart import Chart
from streamlab.exports.svg.held_areas import held_areas
from streamlab.trace.verdict import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.trace.lane import Lane
    from streamlab.trace.record import Record

_AXIS_WORDS = {
    "time": "axis: time since the request",
    "order": "axis: order of events, not their distance in time",
}
_LINE_CHARACTERS = 132
_HEADING_CHARACTERS = 80
_LARGE = 100_000


def to_svg(record: Record) -> str:
    """The timeline as an SVG document that stands for itself.

    The axis is the clock, or where that would put the chunks on top of one another, the order of
    the events; the picture says which. In a notebook its colours follow the theme, elsewhere the
    reader's choice of light or dark.
    """
    lanes = record.visible_lanes
    chart = Chart(record, lanes, axis_for(record))
    below = chart.bottom + theme.AXIS_HEIGHT + 8
    words, height = _words_below(record, below)
    held, holders = held_areas(record, lanes, chart.axis)
    content = "".join(
        (
            _header(record, _AXIS_WORDS[chart.axis.kind]),
            *_names(lanes),
            *chart.rails(),
            *chart.spans(),
            held,
            *chart.joins(),
            holders,
            *chart.chunks(),
            *chart.events(),
            words,
        )
    )
    title, description = marked_up(heading(record)), marked_up(_description(record, lanes))
    # Several pictures may stand in one page, and names in it must not be those of another.
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


def _header(record: Record, axis_words: str) -> str:
    title = marked_up(shortened(heading(record), _HEADING_CHARACTERS))
    return (
        f'<text {theme.fill("ink")} x="12" y="20" font-size="13" font-weight="600">{title}</text>'
        f'<text {theme.fill("muted")} x="{theme.RIGHT}" y="20" '
        f'text-anchor="end">{axis_words}</text>'
    )


def _names(lanes: list[Lane]) -> Iterator[str]:
    first = theme.TOP + theme.BAND_HEIGHT / 2
    yield f'<text {theme.fill("muted")} x="12" y="{first + 4:g}">request context</text>'
    for number, lane in enumerate(lanes):
        y = theme.middle_of(number) + 4
        name = marked_up(shortened(lane.name, 18))
        yield (
            f'<text {theme.fill("ink")} x="12" y="{y:g}" font-size="12">{name}</text>'
            f'<text {theme.fill("muted")} x="{theme.LEFT - 14}" y="{y:g}" text-anchor="end">'
            f"{_tally(lane.chunks)}</text>"
        )
    last = theme.events_top(len(lanes)) + theme.EVENTS_HEIGHT / 2
    yield f'<text {theme.fill("muted")} x="12" y="{last + 4:g}">events</text>'


def _tally(chunks: int) -> str:
    """How many chunks, short enough for the margin.

    >>> _tally(1234), _tally(12_345_678)
    ('1,234', '12.3M')
    """
    if chunks < _LARGE:
        return f"{chunks:,}"
    return f"{chunks / 1e6:.1f}M" if chunks >= 1e6 else f"{chunks / 1e3:.0f}K"


def _words_below(record: Record, top: int) -> tuple[str, int]:
    """The verdict's sentence and the error, and the height of all with them."""
    verdict = record.verdict
    outcome = verdict.outcome if verdict else ""
    sign = OUTCOME_SIGNS.get(outcome, "…")
    colour = theme.OUTCOME_COLOURS.get(outcome, "muted")
    lines = [(line, "ink") for line in wrap(sentence(record), _LINE_CHARACTERS)]
    if record.failure is not None:
        lines += [
            (line, "error") for line in wrap(location_of(record.failure), _LINE_CHARACTERS)[:3]
        ]
    y = top + 14
    parts = [
        f'<text {theme.fill(colour)} x="12" y="{y}" font-size="13" font-weight="600">{sign}</text>'
    ]
    for line, shade in lines:
        parts.append(
            f'<text {theme.fill(shade)} x="30" y="{y}" font-size="12">{marked_up(line)}</text>'
        )
        y += theme.LINE_HEIGHT
    return "".join(parts), y


def _description(record: Record, lanes: list[Lane]) -> str:
    """The picture in words, for who does not see it."""
    passed = ", ".join(f"{lane.name} {counted(lane.chunks, 'chunk')}" for lane in lanes)
    error = f" {location_of(record.failure)}" if record.failure else ""
    return f"Chunks on each lane: {passed}. {sentence(record)}{error}"
