"""What can go wrong between a client and a server, by name, so that a program can tell.

Nothing a server sends may end in a traceback, in endless waiting or in endless memory: it ends
in one of these, whose `kind` is for programs and whose message is for people.
"""

from __future__ import annotations

from typing import Literal

ErrorKind = Literal[
    # no connection
    "no server", "no address", "refused", "unreachable", "tls",
    # the connection ended too soon
    "closed", "lost",
    # what came is no HTTP/1.x (RFC 9112)
    "not http", "bad status line", "bad header", "bad length", "ambiguous length", "bad chunk",
    # more than the client puts up with
    "head too large", "chunk line too large", "trailers too large",
    "connect timeout", "silence", "time limit",
]  # fmt: skip


class ClientError(Exception):
    """Why an exchange ended without a whole response."""

    def __init__(self, kind: ErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class ConnectError(ClientError):
    """There is no connection to the server."""


class CutError(ClientError):
    """The connection ended before the response did."""


class ProtocolError(ClientError):
    """What the server sends is not HTTP; the message says where it stops making sense."""


class LimitError(ClientError):
    """The server takes more bytes or more time than the client's `Limits` allow."""


def shown(data: bytes | bytearray, most: int = 40) -> str:
    r"""Bytes from elsewhere as they may stand in a message: quoted, and not too many.

    >>> shown(b"SSH-2.0-OpenSSH\r\n"), shown(b"a" * 9, most=4)
    ("b'SSH-2.0-OpenSSH\\r\\n'", "b'aaaa'...")
    """
    return f"{bytes(data[:most])!r}{'...' if len(data) > most else ''}"
