"""How one connection is served: werkzeug's handler, with one send a chunk and no word on stderr.

werkzeug writes a chunk of the chunked transfer coding (RFC 9112 section 7.1) in four pieces, each
a system call of its own. Here the pieces of a chunk leave together: three times as fast, and "one
yield, one send, one frame" becomes literally true.
"""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler

from streamlab.server.quiet import ErrorLog, log

if TYPE_CHECKING:
    import socket

    from _typeshed import ReadableBuffer
    from _typeshed.wsgi import WSGIEnvironment

ON_SEND = "streamlab.on_send"
"""Key of the WSGI environ under which an observer leaves a callable; it is called without
arguments whenever the bytes of the last item are about to be sent."""

_LAST_CHUNK = b"0\r\n\r\n"
_CONTINUE = b"HTTP/1.1 100 "


class _WholeChunks(io.BufferedIOBase):
    """A socket's file that gathers what is written until `flush`, and sends it in one call.

    werkzeug flushes after each item of the response. Two things it writes and never flushes
    must not wait for what follows: the last chunk, behind which the application's `close()` may
    take its time, and ``100 Continue``, which the client waits for.
    """

    def __init__(self, connection: socket.socket, handler: Handler) -> None:
        self._send = connection.sendall
        self._handler = handler
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        piece, pieces = bytes(data), self._pieces  # bytes of bytes are the same object
        pieces.append(piece)
        # Both come when nothing else waits; and so a chunk that looks like them is still whole.
        if len(pieces) == 1 and (piece == _LAST_CHUNK or piece.startswith(_CONTINUE)):
            self.flush()
        return len(piece)

    def flush(self) -> None:
        if self._pieces:
            data, self._pieces = b"".join(self._pieces), []
            self._handler.tell_send()
            self._send(data)


class Handler(WSGIRequestHandler):
    """Serves the one request of a connection."""

    protocol_version = "HTTP/1.1"
    # A small chunk must not wait for the acknowledgement of the one before (Nagle's algorithm).
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.wfile = _WholeChunks(self.connection, self)

    def parse_request(self) -> bool:
        ok = super().parse_request()
        if ok and self.request_version < "HTTP/1.1":
            # werkzeug looks at what the server speaks, not at what the client asked for, and
            # would send chunks to a client that cannot read them (RFC 9112 section 6.1).
            self.protocol_version = "HTTP/1.0"
        return ok

    def handle_expect_100(self) -> bool:
        return True  # werkzeug itself answers 100 Continue; one answer is enough

    def make_environ(self) -> WSGIEnvironment:
        environ = super().make_environ()
        environ["wsgi.errors"] = ErrorLog()
        return environ

    def tell_send(self) -> None:
        """Tell the observer, if this request has one, that bytes are about to be sent."""
        environ: WSGIEnvironment | None = getattr(self, "environ", None)
        if environ is not None and (on_send := environ.get(ON_SEND)) is not None:
            on_send()

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        log.log(logging.ERROR if type == "error" else logging.DEBUG, message, *args)
