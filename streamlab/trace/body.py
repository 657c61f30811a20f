"""What is kept of the bytes that passed a lane: the head and the tail, however long the stream."""

from __future__ import annotations

HEAD_BYTES = 64 * 1024
"""Kept from the start: a page's worth, and what a teacher would scroll through."""
TAIL_BYTES = 16 * 1024
"""Kept from the end: where a stream broke is where one looks."""


class Body:
    """Bytes by offset, of which the middle may be forgotten.

    >>> body = Body(head_bytes=4, tail_bytes=2)
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
        self._head = bytearray()
        self._tail = bytearray()

    def append(self, data: bytes) -> None:
        """Take the bytes that come next."""
        room = self.head_bytes - self.size
        self.size += len(data)
        if room >= len(data):
            self._head += data
            return
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        tail = self._tail
        tail += data[-self.tail_bytes :] if len(data) > self.tail_bytes else data
        if len(tail) > 2 * self.tail_bytes:  # trimmed now and then, so that a byte costs nothing
            del tail[: -self.tail_bytes]

    @property
    def head(self) -> bytes:
        """The first bytes, up to `head_bytes`."""
        return bytes(self._head)

    @property
    def complete(self) -> bool:
        """Whether nothing had to be forgotten."""
        return self.size == len(self._head) + len(self._tail)

    def __bytes__(self) -> bytes:
        """Head and tail; a line between them tells how much was forgotten, where it was."""
        if self.complete:
            return bytes(self._head + self._tail)
        forgotten = self.size - len(self._head) - len(self._tail)
        return (
            bytes(self._head) + b"\n[... %d bytes not kept ...]\n" % forgotten + bytes(self._tail)
        )

    def __getitem__(self, span: slice) -> bytes | None:
        """The bytes from one offset to another, or None where some of them are not kept."""
        start, stop, _ = span.indices(self.size)
        if stop <= len(self._head):
            return bytes(self._head[start:stop])
        tail_start = self.size - len(self._tail)
        if start >= tail_start:
            return bytes(self._tail[start - tail_start : stop - tail_start])
        if tail_start == len(self._head):
            return bytes(self._head[start:] + self._tail[: stop - tail_start])
        return None
