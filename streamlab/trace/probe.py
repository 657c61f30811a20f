"""The probe: a client that sends one request over a real socket and notes when what arrives."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote, urlsplit

from streamlab.trace.reader import ProtocolError, ResponseReader

if TYPE_CHECKING:
    from streamlab.trace.trace import Trace

RECV_BYTES = 256 * 1024
"""Asked for at once. Large, so that the socket and not the probe decides what comes together."""
_SAFE = "/:?#[]@!$&'()*+,;=%~-._"
_NO_BODY_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}

Headers: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
"""Header fields: a mapping, or pairs where a name occurs more than once."""


class Probe:
    """One request and the reading of its response.

    :param url: what to ask for, ``http`` only.
    :param trace: its lane ``client`` gets the frames, its `recvs` what each read brought.
    :param timeout: seconds to wait for the connection and between any two reads.

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
    ) -> None:
        self._trace = trace
        self._parts = urlsplit(url)
        self._timeout = timeout
        self._request = request_bytes(
            host=self._parts.netloc,
            request_target=target(url),
            method=method,
            headers=headers,
            data=data,
            http_version=http_version,
        )
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self.stopped = False
        """Whether `stop` ended the exchange."""
        self.problem: str | None = None
        """What went wrong on the client's side, in words."""
        self.response = ResponseReader(method, trace.lanes["client"])

    def run(self) -> None:
        """Send the request and read to the end of the response, or to whatever ends it sooner."""
        host, port = self._parts.hostname or "127.0.0.1", self._parts.port or 80
        try:
            with socket.create_connection((host, port), self._timeout) as connection:
                with self._lock:
                    self._socket = connection
                if self.stopped:
                    return
                self._trace.happened("client connected")
                connection.sendall(self._request)
                self._read(connection)
        except TimeoutError:
            self.problem = f"nothing came for {self._timeout:g} s"
        except ProtocolError as error:
            self.problem = str(error)
        except OSError as error:
            if not self.stopped:
                self.problem = f"the connection broke: {error.strerror or error}"
        finally:
            with self._lock:
                self._socket = None
            self.response.end()
            self._tell_end()

    def stop(self) -> None:
        """Leave, as a browser does whose tab is closed: `run` returns, the server finds out."""
        with self._lock:
            self.stopped = True
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def _read(self, connection: socket.socket) -> None:
        response, recvs, trace = self.response, self._trace.recvs, self._trace
        in_head = True
        while not response.complete and (data := connection.recv(RECV_BYTES)):
            recvs.passed(data)
            response.feed(data)
            if in_head and response.framing is not None:
                in_head = False
                trace.happened("headers received", f"{response.status} {response.reason}".strip())

    def _tell_end(self) -> None:
        if self.stopped and not self.response.complete:
            self._trace.happened("client left")
        elif self.response.complete:
            self._trace.happened("client finished")
        else:
            self._trace.happened(
                "client cut off", self.problem or f"missing: {self.response.missing}"
            )


def target(url: str) -> str:
    """The request target of `url`: path and query, with what may not stand there quoted.

    >>> target("http://localhost/stream?name=Ada Lövelace")
    '/stream?name=Ada%20L%C3%B6velace'
    """
    parts = urlsplit(url)
    return quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_SAFE)


def request_bytes(
    *, host: str, request_target: str, method: str, headers: Headers, data: bytes, http_version: str
) -> bytes:
    """A whole request (RFC 9112 section 3).

    :raises ValueError: where a header would break out of its line.
    """
    fields = list(headers.items() if isinstance(headers, Mapping) else headers)
    given = {name.lower() for name, _ in fields}
    defaults = [("Host", host), ("Connection", "close"), ("Accept", "*/*")]
    if data or method not in _NO_BODY_METHODS:
        defaults.append(("Content-Length", str(len(data))))
    fields = [field for field in defaults if field[0].lower() not in given] + fields
    for name, value in fields:
        if {"\r", "\n", "\0"} & set(name + value) or not name:
            raise ValueError(f"the header {name!r}: {value!r} has a line break or no name")
    lines = [f"{method} {request_target} HTTP/{http_version}"]
    lines += [f"{name}: {value}" for name, value in fields]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + data
