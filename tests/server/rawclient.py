"""A client that hides nothing: what was sent, what came, and what the kernel counted."""

from __future__ import annotations

import socket
import struct

from typing_extensions import Self

DATA_SEGMENTS_IN = 152
"""Offset of `tcpi_data_segs_in` in Linux's `struct tcp_info`: segments with data that came."""


class RawClient:
    """One connection, and one request on it."""

    def __init__(self, port: int, request: bytes = b"") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.received = b""
        if request:
            self.socket.sendall(request)

    def read_until(self, marker: bytes) -> bytes:
        """Read till `marker` has come; returns all that has come so far."""
        while marker not in self.received:
            data = self.socket.recv(65536)
            if not data:
                raise AssertionError(f"{marker!r} never came: {self.received!r}")
            self.received += data
        return self.received

    def read_to_end(self) -> bytes:
        """Read till the server closes the connection; returns all that has come."""
        while data := self.socket.recv(1 << 20):
            self.received += data
        return self.received

    def segments(self) -> int:
        """How many segments with data the kernel has got from the server. With Nagle's algorithm
        off and on the loopback interface that is the number of the server's sends."""
        info = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        return struct.unpack_from("I", info, DATA_SEGMENTS_IN)[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def get(path: str = "/", *, version: str = "1.1", extra: str = "") -> bytes:
    return f"GET {path} HTTP/{version}\r\nHost: localhost\r\n{extra}\r\n".encode()


def split(response: bytes) -> tuple[bytes, bytes]:
    head, _, body = response.partition(b"\r\n\r\n")
    return head, body


def frames(body: bytes) -> list[bytes]:
    """The chunks of a chunked body, the last and empty one included (RFC 9112 section 7.1)."""
    found = []
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        assert body[length : length + 2] == b"\r\n", body
        found.append(body[:length])
        body = body[length + 2 :]
    return found
