"""A real nginx as a reverse proxy between the server and the client.

Proxies are the most common reason why a stream arrives late, so `proxy` does not simulate one. It
starts nginx on a loopback port with a short configuration.
"""

from __future__ import annotations

import os
import shutil
import socket
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from streamlab.middleware.base import Middleware
from streamlab.server.guarded_process import GuardedProcess
from streamlab.server.readiness import get_status, wait_until_answering

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse

_SYSTEM_PATHS = ("/usr/sbin", "/usr/local/sbin", "/usr/local/nginx/sbin", "/opt/homebrew/bin")
"""Folders that may contain nginx although they are not in the PATH of a user or a kernel."""
_ANSWER_SECONDS = 10.0
_ATTEMPTS = 3
"""Another program may take the free port before nginx listens on it."""
_PING = ".streamlab-ping"
_PONG = 204
PROXIED = "HTTP_X_STREAMLAB_PROXIED"
"""Key of the WSGI environ: the request has come through a proxy that streamlab has started."""

# A single process has no workers that could outlive their master, and one event queue, on which
# `Nginx.settle` relies.
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
        location = /{ping} {{ return {pong}; }}
        location / {{
            proxy_pass {upstream};
            proxy_http_version {http_version};
            proxy_set_header Host $http_host;
            proxy_set_header X-Streamlab-Proxied 1;
            proxy_buffering {buffering};
            proxy_read_timeout 1h;
        }}
    }}
}}
"""


class Nginx:
    """A running nginx in front of a server. It answers requests when the constructor returns.

    :param upstream: the root URL of the server.
    :param buffering: the value of nginx's ``proxy_buffering``; nginx's default is on.
    :param http_version: the value of nginx's ``proxy_http_version``, the HTTP version between
        nginx and the server.
    :raises FileNotFoundError: if nginx is not installed. The message says how to install it.
    :raises RuntimeError: if nginx does not start. The message contains its output.

    See https://nginx.org/en/docs/http/ngx_http_proxy_module.html.
    """

    def __init__(
        self, upstream: str, *, buffering: bool = True, http_version: Literal["1.0", "1.1"] = "1.0"
    ) -> None:
        program = find_nginx()
        self._folder = TemporaryDirectory(prefix="streamlab-nginx-")
        for attempt in range(_ATTEMPTS):
            port = _free_port()
            self.url = f"http://127.0.0.1:{port}/"
            configuration = Path(self._folder.name, "nginx.conf")
            configuration.write_text(
                _CONFIGURATION.format(
                    folder=self._folder.name,
                    port=port,
                    ping=_PING,
                    pong=_PONG,
                    upstream=upstream.rstrip("/"),
                    buffering="on" if buffering else "off",
                    http_version=http_version,
                ),
                encoding="utf-8",
            )
            self._process = GuardedProcess(
                [program, "-p", self._folder.name, "-c", str(configuration), "-e", "stderr"]
            )
            if wait_until_answering(
                self._process, self.url + _PING, timeout=_ANSWER_SECONDS, expected=(_PONG,)
            ):
                return
            self._process.stop()
            output = self._process.output()
            if "Address already in use" not in output or attempt == _ATTEMPTS - 1:
                self._folder.cleanup()
                raise RuntimeError(
                    f"nginx did not start. Its output: {output or '(none)'}\n"
                    "Check that it runs outside of streamlab: nginx -t"
                )

    def settle(self) -> None:
        """Block until nginx has processed all bytes that have reached it so far.

        nginx has one event queue, and a new request is last in it. When the request is answered,
        nginx has read all earlier bytes, and has forwarded or buffered them. Two requests are
        sent, because a connection and its request are separate events.

        :raises OSError: if nginx does not answer within 10 seconds.
        """
        for _ in range(2):
            get_status(self.url + _PING, timeout=_ANSWER_SECONDS)

    def stop(self) -> None:
        """End nginx and delete its files."""
        self._process.stop()
        self._folder.cleanup()

    def __repr__(self) -> str:
        return f"<Nginx {self.url} ({'running' if self._process.running else 'stopped'})>"


def find_nginx() -> str:
    """Return the path of the nginx program.

    :raises FileNotFoundError: if nginx is not installed. The message says how to install it.
    """
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_SYSTEM_PATHS])
    found = shutil.which("nginx", path=path)
    if found is None:
        raise FileNotFoundError(
            "middleware='proxy' starts nginx, which is not installed on this machine. Install it "
            "with `apt install nginx-light` (Debian, Ubuntu), `brew install nginx` (macOS) or "
            "`conda install -c conda-forge nginx`. You need not start it."
        )
    return found


def refuse_proxied(start_response: StartResponse) -> Iterable[bytes]:
    r"""Refuse a request that another program has sent to the proxy.

    To the server each request looks as if this user, who runs the proxy, had sent it.

    :param start_response: see PEP 3333.

    >>> refuse_proxied(lambda status, headers: print(status))
    403 Forbidden
    [b'Send the request to the server itself.\n']
    """
    start_response("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8")])
    return [b"Send the request to the server itself.\n"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def proxy(*, buffering: bool = True, http_version: Literal["1.0", "1.1"] = "1.0") -> Middleware:
    """Return a middleware that puts a real nginx in front of the server.

    :param buffering: the value of nginx's ``proxy_buffering``; nginx's default is on.
    :param http_version: the HTTP version between nginx and the server. With "1.1" the response has
        chunks, and nginx forwards each chunk at once, even with buffering on. With "1.0" the
        response has no chunks, and nginx collects bytes until its buffer is full.

    nginx is started when it is used; see `Nginx` for the errors. The settings are described in
    https://nginx.org/en/docs/http/ngx_http_proxy_module.html.

    >>> proxy()
    <Middleware proxy: a real nginx with proxy_buffering on (its default)>
    >>> proxy(buffering=False)
    <Middleware proxy-unbuffered: a real nginx with proxy_buffering off>
    """
    return Middleware(
        "proxy" if buffering else "proxy-unbuffered",
        f"a real nginx with proxy_buffering {'on (its default)' if buffering else 'off'}",
        proxy=partial(Nginx, buffering=buffering, http_version=http_version),
    )
