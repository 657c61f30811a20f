"""What is kept of the bytes that passed a lane: the head and the tail, however long the stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from typing_extensions import Self

Limits: TypeAlias = tuple[int, int]
"""Bytes kept from the start and from the end."""
HEAD_BYTES = 64 * 1024
"""Kept from the start: a page's worth, and what a teacher would scroll through."""
TAIL_BYTES = 16 * 1024
"""Kept from the end: where a stream broke is where one looks."""


class KeptBytes:
    """Bytes by offset, of which the middle may be forgotten. One thread writes, any may read.

    :param head_bytes: kept from the start.
    :param tail_bytes: kept from the end; up to twice as many, so that trimming is rare.

    >>> body = KeptBytes(head_bytes=4, tail_bytes=2)
    >>> for piece in (b"abc", b"def", b"ghi"):
    ...     body.append(piece)
    >>> body.size, body[2:4], body[3:6], body[7:9]
    (9, b'cd', None, b'hi')
    """

    __slots__ = ("_head", "_tail", "head_bytes", "size", "tail_bytes")

    def __init__(self, head_bytes: int = HEAD_BYTES, tail_bytes: int = TAIL_BYTES) -> None:
        self.head_bytes = head_bytes
        self.tail_bytes = tail_bytes
        self.size = 0
        """Bytes that were taken, kept or not."""
        self._head = bytearray()
        self._tail = (head_bytes, bytearray())
        """Offset and bytes in one, so that a reader gets two that belong together."""

    def append(self, data: bytes) -> None:
        """Take the bytes that come next."""
        size = self.size
        end = size + len(data)
        if size < self.head_bytes:
            room = self.head_bytes - size
            self._head += data[:room]
            data = data[room:]
        tail, most = self._tail[1], self.tail_bytes
        if len(data) <= most:
            tail += data
        else:  # all that is kept is in this piece, and of that a copy no larger than needed
            tail = bytearray(data[len(data) - most :])
            self._tail = end - most, tail
        if len(tail) > 2 * most:
            self._tail = end - most, tail[-most:]
        self.size = end  # last: what counts as taken is there

    @property
    def head(self) -> bytes:
        """The first bytes, up to `head_bytes`."""
        return bytes(self._head)

    @property
    def tail(self) -> tuple[int, bytes]:
        """What is kept behind the head, and at which offset it begins."""
        start, tail = self._tail
        return start, bytes(tail)

    @classmethod
    def kept(cls, head: bytes, tail: tuple[int, bytes], *, size: int, limits: Limits) -> Self:
        """The body of which `head` and `tail` were kept; the way back from an export.

        >>> body = KeptBytes.kept(b"abcd", (7, b"hi"), size=9, limits=(4, 2))
        >>> body.size, body[2:4], body[3:6], body[7:9]
        (9, b'cd', None, b'hi')
        """
        body = cls(*limits)
        body.size = size
        body._head = bytearray(head)
        body._tail = tail[0], bytearray(tail[1])
        return body

    @property
    def complete(self) -> bool:
        """Whether nothing had to be forgotten."""
        return self._tail[0] == self.head_bytes

    @property
    def whole(self) -> bytes:
        """All the bytes.

        :raises ValueError: if some of them were not kept, see `complete`.
        """
        if not self.complete:
            raise ValueError("Not all of these bytes were kept: use head and tail")
        return bytes(self._head) + bytes(self._tail[1])

    def __getitem__(self, span: slice) -> bytes | None:
        """The bytes from one offset to another, or None where some of them are not kept."""
        start, stop, _ = span.indices(self.size)
        if stop <= self.head_bytes:
            return bytes(self._head[start:stop])
        tail_start, tail = self._tail
        if start >= tail_start:
            return bytes(tail[start - tail_start : stop - tail_start])
        if tail_start == self.head_bytes:
            return bytes(self._head[start:] + tail[: stop - tail_start])
        return None
