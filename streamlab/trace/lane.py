"""One lane: the chunks that passed one point, as columns of numbers in bounded memory.

A stream can yield millions of times, so a chunk is stored as two numbers in two arrays. A `Chunk`
object is made when it is asked for. Beyond a limit neighbouring chunks are merged into one row:
their count, their bytes, the first time and the last time are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, overload

from streamlab.clock import now_ns
from streamlab.trace.columns import MERGED_ROWS, Columns
from streamlab.trace.stored_body import HEAD_BYTES, TAIL_BYTES, StoredBody
from streamlab.wording import counted

if TYPE_CHECKING:
    from array import array

    from typing_extensions import Self

MAX_CHUNKS = 1_000_000
"""How many chunks of a lane are stored one by one. Beyond, neighbours are merged."""
_REPR_BYTES = 40


@dataclass(frozen=True, repr=False)
class Chunk:
    """Bytes that passed a lane together.

    :param index: position in the lane.
    :param seconds: when it passed, in seconds since the request began.
    :param offset: position of its first byte in the body.
    :param size: number of bytes.
    :param line: line of the ``yield`` that made it; None if not known.
    :param data: the bytes; None if they were not kept (see `StoredBody`).
    :param count: number of chunks in this row; above 1 only if neighbours were merged.
    :param last_seconds: when the last of these chunks passed, in seconds since the request began.
    :param source: index of the `Source` in ``trace.sources`` that `line` refers to; None if not
        known.
    """

    index: int
    seconds: float
    offset: int
    size: int
    line: int | None
    data: bytes | None
    count: int = 1
    last_seconds: float = 0.0
    source: int | None = None

    def __repr__(self) -> str:
        if self.data is None:
            data = "data not kept"
        else:
            data = f"{self.data[:_REPR_BYTES]!r}{'...' if self.size > _REPR_BYTES else ''}"
        merged = f", {self.count:,} chunks merged" if self.count > 1 else ""
        line = "" if self.line is None else f", line {self.line}"
        return (
            f"<Chunk {self.index} at {self.seconds:.6f} s: {counted(self.size, 'byte')} "
            f"from offset {self.offset:,}{merged}{line}: {data}>"
        )


class Lane(Sequence[Chunk]):
    """The chunks that passed one point, in order. One thread writes; any thread may read.

    :param name: such as ``generator`` or ``client``.
    :param max_chunks: how many chunks are stored one by one; a multiple of 8.
    :param has_locations: whether to store which line of code made each chunk.
    :param head_bytes: how many bytes to keep from the start of the body.
    :param tail_bytes: how many bytes to keep from the end of the body.
    :param origin: the time at which the request began, in nanoseconds of `streamlab.clock.now_ns`.
        By default the request begins now.
    :raises ValueError: if `max_chunks` is not a multiple of 8.

    >>> lane = Lane("app")
    >>> lane.record(b"Hello ")
    >>> lane.record(b"World")
    >>> [(chunk.offset, chunk.size, chunk.data) for chunk in lane]
    [(0, 6, b'Hello '), (6, 5, b'World')]
    """

    def __init__(
        self,
        name: str,
        *,
        max_chunks: int = MAX_CHUNKS,
        has_locations: bool = False,
        head_bytes: int = HEAD_BYTES,
        tail_bytes: int = TAIL_BYTES,
        origin: int | None = None,
    ) -> None:
        if max_chunks <= 0 or max_chunks % (2 * MERGED_ROWS):
            raise ValueError(
                f"max_chunks must be a multiple of {2 * MERGED_ROWS}, not {max_chunks}, because "
                "neighbouring chunks are merged. Pass max_chunks=8_000, for example."
            )
        self.name = name
        self.origin = now_ns() if origin is None else origin
        """The time from which `Chunk.seconds` counts, in nanoseconds of the clock."""
        self.size = 0
        """Bytes that have passed."""
        self.chunks = 0
        """Chunks that have passed."""
        self.body = StoredBody(head_bytes, tail_bytes)
        self.columns = Columns()
        self._has_locations = has_locations
        self._merge_at = max_chunks

    @classmethod
    def restored(
        cls, name: str, *, columns: Columns, chunks: int, body: StoredBody, origin: int
    ) -> Self:
        """Return a lane with the given content, such as one read from a file.

        :param name: the lane's name.
        :param columns: its rows.
        :param chunks: how many chunks have passed.
        :param body: the bytes that were kept, and the number of bytes that have passed.
        :param origin: the time at which the request began, in nanoseconds of the clock.
        """
        lane = cls(name, origin=origin)
        lane.columns, lane.chunks, lane.body, lane.size = columns, chunks, body, body.size
        return lane

    @property
    def stride(self) -> int:
        """How many chunks one row holds: 1, or more after chunks were merged."""
        return self.columns.stride

    @property
    def times(self) -> array[int]:
        """For each row the time of its first chunk, in nanoseconds of the clock."""
        return self.columns.times

    @property
    def ends(self) -> array[int]:
        """For each row the offset of the first byte behind it."""
        return self.columns.ends

    @property
    def lasts(self) -> array[int]:
        """For each row the time of its last chunk; empty while a row is a single chunk."""
        return self.columns.lasts

    @property
    def locations(self) -> array[int]:
        """For each row where it was made, packed by `pack_location`; empty for most lanes."""
        return self.columns.locations

    @property
    def seconds_between(self) -> float:
        """The mean time between two chunks, in seconds; 0 with less than two."""
        times = self.times
        return (times[-1] - times[0]) / (len(times) - 1) / 1e9 if len(times) > 1 else 0.0

    def record(self, data: bytes, location: int = -1) -> None:
        """Record that a chunk passes now.

        :param data: the chunk, not empty.
        :param location: where it was made, packed by `pack_location`; -1 if not known.
        """
        # The hot path: called for every chunk of every lane.
        now = now_ns()
        self.body.append(data)
        size = self.size = self.size + len(data)
        columns = self.columns
        if size > columns.max_end:
            columns.widen()
        if columns.stride == 1:
            columns.times.append(now)
            if self._has_locations:
                columns.locations.append(location)
            columns.ends.append(size)  # last: a reader counts rows by this column
        else:
            self._record_merged(columns, now, location)
        chunks = self.chunks = self.chunks + 1
        if chunks == self._merge_at:
            # Merged rows also have a last time, so half as many fit into the same memory.
            self._merge_at *= MERGED_ROWS // 2 if columns.stride == 1 else MERGED_ROWS
            self.columns = columns.merged()

    def record_all(self, pieces: Sequence[bytes]) -> None:
        """Record chunks that arrive together, each with its own time.

        The same as `record` for each of them, but faster: a read of the client brings many.

        :param pieces: the chunks, in their order.

        >>> lane = Lane("client")
        >>> lane.record_all([b"Hello", b" World"])
        >>> [chunk.data for chunk in lane]
        [b'Hello', b' World']
        """
        columns, chunks = self.columns, self.chunks + len(pieces)
        data = b"".join(pieces)
        size = self.size + len(data)
        if columns.stride > 1 or chunks >= self._merge_at or size > columns.max_end:
            for piece in pieces:
                self.record(piece)
            return
        self.body.append(data)
        columns.times.extend([now_ns() for _ in pieces])
        if self._has_locations:
            columns.locations.extend([-1] * len(pieces))
        ends = accumulate(map(len, pieces), initial=self.size)
        next(ends)
        self.size, self.chunks = size, chunks
        columns.ends.extend(ends)  # last: a reader counts rows by this column

    def record_at(self, data: bytes, time: int, location: int = -1) -> None:
        """Record a chunk that passed earlier, such as one that another process has seen.

        :param data: the chunk, not empty.
        :param time: when it passed, in nanoseconds of the clock; not before the previous chunk.
        :param location: where it was made, packed by `pack_location`; -1 if not known.

        >>> lane = Lane("app", origin=0)
        >>> lane.record_at(b"Hello", 1_500_000_000)
        >>> lane[0].seconds
        1.5
        """
        self.record(data, location)
        columns = self.columns
        if columns.lasts:
            columns.lasts[-1] = time
        if (self.chunks - 1) % columns.stride == 0:
            columns.times[-1] = time

    def _record_merged(self, columns: Columns, now: int, location: int) -> None:
        if self.chunks % columns.stride == 0:
            columns.times.append(now)
            if self._has_locations:
                columns.locations.append(location)
            columns.lasts.append(now)
            columns.ends.append(self.size)
        else:
            columns.ends[-1] = self.size
            columns.lasts[-1] = now

    def record_part(self, data: bytes) -> None:
        """Record a part of a chunk that is not the last part; `record` takes the last one.

        All parts together are one chunk. Its size does not change how much memory it needs.

        :param data: the next bytes of the chunk.

        >>> lane = Lane("client")
        >>> lane.record_part(b"Hel")
        >>> lane.record(b"lo")
        >>> [chunk.data for chunk in lane]
        [b'Hello']
        """
        self.size += len(data)
        self.body.append(data)

    def merge_rows(self, above: int, to: int) -> None:
        """Merge neighbouring rows so that the lane takes less memory. Nothing may pass it any more.

        :param above: a lane with at most this many rows is not changed.
        :param to: how many rows are left at most.

        >>> lane = Lane("app", origin=0)
        >>> lane.record_all([b"x"] * 10)
        >>> lane.merge_rows(above=5, to=3)
        >>> [(chunk.offset, chunk.size, chunk.count) for chunk in lane]
        [(0, 4, 4), (4, 4, 4), (8, 2, 2)]
        """
        if len(self) > above:
            while len(self) > to:
                self.columns = self.columns.merged()

    def keep_no_bytes(self) -> None:
        """Record only times and sizes from now on, and forget the bytes that were kept."""
        self.body = StoredBody.restored(b"", (self.size, b""), size=self.size, limits=(0, 0))

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
            raise IndexError(
                f"lane {self.name!r} has {counted(rows, 'row')} of chunks, so there is no row "
                f"{index}. Use an index below {rows}, or a loop: for chunk in lane"
            )
        offset = columns.ends[index - 1] if index else 0
        end = columns.ends[index]
        source, line = (
            unpack_location(columns.locations[index]) if columns.locations else (None, None)
        )
        first = index * columns.stride
        last = columns.lasts[index] if columns.lasts else columns.times[index]
        return Chunk(
            index=index,
            seconds=(columns.times[index] - self.origin) / 1e9,
            offset=offset,
            size=end - offset,
            line=line,
            data=self.body[offset:end],
            # The writer adds the row before it counts the chunk, so the count can be one behind.
            count=max(1, min(columns.stride, self.chunks - first)),
            last_seconds=(last - self.origin) / 1e9,
            source=source,
        )

    def __repr__(self) -> str:
        passed = f"{counted(self.chunks, 'chunk')}, {counted(self.size, 'byte')}"
        times, lasts = self.columns.times, self.columns.lasts or self.columns.times
        if not len(self):
            return f"<Lane {self.name!r}: {passed}>"
        first, last = ((time - self.origin) / 1e9 for time in (times[0], lasts[-1]))
        return f"<Lane {self.name!r}: {passed}, from {first:.6f} s to {last:.6f} s>"


_LINE_BITS = 20
# Both fit into a column of 32 bits: a million lines, and two thousand sources.
_MAX_LINE, _MAX_SOURCE = 2**_LINE_BITS - 1, 2 ** (31 - _LINE_BITS) - 1


def pack_location(source: int, line: int) -> int:
    """Return a source's index and a line as one number, so that one column holds both.

    :param source: index in ``trace.sources``.
    :param line: line number.
    :return: the packed location, or -1 (not known) if one of them is too large.

    >>> unpack_location(pack_location(2, 17)), pack_location(0, 2_000_000)
    ((2, 17), -1)
    """
    return source << _LINE_BITS | line if line <= _MAX_LINE and source <= _MAX_SOURCE else -1


def unpack_location(location: int) -> tuple[int | None, int | None]:
    """Return the source's index and the line of a packed location.

    :param location: a number that `pack_location` returned.
    :return: index and line; ``(None, None)`` for -1.

    >>> unpack_location(-1)
    (None, None)
    """
    if location < 0:
        return None, None
    return location >> _LINE_BITS, location & _MAX_LINE
