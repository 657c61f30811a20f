"""Serve an app with werkzeug's server, and read the frames of the response from a socket."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler, make_server

from tests.web.parity.client import UNCOMPARED_HEADERS
from tests.web.parity.wording import header_line

if TYPE_CHECKING:
    from collections.abc import Iterator

# Seconds. Long enough for a slow machine; a test that hangs fails after this time.
PATIENCE = 30


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # 1.0 has no frames

    def log(self, *_: Any) -> None:
        """Discard the server's log of requests."""


@contextmanager
def serving(app: Any) -> Iterator[Any]:
    """Serve the app from a thread. At the end the server and its threads have stopped."""
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
    """Send a request and return the connection."""
    connection = socket.create_connection(server.server_address, timeout=PATIENCE)
    connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return connection


def leave(connection: socket.socket) -> None:
    """Reset the connection (RST), so that the server's next write fails."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def read_head(stream: Any) -> list[str]:
    """Read the status line and the headers."""
    head = [stream.readline().decode("latin-1").rstrip("\r\n")]
    while line := stream.readline().decode("latin-1").rstrip("\r\n"):
        name, _, value = line.partition(": ")
        if name.lower() not in UNCOMPARED_HEADERS:
            head.append(header_line(name, value))
    return head


def read_frame(stream: Any) -> bytes | None:
    """Read one frame of the chunked coding (RFC 9112 section 7.1); None if the body was cut."""
    size = stream.readline()
    if not size:
        return None
    data = stream.read(int(size, 16))
    stream.readline()
    return data


def exchange(server: Any, path: str, method: str = "GET") -> list[str]:
    """Return what the client receives: the head, each frame, and how the body ends."""
    with send(server, path, method) as connection, connection.makefile("rb") as stream:
        seen = read_head(stream)
        if "Transfer-Encoding: chunked" not in seen:
            return [*seen, f"body {stream.read()!r}"]
        while frame := read_frame(stream):
            seen.append(f"frame {frame!r}")
        return [*seen, "cut" if frame is None else "last frame"]
