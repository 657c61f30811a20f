"""One lane: when how many bytes passed one point, as columns, in bounded memory.

A stream can yield millions of times, so a chunk is two numbers in two arrays and becomes an
object only when somebody asks for it. Past a limit neighbours are merged: their count, their
bytes, the first and the last time survive.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter_ns
from typing import overload

from streamlab.trace.body import Body

MAX_CHUNKS = 1_000_000
"""Chunks of a lane that are told apart; beyond, neighbours are merged."""
_MERGE = 4
"""How many neighbours become one. After the first merge a lane also has the column of last
times, and so keeps half as many rows in the same memory."""


@dataclass(frozen=True)
class Chunk:
    """Bytes that passed a lane at once.

    ``time`` and ``last`` are nanoseconds of `time.perf_counter_ns`, ``offset`` and ``size`` are
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


class Lane(Sequence[Chunk]):
    """What passed one point on the way, in order. One thread writes; any thread may read."""

    def __init__(
        self, name: str, *, max_chunks: int = MAX_CHUNKS, has_places: bool = False
    ) -> None:
        self.name = name
        self.size = 0
        """Bytes that have passed."""
        self.stride = 1
        """Chunks a row stands for; 1 until the lane was merged."""
        self.chunks = 0
        """Chunks that have passed."""
        self.body = Body()
        self.times = array("q")
        self.ends = array("q")
        self.lasts = array("q")
        """Column of the last times; empty as long as rows are single chunks."""
        self.places = array("q")
        """Where each chunk was made, packed by `pack_place`; empty for most lanes."""
        self._has_places = has_places
        if max_chunks <= 0 or max_chunks % (2 * _MERGE):
            raise ValueError(f"max_chunks must be a multiple of {2 * _MERGE}, not {max_chunks}")
        self._full = max_chunks

    def passed(self, data: bytes, place: int = -1) -> None:
        """Note that `data` passes now. The hot path: called for every chunk of every lane."""
        now = perf_counter_ns()
        self.size += len(data)
        self.body.append(data)
        if self.chunks % self.stride == 0:
            self.times.append(now)
            if self._has_places:
                self.places.append(place)
            if self.stride > 1:
                self.lasts.append(now)
            self.ends.append(self.size)  # last: a reader counts rows by this column
        else:
            self.ends[-1] = self.size
            self.lasts[-1] = now
        self.chunks += 1
        if self.chunks == self._full:
            self._merge()

    def _merge(self) -> None:
        """Let every `_MERGE` neighbours become one row."""
        self._full *= _MERGE // 2 if self.stride == 1 else _MERGE
        self.stride *= _MERGE
        self.lasts = (self.lasts or self.times)[_MERGE - 1 :: _MERGE]
        self.ends = self.ends[_MERGE - 1 :: _MERGE]
        self.times = self.times[::_MERGE]
        self.places = self.places[::_MERGE]

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, index: int) -> Chunk: ...
    @overload
    def __getitem__(self, index: slice) -> list[Chunk]: ...
    def __getitem__(self, index: int | slice) -> Chunk | list[Chunk]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(f"the lane {self.name!r} has {len(self)} chunks")
        offset = self.ends[index - 1] if index else 0
        end = self.ends[index]
        source, line = unpack_place(self.places[index]) if self.places else (None, None)
        return Chunk(
            index=index,
            time=self.times[index],
            offset=offset,
            size=end - offset,
            line=line,
            data=self.body[offset:end],
            count=min(self.stride, self.chunks - index * self.stride),
            last=self.lasts[index] if self.lasts else self.times[index],
            source=source,
        )

    def __repr__(self) -> str:
        return f"<Lane {self.name!r}: {self.chunks} chunks, {self.size} bytes>"


_LINE_BITS = 32


def pack_place(source: int, line: int) -> int:
    """A source's index and a line in one number, so that the hot path appends one."""
    return source << _LINE_BITS | line


def unpack_place(place: int) -> tuple[int | None, int | None]:
    """The source's index and the line that `pack_place` packed; Nones for -1."""
    if place < 0:
        return None, None
    return place >> _LINE_BITS, place & ((1 << _LINE_BITS) - 1)
