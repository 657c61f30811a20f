"""Give a response to the protocol in every possible division into reads."""

from __future__ import annotations

from streamlab.http1.errors import ClientError
from streamlab.http1.events import Data, Event
from streamlab.http1.protocol import ClientProtocol

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def with_length(number: object) -> bytes:
    """A head with a Content-Length."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n" % str(number).encode()


def protocol_of(method: str = "GET") -> ClientProtocol:
    return ClientProtocol(method, "/", host="localhost")


class Reading:
    """A response that was read in `pieces`, followed by the end of the connection.

    :param clean: whether the server closes the connection; otherwise it breaks.
    """

    def __init__(self, *pieces: bytes, method: str = "GET", clean: bool = True) -> None:
        self.protocol = protocol_of(method)
        self.events: list[Event] = []
        self.error: ClientError | None = None
        try:
            for piece in pieces:
                self.events.extend(self.protocol.receive_data(piece))
        except ClientError as error:
            self.error = error
        self.cut: ClientError | None = None
        try:
            self.events.extend(self.protocol.receive_eof(clean=clean))
        except ClientError as error:
            self.cut = error

    @property
    def frames(self) -> list[bytes]:
        """The frames of the body, put together from their pieces."""
        frames, start = [], b""
        for event in self.events:
            if isinstance(event, Data):
                first, *others = event.frames
                start += first
                if event.end_of_frame:
                    frames += [start, *others]
                    start = b""
        assert not start
        return frames

    @property
    def body(self) -> bytes:
        return b"".join(self.frames)

    @property
    def facts(self) -> tuple:
        """Everything that must not depend on how the bytes were divided."""
        protocol = self.protocol
        events = [event for event in self.events if not isinstance(event, Data)]
        frames = self.frames if protocol.framing == "chunked" else self.body
        kind = self.error.kind if self.error else None
        head = (
            protocol.status_code,
            protocol.reason,
            protocol.http_version,
            protocol.headers,
            protocol.interim,
        )
        end = (protocol.framing, protocol.trailers, frames, protocol.complete, kind)
        return (*head, *end, events, protocol.missing, self.cut and str(self.cut))


def divisions(data: bytes):
    """`data` in one piece, in two pieces of all sizes, and in single bytes."""
    yield [data]
    for at in range(1, len(data)):
        yield [data[:at], data[at:]]
    yield [data[at : at + 1] for at in range(len(data))]


def read(data: bytes, **options) -> Reading:
    """Read `data` in every division, and check that the result is the same."""
    whole = Reading(data, **options)
    for pieces in divisions(data):
        assert Reading(*pieces, **options).facts == whole.facts, pieces
    return whole
