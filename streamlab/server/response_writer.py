"""What goes over the wire for one request: the head, then each item of the response in one send.

This is the server's half of PEP 3333. werkzeug's own writes a chunk of the chunked transfer
coding (RFC 9112 section 7.1) in four pieces, each a system call. Here a chunk is one `sendall`:
three times as fast, and "one yield, one send, one frame" becomes literally true. In all else it
answers as werkzeug does, so that what a learner sees here holds there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed import OptExcInfo
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment
    from werkzeug.serving import WSGIRequestHandler

ON_SEND = "streamlab.on_send"
"""Key of the WSGI environ under which an observer leaves a callable; it is called without
arguments whenever the bytes of an item are about to be sent."""

_LAST_CHUNK = b"0\r\n\r\n"


class Response:
    """The response to one request.

    :param handler: has the connection and knows how a head is written. What is written to its
        `wfile` must wait for a flush, so that the head leaves together with the first item.
    :param environ: of the request.
    """

    def __init__(self, handler: WSGIRequestHandler, environ: WSGIEnvironment) -> None:
        self.begun = False
        """Whether the head is on its way; then the status can no longer become an error's."""
        self._handler = handler
        self._environ = environ
        self._head: tuple[str, list[tuple[str, str]]] | None = None
        self._chunked = False
        self._tell: Callable[[], object] | None = None
        self._send: Callable[[bytes], object] = self._send_behind_head

    def answer(self, app: WSGIApplication) -> None:
        """Ask `app`, and send what it answers, as it comes.

        :raises OSError: where the client has left.

        Also raises whatever the application raises.
        """
        items = app(self._environ, self._start)
        try:
            iterator = iter(items)
            self._write(next(iterator, b""))
            self._pass_on(iterator)
            if self._chunked:
                self._send(_LAST_CHUNK)
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()

    def _pass_on(self, iterator: Iterator[bytes]) -> None:
        """Send what comes behind the first item, as `_write` does. The hot path."""
        chunked, tell, send = self._chunked, self._tell, self._send
        for item in iterator:
            if not isinstance(item, bytes):
                raise _not_bytes(item)
            if item:
                if tell is not None:
                    tell()
                send(b"%x\r\n%b\r\n" % (len(item), item) if chunked else item)

    def _start(
        self, status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        """The `start_response` of PEP 3333."""
        if exc_info:
            try:
                if self.begun and exc_info[1]:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # its traceback refers to this frame: a circle
        elif self._head:
            raise AssertionError(
                "start_response() was called a second time. Only an error may replace the "
                "headers, and then exc_info is given (PEP 3333)."
            )
        self._head = status, headers
        return self._write

    def _write(self, item: bytes) -> None:
        """Send one item, the first with the head."""
        first = not self.begun
        if first:
            self._begin()
        if not isinstance(item, bytes):
            raise _not_bytes(item)
        if item:
            if self._tell is not None:
                self._tell()
            self._send(b"%x\r\n%b\r\n" % (len(item), item) if self._chunked else item)
        elif first:  # later on an empty item would be the last chunk
            self._send(b"")

    def _begin(self) -> None:
        """Write the head."""
        if self._head is None:
            raise AssertionError("the application must call start_response() before its first item")
        self.begun = True
        self._tell = self._environ.get(ON_SEND)
        handler, (status, headers) = self._handler, self._head
        code_text, _, reason = status.partition(" ")
        code = int(code_text)
        handler.send_response(code, reason)
        for name, value in headers:
            handler.send_header(name, value)
        if self._must_be_chunked(code, headers):
            self._chunked = True
            handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("Connection", "close")
        handler.end_headers()

    def _must_be_chunked(self, code: int, headers: list[tuple[str, str]]) -> bool:
        """Whether nothing else would tell the client where the body ends (RFC 9112 section 6.3)."""
        return (
            self._handler.protocol_version >= "HTTP/1.1"
            and self._environ["REQUEST_METHOD"] != "HEAD"
            and not 100 <= code < 200
            and code not in (204, 304)
            and not any(name.lower() == "content-length" for name, _ in headers)
        )

    def _send_behind_head(self, data: bytes) -> None:
        """Send the head and what comes first, in one go; from then on send at once."""
        self._send = self._handler.connection.sendall
        file = self._handler.wfile
        file.write(data)
        file.flush()


def _not_bytes(item: object) -> AssertionError:
    """What werkzeug raises, too."""
    return AssertionError(
        f"applications must write bytes, and this is {type(item).__name__}. Encode it, as in "
        "text.encode()."
    )
