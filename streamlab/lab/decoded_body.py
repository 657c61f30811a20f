"""The decoded body: what a browser would have of a response so far.

It is made of the bytes that the client received, so bytes that something holds are missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlab.lab.message import Piece
from streamlab.trace.content_coding import ContentDecoder

if TYPE_CHECKING:
    from streamlab.harness.exchange import Exchange

MAX_BYTES = 64 * 1024
"""How many bytes of a page are shown. A few bytes of gzip can decode to very many."""


class DecodedBody:
    """Decodes the body of one exchange while it arrives.

    :param exchange: may still be running.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._bytes_read = 0
        self._bytes_decoded = 0
        self._decoder: ContentDecoder | None = None

    def next_piece(self) -> Piece:
        """Return the decoded bytes that arrived since the last call.

        The piece is empty if nothing arrived, if a content coding has not produced anything yet,
        or if the body is not in the coding that its header names (a browser shows nothing then).

        >>> from streamlab import App, observe
        >>> app = App()
        >>> @app.get("/hello")
        ... def hello():
        ...     return "Hello"
        >>> DecodedBody(observe(app, "/hello", middleware="gzip")).next_piece()
        Piece(start=0, data=b'Hello')
        """
        head = self._exchange.lanes["client"].body.head
        data, self._bytes_read = head[self._bytes_read :], len(head)
        if data:
            data = self._decode(data)[: MAX_BYTES - self._bytes_decoded]
        start, self._bytes_decoded = self._bytes_decoded, self._bytes_decoded + len(data)
        return Piece(start, data)

    def _decode(self, data: bytes) -> bytes:
        if self._decoder is None:
            self._decoder = ContentDecoder(self._exchange.headers)
        try:
            return self._decoder.decode(data, MAX_BYTES)
        except ValueError:
            return b""

    def __repr__(self) -> str:
        return f"<DecodedBody of {self._exchange.path}, {self._bytes_decoded} bytes>"
