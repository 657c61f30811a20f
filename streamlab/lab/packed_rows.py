"""The rows of the lanes as the view gets them: few enough to draw, and packed as differences.

The view has at most `MAX_ROWS` rows of a lane. A longer lane gets a larger stride: the view merges
the rows that it has, and only new rows are sent. So a merge costs nothing.

A row is the time and the end of its chunks, as differences to the row before in 32 bits each. Rows
of the lane on which the chunks are made also have a location.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import chain, pairwise
from operator import sub
from typing import TYPE_CHECKING

from streamlab.lab.message import Rows
from streamlab.trace.columns import MERGED_ROWS
from streamlab.trace.lane import pack_location, unpack_location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from streamlab.lab.protocol import Part
    from streamlab.trace.lane import Lane

MAX_ROWS = 50_000
"""How many rows of a lane the view has at most."""
MAX_ROWS_A_MESSAGE = 16_000
"""How many rows of all lanes together one message has: about half a MiB."""
_MAX_DIFFERENCE = 2**32 - 1


class PackedRows:
    """Packs the rows that the view does not have yet.

    :param lanes: the lanes of a trace, by name.
    :param origin: when the run began, in nanoseconds of the clock.

    >>> from streamlab.trace.lane import Lane
    >>> lane = Lane("app", origin=0)
    >>> for time in (1_000, 3_000):
    ...     lane.record_at(b"Hello", time)
    >>> rows = PackedRows({"app": lane}, origin=0)
    >>> news = rows.news([])
    >>> news.parts, array("I", news.data).tolist()
    ([(0, 0, 2, 1000, 5, False)], [0, 2000, 0, 5])
    """

    def __init__(self, lanes: Mapping[str, Lane], *, origin: int) -> None:
        self._lanes = lanes
        self._origin = origin
        self.left_out = False
        """Whether the latest message had no room for all rows."""
        self.start_over()

    def start_over(self) -> None:
        """Forget what was sent."""
        self.strides = dict.fromkeys(self._lanes, 1)
        """How many chunks each row of the view has, for each lane."""
        self.sent = dict.fromkeys(self._lanes, 0)
        """How many chunks of each lane the view has."""

    def look(self) -> list[Reading]:
        """Return what the lanes have now."""
        return [Reading(lane) for lane in self._lanes.values()]

    def news(self, shown_index: Sequence[int], readings: Sequence[Reading] | None = None) -> Rows:
        """Return the rows that are new since the last call, as many as fit into a message.

        If they do not all fit, each lane is cut at the same moment.

        :param shown_index: for each source of the trace, its index in the list of the view.
        :param readings: what the lanes had at an earlier moment, see `look`; None: now.
        """
        readings = self.look() if readings is None else readings
        for name, reading in zip(self._lanes, readings, strict=True):
            self.strides[name] = reading.stride_for(self.strides[name])
        cut = self._cut(readings)
        self.left_out = cut is not None
        parts: list[Part] = []
        pieces: list[bytes] = []
        for index, (name, reading) in enumerate(zip(self._lanes, readings, strict=True)):
            stride, sent = self.strides[name], self.sent[name]
            # The last row may have grown. It is sent again.
            start, stop = sent // stride, reading.rows_of(stride)
            if cut is not None:
                stop = min(stop, reading.rows_before(cut, stride))
            chunks = min(stop * stride, reading.chunks)
            if chunks <= sent:
                continue
            self.sent[name] = chunks
            for (row, count, time, end), data in reading.packed(start, stop, stride, shown_index):
                located = bool(reading.columns.locations)
                parts.append((index, row, count, time - self._origin, end, located))
                pieces.append(data)
        return Rows(parts, b"".join(pieces))

    def _cut(self, readings: Sequence[Reading]) -> int | None:
        """Return the moment from which on rows have no room in the message; None: all fit."""
        share = MAX_ROWS_A_MESSAGE // max(1, len(readings))
        first_left_out = []
        for name, reading in zip(self._lanes, readings, strict=True):
            stride = self.strides[name]
            row = self.sent[name] // stride + share
            if row < reading.rows_of(stride):
                first_left_out.append(reading.columns.times[row * reading.factor(stride)])
        return min(first_left_out, default=None)

    def __repr__(self) -> str:
        return f"<PackedRows, sent {self.sent}>"


class Reading:
    """The rows that a lane has at a moment. The lane may grow and merge its rows meanwhile.

    :param lane: the lane.
    """

    def __init__(self, lane: Lane) -> None:
        columns = self.columns = lane.columns
        self.ends = columns.ends
        self.rows = len(self.ends)
        stride = columns.stride
        # The writer adds a row before it counts the chunk, and may have merged rows meanwhile.
        least = max(0, self.rows - 1) * stride + (self.rows > 0)
        self.chunks = max(least, min(lane.chunks, self.rows * stride))

    def stride_for(self, stride: int) -> int:
        """Return the stride with which the lane has few enough rows.

        :param stride: the stride that the view has now; it never becomes smaller.
        """
        while stride < self.columns.stride or self.rows_of(stride) > MAX_ROWS:
            stride *= MERGED_ROWS
        return stride

    def factor(self, stride: int) -> int:
        """Return how many rows of the lane are one row of the view.

        :param stride: how many chunks a row of the view has.
        """
        return stride // self.columns.stride

    def rows_of(self, stride: int) -> int:
        """Return how many rows the view needs for all chunks.

        :param stride: how many chunks a row of the view has.
        """
        return -(-self.chunks // stride)

    def rows_before(self, time: int, stride: int) -> int:
        """Return how many whole rows of the view are before a moment.

        :param time: the moment, in nanoseconds of the clock.
        :param stride: how many chunks a row of the view has.
        """
        return bisect_left(self.columns.times, time, 0, self.rows) // self.factor(stride)

    def packed(
        self, start: int, stop: int, stride: int, shown_index: Sequence[int]
    ) -> Iterator[tuple[tuple[int, int, int, int], bytes]]:
        """Yield parts of the rows of the view: first row, count, time and end; and packed rows.

        :param start: the first row of the view.
        :param stop: the row of the view before which to stop.
        :param stride: how many chunks a row of the view has.
        :param shown_index: for each source of the trace, its index in the list of the view.
        """
        factor = self.factor(stride)
        rows = slice(start * factor, min(stop * factor, self.rows), factor)
        times = self.columns.times[rows]
        ends = self.ends[rows.start + factor - 1 : rows.stop : factor]
        if len(ends) < len(times):
            ends.append(self.ends[self.rows - 1])
        locations = self._shown(self.columns.locations[rows], shown_index)
        for first, last, packed in _packed_runs(times, ends):
            place = (start + first, last - first, times[first], ends[first])
            yield place, packed + locations[first:last].tobytes()

    @staticmethod
    def _shown(locations: array[int], shown_index: Sequence[int]) -> array[int]:
        """Return locations with the indices of the sources in the list of the view."""
        table = {-1: -1}
        for location in set(locations) - {-1}:
            source, line = unpack_location(location)
            if source is not None and line is not None:
                table[location] = pack_location(shown_index[source], line)
        return array("i", map(table.__getitem__, locations))

    def __repr__(self) -> str:
        return f"<Reading of {self.rows} rows, {self.chunks} chunks>"


def _packed_runs(times: array[int], ends: array[int]) -> list[tuple[int, int, bytes]]:
    """Return runs of rows as first row, row after and packed rows, without large differences."""
    try:
        return [(0, len(times), _differences(times) + _differences(ends))]
    except OverflowError:  # a difference does not fit into 32 bits
        cuts = [0, *sorted({*_too_large(times), *_too_large(ends)}), len(times)]
        return [
            (first, last, _differences(times[first:last]) + _differences(ends[first:last]))
            for first, last in pairwise(cuts)
        ]


def _differences(column: array[int]) -> bytes:
    """Return the difference of each number to the one before. The first one is 0."""
    return array("I", map(sub, column, chain(column[:1], column))).tobytes()


def _too_large(column: array[int]) -> list[int]:
    """Return the rows whose difference to the row before does not fit into 32 bits."""
    return [
        row
        for row, (before, behind) in enumerate(pairwise(column), 1)
        if not 0 <= behind - before <= _MAX_DIFFERENCE
    ]
