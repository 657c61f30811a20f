"""waitress behind streamlab's face: one thread for all sockets, a pool for the application."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from streamlab.server.error_log import with_error_log
from streamlab.server.optional import needs
from streamlab.server.server import Listener, Server

if TYPE_CHECKING:
    import socket

    from _typeshed.wsgi import WSGIApplication

_THREADS = 8
"""Streams at a time; waitress has 4, which a page with a few event streams uses up."""


class _WaitressListener:
    def __init__(self, app: WSGIApplication, listening: socket.socket) -> None:
        self._wasyncore = needs("waitress", "waitress.wasyncore")
        # Without a handler of its own what it logs would be printed, in a learner's cell.
        logging.getLogger("waitress").addHandler(logging.NullHandler())
        self._server: Any = needs("waitress").create_server(
            with_error_log(app),
            sockets=[listening.dup()],
            threads=_THREADS,
            clear_untrusted_proxy_headers=True,  # its default, which it warns of when not given
        )
        self._stopped = False
        port = listening.getsockname()[1]
        self._looping = threading.Thread(
            target=self._loop, name=f"streamlab server :{port}", daemon=True
        )

    def start(self) -> None:
        self._looping.start()

    def stop(self, timeout: float) -> bool:
        server = self._server
        server.trigger.pull_trigger(self._close_sockets)
        self._looping.join(timeout)
        server.task_dispatcher.shutdown(timeout=timeout)
        if server.task_dispatcher.threads or self._looping.is_alive():
            return False
        # Not before: a thread that ends its response writes to the trigger, and would write into
        # whatever has been given the number of its closed pipe since.
        server.trigger.close()
        return True

    def _loop(self) -> None:
        # As its run() does, which would also end the program's other waitress servers.
        while not self._stopped:
            self._wasyncore.loop(timeout=60, use_poll=True, map=self._server._map, count=1)  # noqa: SLF001

    def _close_sockets(self) -> None:
        """In the thread of the sockets: close every one, so that there is nothing left to do."""
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()  # tells the application's thread, which may be writing
        self._wasyncore.dispatcher.close(self._server)
        self._stopped = True


class WaitressServer(Server):
    """waitress: what the application yields goes into a buffer that another thread sends."""

    @staticmethod
    def _listener_for(app: WSGIApplication, listening: socket.socket) -> Listener:
        return _WaitressListener(app, listening)
