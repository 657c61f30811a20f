"""Where each chunk is at a moment.

The panel has the same rules (`streamlab/lab/frontend/src/pipe/placement.js`). A station has the
name of the lane at its exit: a chunk that has passed the lane ``app`` and not yet the lane ``gzip``
is in the station ``gzip``. A client is a reader, so a chunk that has not passed the lane ``client``
is still in the station before it.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from streamlab.exports.svg.moments import bytes_at, rows_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamlab.trace.lane import Lane


class Tile(NamedTuple):
    """A chunk at a moment.

    :param lane: the lane on which the chunk was made, or made again by a content coding.
    :param row: its row on that lane.
    :param station: the station in which it is.
    """

    lane: int
    row: int
    station: int


def station_after(lanes: Sequence[Lane], passed: int) -> int:
    """Return the station of bytes that have passed a lane and not the next one.

    :param lanes: all lanes.
    :param passed: the position of that lane.

    >>> from streamlab.trace.trace import Trace
    >>> lanes = list(Trace().lanes.values())
    >>> [(lane.name, station_after(lanes, passed)) for passed, lane in enumerate(lanes)]
    [('generator', 1), ('app', 2), ('server', 2), ('client', 3)]
    """
    following = next(iter(lanes[passed + 1 :]), None)
    return passed if following is None or following.name == "client" else passed + 1


class Placement:
    """The places of the chunks of one exchange.

    :param lanes: the lanes, in the order in which bytes pass them.
    :param recoded: the names of the lanes whose bytes differ from the lane before.
    """

    def __init__(self, lanes: Sequence[Lane], recoded: Sequence[str]) -> None:
        self._lanes = lanes
        first = next((index for index, lane in enumerate(lanes) if len(lane)), len(lanes))
        starts = [
            index
            for index in range(first, len(lanes))
            if index == first or lanes[index].name in recoded
        ]
        ends = [*(start - 1 for start in starts[1:]), len(lanes) - 1]
        self._groups = list(zip(starts, ends, strict=True)) if starts else []
        """The first and the last of neighbouring lanes that have the same bytes."""

    def __repr__(self) -> str:
        return f"<Placement on {len(self._lanes)} lanes, {len(self._groups)} codings>"

    def tiles_at(self, time: int) -> list[Tile]:
        """Return the chunks that exist at a moment.

        :param time: in nanoseconds of the clock.

        >>> from streamlab.trace.trace import Trace
        >>> trace = Trace()
        >>> trace.lanes["generator"].record_at(b"Hello", 1_000)
        >>> trace.lanes["app"].record_at(b"Hello", 2_000)
        >>> placement = Placement(list(trace.lanes.values()), ())
        >>> placement.tiles_at(1_500), placement.tiles_at(2_500)
        ([Tile(lane=0, row=0, station=1)], [Tile(lane=0, row=0, station=2)])
        """
        return [tile for number in range(len(self._groups)) for tile in self._group(number, time)]

    def _group(self, number: int, time: int) -> Iterator[Tile]:
        first, last = self._groups[number]
        for row in range(rows_at(self._lanes[first], time)):
            end, passed = self._lanes[first].ends[row], first
            while passed < last and bytes_at(self._lanes[passed + 1], time) >= end:
                passed += 1
            if passed == last and number + 1 < len(self._groups):
                arrived = self._lanes[last].times[bisect_left(self._lanes[last].ends, end)]
                recoder = self._lanes[last + 1]
                if bisect_left(recoder.times, arrived) < rows_at(recoder, time):
                    continue  # its bytes have left the recoder, in another coding
            yield Tile(first, row, station_after(self._lanes, passed))
