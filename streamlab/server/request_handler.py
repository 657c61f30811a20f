"""Serves one connection: werkzeug's request handler, with one send per chunk and a log."""

from __future__ import annotations

import logging
import selectors
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from werkzeug.exceptions import InternalServerError, RequestTimeout
from werkzeug.serving import DechunkedInput, WSGIRequestHandler

from streamlab.server.error_log import ErrorLog, log
from streamlab.server.request_body import TimedFile, request_body
from streamlab.server.response_writer import ResponseWriter
from streamlab.server.thread_per_connection import IDLE_SECONDS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_UNREAD_WAIT_SECONDS = 0.01
"""How long to wait for more of a request body that the application has not read, as werkzeug."""
_MAX_UNREAD_BYTES = 1 << 30


class RequestHandler(WSGIRequestHandler):
    """Serves the one request of a connection.

    It overrides methods of `werkzeug.serving.WSGIRequestHandler` and
    `http.server.BaseHTTPRequestHandler`.
    """

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    # With Nagle's algorithm a small chunk waits until the previous one is acknowledged.
    disable_nagle_algorithm = True
    # The buffer holds the head and the first chunk, so that they are sent together.
    wbufsize = 128 * 1024
    # Python's default, HTTP/0.9, has no status line, also in the answer to a malformed request.
    default_request_version = "HTTP/1.0"

    def parse_request(self) -> bool:
        """Parse the request line and the headers, and adopt the client's HTTP version.

        :return: whether the request is valid; if not, an error has been sent.
        """
        valid = super().parse_request()
        self.connection.settimeout(None)  # a stream may pause, and a client may read late
        if valid and self.request_version < "HTTP/1.1":
            # werkzeug looks only at the server's version and would send chunks to an HTTP/1.0
            # client, which cannot decode them (RFC 9112 section 6.1).
            self.protocol_version = "HTTP/1.0"
        return valid

    def handle_expect_100(self) -> bool:
        """Send ``100 Continue`` at once, because the client waits for it (RFC 9110 section 10.1.1).

        :return: whether to go on with the request.
        """
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def make_environ(self) -> WSGIEnvironment:
        """Return the WSGI environ of the request (PEP 3333)."""
        environ = super().make_environ()
        environ["wsgi.errors"] = ErrorLog()
        environ["REMOTE_PORT"] = str(environ["REMOTE_PORT"])  # CGI variables are str (PEP 3333)
        if isinstance(environ["wsgi.input"], DechunkedInput):
            whole = _WholeReads(TimedFile(self.rfile, self.connection))
            environ["wsgi.input"] = DechunkedInput(cast("Any", whole))
        else:
            environ["wsgi.input"] = request_body(
                self.rfile, self.headers.get("Content-Length"), self.connection
            )
        return environ

    def run_wsgi(self) -> None:
        """Call the application and send its response.

        If the application raises an exception before the head is sent, the client gets a
        ``500 Internal Server Error``. Later, the connection is closed without the last chunk.
        """
        self.close_connection = True  # one request per connection, as in werkzeug
        environ = self.make_environ()
        response = ResponseWriter(self, environ)
        try:
            response.run(self.server.app)
        except (ConnectionError, TimeoutError) as error:
            self.connection_dropped(error, environ)
        except RequestTimeout as error:  # reading the body has raised it
            if not response.head_written:
                with suppress(OSError):
                    ResponseWriter(self, environ).run(error)
        except Exception:  # noqa: BLE001 - the application may raise anything
            if not response.head_written:
                with suppress(OSError):
                    ResponseWriter(self, environ).run(InternalServerError())
            log.exception("the application raised an exception while serving %s", self.path)
        self._discard_unread_body()

    def finish(self) -> None:
        """Close the files of the connection, also after the client has disconnected."""
        try:
            super().finish()
        except OSError:  # the buffer cannot be flushed any more
            self.rfile.close()

    def _discard_unread_body(self) -> None:
        """Read the rest of the request's body, which the application has not read.

        If a connection is closed while it has unread bytes, TCP resets it, and the client may
        lose the response.
        """
        if not (self.headers.get("Content-Length") or self.headers.get("Transfer-Encoding")):
            return
        discarded = 0
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            while discarded < _MAX_UNREAD_BYTES and selector.select(_UNREAD_WAIT_SECONDS):
                data = self.connection.recv(1 << 16)
                if not data:
                    break
                discarded += len(data)

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Log a message of werkzeug, which would print it.

        :param type: "info", "warning" or "error".
        :param message: a format string.
        :param args: the values for `message`.
        """
        log.log(logging.ERROR if type == "error" else logging.DEBUG, message, *args)


class _WholeReads:
    """A file for `DechunkedInput`, which would ask for ever for bytes that do not come.

    :param file: the file to read from.
    """

    def __init__(self, file: TimedFile) -> None:
        self.readline = file.readline
        self._read = file.read

    def read(self, size: int) -> bytes:
        """Read this many bytes.

        :param size: the number of bytes.
        :raises OSError: if there are fewer.
        """
        data = self._read(size)
        if len(data) < size:
            raise OSError("The request ended in the middle of a chunk of its body.")
        return data
