"""Two servers as they come, put behind streamlab's face: werkzeug's, and the one in Python."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler as PythonHandler
from wsgiref.simple_server import WSGIServer as PythonServer

from werkzeug.serving import WSGIRequestHandler as WerkzeugHandler

from streamlab.server.error_log import ErrorLog, log
from streamlab.server.listener import OpenConnections, WerkzeugListener
from streamlab.server.server import Listener, Server

if TYPE_CHECKING:
    import socket

    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment


class _StockHandler(WerkzeugHandler):
    """werkzeug's own, with HTTP/1.1 as ``flask run`` has it, and with its log kept from stderr."""

    protocol_version = "HTTP/1.1"

    def make_environ(self) -> WSGIEnvironment:
        return {**super().make_environ(), "wsgi.errors": ErrorLog()}

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        log.log(logging.ERROR if type == "error" else logging.DEBUG, message, *args)


class StockWerkzeugServer(Server):
    """werkzeug's development server as it comes: three sends a chunk, and Nagle's algorithm."""

    @staticmethod
    def _listener_for(app: WSGIApplication, listening: socket.socket) -> Listener:
        return WerkzeugListener(app, listening, _StockHandler)


class _QuietPythonHandler(PythonHandler):
    def get_stderr(self) -> Any:
        return ErrorLog()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - Python's name
        log.debug(format, *args)


class _PythonListener(OpenConnections, PythonServer):
    """Python's server on a socket that listens already."""

    def __init__(self, app: WSGIApplication, listening: socket.socket) -> None:
        address = listening.getsockname()
        super().__init__(address[:2], _QuietPythonHandler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening.dup()
        self.server_address = address
        self.server_name, self.server_port = address[:2]  # what server_bind() looks up in the DNS
        self.setup_environ()
        self.set_app(app)


class WsgirefServer(Server):
    """`wsgiref.simple_server`, with a thread a connection. It speaks HTTP/1.0: no chunks."""

    @staticmethod
    def _listener_for(app: WSGIApplication, listening: socket.socket) -> Listener:
        return _PythonListener(app, listening)
