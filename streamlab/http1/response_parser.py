"""The response as it is read: HTTP/1.x bytes in, frames with their times out. No I/O here.

Client libraries hand out a body without its frames, and at their own pace. An observer needs each
frame of the chunked transfer coding as the server made it, however the bytes happened to arrive;
an answer to "is it whole?" for each way of framing (RFC 9112 section 6.3); and, because anything
may be at the other end, limits and a named error for all that is not HTTP.

What is read depends on the bytes alone, never on how they were cut into reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamlab.http1.errors import LimitError, ProtocolError, shown
from streamlab.http1.framing import Body, ChunkedBody, CloseBody, LengthBody, NoBody
from streamlab.http1.head import Fields, Framing, Head, framing_of, parse_head

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.trace.lane import Lane

MAX_HEAD_BYTES = 64 * 1024
"""Of status line and headers together, interim responses included; browsers and servers stop at
less."""

_BEGINNING = b"HTTP/1."
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_TLS_ALERT = b"\x15\x03"


class ResponseParser:
    r"""Reads one response; the lane given hears of every frame.

    :param method: of the request; the answer to HEAD has no body (RFC 9110 section 9.3.2).
    :param lane: where the frames of the body are noted.
    :param max_head_bytes: more of status lines and headers is a `LimitError`.
    :param on_head: called with status and reason when the head is complete, before any frame.

    >>> from streamlab.trace.lane import Lane
    >>> lane = Lane("client")
    >>> reader = ResponseParser("GET", lane)
    >>> reader.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHel")
    >>> reader.status_code, reader.framing, reader.complete, reader.missing
    (200, 'chunked', False, 'the chunk of size 0 that marks the end')
    >>> reader.feed(b"lo\r\n0\r\n\r\n")
    >>> reader.complete, [chunk.data for chunk in lane]
    (True, [b'Hello'])
    """

    def __init__(
        self,
        method: str,
        lane: Lane,
        *,
        max_head_bytes: int = MAX_HEAD_BYTES,
        on_head: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._on_head = on_head
        self.status_code: int | None = None
        self.reason = ""
        self.http_version = ""
        self.headers: Fields = []
        self.trailers: Fields = []
        self.interim: list[tuple[int, str]] = []
        """Status and reason of the interim (1xx) responses that came first."""
        self.framing: Framing | None = None
        """None until the head is complete."""
        self.surplus = 0
        """Bytes that came behind the end of the response: a server that sends more than the
        Content-Length it told."""
        self._method = method
        self._lane = lane
        self._max_head_bytes = max_head_bytes
        self._head_bytes = 0
        self._unread = bytearray()  # of the head
        self._body: Body | None = None

    def feed(self, data: bytes) -> None:
        """Take what a `recv` brought.

        :raises ProtocolError: where it is not HTTP.
        :raises LimitError: where the head, a chunk's line or the trailers do not end.
        """
        body = self._body
        if body is None:
            data = self._take_head(data)
            body = self._body
        if body is not None and data:
            self.surplus += body.feed(data)

    def end(self, *, clean: bool = True) -> None:
        """Take the end of the connection.

        :param clean: whether the server has ended it, and it did not break: with TLS it has said
            so (RFC 9112 section 9.8).
        """
        if self._body is not None:
            self._body.end(clean=clean)

    @property
    def complete(self) -> bool:
        """Whether the response has ended as its framing promised."""
        return self._body is not None and self._body.complete

    @property
    def missing(self) -> str:
        """What an incomplete response lacks, in words."""
        if self._body is None:
            return "the headers" if self._unread or self.interim else "a response"
        return self._body.missing

    def _take_head(self, data: bytes) -> bytes:
        """Take the head, and those of the interim responses before it; return what is left."""
        unread = self._unread
        searched = max(0, len(unread) - 3)
        unread += data
        while self._body is None:
            _check_beginning(unread)
            end = _HEAD_END.search(unread, searched)
            if self._head_bytes + (end.end() if end else len(unread)) > self._max_head_bytes:
                raise LimitError(
                    "head too large", f"the headers do not end within {self._max_head_bytes} bytes"
                )
            if end is None:
                return b""
            head = parse_head(bytes(unread[: end.start()]))
            self._head_bytes += end.end()
            del unread[: end.end()]
            searched = 0
            if head.interim:
                self.interim.append((head.status_code, head.reason))
            else:
                self._begin_body(head)
        return bytes(unread)

    def _begin_body(self, head: Head) -> None:
        self.http_version, self.status_code, self.reason, self.headers = head
        framing, length = framing_of(head, self._method)
        bodies: dict[Framing, Callable[[], Body]] = {
            "none": NoBody,
            "length": lambda: LengthBody(self._lane, length),
            "close": lambda: CloseBody(self._lane),
            "chunked": lambda: ChunkedBody(self._lane, self.trailers),
        }
        self._body, self.framing = bodies[framing](), framing
        self._on_head(f"{self.status_code} {self.reason}".strip())


def _check_beginning(data: bytearray) -> None:
    """Refuse at the first byte what will never be HTTP/1.x: it need not have lines at all."""
    if data.startswith(_TLS_ALERT):
        raise ProtocolError("not http", "the server speaks TLS here: the URL begins with https://")
    if not data.startswith(_BEGINNING[: len(data)]):
        raise ProtocolError(
            "not http",
            f"the response begins with {shown(data)}, and one of HTTP/1.x with {_BEGINNING!r}",
        )
