"""The background server: serves a WSGI app on a loopback port until it is stopped.

It adds to `werkzeug.serving` what a notebook needs: a cell that runs again keeps its port,
`stop` also ends open streams, errors are exceptions instead of `SystemExit`, and nothing is
printed.
"""

from __future__ import annotations

import errno
import socket
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from streamlab.arguments import checked_flag, checked_text, shown
from streamlab.notebook_cell import CellSlot, CellSlots
from streamlab.places import running_code
from streamlab.server.admission import Admission, new_token, path_of_token
from streamlab.server.base import WSGIServer
from streamlab.server.descriptors import AcceptFailures, explained, nothing_is_free
from streamlab.server.error_log import log
from streamlab.server.request_handler import RequestHandler
from streamlab.server.thread_per_connection import WerkzeugBackend
from streamlab.server.trusted_hosts import checked_trusted_hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment
    from typing_extensions import Self


class ServerBackend(Protocol):
    """The part of a `Server` that a third-party package provides.

    It is created with a listening socket, of which it keeps a duplicate.
    """

    failures: AcceptFailures
    """The connections that could not be accepted."""

    def start(self) -> object:
        """Serve in new daemon threads."""

    def stop(self, timeout: float) -> bool:
        """Stop accepting, close the open connections, and wait for the threads.

        :param timeout: seconds to wait.
        :return: whether all threads have ended.
        """

    def threads_left(self) -> Sequence[threading.Thread]:
        """Return the threads that `stop` has waited for, and that may still run."""


_LAST_PORT = 65535
_LONGEST_NAME = 253
"""How many characters a name in the DNS can have (RFC 1035)."""
_running: dict[CellSlot, Server] = {}
_ports: dict[CellSlot, int] = {}
"""The port of the latest server of each slot. A cell that runs again gets the same port."""
_open: dict[int, Server] = {}
"""The servers that run, by port."""


def _stop_servers_of(cell: str) -> None:
    for slot, server in list(_running.items()):
        if slot.cell == cell:
            server.stop()


_cell_slots = CellSlots(on_rerun=_stop_servers_of)


class Server(WSGIServer):
    """A WSGI server in daemon threads of this process.

    Each connection has its own thread. Each item of the response is sent with one system call;
    with HTTP/1.1 and without ``Content-Length`` it is one chunk (RFC 9112 section 7.1).

    :param app: any WSGI application (PEP 3333).
    :param host: the address to listen on. With the default, only programs on this machine can
        connect.
    :param port: the port to listen on, 0 for a free one. A server that starts again listens on
        the port it had before if that port is still free.
    :param remembered: whether the server belongs to the notebook cell that creates it. If it
        does and the cell runs again, the old server is stopped and the new one listens on the
        same port. Pass False for a server that does not outlive the call that creates it.
    :param trusted_hosts: names that the ``Host`` header of a request may have, besides
        ``localhost``, loopback addresses, `host`, and the names of the notebook service that this
        process runs in (`streamlab.server.trusted_hosts`). A name that begins with a dot allows
        its subdomains, as in Flask's setting ``TRUSTED_HOSTS``.
    :param recognise: returns whether a request, given as a WSGI environ, proves by itself that it
        may pass. It is then not checked.
    :raises TypeError: if a value has the wrong type.
    :raises ValueError: if a value is not valid.

    >>> from streamlab import Server
    >>> def app(environ, start_response):
    ...     start_response("200 OK", [("Content-Type", "text/plain")])
    ...     yield b"Hello "
    ...     yield b"World!"
    >>> import urllib.request
    >>> with Server(app) as server:
    ...     urllib.request.urlopen(server.url).read()
    b'Hello World!'
    >>> server
    <Server (stopped)>
    """

    def __init__(
        self,
        app: WSGIApplication,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        remembered: bool = True,
        trusted_hosts: Collection[str] = (),
        recognise: Callable[[WSGIEnvironment], bool] | None = None,
    ) -> None:
        self.app = app
        self.host = _checked_host(host)
        self.port = _checked_port(port)
        """The port; 0 until the first start if none was given."""
        self._requested_port = port
        self._trusted_hosts = checked_trusted_hosts(trusted_hosts)
        self._recognise = recognise
        self._token = new_token()
        self._backend: ServerBackend | None = None
        self._left: Sequence[threading.Thread] = ()
        self._lifecycle = threading.RLock()  # an interrupt may skip the release
        checked_flag("remembered", remembered)
        self._cell_slot = _cell_slots.next_slot() if remembered else None

    @property
    def url(self) -> str:
        """The root URL, with a slash at the end.

        It contains a token if the system does not say which user has sent a request.

        >>> Server(None, port=8099).url
        'http://127.0.0.1:8099/'
        >>> Server(None, host="::1", port=8099).url
        'http://[::1]:8099/'
        """
        return self.origin + path_of_token(self._token) + "/"

    @property
    def origin(self) -> str:
        """Scheme, host and port of the URL, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the server accepts requests."""
        return self._backend is not None

    def start(self) -> Self:
        """Listen on the address and serve. Do nothing if the server runs already.

        :return: the server itself, so that ``server = Server(app).start()`` works.
        :raises OSError: if the port is in use or the address does not belong to this machine.
        :raises ModuleNotFoundError: if the package of the server is not installed.

        >>> server = Server(app=None).start()
        >>> port = server.port
        >>> server.stop()
        True
        >>> server.start().port == port
        True
        >>> server.stop()
        True
        """
        with self._lifecycle:
            if self._backend is None:
                try:
                    with explained("start the server"):
                        self._start()
                except BaseException:  # also if the user interrupts
                    self._stop(0)
                    raise
        return self

    def _start(self) -> None:
        with self._bind() as listening:
            address = listening.getsockname()[:2]
            admission = Admission(
                self.app,
                address,
                self.host,
                trusted_hosts=self._trusted_hosts,
                token=self._token,
                recognise=self._recognise,
            )
            self._backend = self._make_backend(admission, listening)
            self.port = address[1]
        _open[self.port] = self
        if self._cell_slot:
            _running[self._cell_slot] = self
            _ports[self._cell_slot] = self.port
        self._backend.start()

    def stop(self, timeout: float = 5.0) -> bool:
        """Stop listening and end the open streams. Do nothing if the server does not run.

        The generators of the open streams get `GeneratorExit` at their current ``yield``.

        :param timeout: seconds to wait for the threads of the open streams.
        :return: whether all threads have ended. If not, a generator is busy between two yields;
            its thread ends at the next ``yield``. `still_running` names it, and so does the log.

        >>> import urllib.request
        >>> def app(environ, start_response):
        ...     start_response("200 OK", [])
        ...     try:
        ...         while True:
        ...             yield b"tick "
        ...     finally:
        ...         print("the generator is closed")
        >>> server = Server(app).start()
        >>> response = urllib.request.urlopen(server.url)
        >>> response.read(10)
        b'tick tick '
        >>> server.stop()
        the generator is closed
        True
        >>> response.close()
        """
        if self._backend is None:  # or another thread stops it, and may wait for this thread
            return not any(thread.is_alive() for thread in self._left)
        if not self._lifecycle.acquire(timeout=timeout):
            return False
        try:
            return self._stop(timeout)
        finally:
            self._lifecycle.release()

    def _stop(self, timeout: float) -> bool:
        if self._backend is None:
            return True
        backend = self._backend
        try:
            self._backend = None  # so that a second call does not wait for this one
            if _open.get(self.port) is self:
                del _open[self.port]
            if self._cell_slot and _running.get(self._cell_slot) is self:
                del _running[self._cell_slot]
            ended = backend.stop(timeout)
        except BaseException:  # also if the user interrupts
            self._backend = None
            backend.stop(0)
            raise
        self._left = [thread for thread in backend.threads_left() if thread.is_alive()]
        if not ended:
            log.warning("%r: a thread cannot be ended from outside", self)
        return ended

    def problem_since(self, time: int) -> str:
        """Return why the server has left a connection in its queue; "" if it has accepted all.

        :param time: problems before that do not count, in nanoseconds of the clock.
        """
        backend = self._backend
        return backend.failures.since(time) if backend is not None else ""

    @property
    def still_running(self) -> tuple[str, ...]:
        """The functions of the app that run on, although `stop` has closed their connections.

        Python cannot end a thread. Each function is named with the line that it executes now, and
        left out as soon as it has ended.

        >>> Server(app=None).still_running
        ()
        """
        alive = [thread for thread in self._left if thread.is_alive()]
        return tuple(filter(None, (running_code(thread.ident or 0) for thread in alive)))

    @staticmethod
    def _make_backend(app: WSGIApplication, listening: socket.socket) -> ServerBackend:
        return WerkzeugBackend(app, listening, RequestHandler)

    def _bind(self) -> socket.socket:
        """Listen on the requested port, else on the previous one if it is free."""
        if not self._requested_port:
            previous = self.port or (_ports.get(self._cell_slot, 0) if self._cell_slot else 0)
            with suppress(OSError):
                return listen(self.host, previous)
        return listen(self.host, self._requested_port)


