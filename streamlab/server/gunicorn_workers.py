"""gunicorn's workers, which here accept connections of this user and of root only.

The application could refuse other users too. But a worker reads a request before it calls the
application, and the sync worker waits for it as long as the client likes. So another user could
stop every run by opening a connection.

Only gunicorn's process imports this module.
"""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]
from gunicorn.workers.sync import SyncWorker  # type: ignore[import-untyped]

from streamlab.server.peer import can_find_peers, find_peer

_REFUSAL = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    b"This server answers only to the user who started it.\n"
)


class _OwnConnections:
    """A listening socket that closes the connections of other users."""

    def __init__(self, listening: Any) -> None:
        self._listening = listening

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection.

        :raises ConnectionAbortedError: if another user has opened it. gunicorn goes on then.
        """
        connection, client = self._listening.accept()
        peer = find_peer(client[:2], self._listening.getsockname()[:2])
        if peer is not None and peer.uid in {0, os.geteuid()}:
            return connection, client
        with connection, suppress(OSError):
            connection.setblocking(False)
            connection.send(_REFUSAL)
            connection.shutdown(socket.SHUT_WR)
        raise ConnectionAbortedError(errno.ECONNABORTED, "another user has opened the connection")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listening, name)


class _OwnUserOnly:
    """Replaces the listening socket, which is the last argument of a worker's ``accept``."""

    def accept(self, *arguments: Any) -> None:
        """Accept a connection and serve it.

        :param arguments: what gunicorn passes; the listening socket is the last one.
        """
        *others, listening = arguments
        if can_find_peers():
            listening = _OwnConnections(listening)
        super().accept(*others, listening)  # type: ignore[misc] # a worker of gunicorn has it


class OwnSync(_OwnUserOnly, SyncWorker):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's sync worker for one user."""


class OwnThreads(_OwnUserOnly, ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's worker with threads for one user."""
