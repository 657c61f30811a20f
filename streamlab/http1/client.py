"""The probe: a client that sends one request over a real socket and notes when what arrives.

It reads what is sent and does nothing about it: redirects are not followed, compressed bodies not
decompressed, cookies not kept, proxies not asked. Whatever the server does, `Probe.run` returns:
`Probe.error` then has what went wrong, by name.
"""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING

from streamlab.clock import now_ns
from streamlab.http1.connect import connect
from streamlab.http1.errors import ClientError, ConnectError, CutError, LimitError
from streamlab.http1.request import Headers, origin_of, request_bytes, target
from streamlab.http1.response_parser import MAX_HEAD_BYTES, ResponseParser
from streamlab.http1.waits import Waits

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.trace.trace import Trace

__all__ = ["Headers", "Probe", "request_bytes", "target"]

GATHER_SECONDS = 0.0005
"""A pause between two reads of a stream that rushes. To wake a reader for each of its small chunks
costs the sender more than to make the chunk, so the observer would slow down what it observes;
and times more exact than this mean nothing there."""
RECV_BYTES = 256 * 1024
"""Asked for at once. Large, so that the socket and not the probe decides what comes together."""


class Probe:
    """One request and the reading of its response.

    :param url: what to ask for, ``http`` or ``https``.
    :param trace: its lane ``client`` gets the frames, its `reads` what each read brought. How
        much of the body is kept is the lanes' business.
    :param timeout: seconds to wait between any two reads.
    :param connect_timeout: seconds to wait for a connection; `timeout` where None.
    :param time_limit: seconds for everything. None lets a stream go on as long as it sends, and
        so also a server that sends a byte now and then to keep its client busy.
    :param max_head_bytes: what status line and headers may have.
    :param tls: how TLS is spoken; None trusts whom the system trusts. See
        `streamlab.http1.connect.tls_context`.
    :param ready: called first, by `run`: returns when the server answers, and raises
        `RuntimeError` where it never will.
    :raises ValueError: for a URL, a method or a header that cannot be sent.

    `run` works in the thread that calls it; `stop` may be called by any other.
    """

    def __init__(
        self,
        url: str,
        trace: Trace,
        *,
        method: str = "GET",
        headers: Headers = (),
        data: bytes = b"",
        http_version: str = "1.1",
        timeout: float = 30.0,
        connect_timeout: float | None = None,
        time_limit: float | None = None,
        max_head_bytes: int = MAX_HEAD_BYTES,
        tls: ssl.SSLContext | None = None,
        ready: Callable[[], object] | None = None,
    ) -> None:
        self.url = url
        self.trace = trace
        self._ready = ready
        self._origin = origin_of(url)
        self._timeout = timeout
        self._connect_timeout = timeout if connect_timeout is None else connect_timeout
        self._time_limit = time_limit
        self._deadline: float | None = None
        self._tls = tls
        self.request = request_bytes(
            host=self._origin.host,
            request_target=target(url),
            method=method,
            headers=headers,
            data=data,
            http_version=http_version,
            authorization=self._origin.authorization,
        )
        """What is sent."""
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self.stopped = False
        """Whether `stop` ended the exchange."""
        self.error: ClientError | None = None
        """What went wrong between client and server; its `kind` is its name."""
        self.waits = Waits()
        self.reads = 0
        """Reads whose frames have been noted: as many rows of the trace's `reads` are final."""
        self.noted = 0
        """Bytes of the connection that have been read and are in the trace; never ahead of it."""
        self.response = ResponseParser(
            method,
            trace.lanes["client"],
            max_head_bytes=max_head_bytes,
            on_head=lambda answer: trace.record_event("headers received", answer),
        )

    @property
    def problem(self) -> str | None:
        """What went wrong, in words."""
        return str(self.error) if self.error else None

    @property
    def timed_out(self) -> bool:
        """Whether it has left because nothing came for too long, or all of it took too long."""
        return self.error is not None and self.error.kind in {"silence", "time limit"}

    @property
    def connection(self) -> socket.socket | None:
        """The open connection, for who wants to ask the kernel about it; None without one."""
        return self._socket

    def run(self) -> None:
        """Send the request and read to the end of the response, or to whatever ends it sooner."""
        try:
            self._converse()
        except ClientError as error:
            self.error = error
        except TimeoutError:
            self.error = self._out_of_time()
        except ssl.SSLEOFError:
            self.error = CutError("closed", "the connection was closed, and TLS has no word of it")
        except OSError as error:
            self.error = CutError("lost", f"the connection broke: {error.strerror or error}")
        finally:
            with self._lock:
                self._socket = None
            if self.stopped:  # then whatever broke, we broke it
                self.error = None
            self.response.end(clean=self.error is None and not self.stopped)
            self._tell_end()

    def stop(self) -> None:
        """Leave, as a browser does whose tab is closed: `run` returns, the server finds out."""
        with self._lock:
            self.stopped = True
            if self._socket is not None:
                _shut_down(self._socket)

    def _converse(self) -> None:
        if self._ready is not None:
            try:
                self._ready()
            except RuntimeError as error:
                raise ConnectError("no server", str(error)) from error
        connect_timeout = self._connect_timeout
        if self._time_limit is not None:
            self._deadline = monotonic() + self._time_limit
            connect_timeout = min(connect_timeout, self._time_limit)
        connection, round_trip_ns = connect(
            self._origin, timeout=connect_timeout, tls=self._tls, opened=self._opened
        )
        self.waits.allow_for(round_trip_ns)
        with connection:
            if self.stopped:
                return
            self.trace.record_event("client connected")
            connection.settimeout(self._next_timeout())
            # A server may answer, and close, before it has read a long request.
            with suppress(ConnectionError):
                connection.sendall(self.request)
            self._read(connection)

    def _opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._socket = connection

    def _read(self, connection: socket.socket) -> None:
        response, reads, waits = self.response, self.trace.reads, self.waits
        lane = self.trace.lanes["client"]
        room = memoryview(bytearray(RECV_BYTES))  # one for all: a new one each time costs more
        while not response.complete:
            if self._deadline is not None:
                connection.settimeout(self._next_timeout())
            if waits.rushed:
                sleep(GATHER_SECONDS)
            asked = now_ns()
            try:
                size = connection.recv_into(room)
            except TimeoutError:
                # Silence that a gate makes is none: a learner thinks before the next step.
                if self._deadline is None and self.trace.gate.held_within(self._timeout):
                    continue
                raise
            finally:  # a wait that nothing ended was one, too
                waits.waited(now_ns() - asked, in_body=lane.size > 0)
            if not size:
                if response.framing != "close" and not self.stopped:
                    raise CutError("closed", "the connection was closed")
                return
            data = bytes(room[:size])
            reads.record(data)
            response.feed(data)
            self.reads += 1
            self.noted += len(data)

    def _next_timeout(self) -> float:
        if self._deadline is None:
            return self._timeout
        remaining = self._deadline - monotonic()
        if remaining <= 0:
            raise self._out_of_time()
        return min(remaining, self._timeout)

    def _out_of_time(self) -> LimitError:
        if self._deadline is not None and monotonic() >= self._deadline:
            return LimitError("time limit", f"it took longer than {self._time_limit:g} s")
        return LimitError("silence", f"nothing came for {self._timeout:g} s")

    def _tell_end(self) -> None:
        if self.response.complete:
            self.trace.record_event("client finished")
        elif self.stopped:
            self.trace.record_event("client left")
        else:
            self.trace.record_event(
                "client cut off", f"{self.problem}; missing: {self.response.missing}"
            )


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):  # closed meanwhile, or never connected
        # Past TLS, which would first take its state away from the thread that reads.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
