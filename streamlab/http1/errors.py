"""The errors of the client, each with a `kind` that a program can compare.

Any bytes from a server lead to a response or to one of these errors. The client never waits
without a limit, and never uses memory without a limit.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

ErrorKind: TypeAlias = Literal[
    # there is no connection
    "no server", "no address", "refused", "unreachable", "tls",
    # the connection ended too early
    "closed", "lost",
    # the bytes are not HTTP/1 (RFC 9112)
    "not http", "bad status line", "bad header", "bad length", "ambiguous length", "bad chunk",
    # a limit was reached
    "head too large", "chunk line too large", "trailers too large",
    "connect timeout", "read timeout", "time limit",
]  # fmt: skip


class ClientError(Exception):
    """The reason why an exchange ended without a complete response.

    :param kind: the name of the reason, for programs.
    :param message: one or more sentences for people: what happened, and what to do about it.

    >>> error = ClientError("refused", "Nothing is listening on port 8099.")
    >>> error.kind, str(error)
    ('refused', 'Nothing is listening on port 8099.')
    """

    def __init__(self, kind: ErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class ConnectError(ClientError):
    """No connection to the server could be opened."""


class CutError(ClientError):
    """The connection ended before the response did.

    :param kind: ``"closed"`` or ``"lost"``.
    :param message: what happened.
    :param reset: whether the other side has reset the connection (TCP's RST).
    """

    def __init__(self, kind: ErrorKind, message: str, *, reset: bool = False) -> None:
        super().__init__(kind, message)
        self.reset = reset


class ProtocolError(ClientError):
    """The server sent something that is not HTTP/1; the message quotes it."""


class LimitError(ClientError):
    """The server needed more time or sent more bytes than the client allows."""


def quoted(data: bytes | bytearray, limit: int = 40) -> str:
    r"""Return received bytes in a form that is safe in an error message.

    :param data: the bytes.
    :param limit: the number of bytes to show; the rest becomes ``...``.
    :return: the bytes as a Python literal.

    >>> quoted(b"SSH-2.0-OpenSSH\r\n"), quoted(b"a" * 9, limit=4)
    ("b'SSH-2.0-OpenSSH\\r\\n'", "b'aaaa'...")
    """
    return f"{bytes(data[:limit])!r}{'...' if len(data) > limit else ''}"
