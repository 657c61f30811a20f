"""The background server: serves an app on a loopback port until told to stop.

What `werkzeug.serving` leaves to the caller and a notebook needs: a port that survives a re-run
of its cell, an end that also ends open streams, errors instead of `SystemExit`, and silence.
"""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from streamlab.notebook_cell import CellSlot, CellSlots
from streamlab.server.handler import RequestHandler
from streamlab.server.listener import WerkzeugListener

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from typing_extensions import Self


class Listener(Protocol):
    """A server that has been given a listening socket, and serves when started."""

    def start(self) -> object:
        """Serve from now on, in threads of its own."""

    def stop(self, timeout: float) -> bool:
        """Accept no more, cut what is open, wait that many seconds for the threads to end.

        Returns whether they have.
        """


_running: dict[CellSlot, Server] = {}
_ports: dict[CellSlot, int] = {}
"""Port of the last server of each slot, so that a re-run of its cell gets the same."""


def _stop_those_of(cell: str) -> None:
    for slot, server in list(_running.items()):
        if slot.cell == cell:
            server.stop()


_cell_slots = CellSlots(on_rerun=_stop_those_of)


class Server:
    """A WSGI server in daemon threads of this process.

    :param app: any WSGI callable (PEP 3333).
    :param host: the address to listen on; the loopback address, unless you want others to reach
        the app.
    :param port: 0 for one that is free. In a notebook a cell that runs again gets the port it
        had, and what it started before is stopped first.
    :param remembered: False for a server that is none of the cell's business, because the call
        that makes it also ends it.

    Each connection has a thread, each item of the response is one `send`, and with HTTP/1.1 one
    chunk (RFC 9112 section 7.1).

    >>> from streamlab import Server
    >>> def app(environ, start_response):
    ...     start_response("200 OK", [("Content-Type", "text/plain")])
    ...     yield b"Hello "
    ...     yield b"World!"
    >>> import urllib.request
    >>> with Server(app) as server:
    ...     urllib.request.urlopen(server.url).read()
    b'Hello World!'
    """

    def __init__(
        self,
        app: WSGIApplication,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        remembered: bool = True,
    ) -> None:
        self.app = app
        self.host = host
        self.port = port
        self._asked_for = port
        self._listener: Listener | None = None
        self._cell_slot = _cell_slots.here() if remembered else None

    @property
    def url(self) -> str:
        """The root URL, with a slash at its end: ``http://127.0.0.1:49152/``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/"

    @property
    def running(self) -> bool:
        """Whether requests are being accepted."""
        return self._listener is not None

    def start(self) -> Self:
        """Listen, and serve from now on; does nothing where the server runs already.

        :raises OSError: where the address cannot be had, with a word on what to do.
        """
        if self._listener is None:
            with self._bind() as listening:
                self._listener = self._listener_for(self.app, listening)
                self.port = listening.getsockname()[1]
            if self._cell_slot:
                _running[self._cell_slot] = self
                _ports[self._cell_slot] = self.port
            self._listener.start()
        return self

    def stop(self, timeout: float = 5.0) -> bool:
        """Stop listening, and end the streams that are open.

        Their generators get `GeneratorExit` at their next ``yield``.

        :param timeout: seconds to wait for the threads of the open streams.
        :return: whether all threads have ended. False says that a generator is still busy
            between two yields: its thread ends as soon as it yields.
        """
        if self._listener is None:
            return True
        listener, self._listener = self._listener, None
        if self._cell_slot and _running.get(self._cell_slot) is self:
            del _running[self._cell_slot]
        return listener.stop(timeout)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url if self.running else 'stopped'}>"

    @staticmethod
    def _listener_for(app: WSGIApplication, listening: socket.socket) -> Listener:
        """What serves `app`; it makes itself a duplicate of the socket."""
        return WerkzeugListener(app, listening, RequestHandler)

    def _bind(self) -> socket.socket:
        """Listen on the port asked for; else on the one that this object or slot had, if free."""
        if not self._asked_for:
            had = self.port or (_ports.get(self._cell_slot, 0) if self._cell_slot else 0)
            with suppress(OSError):
                return listen(self.host, had)
        return listen(self.host, self._asked_for)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there.

    :raises OSError: where the address cannot be had, with a word on what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OSError(
                error.errno,
                f"port {port} of {host} is in use by another program. Stop that program, or leave "
                "`port` out to get one that is free.",
            ) from None
        raise OSError(
            error.errno, f"cannot listen on {host} port {port}: {error.strerror}"
        ) from None