def _checked_host(host: object) -> str:
    text = checked_text("host", host)
    if not text or not text.isascii() or not text.isprintable() or len(text) > _LONGEST_NAME:
        raise ValueError(f'host={shown(host)}: use an address of this machine, such as "127.0.0.1"')
    return text


def _checked_port(port: object) -> int:
    if isinstance(port, bool) or not isinstance(port, int):
        raise TypeError(f"port={shown(port)}: use a number such as port=8099, or 0 for a free port")
    if not 0 <= port <= _LAST_PORT:
        raise ValueError(f"port={shown(port)}: use a port up to {_LAST_PORT}, or 0 for a free one")
    return port


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on the address.

    :param host: an IPv4 or IPv6 address of this machine, or a name of it.
    :param port: the port, 0 for a free one.
    :raises OSError: if the port is in use or not permitted, or the address does not belong to this
        machine. The message says what to do.

    >>> with listen("127.0.0.1", 0) as listening:
    ...     host, port = listening.getsockname()
    >>> host, port > 0
    ('127.0.0.1', True)
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except UnicodeError:  # a part of the name is empty or too long
        raise ValueError(f"host={host!r} is not a name. {_OTHER_ADVICE}") from None
    except OSError as error:
        if nothing_is_free(error):
            raise
        reason, advice = _REASONS.get(error.errno or 0, (error.strerror, _OTHER_ADVICE))
        if error.errno == errno.EADDRINUSE and port in _open:
            place = "kernel" if "ipykernel" in sys.modules else "process"
            reason = f"this {place}'s own {_open[port]!r} uses the port"
            advice = "Call its stop() first, or run the same cell again, which replaces its server"
        message = f"cannot listen on {host} port {port}: {reason}. {advice}"
        raise OSError(error.errno, message) from None


_REASONS = {
    errno.EADDRINUSE: (
        "the port is in use",
        "Stop the program that uses it, or leave out `port` to get a free one: Server(app)",
    ),
    errno.EACCES: (
        "ports below 1024 need administrator rights",
        "Leave out `port` to get a free one: Server(app)",
    ),
}
_OTHER_ADVICE = 'Use an address of this machine: Server(app, host="127.0.0.1")'
