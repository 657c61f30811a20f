"""A TCP server that does what a script says, so that tests can send any bytes in any order."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

CERTIFICATE = Path(__file__).parent / "localhost.pem"

Script = Callable[[socket.socket], object]


class Scripted:
    """Accepts connections one after the other, reads the request's head, and plays `script`.

    :param script: called with the connection; or the bytes to send before it is closed.
    :param tls: whether to use TLS, with the certificate for localhost in this folder.
    :param read_request: whether to read the request before the script begins.
    """

    def __init__(self, script: Script | bytes, *, tls: bool = False, read_request: bool = True):
        self.requests: list[bytes] = []
        self.gone = threading.Event()
        """Set when a client closed the connection while the script was playing."""
        self._script = (lambda peer: peer.sendall(script)) if isinstance(script, bytes) else script
        self._read_request = read_request
        self._tls = None
        if tls:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(CERTIFICATE)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://localhost:{self.port}/"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listening.accept()
            except OSError:
                return
            with peer:
                try:
                    self._play(peer)
                except OSError:
                    self.gone.set()

    def _play(self, peer: socket.socket) -> None:
        if self._tls:
            peer = self._tls.wrap_socket(peer, server_side=True)
        with peer:
            if self._read_request:
                request = b""
                while b"\r\n\r\n" not in request and (data := peer.recv(65536)):
                    request += data
                self.requests.append(request)
            self._script(peer)
            if self._tls:
                peer.unwrap()
