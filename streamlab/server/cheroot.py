"""cheroot behind streamlab's face: CherryPy's server, a pool of threads."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from streamlab.server.error_log import log, with_error_log
from streamlab.server.optional import needs
from streamlab.server.server import Listener, Server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_THREADS = 10
"""Streams at a time; cheroot's own default."""


class _CherootListener:
    def __init__(self, app: WSGIApplication, listening: socket.socket) -> None:
        self._server = _server_class()(
            listening.getsockname()[:2], with_error_log(app), numthreads=_THREADS
        )
        self._server.given = listening.dup()
        self._ready = threading.Event()
        self._threads: list[Any] = []
        self._serving = threading.Thread(
            target=self._serve,
            name=f"streamlab server :{listening.getsockname()[1]}",
            daemon=True,  # and so are the threads it makes
        )

    def start(self) -> None:
        self._serving.start()
        self._ready.wait()

    def stop(self, timeout: float) -> bool:
        deadline = monotonic() + timeout
        for worker in self._threads:
            if connection := worker.conn:
                with suppress(OSError):  # closed meanwhile
                    connection.socket.shutdown(socket.SHUT_RDWR)
        # Its stop() waits for the workers without a limit, so somebody else does that.
        stopping = threading.Thread(target=self._server.stop, daemon=True)
        stopping.start()
        for thread in [stopping, self._serving, *self._threads]:
            thread.join(max(0.0, deadline - monotonic()))
        return not any(t.is_alive() for t in [stopping, self._serving, *self._threads])

    def _serve(self) -> None:
        self._server.prepare()
        self._threads = list(self._server.requests._threads)  # noqa: SLF001
        self._ready.set()
        self._server.serve()


def _server_class() -> Any:
    class OnGivenSocket(needs("cheroot", "cheroot.wsgi").Server):  # type: ignore[misc]
        """cheroot, which would bind by itself and print what goes wrong."""

        given: socket.socket

        def bind(self, *_: object) -> socket.socket:
            self.socket = self.given
            return self.given

        def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
            # What it is at fault for itself comes with a traceback; a client that left does not.
            log.log(level if traceback else logging.DEBUG, "%s", msg, exc_info=traceback)

    return OnGivenSocket


class CherootServer(Server):
    """cheroot: each connection is served by a thread of a pool, which also sends."""

    @staticmethod
    def _listener_for(app: WSGIApplication, listening: socket.socket) -> Listener:
        return _CherootListener(app, listening)
