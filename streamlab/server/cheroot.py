"""cheroot, the server of CherryPy: a pool of threads."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from contextlib import suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from streamlab.server.descriptors import RETRY_SECONDS, AcceptFailures, nothing_is_free
from streamlab.server.error_log import log, with_error_log
from streamlab.server.optional import import_optional
from streamlab.server.server import Server, ServerBackend
from streamlab.server.thread_per_connection import shut_down

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_THREADS = 10
"""The number of streams at a time; cheroot's default."""
_ROUND_SECONDS = 0.02
"""How often `stop` looks for connections that are open."""


class _CherootBackend:
    def __init__(self, app: WSGIApplication, listening: socket.socket) -> None:
        address = listening.getsockname()[:2]
        self._server = _server_class()(address, with_error_log(app), numthreads=_THREADS)
        self._server.listening = listening.dup()
        self.failures = self._server.failures = AcceptFailures()
        self._listening = listening.dup()
        self._ready = threading.Event()
        self._workers: list[Any] = []
        self._accepting = threading.Thread(
            target=self._serve,
            name=f"streamlab server :{address[1]}",
            daemon=True,  # the workers inherit it
        )

    def start(self) -> None:
        self._accepting.start()
        self._ready.wait()

    def stop(self, timeout: float) -> bool:
        deadline = monotonic() + timeout
        if self._accepting.ident is None:  # an interrupt came before the thread ran
            self._listening.close()
            self._server.listening.close()
            return True
        # cheroot's stop() waits for the workers without a limit, so it runs in another thread.
        stopping = threading.Thread(target=self._server.stop, daemon=True)
        stopping.start()
        threads = [stopping, self._accepting, *self._workers]
        while any(thread.is_alive() for thread in threads) and monotonic() < deadline:
            # In each round, because a worker may only now take a connection that was accepted.
            for worker in self._workers:
                if connection := worker.conn:
                    shut_down(connection.socket)
            self._wake()
            stopping.join(_ROUND_SECONDS)
            if not stopping.is_alive():
                for thread in threads:
                    thread.join(max(0.0, deadline - monotonic()))
        shut_down(self._listening)  # a child that was made by fork has it too
        self._listening.close()
        return not any(thread.is_alive() for thread in threads)

    def _wake(self) -> None:
        """Connect, because cheroot looks only twice a second whether to stop, if nothing comes."""
        with socket.socket(self._listening.family) as connection, suppress(OSError):
            connection.setblocking(False)
            connection.connect(self._listening.getsockname())

    def threads_left(self) -> list[Any]:
        return self._workers

    def _serve(self) -> None:
        self._server.prepare()
        self._workers = list(self._server.requests._threads)  # noqa: SLF001
        self._ready.set()
        self._server.serve()


def _server_class() -> Any:
    class ListeningServer(import_optional("cheroot", "cheroot.wsgi").Server):  # type: ignore[misc]
        """cheroot's server on a socket that listens already, with a log instead of stderr."""

        listening: socket.socket
        failures: AcceptFailures

        def bind(self, *_: object) -> socket.socket:
            self.socket = self.listening
            return self.listening

        def clear_stats(self) -> None:
            super().clear_stats()
            # cheroot registers its figures, and with them the server, for the life of the process.
            vars(logging).get("statistics", {}).pop(f"Cheroot HTTPServer {id(self)}", None)

        def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
            error = sys.exc_info()[1]
            if isinstance(error, OSError) and nothing_is_free(error):  # cheroot would try at once
                self.failures.add(error)
                sleep(RETRY_SECONDS)
                return
            # cheroot passes a traceback for its own errors, none for a client that disconnects.
            log.log(level if traceback else logging.DEBUG, "%s", msg, exc_info=traceback)

    return ListeningServer


class CherootServer(Server):
    """cheroot: a thread of a pool serves each connection and also sends the response.

    It takes the same parameters as `Server`. See https://cheroot.cherrypy.dev/.
    """

    @staticmethod
    def _make_backend(app: WSGIApplication, listening: socket.socket) -> ServerBackend:
        return _CherootBackend(app, listening)
