"""werkzeug's real server in front of an app, and a client that reads the frames off its socket."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler, make_server

from .client import UNCOMPARED_HEADERS
from .wording import header_line

if TYPE_CHECKING:
    from collections.abc import Iterator

# Long enough for the slowest machine, so that a hang is a failure and not a hung run. Seconds.
PATIENCE = 30


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # 1.0 has no frames

    def log(self, *_: Any) -> None:
        """The log of requests goes nowhere: it is the server's, not the framework's."""


@contextmanager
def serving(app: Any) -> Iterator[Any]:
    """Serve the app from a thread; at the end, the server and its threads are gone."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_QuietHandler)
    server.daemon_threads = False  # so that server_close() waits for the last response
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE)


def send(server: Any, path: str, method: str = "GET") -> socket.socket:
    """A connection on which the request has been made."""
    connection = socket.create_connection(server.server_address, timeout=PATIENCE)
    connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return connection


def leave(connection: socket.socket) -> None:
    """Reset the connection, so that the server's next write fails and not one after it."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def read_head(stream: Any) -> list[str]:
    """The status line and the headers."""
    head = [stream.readline().decode("latin-1").rstrip("\r\n")]
    while line := stream.readline().decode("latin-1").rstrip("\r\n"):
        name, _, value = line.partition(": ")
        if name.lower() not in UNCOMPARED_HEADERS:
            head.append(header_line(name, value))
    return head


def read_frame(stream: Any) -> bytes | None:
    """One frame of the chunked transfer coding (RFC 9112 §7.1); None where the body was cut."""
    size = stream.readline()
    if not size:
        return None
    data = stream.read(int(size, 16))
    stream.readline()
    return data


def exchange(server: Any, path: str, method: str = "GET") -> list[str]:
    """Everything the client saw: the head, then the frames one by one and how they ended."""
    with send(server, path, method) as connection, connection.makefile("rb") as stream:
        seen = read_head(stream)
        if "Transfer-Encoding: chunked" not in seen:
            return [*seen, f"body {stream.read()!r}"]
        while frame := read_frame(stream):
            seen.append(f"frame {frame!r}")
        return [*seen, "cut" if frame is None else "last frame"]
