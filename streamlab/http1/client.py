"""The HTTP client: one request over a socket, with limits, reported to an observer.

It reports a response as it was sent. It does not follow redirects, decompress bodies, keep
cookies or use proxies. `HTTPClient.run` always returns, and `HTTPClient.error` tells what went
wrong.
"""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING

from streamlab.clock import now_ns
from streamlab.http1.connect import connect, no_descriptor
from streamlab.http1.errors import ClientError, ConnectError, CutError, LimitError
from streamlab.http1.protocol import MAX_HEAD_BYTES, ClientProtocol
from streamlab.http1.request import RequestHeaders, parse_origin, request_target
from streamlab.http1.waits import Waits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from streamlab.http1.events import Event

_GATHER_SECONDS = 0.001
"""The pause before each read of a stream that rushes (`Waits.rushed`). Waking the reader for
every small chunk costs the sender more than making the chunk, so observing would slow down what
is observed. More exact times would mean nothing at that speed."""
_READ_BYTES = 256 * 1024
"""The most bytes that one read takes. It is large, so that the socket and not the client decides
which bytes are read together."""


class ClientObserver:
    """The base class for observers of an `HTTPClient`. Its methods do nothing.

    They are called in the thread that calls `HTTPClient.run`, in this order: `connected`; for
    each read `data_received` and then `event_received` for each event; at last one of
    `response_completed`, `client_stopped` and `exchange_failed`.
    """

    def connected(self) -> None:
        """Handle the opened connection. The request is sent next."""

    def data_received(self, data: bytes) -> None:
        """Handle one read of the connection. Its events follow.

        :param data: the bytes of the read, framing included.
        """

    def event_received(self, event: Event) -> None:
        """Handle one event of the protocol.

        :param event: for example a `streamlab.http1.events.Response`.
        """

    def response_completed(self) -> None:
        """Handle the end of a complete response."""

    def client_stopped(self) -> None:
        """Handle an end that `HTTPClient.stop` caused."""

    def exchange_failed(self, error: ClientError, missing: str) -> None:
        """Handle an end without a complete response.

        :param error: what went wrong.
        :param missing: what the response lacks, for example ``"the headers"``.
        """


