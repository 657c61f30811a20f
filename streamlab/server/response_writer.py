"""Writes one response: the head, then each item of the WSGI iterable with one `sendall`.

This is the server's half of PEP 3333. werkzeug's development server writes a chunk of the chunked
transfer coding (RFC 9112 section 7.1) in four pieces, each with its own system call. One
`sendall` per chunk is three times as fast. Then each ``yield`` makes one send and one chunk. In
everything else the response is the same as werkzeug's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed import OptExcInfo
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment
    from werkzeug.serving import WSGIRequestHandler

ON_SEND = "streamlab.on_send"
"""Key of the WSGI environ for an observer's callable. It is called without arguments before the
bytes of an item are sent."""

_LAST_CHUNK = b"0\r\n\r\n"


class ResponseWriter:
    """Writes the response to one request.

    :param handler: the request handler. It has the connection and formats the head. Its `wfile`
        must be buffered, so that the head and the first item are sent together.
    :param environ: the WSGI environ of the request.
    """

    def __init__(self, handler: WSGIRequestHandler, environ: WSGIEnvironment) -> None:
        self.head_written = False
        """Whether the head has been written. After that the status cannot change any more."""
        self._handler = handler
        self._environ = environ
        self._head: tuple[str, list[tuple[str, str]]] | None = None
        self._chunked = False
        self._on_send: Callable[[], object] | None = None
        self._send: Callable[[bytes], object] = self._send_with_head

    def run(self, app: WSGIApplication) -> None:
        r"""Call the application and send its response item by item.

        The last chunk is sent before ``close()`` of the iterable is called, so the client does
        not wait for it.

        :param app: the WSGI application. Its exceptions are not caught.
        :raises OSError: if the client has disconnected.
        :raises AssertionError: if the application breaks a rule of PEP 3333.

        >>> import socket
        >>> from streamlab.server import Server
        >>> def app(environ, start_response):
        ...     start_response("200 OK", [])
        ...     return [b"Hello ", b"World!"]
        >>> with Server(app) as server:
        ...     with socket.create_connection((server.host, server.port)) as client:
        ...         client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        ...         response = client.makefile("rb").read()
        >>> response.partition(b"\r\n\r\n")[2]
        b'6\r\nHello \r\n6\r\nWorld!\r\n0\r\n\r\n'
        """
        items = app(self._environ, self._start_response)
        try:
            iterator = iter(items)
            self._write(next(iterator, b""))
            self._write_rest(iterator)
            if self._chunked:
                self._send(_LAST_CHUNK)
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()

    def _write_rest(self, iterator: Iterator[bytes]) -> None:
        """Send the items after the first, as `_write` does. This is the hot path."""
        chunked, on_send, send = self._chunked, self._on_send, self._send
        for item in iterator:
            if not isinstance(item, bytes):
                raise _not_bytes(item)
            if item:
                if on_send is not None:
                    on_send()
                send(b"%x\r\n%b\r\n" % (len(item), item) if chunked else item)

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        """Implement `start_response` of PEP 3333."""
        if exc_info:
            try:
                if self.head_written and exc_info[1]:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # avoid a reference cycle: its traceback refers to this frame
        elif self._head:
            raise AssertionError(
                "the application called start_response() a second time. The headers can only be "
                "replaced after an error (PEP 3333): start_response(status, headers, "
                "sys.exc_info())"
            )
        self._head = status, headers
        return self._write

    def _write(self, item: bytes) -> None:
        """Send one item; send the first one together with the head."""
        first = not self.head_written
        if first:
            self._write_head()
        if not isinstance(item, bytes):
            raise _not_bytes(item)
        if item:
            if self._on_send is not None:
                self._on_send()
            self._send(b"%x\r\n%b\r\n" % (len(item), item) if self._chunked else item)
        elif first:  # a later empty item is skipped: an empty chunk would end the body
            self._send(b"")

    def _write_head(self) -> None:
        if self._head is None:
            raise AssertionError(
                "the application returned its first item before it called start_response(). Call "
                'it first (PEP 3333): start_response("200 OK", [("Content-Type", "text/plain")])'
            )
        self.head_written = True
        self._on_send = self._environ.get(ON_SEND)
        handler, (status, headers) = self._handler, self._head
        code_text, _, reason = status.partition(" ")
        code = int(code_text)
        handler.send_response(code, reason)
        for name, value in headers:
            handler.send_header(name, value)
        if self._needs_chunks(code, headers):
            self._chunked = True
            handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("Connection", "close")
        handler.end_headers()

    def _needs_chunks(self, code: int, headers: list[tuple[str, str]]) -> bool:
        """Return whether only chunks can mark the end of the body (RFC 9112 section 6.3)."""
        return (
            self._handler.protocol_version >= "HTTP/1.1"
            and self._environ["REQUEST_METHOD"] != "HEAD"
            and not 100 <= code < 200
            and code not in (204, 304)
            and not any(name.lower() == "content-length" for name, _ in headers)
        )

    def _send_with_head(self, data: bytes) -> None:
        """Send the buffered head and `data` together; later calls of `_send` send directly."""
        self._send = self._handler.connection.sendall
        file = self._handler.wfile
        file.write(data)
        file.flush()


def _not_bytes(item: object) -> AssertionError:
    """Return the error that werkzeug raises, with advice."""
    if isinstance(item, str):
        advice = "Encode the text: text.encode()"
    elif isinstance(item, (bytearray, memoryview)):
        advice = "Make bytes of it: bytes(chunk)"
    elif isinstance(item, int):
        advice = 'A loop over bytes gives numbers. Return a list: [b"..."]'
    else:
        advice = "Each item of the body must be bytes (PEP 3333)."
    return AssertionError(
        f"applications must write bytes, but this one wrote {type(item).__name__}. {advice}"
    )
