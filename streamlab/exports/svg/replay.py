"""The animated picture: the stations with their tiles above the timeline, in slow motion."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamlab.exports import theme
from streamlab.exports.svg.moments import moments_of
from streamlab.exports.svg.motion import Motion
from streamlab.exports.svg.stations import MAX_STATIONS, Stations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.exports.svg.moments import Moments
    from streamlab.exports.svg.timeline import Timeline
    from streamlab.trace.record import Record

_NOTES = {
    True: "slow motion, in the recorded order",
    False: "too many chunks for tiles: flow and counts",
}
_NOTE_Y = 20
_SPACE = 26
"""Between the stations and the timeline, for the name of the axis."""


class Replay(NamedTuple):
    """The middle part of an animated picture.

    :param content: SVG elements.
    :param style_sheet: their animations, as CSS.
    :param bottom: the y at which it ends, in px.
    """

    content: str
    style_sheet: str
    bottom: float


def replay(record: Record, timeline: Timeline, name: str, top: float) -> Replay:
    """Return the stations and the timeline, which show the same moments together.

    :param record: the exchange.
    :param timeline: its timeline.
    :param name: begins the names of the animations.
    :param top: the y at which the part begins, in px.
    """
    moments = moments_of(record, timeline.lanes, timeline.axis)
    motion = Motion(name, len(moments.times))
    parts: list[str] = []
    bottom = top
    if 0 < len(timeline.lanes) <= MAX_STATIONS:
        stations = Stations(record, timeline.lanes, moments, motion, top)
        # It is hidden where nothing moves.
        note = _note(_NOTES[moments.tiles], _NOTE_Y)
        parts = [f'<g class="streamlab-moves" opacity="0">{note}</g>', *stations.drawn()]
        bottom = stations.bottom + 8
    down = bottom + _SPACE - theme.TOP
    parts += [
        _note(timeline.title, bottom + _SPACE - 8),
        f'<g transform="translate(0 {down:g})">{"".join(timeline.drawn())}',
        *_later(timeline, moments, motion),
        "</g>",
    ]
    return Replay("".join(parts), motion.style_sheet(), down + timeline.bottom)


def _note(text: str, y: float) -> str:
    return (
        f'<text {theme.fill("muted")} x="{theme.RIGHT}" y="{y:g}" text-anchor="end">{text}</text>'
    )


def _later(timeline: Timeline, moments: Moments, motion: Motion) -> Iterator[str]:
    """Return a veil over what is later than the moment that the stations show."""
    height = timeline.bottom - theme.AXIS_HEIGHT - theme.TOP
    xs = [float(theme.LEFT), *(timeline.x(time) for time in moments.times)]
    states = [f"transform:translateX({x - theme.LEFT:.1f}px);opacity:1" for x in xs]
    states[-1] = states[-1].replace("opacity:1", "opacity:0")
    if len(states) == 1:
        return
    yield (
        f'<g opacity="0"{motion.animated(states)}>'
        f'<rect {theme.fill("surface")} fill-opacity=".82" x="{theme.LEFT}" y="{theme.TOP}" '
        f'width="{theme.WIDTH - theme.LEFT}" height="{height:g}"/>'
        f'<path {theme.stroke("ink")} stroke-width="1.5" '
        f'd="M{theme.LEFT} {theme.TOP}v{height:g}"/></g>'
    )
