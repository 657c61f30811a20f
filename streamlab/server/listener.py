"""What accepts connections for the servers built on `socketserver`: werkzeug's and wsgiref's.

A thread accepts, each connection has a thread, and all of them can be brought to an end.
"""

from __future__ import annotations

import selectors
import socket
import threading
from contextlib import suppress
from socketserver import TCPServer
from time import monotonic
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer

from streamlab.server.error_log import log

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from werkzeug.serving import WSGIRequestHandler


class OpenConnections(TCPServer):
    """Mixed into a `TCPServer` that has its listening socket: start, and an end that is one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open: dict[threading.Thread, socket.socket] = {}
        self._wake, self._woken = socket.socketpair()
        self._accepting: threading.Thread | None = None

    def start(self) -> None:
        """Accept connections from now on."""
        port = self.socket.getsockname()[1]
        self._accepting = threading.Thread(
            target=self._accept, name=f"streamlab server :{port}", daemon=True
        )
        self._accepting.start()

    def stop(self, timeout: float) -> bool:
        """The recipe: accept no more, cut what is open, wait for the threads, a bounded time."""
        deadline = monotonic() + timeout
        self._wake.close()
        if self._accepting is not None:
            self._accepting.join(timeout)
        for connection in list(self._open.values()):
            with suppress(OSError):  # closed meanwhile
                connection.shutdown(socket.SHUT_RDWR)
        threads = [
            thread for thread in list(self._open) if thread is not threading.current_thread()
        ]
        for thread in threads:
            thread.join(max(0.0, deadline - monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def _accept(self) -> None:
        """`serve_forever` without its poll: it wakes for a connection, or to stop."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.socket, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._woken in ready:
                    break
                self.handle_request()
        self.server_close()
        self._woken.close()

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(
            target=self._serve,
            args=(request, client_address),
            name=f"streamlab request :{self.socket.getsockname()[1]}",
            daemon=True,
        )
        self._open[thread] = request
        thread.start()

    def _serve(self, request: Any, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except Exception:  # noqa: BLE001 - whatever it is, it ends this connection alone
            self.handle_error(request, client_address)
        finally:
            self.shutdown_request(request)
            del self._open[threading.current_thread()]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        log.exception("the connection from %s broke", client_address)


class WerkzeugListener(OpenConnections, ThreadedWSGIServer):
    """werkzeug's server, with the handler it is given."""

    def __init__(
        self, app: WSGIApplication, listening: socket.socket, handler: type[WSGIRequestHandler]
    ) -> None:
        # The socket is handed over because werkzeug, binding by itself, ends in SystemExit
        # where the port is taken.
        host = listening.getsockname()[0]
        super().__init__(host, 0, app, handler, fd=listening.fileno())

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        log.log(10 if type == "info" else 40, message, *args)
