"""The SVG document: the timeline of an exchange with its verdict, with or without animation."""

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
    verdict_sentence,
    xml_text,
)
from streamlab.exports.svg.replay import replay
from streamlab.exports.svg.timeline import Timeline
from streamlab.wording import counted

if TYPE_CHECKING:
    from streamlab.trace.lane import Lane
    from streamlab.trace.record import Record

_LINE_CHARACTERS = 112
_LARGE_CHARACTERS = 92
_HEADING_CHARACTERS = 60
_VERDICT_LINES = 8
_ERROR_LINES = 3
_LARGE_LINE = 20


def to_svg(record: Record, *, animated: bool = False) -> str:
    """Return a picture of the exchange as an SVG document without scripts, fonts or links.

    The timeline shows the lanes against the clock. If the clock would draw the chunks on top of
    each other, it shows the order of events; a text in the picture names the axis. In a notebook
    the colours follow the theme; elsewhere they follow the reader's preference for light or dark.

    The animated picture also shows the stations that the bytes pass. Each chunk is a tile that
    moves from station to station in the recorded order, in slow motion. The animation is CSS and
    begins again after some seconds. A reader who prefers reduced motion sees its final state.

    :param record: the exchange; it may still be streaming.
    :param animated: whether to show the stations and the motion.
    """
    timeline = Timeline(record)
    title, description = heading(record), _description(record, timeline.lanes)
    # A page may contain several pictures, and an id must be unique in the page.
    origin = record.trace.origin
    name = f"streamlab-{crc32(repr((title, description, origin, animated)).encode()):08x}"
    picture = _animated if animated else _static
    content, style_sheet, height = picture(record, timeline, name)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="streamlab-picture {name}" '
        f'width="{theme.WIDTH}" height="{height:g}" viewBox="0 0 {theme.WIDTH} {height:g}" '
        f'role="img" aria-labelledby="{name}-title {name}-desc" '
        f'style="max-width:100%;height:auto" '
        f'font-family="{theme.FONT}" font-size="{theme.FONT_SIZE}">'
        f'<title id="{name}-title">{xml_text(title)}</title>'
        f'<desc id="{name}-desc">{xml_text(description)}</desc>'
        f"<style>{theme.style_sheet()}{style_sheet}</style>"
        f'<rect {theme.fill("surface")} width="{theme.WIDTH}" height="{height:g}" rx="6"/>'
        f"{content}</svg>"
    )


def _static(record: Record, timeline: Timeline, name: str) -> tuple[str, str, float]:  # noqa: ARG001
    verdict, bottom = _verdict(record, timeline.bottom + 22, large=False)
    error, bottom = _error(record, bottom)
    axis_title = (
        f'<text {theme.fill("muted")} x="{theme.RIGHT}" y="20" text-anchor="end">'
        f"{timeline.title}</text>"
    )
    return f"{_heading(record)}{axis_title}{''.join(timeline.drawn())}{verdict}{error}", "", bottom


def _animated(record: Record, timeline: Timeline, name: str) -> tuple[str, str, float]:
    verdict, bottom = _verdict(record, 46, large=True)
    middle = replay(record, timeline, name, bottom - 6)
    error, bottom = _error(record, middle.bottom + 20)
    bottom = bottom if error else middle.bottom + 8
    return f"{_heading(record)}{verdict}{middle.content}{error}", middle.style_sheet, bottom


def _heading(record: Record) -> str:
    title = xml_text(shortened(heading(record), _HEADING_CHARACTERS))
    return (
        f'<text {theme.fill("ink")} x="12" y="20" font-size="13" font-weight="600">{title}</text>'
    )


def _verdict(record: Record, y: float, *, large: bool) -> tuple[str, float]:
    """Return the verdict as text elements, and the y of the next line."""
    outcome = record.verdict.outcome if record.verdict else ""
    sign = OUTCOME_SIGNS.get(outcome, "…")
    colour = theme.OUTCOME_COLOURS.get(outcome, "muted")
    size, height, characters = (
        (14, _LARGE_LINE, _LARGE_CHARACTERS)
        if large
        else (theme.FONT_SIZE, theme.LINE_HEIGHT, _LINE_CHARACTERS)
    )
    style = f'font-size="{size + 1}" font-weight="600"'
    elements = [f'<text {theme.fill(colour)} x="12" y="{y:g}" {style}>{sign}</text>']
    lines = wrap(verdict_sentence(record), characters, max_lines=_VERDICT_LINES, placeholder=" …")
    for line in lines:
        elements.append(
            f'<text {theme.fill("ink")} x="32" y="{y:g}" font-size="{size}">{xml_text(line)}</text>'
        )
        y += height
    return "".join(elements), y


def _error(record: Record, y: float) -> tuple[str, float]:
    """Return the error with its line as text elements, and the y of the next line."""
    if record.failure is None:
        return "", y
    elements = []
    for line in wrap(error_line(record.failure), _LINE_CHARACTERS)[:_ERROR_LINES]:
        elements.append(f'<text {theme.fill("error")} x="32" y="{y:g}">{xml_text(line)}</text>')
        y += theme.LINE_HEIGHT
    return "".join(elements), y


def _description(record: Record, lanes: list[Lane]) -> str:
    """Return the picture in words, for screen readers."""
    chunks = ", ".join(f"{lane.name} {counted(lane.chunks, 'chunk')}" for lane in lanes)
    error = f" {error_line(record.failure)}" if record.failure else ""
    return f"Chunks on each lane: {chunks}. {verdict_sentence(record)}{error}"
