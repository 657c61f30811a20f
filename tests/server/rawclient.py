"""A client on a plain socket: the test sees each byte, and how many TCP segments arrived."""

from __future__ import annotations

import socket
import struct

from typing_extensions import Self

DATA_SEGMENTS_IN = 152
"""Offset of `tcpi_data_segs_in` in Linux's `struct tcp_info`: the segments with data received."""


class RawClient:
    """One connection, and one request on it."""

    def __init__(self, port: int, request: bytes = b"") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.received = b""
        if request:
            self.socket.sendall(request)

    def read_until(self, marker: bytes) -> bytes:
        """Read until `marker` has been received; return everything received so far."""
        while marker not in self.received:
            data = self.socket.recv(65536)
            if not data:
                raise AssertionError(f"the response has no {marker!r}: {self.received!r}")
            self.received += data
        return self.received

    def read_to_end(self) -> bytes:
        """Read until the server closes the connection; return everything received."""
        while data := self.socket.recv(1 << 20):
            self.received += data
        return self.received

    def segments(self) -> int:
        """Return how many TCP segments with data have been received.

        On the loopback interface and without Nagle's algorithm, each send of the server is one
        segment.
        """
        info = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        return struct.unpack_from("I", info, DATA_SEGMENTS_IN)[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def get(path: str = "/", *, version: str = "1.1", extra: str = "") -> bytes:
    """Return a GET request; `extra` is header lines, each with its line end."""
    return f"GET {path} HTTP/{version}\r\nHost: localhost\r\n{extra}\r\n".encode()


def split(response: bytes) -> tuple[bytes, bytes]:
    """Split a response into head and body."""
    head, _, body = response.partition(b"\r\n\r\n")
    return head, body


def frames(body: bytes) -> list[bytes]:
    """Decode a chunked body (RFC 9112 section 7.1), including the last, empty chunk."""
    found = []
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        assert body[length : length + 2] == b"\r\n", body
        found.append(body[:length])
        body = body[length + 2 :]
    return found
