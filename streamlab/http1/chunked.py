"""Decode the chunked transfer coding (RFC 9112 section 7.1).

A frame is a line with its size in hexadecimal, the data, and a line break. A frame of size 0
marks the end; after it come optional trailer fields and an empty line. The server's side, which
writes the frames, is `streamlab.server.response_writer`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from streamlab.http1.errors import LimitError, ProtocolError, quoted
from streamlab.http1.events import Data, Event, Fields
from streamlab.http1.response_head import parse_fields

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LINE_BYTES = 4 * 1024
"""The limit for a frame's first line. It has the size and extensions, and long extensions are not
in use."""
MAX_TRAILER_BYTES = 64 * 1024
"""The limit for all trailer fields together, as large as that for the headers."""

_CRLF = b"\r\n"
# The RFC does not allow spaces after the size, but some old servers pad it with them.
_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?")
_SIZE_LINE_START = re.compile(rb"(?:[0-9A-Fa-f]{1,16}(?:[ \t]*(?:;[^\r\n]*)?\r?)?)?")


class ChunkedDecoder:
    r"""The decoder for a body in the chunked transfer coding.

    It keeps no more than one line of unread bytes: frames that arrive in pieces are given out in
    pieces.

    >>> decoder, events = ChunkedDecoder(), []
    >>> decoder.decode(b"5\r\nHello\r\n6\r\n Wor", events)
    0
    >>> decoder.decode(b"ld\r\n0\r\n\r\n", events)
    0
    >>> for event in events:
    ...     print(event)
    Data(frames=[b'Hello'], end_of_frame=True)
    Data(frames=[b' Wor'], end_of_frame=False)
    Data(frames=[b'ld'], end_of_frame=True)
    >>> decoder.complete
    True
    """

    missing = "the end marker (an empty chunk)"

    def __init__(self) -> None:
        self.trailers: Fields = []
        self.complete = False
        self.began = False
        self._unread = b""  # the start of a line, or of the trailers
        self._searched = 0  # bytes of the trailers that do not contain their end
        self._remaining = 0  # bytes of the current frame's data that have not arrived
        self._in_frame = False
        self._read: Callable[[bytes, list[Event]], bytes | None] = self._read_frames

    def decode(self, data: bytes, events: list[Event]) -> int:
        """Decode received bytes.

        :param data: the next bytes of the response.
        :param events: the list to which new events are added.
        :return: the number of bytes after the end of the body.
        :raises ProtocolError: if the bytes do not follow the coding.
        :raises LimitError: if a line or the trailers are too long.
        """
        rest: bytes | None = data
        if self._unread:
            rest = self._unread + data
            self._unread = b""
        while rest and not self.complete:
            rest = self._read(rest, events)
        return len(rest) if rest else 0

    def end(self, events: list[Event], *, clean: bool) -> None:  # noqa: ARG002 - see Decoder
        """End the current frame, so that the part of it that arrived counts as a frame.

        :param events: the list to which new events are added.
        :param clean: not used: a body without an end marker is incomplete in both cases.
        """
        if self._in_frame:
            self._end_frame(events)

    # The states. Each method reads what it can, and returns the bytes for the next state or None
    # if it needs more bytes.

    def _read_frames(self, data: bytes, events: list[Event]) -> bytes | None:
        """Read whole frames. A fast stream spends its time here."""
        position = 0
        find = data.find
        frames: list[bytes] = []
        add_frame = frames.append
        try:
            while (line_end := find(_CRLF, position, position + MAX_LINE_BYTES)) >= 0:
                size = _parse_size(data[position:line_end])
                start = line_end + 2
                end = start + size
                if not size:
                    self._read = self._read_trailers
                    return data[start:]
                if data[end : end + 2] != _CRLF:
                    self._remaining, self._in_frame, self._read = size, True, self._read_data
                    return data[start:]
                add_frame(data[start:end])
                position = end + 2
            if position < len(data):
                self._unread = _checked_line_start(data[position:])
            return None
        finally:  # frames before an error count
            if frames:
                self.began = True
                events.append(Data(frames))

    def _read_data(self, data: bytes, events: list[Event]) -> bytes | None:
        """Read the data of a frame that arrives in pieces."""
        piece = data[: self._remaining]
        self.began = True
        self._remaining -= len(piece)
        after = len(piece) + 2
        if not self._remaining:
            if data[len(piece) : after] == _CRLF:
                self._in_frame, self._read = False, self._read_frames
                events.append(Data([piece]))
                return data[after:]
            self._read = self._read_frame_end
        events.append(Data([piece], end_of_frame=False))
        return data[len(piece) :]

    def _read_frame_end(self, data: bytes, events: list[Event]) -> bytes | None:
        """Read the line break after a frame's data."""
        if data == b"\r":
            self._unread = data
            return None
        self._end_frame(events)
        if data[:2] != _CRLF:
            raise ProtocolError(
                "bad chunk",
                f"A chunk must end with a line break, but {quoted(data)} follows. The size in the "
                "chunk's first line is wrong.",
            )
        self._read = self._read_frames
        return data[2:]

    def _read_trailers(self, data: bytes, events: list[Event]) -> bytes | None:  # noqa: ARG002
        """Read the fields after the last frame, and the empty line that ends the body."""
        size = 0 if data.startswith(_CRLF) else data.find(_CRLF + _CRLF, self._searched)
        fields, end = (b"", 2) if size == 0 else (data[:size], size + 4)
        if (len(data) if size < 0 else end) > MAX_TRAILER_BYTES:
            raise LimitError(
                "trailers too large",
                f"The trailers are longer than {MAX_TRAILER_BYTES} bytes, or do not end.",
            )
        if size < 0:
            self._unread = data
            self._searched = max(0, len(data) - 3)
            return None
        self.trailers = parse_fields(fields)
        self.complete = True
        return data[end:]

    def _end_frame(self, events: list[Event]) -> None:
        self._in_frame = False
        events.append(Data([b""]))


@lru_cache(maxsize=256)  # most streams have few different sizes
def _parse_size(line: bytes) -> int:
    """Return the size in a frame's first line."""
    match = _SIZE_LINE.fullmatch(line)
    if match is None:
        raise _bad_line(line)
    return int(match[1], 16)


def _checked_line_start(line: bytes) -> bytes:
    """Return `line`, the start of a frame's first line, if it can become a valid one."""
    if not _SIZE_LINE_START.fullmatch(line[:MAX_LINE_BYTES]):
        raise _bad_line(line)
    if len(line) >= MAX_LINE_BYTES:
        raise LimitError(
            "chunk line too large",
            f"The first line of a chunk is longer than {MAX_LINE_BYTES} bytes, or does not end.",
        )
    return line


def _bad_line(line: bytes) -> ProtocolError:
    return ProtocolError(
        "bad chunk",
        f"A chunk must begin with its size as a hexadecimal number, but it begins with "
        f"{quoted(line)}.",
    )
