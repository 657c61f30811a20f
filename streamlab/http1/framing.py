"""The body of a response as its framing hands it out: frames to a lane, and whether it is whole.

One class a framing. None of them keeps more than a line: a chunk of many gigabytes passes through
in the pieces in which it arrives, and is still one chunk on the lane.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from streamlab.http1.errors import LimitError, ProtocolError, shown
from streamlab.http1.head import Fields, parse_fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.trace.lane import Lane

MAX_LINE_BYTES = 4 * 1024
"""Of a chunk's line: its size and extensions, which nobody uses at length."""
MAX_TRAILER_BYTES = 64 * 1024
"""Of all trailer fields together, as `MAX_HEAD_BYTES` for the header fields."""

_CRLF = b"\r\n"
# Spaces behind the size are none of the RFC's, but old servers pad with them.
_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?")
_SIZE_LINE_SO_FAR = re.compile(rb"(?:[0-9A-Fa-f]{1,16}(?:[ \t]*(?:;[^\r\n]*)?\r?)?)?")


class NoBody:
    """The body of an answer to HEAD, of a 204 and of a 304: none."""

    complete = True
    missing = ""

    def feed(self, data: bytes) -> int:
        """Take bytes; return how many of them are behind the end of the body."""
        return len(data)

    def end(self, *, clean: bool) -> None:
        """Take the end of the connection; `clean` where the server has ended it."""


class LengthBody:
    """A body of as many bytes as Content-Length says."""

    def __init__(self, lane: Lane, length: int) -> None:
        self._lane = lane
        self._length = self._left = length

    @property
    def complete(self) -> bool:
        """Whether the body has ended as promised."""
        return not self._left

    @property
    def missing(self) -> str:
        """What is missing, in words."""
        return f"{self._left} of {self._length} bytes"

    def feed(self, data: bytes) -> int:
        """Take bytes; return how many of them are behind the end of the body."""
        piece = data[: self._left]
        if piece:
            self._left -= len(piece)
            self._lane.record(piece)
        return len(data) - len(piece)

    def end(self, *, clean: bool) -> None:
        """Take the end of the connection; `clean` where the server has ended it."""


class CloseBody:
    """A body that ends when the connection does, so that nobody can tell whether it is whole."""

    missing = "the end of the connection"

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self.complete = False

    def feed(self, data: bytes) -> int:
        """Take bytes; return how many of them are behind the end of the body."""
        self._lane.record(data)
        return 0

    def end(self, *, clean: bool) -> None:
        """Take the end of the connection; `clean` where the server has ended it."""
        self.complete = clean


class ChunkedBody:
    """A body in the chunked transfer coding (RFC 9112 section 7.1): each chunk is one on the lane.

    A chunk passes when the line break behind it has come, so that it is known to be whole.
    """

    missing = "the chunk of size 0 that marks the end"

    def __init__(self, lane: Lane, trailers: Fields) -> None:
        self._lane = lane
        self._trailers = trailers
        self._rest = b""  # of a line that has not come to its end
        self._searched = 0  # of the trailers
        self._left = 0  # of a chunk's data
        self._in_chunk = False
        self._take: Callable[[bytes], bytes | None] = self._take_chunks
        self.complete = False

    def feed(self, data: bytes) -> int:
        """Take bytes; return how many of them are behind the end of the body.

        :raises ProtocolError: where they do not follow the coding.
        :raises LimitError: where a line or the trailers do not end.
        """
        rest: bytes | None = self._rest + data if self._rest else data
        self._rest = b""
        while rest and not self.complete:
            rest = self._take(rest)
        return len(rest or b"")

    def end(self, *, clean: bool) -> None:  # noqa: ARG002 - a last chunk tells, not the end
        """Take the end of the connection: what has come of a chunk passes as it is."""
        if self._in_chunk:
            self._end_chunk()

    # What the body is at: each takes what it can and returns what comes behind, or None where it
    # waits for more.

    def _take_chunks(self, data: bytes) -> bytes | None:
        """Take whole chunks, as many as there are. The hot path."""
        at = 0
        find, passed = data.find, self._lane.record
        while (line_end := find(_CRLF, at, at + MAX_LINE_BYTES)) >= 0:
            size = _size_in(data[at:line_end])
            start = line_end + 2
            end = start + size
            if not size:
                self._take = self._take_trailers
                return data[start:]
            if data[end : end + 2] != _CRLF:
                self._left, self._in_chunk, self._take = size, True, self._take_data
                return data[start:]
            passed(data[start:end])
            at = end + 2
        if at < len(data):
            self._rest = _checked_start(data[at:])
        return None

    def _take_data(self, data: bytes) -> bytes | None:
        """Take what has come of a chunk that is not here as a whole."""
        piece = data[: self._left]
        self._left -= len(piece)
        self._lane.arriving(piece)
        if not self._left:
            self._take = self._take_chunk_end
        return data[len(piece) :]

    def _take_chunk_end(self, data: bytes) -> bytes | None:
        """Take the line break behind a chunk's data."""
        if data == b"\r":
            self._rest = data
            return None
        self._end_chunk()
        if data[:2] != _CRLF:
            raise ProtocolError(
                "bad chunk",
                f"a chunk should end in a line break, and {shown(data)} is there: its size is not "
                "the one that was announced",
            )
        self._take = self._take_chunks
        return data[2:]

    def _take_trailers(self, data: bytes) -> bytes | None:
        """Take the fields behind the last chunk, and the empty line that ends it all."""
        size = 0 if data.startswith(_CRLF) else data.find(_CRLF + _CRLF, self._searched)
        fields, end = (b"", 2) if size == 0 else (data[:size], size + 4)
        if (len(data) if size < 0 else end) > MAX_TRAILER_BYTES:
            raise LimitError(
                "trailers too large", f"the trailers do not end within {MAX_TRAILER_BYTES} bytes"
            )
        if size < 0:
            self._rest = data
            self._searched = max(0, len(data) - 3)
            return None
        self._trailers += parse_fields(fields)
        self.complete = True
        return data[end:]

    def _end_chunk(self) -> None:
        self._in_chunk = False
        self._lane.record(b"")


Body: TypeAlias = NoBody | LengthBody | CloseBody | ChunkedBody


@lru_cache(maxsize=256)  # most streams have few sizes
def _size_in(line: bytes) -> int:
    """The size that a chunk's line tells."""
    match = _SIZE_LINE.fullmatch(line)
    if match is None:
        raise _bad_line(line)
    return int(match[1], 16)


def _checked_start(line: bytes) -> bytes:
    """`line`, if it can still become a chunk's line."""
    if not _SIZE_LINE_SO_FAR.fullmatch(line[:MAX_LINE_BYTES]):
        raise _bad_line(line)
    if len(line) >= MAX_LINE_BYTES:
        raise LimitError(
            "chunk line too large",
            f"the line with a chunk's size does not end within {MAX_LINE_BYTES} bytes",
        )
    return line


def _bad_line(line: bytes) -> ProtocolError:
    return ProtocolError(
        "bad chunk",
        f"a chunk should begin with its size, a hexadecimal number, and there is {shown(line)}",
    )
