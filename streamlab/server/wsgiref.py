"""The standard library's server, `wsgiref.simple_server`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler
from wsgiref.simple_server import WSGIServer as SimpleServer

from streamlab.server.error_log import ErrorLog, log
from streamlab.server.request_body import request_body
from streamlab.server.server import Server, ServerBackend
from streamlab.server.thread_per_connection import IDLE_SECONDS, ThreadPerConnection

if TYPE_CHECKING:
    import socket

    from _typeshed.wsgi import WSGIApplication


class _LoggingHandler(WSGIRequestHandler):
    """wsgiref's handler with a log instead of stderr."""

    timeout = IDLE_SECONDS
    _whole_connection: Any = None

    def parse_request(self) -> bool:
        valid = super().parse_request()
        self.connection.settimeout(None)  # a stream may pause, and a client may read late
        if valid:  # wsgiref hands over the connection itself, which has no end
            self._whole_connection, self.rfile = (
                self.rfile,
                request_body(self.rfile, self.headers.get("Content-Length"), self.connection),
            )
        return valid

    def finish(self) -> None:
        super().finish()
        if self._whole_connection is not None:
            self._whole_connection.close()

    def get_environ(self) -> Any:
        return {**super().get_environ(), "REMOTE_PORT": str(self.client_address[1])}

    def get_stderr(self) -> Any:
        return ErrorLog()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        log.debug(format, *args)


class _WsgirefBackend(ThreadPerConnection, SimpleServer):
    """wsgiref's server on a socket that listens already."""

    def __init__(self, app: WSGIApplication, listening: socket.socket) -> None:
        address = listening.getsockname()
        super().__init__(address[:2], _LoggingHandler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening.dup()
        self.server_address = address
        # server_bind() would look up the name in the DNS, which can take seconds.
        self.server_name, self.server_port = address[:2]
        self.setup_environ()
        self.set_app(app)


class WsgirefServer(Server):
    """`wsgiref.simple_server` with a thread for each connection.

    It speaks HTTP/1.0, so its responses have no chunks: the end of the connection is the end of
    the body (RFC 9112 section 6.3). It takes the same parameters as
    `Server`.

    >>> import urllib.request
    >>> def app(environ, start_response):
    ...     start_response("200 OK", [])
    ...     return [environ["SERVER_PROTOCOL"].encode()]
    >>> with WsgirefServer(app) as server:
    ...     response = urllib.request.urlopen(server.url)
    >>> response.version, response.headers["Transfer-Encoding"]
    (10, None)
    """

    @staticmethod
    def _make_backend(app: WSGIApplication, listening: socket.socket) -> ServerBackend:
        return _WsgirefBackend(app, listening)
