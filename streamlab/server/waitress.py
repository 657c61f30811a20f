"""waitress: one thread for all sockets, and a pool of threads for the application."""

from __future__ import annotations

import logging
import threading
from time import sleep
from typing import TYPE_CHECKING, Any

from streamlab.server.descriptors import RETRY_SECONDS, AcceptFailures, nothing_is_free
from streamlab.server.error_log import with_error_log
from streamlab.server.optional import import_optional
from streamlab.server.server import Server, ServerBackend
from streamlab.server.thread_per_connection import shut_down

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

    from _typeshed.wsgi import WSGIApplication

_THREADS = 8
"""The number of streams at a time. waitress's default of 4 is too low for a page with a few event
streams."""


class _WaitressBackend:
    def __init__(self, app: WSGIApplication, listening: socket.socket) -> None:
        self._wasyncore = import_optional("waitress", "waitress.wasyncore")
        # Without a handler, Python prints waitress's errors to stderr.
        logging.getLogger("waitress").addHandler(logging.NullHandler())
        # By default waitress starts its threads here, and an interrupt would leave them behind.
        dispatcher = import_optional("waitress", "waitress.task").ThreadedTaskDispatcher()
        self._server: Any = import_optional("waitress").create_server(
            with_error_log(app),
            _dispatcher=dispatcher,
            sockets=[listening.dup()],
            clear_untrusted_proxy_headers=True,  # the default; waitress warns if it is left out
        )
        self._server.channel_class = _closing(self._server.channel_class)
        self._stopped = False
        self.failures = AcceptFailures()
        self._accept, self._server.accept = self._server.accept, self._accept_or_pause
        port = listening.getsockname()[1]
        self._io_thread = threading.Thread(
            target=self._loop, name=f"streamlab server :{port}", daemon=True
        )

    def start(self) -> None:
        self._server.task_dispatcher.set_thread_count(_THREADS)
        self._io_thread.start()

    def stop(self, timeout: float) -> bool:
        server = self._server
        if self._io_thread.ident is None:  # an interrupt came before the thread ran
            self._close_sockets()
        else:
            server.trigger.pull_trigger(self._close_sockets)
            self._io_thread.join(timeout)
        server.task_dispatcher.shutdown(timeout=timeout)
        left = self.threads_left()
        if left or self._io_thread.is_alive():
            threading.Thread(target=self._close_pipe_after, args=(left,), daemon=True).start()
            return False
        self._close_pipe_after(())
        return True

    def _close_pipe_after(self, threads: Iterable[threading.Thread]) -> None:
        """Close the trigger's pipe when the threads have ended.

        A worker thread writes to it when it ends its response. If it were closed earlier, the
        worker could write to another file with the same descriptor.
        """
        for thread in threads:
            thread.join()
        self._server.trigger.close()

    def _accept_or_pause(self) -> Any:
        """Accept a connection; pause if no file descriptor is free. waitress would try at once."""
        try:
            accepted = self._accept()
        except OSError as error:
            if nothing_is_free(error):
                self.failures.add(error)
                sleep(RETRY_SECONDS)
            raise
        if accepted is not None:
            self.failures.end()
        return accepted

    def threads_left(self) -> list[threading.Thread]:
        dispatcher = self._server.task_dispatcher
        return [
            thread
            for thread in threading.enumerate()
            if getattr(getattr(thread, "_target", None), "__self__", None) is dispatcher
        ]

    def _loop(self) -> None:
        # waitress's own run() would, at its end, close all waitress servers of the program.
        while not self._stopped:
            self._wasyncore.loop(timeout=60, use_poll=True, map=self._server._map, count=1)  # noqa: SLF001

    def _close_sockets(self) -> None:
        """Close all sockets. It is called in the I/O thread."""
        for channel in list(self._server.active_channels.values()):
            shut_down(channel.socket)
            channel.handle_close()  # also wakes a worker thread that waits for buffer space
        shut_down(self._server.socket)
        self._wasyncore.dispatcher.close(self._server)
        self._stopped = True


def _closing(channel_class: Any) -> Any:
    """Return a class of channels that close the connection also after a `BaseException`.

    waitress leaves it open after a `KeyboardInterrupt`, for example, and the client would wait.
    """

    class ClosingChannel(channel_class):  # type: ignore[misc]
        def service(self) -> None:
            try:
                super().service()
            except BaseException:
                self.close_when_flushed = True
                self.server.pull_trigger()
                raise

    return ClosingChannel


class WaitressServer(Server):
    """waitress: the application's output goes to a buffer, which another thread sends.

    So the next item may be asked for before the previous one has been sent. It takes the same
    parameters as `Server`. See https://docs.pylonsproject.org/projects/waitress/.
    """

    @staticmethod
    def _make_backend(app: WSGIApplication, listening: socket.socket) -> ServerBackend:
        return _WaitressBackend(app, listening)
