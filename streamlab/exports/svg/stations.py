"""The stations that the bytes pass, drawn from left to right, with what moves between them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from streamlab.exports import theme
from streamlab.exports.formatting import escaped, shortened, tally, xml_text
from streamlab.exports.svg.moments import BREAKS, chunks_at, context_at
from streamlab.exports.svg.placement import Placement, Tile, station_after
from streamlab.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamlab.exports.svg.moments import Moments
    from streamlab.exports.svg.motion import Motion
    from streamlab.trace.events import Event
    from streamlab.trace.lane import Lane
    from streamlab.trace.record import Record

MAX_STATIONS = 10
"""With more lanes, a station would be too narrow for its texts."""
_SLOTS = 4
"""How many tiles a station shows one below the other; the older ones are only counted."""
_GAP = 26
_TILE_HEIGHT, _SLOT_HEIGHT = 20, 24
_NAME_HEIGHT, _COUNT_HEIGHT = 24, 22
_LINE = 16
_BRACKET_HEIGHT = 22
_CHARACTER = 6.7
"""The average width of a character at a font size of 12 px, in px. Too wide is cut sooner."""
_MONO_CHARACTER = 7.0
_LEFT, _RIGHT = 12, theme.RIGHT
_BREAK_LABELS = {"client cut off": "✂ cut off", "client left": "■ client left"}


class _Shown(NamedTuple):
    """A tile at a moment: the station, its place in the station, and whether it can be seen."""

    station: int
    slot: int
    visible: bool


class Stations:
    """The stations of one exchange.

    :param record: the exchange.
    :param lanes: one station each.
    :param moments: the moments to show.
    :param motion: the animations of the picture.
    :param top: the y at which they begin, in px.
    """

    def __init__(
        self, record: Record, lanes: list[Lane], moments: Moments, motion: Motion, top: float
    ) -> None:
        self._record = record
        self._lanes = lanes
        self._motion = motion
        self._moments = moments
        # Before the first moment nothing has happened.
        self._times = [record.trace.origin - 1, *moments.times]
        self._pitch = (_RIGHT - _LEFT + _GAP) / len(lanes)
        self._width = self._pitch - _GAP
        self._top = top + _BRACKET_HEIGHT
        seen = {event.kind: event for event in reversed(list(record.trace.events))}
        self._breaks = [seen[kind] for kind in BREAKS if kind in seen]
        self._labels: dict[Tile | str, tuple[str, str]] = {
            event.kind: ("", _BREAK_LABELS.get(event.kind) or f"✖ {event.text.split(':')[0]}")
            for event in self._breaks
        }
        """For each tile its number and its text."""
        self._states = self._simulated() if moments.tiles else []
        most = max((one.slot + 1 for state in self._states for one in state.values()), default=2)
        self._height = _NAME_HEIGHT + most * _SLOT_HEIGHT + _COUNT_HEIGHT
        self.bottom = self._top + self._height
        """The y at which they end, in px."""

    def __repr__(self) -> str:
        return f"<{len(self._lanes)} stations, {self._moments!r}>"

    def drawn(self) -> Iterator[str]:
        """Return the SVG elements."""
        yield from self._bracket()
        for number, lane in enumerate(self._lanes):
            yield self._box(number, lane)
            yield from self._way(number)
            yield from self._held(number)
            yield self._count(number, lane)
        for key in dict.fromkeys(key for state in self._states for key in state):
            yield self._tile(key)

    def _x(self, station: int) -> float:
        return _LEFT + station * self._pitch

    def _bracket(self) -> Iterator[str]:
        """Return the bracket over the code that runs with the request context."""
        if not self._record.trace.spans:
            return
        context = [context_at(self._record, time) for time in self._times]
        right = self._x(min(2, len(self._lanes))) - _GAP
        top = self._top - _BRACKET_HEIGHT
        middle = (_LEFT + right) / 2
        for state, colour, dash, label in (
            ("active", "context", "", "request context"),
            ("ended", "muted", ' stroke-dasharray="4 3"', "no request context"),
        ):
            states = [f"opacity:{int(one == state)}" for one in context]
            yield (
                f"<g{_hidden(states)}{self._motion.animated(states, jump=True)}>"
                f'<path {theme.stroke(colour)}{dash} fill="none" stroke-width="1.5" '
                f'd="M{_LEFT + 1} {top + 18:g}v-13q0-4 4-4H{right - 5:g}q4 0 4 4v13"/>'
                f'<text {theme.fill("ink")} x="{middle:g}" y="{top + 15:g}" '
                f'text-anchor="middle">{label}</text></g>'
            )

    def _box(self, number: int, lane: Lane) -> str:
        x = self._x(number)
        name = xml_text(shortened(lane.name, max(4, int(self._width / 7.6))))
        return (
            f'<rect {theme.stroke("line")} fill="none" x="{x:.1f}" y="{self._top}" '
            f'width="{self._width:.1f}" height="{self._height}" rx="6"/>'
            f'<text {theme.fill("ink")} x="{x + self._width / 2:.1f}" y="{self._top + 17}" '
            f'font-size="13" font-weight="600" text-anchor="middle">{name}</text>'
        )

    def _way(self, number: int) -> Iterator[str]:
        """Return the way to the next station. Dashes move on it while bytes flow."""
        if number + 1 == len(self._lanes):
            return
        left, y = self._x(number) + self._width + 3, self._top + 40
        yield (
            f'<path {theme.stroke("muted")} fill="none" stroke-width="1.5" '
            f'd="M{left + _GAP - 12:.1f} {y - 4}l5 4l-5 4"/>'
        )
        if self._moments.tiles:
            return
        lane = self._lanes[number]
        moved = [round(400 * chunks_at(lane, time) / max(1, lane.chunks)) for time in self._times]
        states = [f"stroke-dashoffset:{moved[-1] - one}px" for one in moved]
        yield (
            f'<path {theme.stroke("accent")} stroke-width="3" stroke-dasharray="5 5" '
            f'd="M{left:.1f} {y}h{_GAP - 9}"{self._motion.animated(states)}/>'
        )

    def _held(self, number: int) -> Iterator[str]:
        """Return the bytes that a station holds back, as an area that fills it from below."""
        made = self._record.trace.source_lane
        holding = next(
            (
                one
                for one in self._record.held
                if station_after(self._lanes, self._number(one.before)) == number
            ),
            None,
        )
        if made is None or holding is None:
            return
        steps = [holding.at(time) for time in self._times]
        sizes = [step.size if step.back else 0 for step in steps]
        if not any(sizes):
            return
        most = max(made.size, *sizes)
        drawn = sizes[-1] or most
        height = self._height * drawn / most
        states = [f"transform:scaleY({size / drawn:.3g});opacity:{int(size > 0)}" for size in sizes]
        y = self._top + self._height
        # The origin of the scale is the bottom of the station.
        yield (
            f'<g transform="translate({self._x(number):.1f} {y})">'
            f'<rect {theme.fill("warn")} fill-opacity=".35"{_hidden(states)} y="{-height:.1f}" '
            f'width="{self._width:.1f}" height="{height:.1f}" rx="6"'
            f"{self._motion.animated(states)}/></g>"
        )
        labels = [f"holds {counted(size, 'byte')}" if size else "" for size in sizes]
        yield self._rolling(number, labels, y - _COUNT_HEIGHT - _LINE, "ink")

    def _number(self, name: str) -> int:
        return next(index for index, lane in enumerate(self._lanes) if lane.name == name)

    def _count(self, number: int, lane: Lane) -> str:
        chunks = [chunks_at(lane, time) for time in self._times]
        long = counted(max(chunks), "chunk")
        wide = len(long) * _CHARACTER < self._width
        labels = [
            "" if not count else counted(count, "chunk") if wide else tally(count)
            for count in chunks
        ]
        return self._rolling(number, labels, self._top + self._height - _LINE - 4, "muted")

    def _rolling(self, number: int, labels: Sequence[str], y: float, colour: str) -> str:
        """Return a text that changes: a strip of lines, of which one is in view."""
        lines = [label for label, _ in groupby(labels)]
        line, numbers = -1, []
        for index, label in enumerate(labels):
            line += index == 0 or label != labels[index - 1]
            numbers.append(line)
        states = [f"transform:translateY({(line - one) * _LINE}px)" for one in numbers]
        texts = "".join(
            f'<text x="{self._width / 2:.1f}" y="{(one - line) * _LINE + 12}">{text}</text>'
            for one, text in enumerate(lines)
            if text
        )
        return (
            f'<svg x="{self._x(number):.1f}" y="{y:g}" width="{self._width:.1f}" '
            f'height="{_LINE}" overflow="hidden"><g {theme.fill(colour)} text-anchor="middle"'
            f"{self._motion.animated(states, jump=True)}>{texts}</g></svg>"
        )

    # Tiles

    def _simulated(self) -> list[dict[Tile | str, _Shown]]:
        """Return the tiles at each moment. A key is a `Tile` as it was made, or an event."""
        placement = Placement(self._lanes, self._record.trace.recoded)
        return [self._shown_at(placement, time) for time in self._times]

    def _shown_at(self, placement: Placement, time: int) -> dict[Tile | str, _Shown]:
        inside: dict[int, list[Tile | str]] = {}
        for tile in placement.tiles_at(time):
            key = Tile(tile.lane, tile.row, tile.lane)
            if key not in self._labels:
                self._labels[key] = self._chunk_label(tile)
            inside.setdefault(tile.station, []).append(key)
        for event in self._breaks:
            if event.time <= time:
                inside.setdefault(self._station_of(event), []).append(event.kind)
        shown: dict[Tile | str, _Shown] = {}
        for station, keys in inside.items():
            over = max(0, len(keys) - _SLOTS)
            for place, one in enumerate(keys):
                shown[one] = _Shown(station, max(0, place - over), place >= over)
        return shown

    def _station_of(self, event: Event) -> int:
        """Return the station of the layer that raised the exception, or the last one."""
        if event.kind != "exception":
            return len(self._lanes) - 1
        failure, made = self._record.failure, self._record.trace.source_lane
        names = [failure.raised_by if failure else None, made.name if made else None]
        stations = [index for index, lane in enumerate(self._lanes) if lane.name in names]
        return stations[0] if stations else 0

    def _chunk_label(self, tile: Tile) -> tuple[str, str]:
        chunk = self._lanes[tile.lane][tile.row]
        try:
            text = chunk.data.decode() if chunk.data is not None else None
        except UnicodeDecodeError:
            text = None
        return str(chunk.index), counted(chunk.size, "byte") if text is None else escaped(text)

    def _tile(self, key: Tile | str) -> str:
        born = next(step for step, state in enumerate(self._states) if key in state)
        first = self._states[born][key]
        made = key.lane if isinstance(key, Tile) else first.station
        place = _Shown(made, first.slot, visible=False)
        places = []
        for state in self._states:
            # A tile goes away if its bytes went on in another coding.
            place = state.get(key, place._replace(visible=False))
            places.append(place)
        # A chunk can be seen where it was made, before it moves on.
        starts = {born: _Shown(made, first.slot, visible=True)} if made != first.station else {}
        return self._drawn_tile(key, places, starts)

    def _drawn_tile(self, key: Tile | str, places: list[_Shown], starts: dict[int, _Shown]) -> str:
        last = places[-1]
        x, y = self._x(last.station) + 6, self._top + _NAME_HEIGHT + last.slot * _SLOT_HEIGHT

        def state(place: _Shown) -> str:
            right = self._x(place.station) + 6 - x
            down = (place.slot - last.slot) * _SLOT_HEIGHT
            return f"transform:translate({right:.0f}px,{down}px);opacity:{int(place.visible)}"

        states = [state(place) for place in places]
        begin = {step: state(place) for step, place in starts.items()}
        moved = self._motion.animated(states, starts=begin)
        colour = "accent" if isinstance(key, Tile) else "error"
        width = self._width - 12
        number, label = self._labels[key]
        room = int((width - 10 - (len(number) + 1) * 8) / _MONO_CHARACTER)
        text = xml_text(shortened(label, max(4, room)))
        bold = f'<tspan font-weight="700">{number}</tspan> ' if number else ""
        weight = "" if number else ' font-weight="700"'
        return (
            f'<g transform="translate({x:.1f} {y:g})"><g{_hidden(states)}{moved}>'
            f'<rect {theme.fill("surface")} width="{width:.1f}" height="{_TILE_HEIGHT}" rx="4"/>'
            f'<g {theme.stroke(colour)} stroke-width="1.5"><rect {theme.fill(colour)} '
            f'fill-opacity=".16" width="{width:.1f}" height="{_TILE_HEIGHT}" rx="4"/></g>'
            f'<text {theme.fill("ink")} x="6" y="14" font-family="{theme.MONO}" '
            f'xml:space="preserve"{weight}>{bold}{text}</text></g></g>'
        )


def _hidden(states: Sequence[str]) -> str:
    """Return the attribute of an element that cannot be seen in its final state."""
    return ' opacity="0"' if states[-1].endswith("opacity:0") else ""
