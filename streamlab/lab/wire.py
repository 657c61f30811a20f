"""The wire: the bytes of a response as the client received them, framing included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlab.http1.errors import ConnectError, CutError
from streamlab.lab.message import Piece
from streamlab.wording import counted, sentence

if TYPE_CHECKING:
    from streamlab.http1.errors import ClientError
    from streamlab.lab.protocol import Wire, WireEnd
    from streamlab.trace.client import ClientResponse
    from streamlab.trace.record import Record

TAIL_BYTES = 4 * 1024
"""How many bytes of the end are shown if the middle is not kept."""
_COMPLETE = {
    "chunked": "The end chunk, a chunk of size 0, arrived: the response is complete.",
    "length": "As many bytes arrived as Content-Length says: the response is complete.",
    "close": (
        "The server closed the connection (FIN). This marks the end of a body without length and "
        "without chunks."
    ),
    "none": "Such a response has no body: it ends with its headers.",
}
"""How a response ended, by its framing."""


class WireReader:
    r"""Reads what the client of one exchange has received.

    :param record: the exchange. If its client is outside of streamlab, nothing is known.

    >>> from streamlab import App, observe
    >>> app = App()
    >>> @app.get("/hello")
    ... def hello():
    ...     return (text for text in ["Hello", " World"])
    >>> reader = WireReader(observe(app, "/hello"))
    >>> reader.next_piece().data.partition(b"\r\n\r\n")[2]
    b'5\r\nHello\r\n6\r\n World\r\n0\r\n\r\n'
    >>> reader.facts(done=True)["how"]
    'The end chunk, a chunk of size 0, arrived: the response is complete.'
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._body = record.trace.reads.body
        self._sent = 0
        self._tail_sent = False

    def next_piece(self) -> Piece:
        """Return the bytes that arrived since the last call, while the start is kept."""
        start = self._sent
        data = self._body[start : min(self._body.size, self._body.head_bytes)] or b""
        self._sent += len(data)
        return Piece(start, data)

    def tail(self) -> Piece:
        """Return the last bytes if there are more than the start. They are returned once."""
        if self._tail_sent or self._body.size <= self._body.head_bytes:
            return Piece()
        self._tail_sent = True
        start, data = self._body.tail
        left_out = max(0, len(data) - TAIL_BYTES)
        return Piece(start + left_out, data[left_out:])

    def facts(self, *, done: bool) -> Wire | None:
        """Return how many bytes arrived and how the connection ended; None if it is not known.

        :param done: whether the exchange has ended.
        """
        if self._record.external:
            return None
        end, how = _end_of(self._record) if done else ("", "")
        framing = self._record.client.response.framing
        return {"size": self._body.size, "framing": framing or "", "end": end, "how": how}

    def __repr__(self) -> str:
        return f"<WireReader: {self._sent} of {counted(self._body.size, 'byte')} read>"


def _end_of(record: Record) -> tuple[WireEnd, str]:
    """Return how the connection ended, in a word and in sentences."""
    client, response = record.client, record.client.response
    if response.complete and response.framing is not None:
        more = f" {counted(response.surplus, 'byte')} came after that." if response.surplus else ""
        return "complete", _COMPLETE[response.framing] + more
    error: ClientError | None = getattr(client, "error", None)
    after = f"after {counted(record.trace.reads.size, 'byte')}"
    if isinstance(error, CutError):
        return _cut(error, response, after)
    if isinstance(error, ConnectError):
        return "error", str(error)
    if client.stopped or client.timed_out:
        why = f" {sentence(client.problem)}" if client.problem else ""
        return "left", f"The client closed the connection {after}.{why}"
    return "error", f"The client stopped reading {after}. {sentence(client.problem or '')}".strip()


def _cut(error: CutError, response: ClientResponse, after: str) -> tuple[WireEnd, str]:
    missing = f"Missing: {response.missing}."
    if error.kind == "closed":
        return "FIN", f"The server closed the connection (FIN) {after}. {missing}"
    if error.reset:
        return "RST", f"The server reset the connection (RST) {after}. {missing}"
    return "error", f"{error} It happened {after}. {missing}"
