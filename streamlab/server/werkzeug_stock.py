"""werkzeug's unchanged development server, which also serves ``flask run``."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler

from streamlab.server.error_log import ErrorLog, log
from streamlab.server.server import Server, ServerBackend
from streamlab.server.thread_per_connection import WerkzeugBackend

if TYPE_CHECKING:
    import socket

    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment


class _StockHandler(WSGIRequestHandler):
    """werkzeug's handler with HTTP/1.1, as in ``flask run``, and with a log instead of stderr."""

    protocol_version = "HTTP/1.1"

    def make_environ(self) -> WSGIEnvironment:
        return {**super().make_environ(), "wsgi.errors": ErrorLog()}

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        log.log(logging.ERROR if type == "error" else logging.DEBUG, message, *args)


class StockWerkzeugServer(Server):
    """werkzeug's development server without the changes that `Server` makes.

    It writes each chunk in several system calls, with Nagle's algorithm on. It takes the same
    parameters as `Server`.
    """

    @staticmethod
    def _make_backend(app: WSGIApplication, listening: socket.socket) -> ServerBackend:
        return WerkzeugBackend(app, listening, _StockHandler)
