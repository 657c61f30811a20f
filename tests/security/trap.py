"""A trap: a server that must not be connected to."""

from __future__ import annotations

import socket
import threading

from typing_extensions import Self


class Trap:
    """Listens on a second loopback address and notes every connection with what was asked."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.2", 0), backlog=128)
        self.url = f"http://127.0.0.2:{self._listening.getsockname()[1]}"
        self.asked: list[str] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(10)
            try:
                line = connection.recv(4096).partition(b"\r\n")[0].decode("latin-1")
                self.asked.append(line or "a connection without a request")
                connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            except OSError:
                self.asked.append("a connection that was reset")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
