"""The response as it is read: HTTP/1.x bytes in, frames with their times out. No I/O here.

The parser is llhttp (through httptools). What it does not do and an observer needs is here: the
frames of the chunked transfer coding told apart from the pieces in which they happen to arrive,
what an end of the connection means for each way of framing (RFC 9112 section 6.3), and limits.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

import httptools

if TYPE_CHECKING:
    from streamlab.trace.lane import Lane

Framing = Literal["chunked", "length", "close", "none"]
"""How the end of a body is told: by a last chunk, a Content-Length, the end of the connection,
or there is no body at all."""

MAX_HEAD_BYTES = 64 * 1024
"""Of status line and headers together; browsers and servers stop at less."""
_BODILESS = {204, 304}


class ProtocolError(Exception):
    """The server's bytes are not HTTP; the message says where they stop making sense."""


class ResponseReader:
    """Reads one response; the lane given hears of every frame.

    :param method: of the request; the answer to HEAD has no body (RFC 9110 section 9.3.2).
    :param lane: where the frames of the body are noted.
    """

    def __init__(self, method: str, lane: Lane) -> None:
        self.status: int | None = None
        self.reason = ""
        self.http_version = ""
        self.headers: list[tuple[str, str]] = []
        self.trailers: list[tuple[str, str]] = []
        self.framing: Framing | None = None
        """None until the head is complete."""
        self.complete = False
        """Whether the response has ended as its framing promised."""
        self._method = method
        self._lane = lane
        self._parser = httptools.HttpResponseParser(self)
        self._head_bytes = 0
        self._reason = b""
        self._fields: list[tuple[str, str]] = []
        self._frame: list[bytes] = []

    def feed(self, data: bytes) -> None:
        """Take what a `recv` brought.

        :raises ProtocolError: where it is not HTTP, or the head does not end.
        """
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._flush()
            if not self.complete:  # what follows a complete response is none of ours
                raise ProtocolError(f"the server's bytes are not HTTP: {error}") from error
        if self.framing is None:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                raise ProtocolError(f"the headers do not end within {MAX_HEAD_BYTES} bytes")

    def end(self) -> None:
        """Take the end of the connection."""
        self._flush()
        if self.framing == "close":
            self.complete = True

    @property
    def missing(self) -> str:
        """What an incomplete response lacks, in words."""
        if self.framing is None:
            return "the headers" if self.status else "a response"
        if self.framing == "chunked":
            return "the last chunk"
        length = next((v for k, v in self.headers if k.lower() == "content-length"), "0")
        return f"{int(length) - self._lane.size} of {length} bytes"

    def _flush(self) -> None:
        if self._frame:
            frame, self._frame = b"".join(self._frame), []
            self._lane.passed(frame)

    # What httptools calls.

    def on_status(self, status: bytes) -> None:
        self._reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        field = (name.decode("latin-1"), value.decode("latin-1"))
        (self._fields if self.framing is None else self.trailers).append(field)

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < HTTPStatus.OK and status != HTTPStatus.SWITCHING_PROTOCOLS:
            self._fields, self._reason = [], b""  # an interim response: the real one follows
            return
        self.status, self.reason = status, self._reason.decode("latin-1")
        self.http_version = self._parser.get_http_version()
        self.headers = self._fields
        self.framing = self._framing()
        self.complete = self.framing == "none"

    def on_body(self, data: bytes) -> None:
        if self.complete:
            return
        if self.framing == "chunked":
            self._frame.append(data)
        else:
            self._lane.passed(data)

    def on_chunk_complete(self) -> None:
        self._flush()

    def on_message_complete(self) -> None:
        self.complete = self.complete or self.framing is not None

    def _framing(self) -> Framing:
        names = {name.lower(): value.lower() for name, value in self.headers}
        if self._method == "HEAD" or self.status in _BODILESS:
            return "none"
        if names.get("transfer-encoding", "").endswith("chunked"):
            return "chunked"
        return "length" if "content-length" in names else "close"
