"""Servers with one thread for each connection, built on `socketserver`: werkzeug and wsgiref.

The standard library's `socketserver.ThreadingMixIn` cannot end the connections that are open.
`ThreadPerConnection` can.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
from contextlib import suppress
from socketserver import TCPServer
from time import monotonic
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer

from streamlab.server.descriptors import RETRY_SECONDS, AcceptFailures, nothing_is_free
from streamlab.server.error_log import log

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from werkzeug.serving import WSGIRequestHandler


IDLE_SECONDS = 60.0
"""A connection on which the head of a request does not arrive for so long is closed."""


class ThreadPerConnection(TCPServer):
    """Mixin for a `socketserver.TCPServer` that has a listening socket: `start` and `stop`.

    One daemon thread accepts connections, and each connection has its own daemon thread. It takes
    the same arguments as the `TCPServer`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open: dict[threading.Thread, socket.socket] = {}
        try:
            self._wake, self._woken = socket.socketpair()
        except OSError:
            self.server_close()
            raise
        self._accepting: threading.Thread | None = None
        self._stopping = False
        self._left: list[threading.Thread] = []
        self._selector: selectors.BaseSelector | None = None
        self.failures = AcceptFailures()
        """The connections that could not be accepted."""

    def start(self) -> None:
        """Accept connections in a new thread."""
        port = self.socket.getsockname()[1]
        self._selector = selectors.DefaultSelector()  # here, so that its errors have a caller
        self._accepting = threading.Thread(
            target=self._accept, name=f"streamlab server :{port}", daemon=True
        )
        self._accepting.start()

    def stop(self, timeout: float) -> bool:
        """Stop accepting, close the open connections, and wait for their threads.

        It may be called by the application while it serves a request. The thread of that
        request is not waited for.

        :param timeout: seconds to wait.
        :return: whether all threads have ended.
        """
        deadline = monotonic() + timeout
        self._stopping = True
        # In a child process, made by fork, all sockets of this process stay open. So closing them
        # here ends nothing; shutting them down does.
        shut_down(self._wake)
        self._wake.close()
        accepting = self._accepting
        if accepting is not None and accepting.ident is not None:
            accepting.join(timeout)
        else:  # an interrupt came before the thread ran
            self._close_listening()
        for connection in list(self._open.values()):
            shut_down(connection)
        threads = [
            thread for thread in list(self._open) if thread is not threading.current_thread()
        ]
        for thread in threads:
            thread.join(max(0.0, deadline - monotonic()))
        self._left = [thread for thread in threads if thread.is_alive()]
        return not self._left

    def threads_left(self) -> list[threading.Thread]:
        """Return the threads that had not ended when `stop` returned."""
        return self._left

    def _accept(self) -> None:
        """Accept connections until `stop` is called. `serve_forever` would poll."""
        selector = self._selector
        try:
            if not self._stopping and selector is not None:
                selector.register(self.socket, selectors.EVENT_READ)
                selector.register(self._woken, selectors.EVENT_READ)
                while not self._stopping:
                    ready = [key.fileobj for key, _ in selector.select()]
                    if self._woken in ready:
                        break
                    self.handle_request()
        finally:
            self._close_listening()

    def _close_listening(self) -> None:
        shut_down(self.socket)
        self.server_close()
        self._woken.close()
        if self._selector is not None:
            self._selector.close()

    def get_request(self) -> Any:
        """Accept a connection. If no file descriptor is free, say so and pause.

        Without the pause the thread would try again at once, and use all of a processor.

        :raises OSError: if the connection cannot be accepted.
        """
        try:
            accepted = super().get_request()
        except OSError as error:
            if nothing_is_free(error):
                self.failures.add(error)
                with selectors.SelectSelector() as selector:
                    with suppress(ValueError):  # select() takes only small descriptors
                        selector.register(self._woken, selectors.EVENT_READ)
                    selector.select(RETRY_SECONDS)
            raise
        self.failures.end()
        return accepted

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a new thread.

        :param request: the socket of the connection.
        :param client_address: the address of the client.
        """
        thread = threading.Thread(
            target=self._serve,
            args=(request, client_address),
            name=f"streamlab request :{self.socket.getsockname()[1]}",
            daemon=True,
        )
        self._open[thread] = request
        try:
            thread.start()
        except RuntimeError:  # the system has no thread left; the connection is closed
            self._open.pop(thread, None)
            raise

    def _serve(self, request: Any, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except TimeoutError:
            log.debug("no request came from %s", client_address)
        except BaseException:  # noqa: BLE001 - an error ends this connection, not the server
            self.handle_error(request, client_address)
        finally:
            self.shutdown_request(request)
            self._open.pop(threading.current_thread(), None)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Log an exception. `socketserver` would print it.

        :param request: the socket of the connection.
        :param client_address: the address of the client.
        """
        log.exception("cannot serve the connection from %s", client_address)


def shut_down(connection: socket.socket) -> None:
    """Shut a socket down in this process and in each child that was made by fork.

    :param connection: a connection, or a socket that listens.
    """
    with suppress(OSError):  # it is closed already, or the other end has closed it
        connection.shutdown(socket.SHUT_RDWR)


class WerkzeugBackend(ThreadPerConnection, ThreadedWSGIServer):
    """werkzeug's server on a socket that listens already.

    :param app: the WSGI application.
    :param listening: the listening socket, which is duplicated.
    :param handler: the class that serves a connection.
    """

    def __init__(
        self, app: WSGIApplication, listening: socket.socket, handler: type[WSGIRequestHandler]
    ) -> None:
        # If werkzeug binds the socket and the port is in use, it raises SystemExit.
        host = listening.getsockname()[0]
        super().__init__(host, 0, app, handler, fd=listening.fileno())

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Log a message of werkzeug, which would print it.

        :param type: "info", "warning" or "error".
        :param message: a format string.
        :param args: the values for `message`.
        """
        log.log(logging.DEBUG if type == "info" else logging.ERROR, message, *args)
