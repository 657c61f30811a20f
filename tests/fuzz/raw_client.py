"""A client that shares no code with streamlab: one socket, one request, one response."""

from __future__ import annotations

import socket
import zlib
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

LATEST = 30
"""Seconds without a byte after which a wait fails. It only prevents that a broken test hangs."""


class RawResponse(NamedTuple):
    """What came.

    :param status_code: None if no response came.
    :param body: without the framing, content coding undone.
    :param frames: the frames of the chunked transfer coding; None without it.
    :param whole: whether nothing is missing, as the framing shows.
    """

    status_code: int | None
    body: bytes
    frames: list[bytes] | None
    whole: bool


def ask(url: str, http_version: str) -> RawResponse:
    """Send a GET request, and read until the connection ends.

    :param url: an ``http`` URL on this machine.
    :param http_version: ``"1.1"`` or ``"1.0"``.
    """
    parts = urlsplit(url)
    request = (
        f"GET {parts.path} HTTP/{http_version}\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    received = read_to_end(parts.port or 80, request.encode())
    head, _, rest = received.partition(b"\r\n\r\n")
    if not head:
        return RawResponse(None, b"", None, whole=False)
    status_line, *lines = head.decode("latin-1").split("\r\n")
    fields = {
        name.strip().lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
    }
    frames = None
    if fields.get("transfer-encoding") == "chunked":
        frames, whole = _frames(rest)
        body = b"".join(frames)
    elif "content-length" in fields:
        length = int(fields["content-length"])
        body, whole = rest[:length], len(rest) >= length
    else:
        body, whole = rest, True
    if fields.get("content-encoding") == "gzip":
        with suppress(zlib.error):  # the debugger writes its page behind compressed bytes
            body = zlib.decompressobj(31).decompress(body)
    return RawResponse(int(status_line.split()[1]), body, frames, whole)


def read_to_end(port: int, request: bytes, *, end: bool = False) -> bytes:
    """Send bytes to a port of this machine, and return all that comes back.

    :param port: the port.
    :param request: the bytes to send.
    :param end: whether to tell the server that nothing more comes.
    """
    received = bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=LATEST) as connection:
        try:
            connection.sendall(request)
            if end:
                connection.shutdown(socket.SHUT_WR)
            while data := connection.recv(65536):
                received += data
        except TimeoutError:
            raise
        except OSError:  # the server has closed the connection without reading all of the request
            pass
    return bytes(received)


def _frames(data: bytes) -> tuple[list[bytes], bool]:
    """Decode a chunked body (RFC 9112 section 7.1), and tell whether it is whole."""
    frames: list[bytes] = []
    while True:
        line, line_end, data = data.partition(b"\r\n")
        if not line_end:
            return frames, False
        size = int(line, 16)
        if not size:
            return frames, True
        frames.append(data[:size])
        if len(data) < size + 2:
            return frames, False
        data = data[size + 2 :]
