"""The body of a request: it ends where the request ends, and a client cannot hold it up for ever.

PEP 3333 lets a server hand over the bare connection as ``wsgi.input``. An application that reads
more than there is would then wait for bytes that never come.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import RequestTimeout
from werkzeug.wsgi import LimitedStream

if TYPE_CHECKING:
    import socket
    from io import BufferedIOBase

BODY_SECONDS = 60.0
"""A client that sends nothing for so long, in the middle of a body, has timed out."""


def request_body(file: BufferedIOBase, length: str | None, connection: socket.socket) -> Any:
    """Return the body of a request without a transfer coding.

    Without ``Content-Length`` it is empty (RFC 9112 section 6.3). With it, reading stops there.

    :param file: the connection as a file, after the head of the request.
    :param length: the value of ``Content-Length``; None without it.
    :param connection: the socket of `file`.
    :return: a file that can be read once. If nothing arrives for `BODY_SECONDS`, reading raises
        werkzeug's `RequestTimeout`, which is answered by ``408 Request Timeout``; if the client
        disconnects, it raises werkzeug's `ClientDisconnected`.

    >>> request_body(io.BytesIO(b"more"), None, None).read()
    b''
    """
    size = (length or "0").strip()
    if not (size.isascii() and size.isdigit() and int(size)):
        return io.BytesIO()
    # Buffered, because reading a line of a LimitedStream takes it byte by byte.
    timed: Any = TimedFile(file, connection)
    return io.BufferedReader(LimitedStream(timed, int(size)))


class TimedFile:
    """Reads a connection, and gives up if nothing arrives for `BODY_SECONDS`.

    The time-out holds only while this object reads: the response may pause.

    :param file: the connection as a file.
    :param connection: the socket of `file`.
    """

    def __init__(self, file: BufferedIOBase, connection: socket.socket) -> None:
        self._file = file
        self._connection = connection

    def read(self, size: int = -1) -> bytes:
        """Read bytes.

        :param size: the most bytes, -1 for all until the connection ends.
        :raises RequestTimeout: if nothing arrives in time.
        """
        return self._timed(self._file.read, size)

    def read1(self, size: int = -1) -> bytes:
        """Read what has arrived, or wait for some bytes.

        :param size: the most bytes.
        :raises RequestTimeout: if nothing arrives in time.
        """
        return self._timed(getattr(self._file, "read1", self._file.read), size)

    def readline(self, size: int = -1) -> bytes:
        """Read a line.

        :param size: the most bytes, -1 for the whole line.
        :raises RequestTimeout: if nothing arrives in time.
        """
        return self._timed(self._file.readline, size)

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Read what has arrived into a buffer, and return how many bytes there were.

        :param buffer: where to put the bytes.
        :raises RequestTimeout: if nothing arrives in time.
        """
        data = self.read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _timed(self, read: Any, size: int) -> bytes:
        self._connection.settimeout(BODY_SECONDS)
        try:
            data: bytes = read(size)
        except TimeoutError:
            raise RequestTimeout(
                f"The request's body did not arrive: nothing came for {BODY_SECONDS:g} s."
            ) from None
        finally:
            self._connection.settimeout(None)
        return data
