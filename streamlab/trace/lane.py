"""One lane: when how many bytes passed one point, as columns, in bounded memory.

A stream can yield millions of times, so a chunk is two numbers in two arrays and becomes an
object only when somebody asks for it. Past a limit neighbours are merged: their count, their
bytes, the first and the last time survive.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from streamlab.clock import now_ns
from streamlab.trace.kept_bytes import HEAD_BYTES, TAIL_BYTES, KeptBytes

MAX_CHUNKS = 1_000_000
"""Chunks of a lane that are told apart; beyond, neighbours are merged."""
_MERGE = 4
"""How many neighbours become one."""
_MOST_NARROW, _MOST_WIDE = 2**32 - 1, 2**63 - 1


@dataclass(frozen=True)
class Chunk:
    """Bytes that passed a lane at once.

    ``time`` and ``last`` are nanoseconds of `streamlab.clock.now_ns`, ``offset`` and ``size`` are
    bytes. ``count`` is above 1 where neighbours were merged, and then ``last`` is the time of the
    last of them. ``line`` is the line of the ``yield`` that made it, where that is known, and
    ``source`` the index of its `Source` in the trace. ``data`` is None where it was not kept.
    """

    index: int
    time: int
    offset: int
    size: int
    line: int | None
    data: bytes | None
    count: int = 1
    last: int = 0
    source: int | None = None


class Columns:
    """The rows of a lane: one array a column, one row a chunk, or `stride` chunks once merged.

    Merging makes new columns and leaves the old ones as they are: whoever reads takes
    `Lane.columns` once and has rows that belong together. A row is whole when its end is there.
    """

    __slots__ = ("ends", "lasts", "locations", "most", "stride", "times")

    def __init__(self, stride: int = 1) -> None:
        self.stride = stride
        self.times = array("q")
        self.ends = array("I")  # half as large, and large enough for most streams
        self.most = _MOST_NARROW
        """The largest end that its column takes."""
        self.lasts = array("q")
        self.locations = array("i")

    def merged(self) -> Columns:
        """Columns in which every `_MERGE` neighbours of these are one row."""
        columns = Columns(self.stride * _MERGE)
        columns.times = self.times[::_MERGE]
        columns.ends = self.ends[_MERGE - 1 :: _MERGE]
        columns.most = self.most
        columns.lasts = (self.lasts or self.times)[_MERGE - 1 :: _MERGE]
        columns.locations = self.locations[::_MERGE]
        return columns

    def widen(self) -> None:
        """Make room for ends of any size."""
        self.ends = array("q", self.ends)
        self.most = _MOST_WIDE


class Lane(Sequence[Chunk]):
    """What passed one point on the way, in order. One thread writes; any thread may read.

    :param max_chunks: chunks that are told apart; a multiple of 8.
    :param has_locations: whether chunks come with the place in the code where they were made.
    :param head_bytes: kept of the body from its start.
    :param tail_bytes: kept of the body from its end.
    """

    def __init__(
        self,
        name: str,
        *,
        max_chunks: int = MAX_CHUNKS,
        has_locations: bool = False,
        head_bytes: int = HEAD_BYTES,
        tail_bytes: int = TAIL_BYTES,
    ) -> None:
        if max_chunks <= 0 or max_chunks % (2 * _MERGE):
            raise ValueError(f"max_chunks must be a multiple of {2 * _MERGE}, not {max_chunks}")
        self.name = name
        self.size = 0
        """Bytes that have passed."""
        self.chunks = 0
        """Chunks that have passed."""
        self.body = KeptBytes(head_bytes, tail_bytes)
        self.columns = Columns()
        self._has_locations = has_locations
        self._full = max_chunks

    @property
    def stride(self) -> int:
        """Chunks a row stands for; 1 until the lane was merged."""
        return self.columns.stride

    @property
    def times(self) -> array[int]:
        """Column of the times, of the first chunk where a row stands for several."""
        return self.columns.times

    @property
    def ends(self) -> array[int]:
        """Column of the offsets at which chunks end."""
        return self.columns.ends

    @property
    def lasts(self) -> array[int]:
        """Column of the last times; empty as long as rows are single chunks."""
        return self.columns.lasts

    @property
    def locations(self) -> array[int]:
        """Where each chunk was made, packed by `pack_location`; empty for most lanes."""
        return self.columns.locations

    def record(self, data: bytes, place: int = -1) -> None:
        """Note that `data` passes now. The hot path: called for every chunk of every lane."""
        now = now_ns()
        self.body.append(data)
        size = self.size = self.size + len(data)
        columns = self.columns
        if size > columns.most:
            columns.widen()
        if columns.stride == 1:
            columns.times.append(now)
            if self._has_locations:
                columns.locations.append(place)
            columns.ends.append(size)  # last: a reader counts rows by this column
        else:
            self._merge(columns, now, place)
        chunks = self.chunks = self.chunks + 1
        if chunks == self._full:
            # Rows now also have a last time, and so half as many fit into the same memory.
            self._full *= _MERGE // 2 if columns.stride == 1 else _MERGE
            self.columns = columns.merged()

    def _merge(self, columns: Columns, now: int, place: int) -> None:
        """Note the latest chunk where a row stands for several."""
        if self.chunks % columns.stride == 0:
            columns.times.append(now)
            if self._has_locations:
                columns.locations.append(place)
            columns.lasts.append(now)
            columns.ends.append(self.size)
        else:
            columns.ends[-1] = self.size
            columns.lasts[-1] = now

    def arriving(self, data: bytes) -> None:
        """Take a part of a chunk whose end has yet to come; `passed`, with its rest, ends it.

        So a chunk of many gigabytes needs no more memory than a small one, and is one chunk.
        """
        self.size += len(data)
        self.body.append(data)

    def __len__(self) -> int:
        return len(self.columns.ends)

    @overload
    def __getitem__(self, index: int) -> Chunk: ...
    @overload
    def __getitem__(self, index: slice) -> list[Chunk]: ...
    def __getitem__(self, index: int | slice) -> Chunk | list[Chunk]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        columns = self.columns
        rows = len(columns.ends)
        if index < 0:
            index += rows
        if not 0 <= index < rows:
            raise IndexError(f"the lane {self.name!r} has {rows} rows of chunks")
        offset = columns.ends[index - 1] if index else 0
        end = columns.ends[index]
        source, line = (
            unpack_location(columns.locations[index]) if columns.locations else (None, None)
        )
        first = index * columns.stride
        return Chunk(
            index=index,
            time=columns.times[index],
            offset=offset,
            size=end - offset,
            line=line,
            data=self.body[offset:end],
            # A chunk is counted after its row is there, and whoever looks meanwhile sees the row.
            count=max(1, min(columns.stride, self.chunks - first)),
            last=columns.lasts[index] if columns.lasts else columns.times[index],
            source=source,
        )

    def __repr__(self) -> str:
        return f"<Lane {self.name!r}: {self.chunks} chunks, {self.size} bytes>"


_LINE_BITS = 20
_MOST_LINE, _MOST_SOURCE = 2**_LINE_BITS - 1, 2 ** (31 - _LINE_BITS) - 1
"""The two fit into one column of 32 bits: a million lines, and two thousand pieces of code."""


def pack_location(source: int, line: int) -> int:
    """A source's index and a line in one number, so that the hot path appends one.

    -1, a place that is not known, where one of them is too large.
    """
    return source << _LINE_BITS | line if line <= _MOST_LINE and source <= _MOST_SOURCE else -1


def unpack_location(place: int) -> tuple[int | None, int | None]:
    """The source's index and the line that `pack_location` packed; Nones for -1."""
    if place < 0:
        return None, None
    return place >> _LINE_BITS, place & _MOST_LINE
