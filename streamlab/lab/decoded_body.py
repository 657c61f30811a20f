"""The page: what a browser would have of the body by now, decoded, piece by piece.

That is what the client got, not what the generator made: what is held on the way is not there.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlab.harness.exchange import Exchange

_DECODABLE = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
"""Content codings (RFC 9110 section 8.4.1) that Python can decode, as zlib calls them."""
MAX_BYTES = 64 * 1024
"""Of a page that are shown; a few bytes of gzip can stand for very many."""


class Page:
    """The decoded body of one exchange, as far as it has come."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._read = 0
        self._shown = 0
        self._decoder: zlib._Decompress | None = None

    def news(self) -> tuple[bytes, int]:
        """The bytes that came since it was asked last, and their offset in the page."""
        head = self._exchange.lanes["client"].body.head
        data, self._read = head[self._read :], len(head)
        if data:
            data = self._decoded(data)[: MAX_BYTES - self._shown]
        start, self._shown = self._shown, self._shown + len(data)
        return data, start

    def _decoded(self, data: bytes) -> bytes:
        if self._decoder is None:
            headers = {name.lower(): value.lower() for name, value in self._exchange.headers}
            window = _DECODABLE.get(headers.get("content-encoding", "").strip())
            if window is None:
                return data
            self._decoder = zlib.decompressobj(window)
        try:
            return self._decoder.decompress(data, MAX_BYTES)
        except zlib.error:
            return b""  # not what its header says: a browser would show nothing, either
