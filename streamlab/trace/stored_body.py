"""The part of a body that stays in memory: its start and its end.

Bytes that a layer holds back are another matter; see `streamlab.trace.held_bytes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from typing_extensions import Self

Limits: TypeAlias = tuple[int, int]
"""How many bytes to keep from the start and from the end."""
HEAD_BYTES = 64 * 1024
"""Kept from the start by default: more than one page of text."""
TAIL_BYTES = 16 * 1024
"""Kept from the end by default: the end shows where a stream broke."""


class StoredBody:
    """A sequence of bytes whose middle may be forgotten. One thread writes, any may read.

    :param head_bytes: how many bytes to keep from the start.
    :param tail_bytes: how many bytes to keep from the end. Up to twice as many are kept, so that
        trimming is rare.

    >>> body = StoredBody(head_bytes=4, tail_bytes=2)
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
        """Bytes that were appended, kept or not."""
        self._head = bytearray()
        # Offset and bytes in one tuple, so that a reader gets two that belong together.
        self._tail = (head_bytes, bytearray())

    @classmethod
    def restored(cls, head: bytes, tail: tuple[int, bytes], *, size: int, limits: Limits) -> Self:
        """Return kept bytes with the given content, such as those read from a file.

        :param head: the bytes kept from the start.
        :param tail: the offset of the bytes kept from the end, and these bytes.
        :param size: how many bytes were appended in all.
        :param limits: `head_bytes` and `tail_bytes`.

        >>> body = StoredBody.restored(b"abcd", (7, b"hi"), size=9, limits=(4, 2))
        >>> body.size, body[2:4], body[3:6], body[7:9]
        (9, b'cd', None, b'hi')
        """
        body = cls(*limits)
        body.size = size
        body._head = bytearray(head)
        body._tail = tail[0], bytearray(tail[1])
        return body

    def append(self, data: bytes) -> None:
        """Add the next bytes.

        :param data: any number of bytes.
        """
        size = self.size
        end = size + len(data)
        if end <= self.head_bytes:  # first: most responses are short, and each chunk comes here
            self._head += data
            self.size = end  # last: a reader must find every byte that it counts
            return
        if size < self.head_bytes:
            room = self.head_bytes - size
            self._head += data[:room]
            data = data[room:]
        tail, most = self._tail[1], self.tail_bytes
        if end - size <= most:
            tail += data
            if len(tail) > most + most:
                self._tail = end - most, tail[-most:]
        else:  # copy only the end of a large piece, so that the rest of it can be freed
            tail = bytearray(data[max(0, len(data) - most) :])
            self._tail = end - len(tail), tail
        self.size = end

    @property
    def head(self) -> bytes:
        """The first bytes, at most `head_bytes`."""
        return bytes(self._head)

    @property
    def tail(self) -> tuple[int, bytes]:
        """The offset of the bytes kept behind the head, and these bytes."""
        start, tail = self._tail
        return start, bytes(tail)

    @property
    def complete(self) -> bool:
        """Whether all bytes were kept."""
        return self._tail[0] == self.head_bytes

    @property
    def whole(self) -> bytes:
        """All the bytes.

        :raises ValueError: if some of them were not kept, see `complete`.
        """
        if not self.complete:
            raise ValueError(
                f"The body has {self.size:,} bytes, and its middle was not kept. Use body.head, "
                "body.tail, or a slice of what was kept, such as body[:100]."
            )
        return bytes(self._head) + bytes(self._tail[1])

    def __getitem__(self, span: slice) -> bytes | None:
        start, stop, _ = span.indices(self.size)
        if stop <= self.head_bytes:
            return bytes(self._head[start:stop])
        tail_start, tail = self._tail
        if start >= tail_start:
            return bytes(tail[start - tail_start : stop - tail_start])
        if tail_start == self.head_bytes:
            return bytes(self._head[start:] + tail[: stop - tail_start])
        return None

    def __repr__(self) -> str:
        kept = "all kept" if self.complete else "middle not kept"
        return f"<StoredBody: {self.size:,} bytes, {kept}>"