class HTTPClient:
    """A client for one request.

    :param url: what to ask for, an ``http`` or ``https`` URL.
    :param observer: told about everything that happens; None (default) for no observer.
    :param method: the request's method.
    :param headers: header fields of the request, as a mapping or as pairs.
    :param data: the request's body.
    :param http_version: ``"1.1"`` (default) or ``"1.0"``.
    :param timeout: the most seconds between two reads (default 30).
    :param connect_timeout: the most seconds for connecting; None (default) means `timeout`.
    :param time_limit: the most seconds for everything. None (default) sets no limit, so a stream
        may go on as long as it sends something at least every `timeout` seconds.
    :param max_head_bytes: the most bytes for status line and headers (default 64 KiB).
    :param tls: TLS settings, see `streamlab.http1.connect.tls_context`; None (default) verifies
        the certificate against those that the system trusts.
    :param ready: called at the start of `run`. It returns when the server answers, and raises
        `RuntimeError` if the server will never answer. None (default) does not wait.
    :param is_paused: called when nothing arrived for `timeout` seconds and there is no time
        limit. If it returns True, the client waits for another `timeout` seconds, because a user
        has paused the server. None (default) never waits longer.
    :param surplus_seconds: how long to wait for the end of the connection, or for bytes after a
        body that is as long as its Content-Length says (default 0). `ClientProtocol.surplus` counts
        them.
    :raises ValueError: if the URL, the method, the version or a header cannot be sent.

    `run` works in the thread that calls it. `stop` may be called from any thread.

    >>> client = HTTPClient("http://localhost:5000/stream?name=World")
    >>> client.request.splitlines()[0]
    b'GET /stream?name=World HTTP/1.1'
    """

    def __init__(
        self,
        url: str,
        *,
        observer: ClientObserver | None = None,
        method: str = "GET",
        headers: RequestHeaders = (),
        data: bytes = b"",
        http_version: str = "1.1",
        timeout: float = 30.0,
        connect_timeout: float | None = None,
        time_limit: float | None = None,
        max_head_bytes: int = MAX_HEAD_BYTES,
        tls: ssl.SSLContext | None = None,
        ready: Callable[[], object] | None = None,
        is_paused: Callable[[], bool] | None = None,
        surplus_seconds: float = 0.0,
    ) -> None:
        self.url = url
        """The URL of the request."""
        self.observer = observer or ClientObserver()
        """The observer."""
        self.waits = Waits()
        """How long the client waited for bytes."""
        self.error: ClientError | None = None
        """What went wrong; None if nothing did. Its `kind` is for programs."""
        self.stopped = False
        """Whether `stop` was called."""
        self.reads_reported = 0
        """The number of reads that the observer knows, with all their events."""
        self.bytes_reported = 0
        """The number of bytes in these reads, framing included."""
        self._origin = parse_origin(url)
        self._protocol = ClientProtocol(
            method,
            request_target(url),
            host=self._origin.host,
            headers=headers,
            data=data,
            http_version=http_version,
            authorization=self._origin.authorization,
            max_head_bytes=max_head_bytes,
        )
        self._timeout = timeout
        self._connect_timeout = timeout if connect_timeout is None else connect_timeout
        self._time_limit = time_limit
        self._deadline: float | None = None
        self._tls = tls
        self._ready = ready
        self._is_paused = is_paused
        self._surplus_seconds = surplus_seconds
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    @property
    def request(self) -> bytes:
        """The bytes of the request."""
        return self._protocol.request

    @property
    def response(self) -> ClientProtocol:
        """The response as far as it has been read: its `status_code`, `headers`, `complete` etc."""
        return self._protocol

    @property
    def problem(self) -> str | None:
        """What went wrong, in sentences; None if nothing did."""
        return str(self.error) if self.error else None

    @property
    def timed_out(self) -> bool:
        """Whether the client left because nothing arrived for too long, or at the time limit."""
        return self.error is not None and self.error.kind in {"read timeout", "time limit"}

    @property
    def connection(self) -> socket.socket | None:
        """The open connection, for `streamlab.http1.tcp_queues`; None if it is not open."""
        return self._socket

    def run(self) -> None:
        """Send the request and read the response to its end, or until something ends it earlier.

        It raises nothing: afterwards `error`, `stopped` and ``response.complete`` tell how it
        ended.
        """
        try:
            self._connect_and_read()
        except ClientError as error:
            self.error = error
        except TimeoutError:
            self.error = self._timeout_error()
        except ssl.SSLEOFError:
            self.error = CutError(
                "closed",
                "The connection was closed without TLS's closing message (close_notify), so the "
                "response may have been cut.",
            )
        except OSError as error:
            self.error = no_descriptor(error) or CutError(
                "lost",
                f"The connection broke: {error.strerror or error}.",
                reset=isinstance(error, ConnectionResetError),
            )
        finally:
            with self._lock:
                self._socket = None
            if self.stopped:  # shutting down the socket may have caused an error
                self.error = None
            self._end()

    def stop(self) -> None:
        """Close the connection, as a browser does when its tab is closed. `run` then returns."""
        with self._lock:
            self.stopped = True
            if self._socket is not None:
                _shut_down(self._socket)

    def __repr__(self) -> str:
        response = self.response
        status = f"{response.status_code or 'no response'} {response.reason}".strip()
        # A server has chosen a part of it, and `repr` is for terminals.
        described = ascii(f"{self.url}: {self.problem or status}")[1:-1]
        return f"<{type(self).__name__} {described}>"

    def _connect_and_read(self) -> None:
        # Forget it: it refers to the server, which need not live as long as the response.
        ready, self._ready = self._ready, None
        if ready is not None:
            try:
                ready()
            except RuntimeError as error:
                raise ConnectError("no server", str(error)) from error
        connect_timeout = self._connect_timeout
        if self._time_limit is not None:
            self._deadline = monotonic() + self._time_limit
            connect_timeout = min(connect_timeout, self._time_limit)
        connection, round_trip_ns = connect(
            self._origin, timeout=connect_timeout, tls=self._tls, on_socket=self._set_socket
        )
        self.waits.allow_for(round_trip_ns)
        with connection:
            if self.stopped:
                return
            self.observer.connected()
            connection.settimeout(self._next_timeout())
            # A server may answer and close the connection before it has read a long request.
            with suppress(ConnectionError):
                connection.sendall(self.request)
            self._read(connection)

    def _set_socket(self, connection: socket.socket) -> None:
        with self._lock:
            self._socket = connection
            if self.stopped:
                _shut_down(connection)

    def _read(self, connection: socket.socket) -> None:
        protocol, waits = self._protocol, self.waits
        buffer = memoryview(bytearray(_READ_BYTES))  # reused: allocating one per read is slower
        while not protocol.complete:
            if self._deadline is not None:
                connection.settimeout(self._next_timeout())
            if waits.rushed:
                sleep(_GATHER_SECONDS)
            started = now_ns()
            try:
                size = connection.recv_into(buffer)
            except TimeoutError:
                at_limit = self._deadline is not None and monotonic() >= self._deadline
                if not at_limit and self._is_paused is not None and self._is_paused():
                    continue
                raise
            finally:  # a wait that ended in an error counts as well
                waits.add(now_ns() - started, in_body=protocol.body_began)
            if not size:
                if not self.stopped:
                    self._report(protocol.receive_eof())
                return
            self._receive(bytes(buffer[:size]))
        if self._surplus_seconds and protocol.framing == "length":
            self._look_for_surplus(connection)

    def _look_for_surplus(self, connection: socket.socket) -> None:
        """Wait for bytes after the body. The response is complete, so no error counts."""
        deadline = monotonic() + self._surplus_seconds
        with suppress(OSError):
            while not self._protocol.surplus and (remaining := deadline - monotonic()) > 0:
                connection.settimeout(remaining)
                if not (data := connection.recv(_READ_BYTES)):
                    return
                self._protocol.receive_data(data)

    def _receive(self, data: bytes) -> None:
        """Read bytes of the response, and report them."""
        self.observer.data_received(data)
        self._report(self._protocol.receive_data(data))
        self.reads_reported += 1
        self.bytes_reported += len(data)

    def _report(self, events: Iterable[Event]) -> None:
        event_received = self.observer.event_received
        for event in events:
            event_received(event)

    def _next_timeout(self) -> float:
        """Return the timeout of the next operation, in seconds."""
        if self._deadline is None:
            return self._timeout
        remaining = self._deadline - monotonic()
        if remaining <= 0:
            raise self._timeout_error()
        return min(remaining, self._timeout)

    def _timeout_error(self) -> LimitError:
        if self._deadline is not None and monotonic() >= self._deadline:
            return LimitError(
                "time limit", f"The time limit of {self._time_limit:g} s was reached."
            )
        return LimitError("read timeout", f"Nothing arrived for {self._timeout:g} s.")

    def _end(self) -> None:
        """Report how the exchange ended."""
        protocol, observer = self._protocol, self.observer
        self._report(protocol.receive_eof(clean=False))
        if protocol.complete:
            observer.response_completed()
        elif self.error is not None:
            observer.exchange_failed(self.error, protocol.missing)
        else:
            observer.client_stopped()


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):  # it may be closed, or not yet connected
        # SSLSocket.shutdown would first drop the TLS state that the reading thread uses.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
