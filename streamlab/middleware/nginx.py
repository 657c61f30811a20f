"""A real nginx between the server and the client: `proxy`.

The most common buffer of all stands outside of the program. A simulation would prove nothing, so
this starts the real one on a loopback port, with a configuration of a few lines.
"""

from __future__ import annotations

import os
import shutil
import socket
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import monotonic

from streamlab.middleware.base import Middleware
from streamlab.server.guarded_process import GuardedProcess

_SYSTEM_PATHS = ("/usr/sbin", "/usr/local/sbin", "/usr/local/nginx/sbin", "/opt/homebrew/bin")
"""Where nginx is although PATH of a user, or of a kernel, does not name the folder."""
_START_SECONDS = 10.0
_ATTEMPTS = 3
"""A free port may be taken by another program before nginx gets to it."""
_PING = "/.streamlab-ping"

# One process: no workers that outlive their master, and one queue of events (see `settle`).
_CONFIGURATION = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/client;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location = {ping} {{ return 204; }}
        location / {{
            proxy_pass {upstream};
            proxy_http_version {http_version};
            proxy_set_header Host $http_host;
            proxy_buffering {buffering};
            proxy_read_timeout 1h;
        }}
    }}
}}
"""


class Nginx:
    """nginx in front of a server, started and answering when this returns.

    :param upstream: root URL of the server.
    :param buffering: nginx's ``proxy_buffering``, which is on unless switched off.
    :param http_version: nginx's ``proxy_http_version``, what it speaks with the server.
    :raises FileNotFoundError: where there is no nginx, with a sentence how to get it.
    :raises RuntimeError: where nginx does not start, with what it says.
    """

    def __init__(self, upstream: str, *, buffering: bool = True, http_version: str = "1.0") -> None:
        program = find_nginx()
        self._folder = TemporaryDirectory(prefix="streamlab-nginx-")
        for attempt in range(_ATTEMPTS):
            self._port = _free_port()
            self.url = f"http://127.0.0.1:{self._port}/"
            configuration = Path(self._folder.name, "nginx.conf")
            configuration.write_text(
                _CONFIGURATION.format(
                    folder=self._folder.name,
                    port=self._port,
                    ping=_PING,
                    upstream=upstream.rstrip("/"),
                    buffering="on" if buffering else "off",
                    http_version=http_version,
                ),
                encoding="utf-8",
            )
            self._program = GuardedProcess(
                [program, "-p", self._folder.name, "-c", str(configuration), "-e", "stderr"]
            )
            if self._answers():
                return
            said = self._program.said()
            self._program.stop()
            if "Address already in use" not in said or attempt == _ATTEMPTS - 1:
                self._folder.cleanup()
                raise RuntimeError(f"nginx did not start. It says: {said or 'nothing'}")

    def settle(self) -> None:
        """Return when nginx has dealt with all bytes that had come to it before.

        It has one queue of events, and a request that comes now is behind those bytes in it: once
        that is answered, they have been read, and passed on or kept. Twice, because connecting
        and asking are events of their own.
        """
        for _ in range(2):
            self._ping()

    def stop(self) -> None:
        """End nginx and remove its files."""
        self._program.stop()
        self._folder.cleanup()

    def _answers(self) -> bool:
        deadline = monotonic() + _START_SECONDS
        while self._program.running and monotonic() < deadline:
            with suppress(OSError, HTTPException):
                if self._ping() == _PONG:
                    return True
            _PAUSE.wait(0.01)
        return False

    def _ping(self) -> int:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_START_SECONDS)
        try:
            connection.request("GET", _PING)
            return connection.getresponse().status
        finally:
            connection.close()


_PONG = 204
_PAUSE = Event()
"""Never set: waiting for it is a pause that an interrupt ends."""


def find_nginx() -> str:
    """The path of nginx.

    :raises FileNotFoundError: with a sentence how to get it.
    """
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_SYSTEM_PATHS])
    found = shutil.which("nginx", path=path)
    if found is None:
        raise FileNotFoundError(
            "middleware='proxy' starts a real nginx, and there is none on this machine. Get it "
            "with `apt install nginx-light` (Debian, Ubuntu), `brew install nginx` (macOS) or "
            "`conda install -c conda-forge nginx`; it need not be started."
        )
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def proxy(*, buffering: bool = True, http_version: str = "1.0") -> Middleware:
    """A real nginx in front of the server, with ``proxy_buffering`` on, as it is, or off.

    :param http_version: what nginx speaks with the server: "1.0", as it does by itself, or "1.1".
        It matters: of a response that comes in chunks nginx passes on each chunk, buffering or
        not; one that ends with the connection, as in HTTP/1.0, it holds until a buffer is full.
    """
    return Middleware(
        "proxy" if buffering else "proxy-unbuffered",
        f"a real nginx, proxy_buffering {'on, as it is by default' if buffering else 'off'}",
        proxy=partial(Nginx, buffering=buffering, http_version=http_version),
    )
