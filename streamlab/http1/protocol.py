"""The client's side of HTTP/1 without sockets: request bytes out, response bytes in, events out.

Client libraries return a body without its frames. An observer needs each frame of the chunked
transfer coding as the server made it. For each kind of framing it must know whether the response
is complete (RFC 9112 section 8). Any program may be listening on the port, so an observer also
needs limits, and a named error for everything that is not HTTP.

The result depends only on the bytes, not on how they were divided into reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamlab.http1.errors import ClientError, CutError, LimitError, ProtocolError, quoted
from streamlab.http1.events import EndOfMessage, Event, Fields, InterimResponse, Response
from streamlab.http1.framing import Decoder, Framing, decoder_for
from streamlab.http1.request import RequestHeaders, request_bytes
from streamlab.http1.response_head import parse_head

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_HEAD_BYTES = 64 * 1024
"""The limit for status lines and headers together, interim responses included. Browsers and
servers have lower limits."""

_START = b"HTTP/1."
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_TLS_ALERT = b"\x15\x03"


class ClientProtocol:
    r"""One request and the reading of its response, without any input or output.

    :param method: the request's method, such as ``"GET"``.
    :param target: the request target: path and query, with special characters quoted.
    :param host: the value of the Host header, such as ``"localhost:5000"``.
    :param headers: header fields of the request. They replace the fields that are always sent.
    :param data: the request's body.
    :param http_version: ``"1.1"`` (default) or ``"1.0"``.
    :param authorization: the value of an Authorization header; None sends none.
    :param max_head_bytes: the limit for the response's status lines and headers, in bytes.
    :raises ValueError: if the method, the version or a header cannot be sent.

    Send `request`, give each piece of the response to `receive_data`, and call `receive_eof` when
    the server closes the connection. Both return events.

    >>> protocol = ClientProtocol("GET", "/", host="localhost")
    >>> events = protocol.receive_data(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello")
    >>> [type(event).__name__ for event in events]
    ['Response', 'Data', 'EndOfMessage']
    >>> protocol.status_code, protocol.framing, protocol.complete
    (200, 'length', True)
    """

    def __init__(
        self,
        method: str,
        target: str,
        *,
        host: str,
        headers: RequestHeaders = (),
        data: bytes = b"",
        http_version: str = "1.1",
        authorization: str | None = None,
        max_head_bytes: int = MAX_HEAD_BYTES,
    ) -> None:
        self.request = request_bytes(
            method,
            target,
            host=host,
            headers=headers,
            data=data,
            http_version=http_version,
            authorization=authorization,
        )
        """The bytes to send."""
        self.http_version = ""
        """The version of the response, such as ``"1.1"``; "" until the headers are complete."""
        self.status_code: int | None = None
        """The status code; None until the headers are complete."""
        self.reason = ""
        """The reason phrase, such as ``"OK"``."""
        self.headers: Fields = []
        """The header fields of the response."""
        self.trailers: Fields = []
        """The fields after a chunked body."""
        self.interim: list[tuple[int, str]] = []
        """Status code and reason of each interim (1xx) response."""
        self.framing: Framing | None = None
        """How the end of the body is marked; None until the headers are complete."""
        self.complete = False
        """Whether the response has ended as its framing promised."""
        self.surplus = 0
        """Bytes after the end of the response, for example if the server sends more bytes than
        its Content-Length says."""
        self.error: ClientError | None = None
        """The error at which reading stopped, if there was one."""
        self._method = method
        self._max_head_bytes = max_head_bytes
        self._head_bytes = 0
        self._unread = bytearray()  # the start of a head
        self._decoder: Decoder | None = None
        self._ended = False

    def receive_data(self, data: bytes) -> Iterable[Event]:
        r"""Read bytes of the response and return their events.

        :param data: the bytes that one read of the connection returned.
        :return: the events in order. If the bytes after them are not HTTP or exceed a limit, the
            iteration ends by raising `error`.
        :raises ClientError: if an error was found in an earlier call.

        >>> protocol = ClientProtocol("GET", "/", host="localhost")
        >>> events = protocol.receive_data(b"SSH-2.0-OpenSSH\r\n")
        >>> protocol.error.kind
        'not http'
        """
        if self.error is not None:
            raise self.error
        events: list[Event] = []
        try:
            decoder = self._decoder
            if decoder is None:
                data = self._read_heads(data, events)
                decoder = self._decoder
            if decoder is not None:
                if data and (surplus := decoder.decode(data, events)):
                    self.surplus += surplus
                if decoder.complete and not self.complete:
                    self._complete(decoder, events)
        except ClientError as error:
            self.error = error
            return _events_then_error(events, error)
        return events

    def receive_eof(self, *, clean: bool = True) -> Iterable[Event]:
        r"""Handle the end of the connection and return the events that it causes.

        :param clean: True if the server closed the connection; for TLS, if it said so with a
            close_notify message (RFC 9112 section 9.8). False if the connection broke, or if the
            client leaves. Only a clean end completes a body without a length, and only a clean
            end makes `CutError` the error of an incomplete response.
        :return: the events in order. The iteration ends by raising `CutError` if the response is
            not complete and the end was clean. Further calls return no events.

        >>> protocol = ClientProtocol("GET", "/", host="localhost")
        >>> list(protocol.receive_data(b"HTTP/1.0 200 OK\r\n\r\nHello"))[1:]
        [Data(frames=[b'Hello'], end_of_frame=True)]
        >>> list(protocol.receive_eof())
        [EndOfMessage(trailers=[])]
        """
        events: list[Event] = []
        if self._ended or self.error is not None:
            return events
        self._ended = True
        decoder = self._decoder
        if decoder is not None and not decoder.complete:
            decoder.end(events, clean=clean)
            if decoder.complete:
                self._complete(decoder, events)
        if self.complete or not clean:
            return events
        self.error = CutError(
            "closed",
            "The connection was closed before the response was complete."
            if self._began
            else "The connection was closed before a response arrived.",
        )
        return _events_then_error(events, self.error)

    @property
    def body_began(self) -> bool:
        """Whether a byte of the body has been received."""
        return self._decoder is not None and self._decoder.began

    @property
    def missing(self) -> str:
        """What an incomplete response lacks, as a phrase such as ``"2 of 5 bytes"``."""
        if self._decoder is None:
            return "the headers" if self._began else "the response"
        return self._decoder.missing

    @property
    def _began(self) -> bool:
        return bool(self._unread or self._head_bytes)

    def _complete(self, decoder: Decoder, events: list[Event]) -> None:
        self.complete = True
        self.trailers = decoder.trailers
        events.append(EndOfMessage(decoder.trailers))

    def _read_heads(self, data: bytes, events: list[Event]) -> bytes:
        """Read interim responses and the head of the response; return the bytes after it."""
        unread = self._unread
        searched = max(0, len(unread) - 3)
        unread += data
        while self._decoder is None:
            _check_start(unread)
            end = _HEAD_END.search(unread, searched)
            if self._head_bytes + (end.end() if end else len(unread)) > self._max_head_bytes:
                raise LimitError(
                    "head too large",
                    f"The headers are longer than {self._max_head_bytes} bytes, or do not end.",
                )
            if end is None:
                return b""
            head = parse_head(bytes(unread[: end.start()]))
            self._head_bytes += end.end()
            del unread[: end.end()]
            searched = 0
            if isinstance(head, InterimResponse):
                self.interim.append((head.status_code, head.reason))
                events.append(head)
            else:
                self._begin_body(head)
                events.append(head)
        return bytes(unread)

    def _begin_body(self, head: Response) -> None:
        self.http_version, self.status_code = head.http_version, head.status_code
        self.reason, self.headers = head.reason, head.headers
        self.framing, self._decoder = decoder_for(head, self._method)


def _events_then_error(events: list[Event], error: ClientError) -> Iterator[Event]:
    yield from events
    raise error


def _check_start(data: bytearray) -> None:
    """Raise an error at the first byte that cannot be HTTP/1. A line end may never come."""
    if data.startswith(_TLS_ALERT):
        raise ProtocolError(
            "not http", "The server speaks TLS on this port. Begin the URL with https://."
        )
    if not data.startswith(_START[: len(data)]):
        raise ProtocolError(
            "not http",
            f"The response begins with {quoted(data)}, but an HTTP/1 response begins with "
            f"{_START!r}. Is this the port of an HTTP server?",
        )
