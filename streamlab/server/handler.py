"""How one connection is served: werkzeug's handler, with one send a chunk and no word on stderr."""

from __future__ import annotations

import logging
import selectors
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import InternalServerError
from werkzeug.serving import WSGIRequestHandler

from streamlab.server.error_log import ErrorLog, log
from streamlab.server.response_writer import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_LEFTOVER_SECONDS = 0.01
"""To wait for more of a request that the application has not read; as long as werkzeug waits."""
_MOST_LEFTOVER_BYTES = 1 << 30


class RequestHandler(WSGIRequestHandler):
    """Serves the one request of a connection."""

    protocol_version = "HTTP/1.1"
    # A small chunk must not wait for the acknowledgement of the one before (Nagle's algorithm).
    disable_nagle_algorithm = True
    # Room for a head with its first chunk, which so leave together.
    wbufsize = 128 * 1024

    def parse_request(self) -> bool:
        ok = super().parse_request()
        if ok and self.request_version < "HTTP/1.1":
            # werkzeug looks at what the server speaks, not at what the client asked for, and
            # would send chunks to a client that cannot read them (RFC 9112 section 6.1).
            self.protocol_version = "HTTP/1.0"
        return ok

    def handle_expect_100(self) -> bool:
        ok = super().handle_expect_100()
        self.wfile.flush()  # the client waits for it
        return ok

    def make_environ(self) -> WSGIEnvironment:
        environ = super().make_environ()
        environ["wsgi.errors"] = ErrorLog()
        environ["REMOTE_PORT"] = str(environ["REMOTE_PORT"])  # of CGI, hence text (PEP 3333)
        return environ

    def run_wsgi(self) -> None:
        self.close_connection = True  # as werkzeug does: a connection has one request
        environ = self.make_environ()
        response = Response(self, environ)
        try:
            response.answer(self.server.app)
        except (ConnectionError, TimeoutError) as error:
            self.connection_dropped(error, environ)
        except Exception:  # noqa: BLE001 - the learner's own, whatever it is
            if not response.begun:
                with suppress(OSError):
                    Response(self, environ).answer(InternalServerError())
            log.exception("the response to %s broke off", self.path)
        self._discard_leftover()

    def finish(self) -> None:
        """Let go of the connection, also where its client has left with something unsent."""
        try:
            super().finish()
        except OSError:  # what is unsent can be sent to nobody
            self.rfile.close()

    def _discard_leftover(self) -> None:
        """Read what the application has left of the request's body.

        A connection that is closed over unread bytes is reset, and the client may lose the
        response with it.
        """
        if not (self.headers.get("Content-Length") or self.headers.get("Transfer-Encoding")):
            return
        discarded = 0
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            while discarded < _MOST_LEFTOVER_BYTES and selector.select(_LEFTOVER_SECONDS):
                data = self.connection.recv(1 << 16)
                if not data:
                    break
                discarded += len(data)

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        log.log(logging.ERROR if type == "error" else logging.DEBUG, message, *args)
