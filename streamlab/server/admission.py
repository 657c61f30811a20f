"""Decides which requests a server answers: not requests of foreign web pages or other users.

Two strangers can reach a server on 127.0.0.1. A web page can, by DNS rebinding: its name
resolves to 127.0.0.1. It is recognised by its ``Host`` header. Another user of the machine
can; see `streamlab.server.peer`. Where the system does not say who is connected, the URL of the
server contains a token.
"""

from __future__ import annotations

import hmac
import os
import secrets
import socket
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

from werkzeug.http import dump_cookie, parse_cookie

from streamlab.server.peer import can_find_peers, find_peer, is_open_in
from streamlab.server.trusted_hosts import hosts_of_environment, is_trusted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from streamlab.server.peer import PeerSocket

_SHOWN = 80
"""How many characters of a wrong name are repeated in the answer."""


class Admission:
    """A WSGI application that passes requests on to another one, except if a stranger sent them.

    A stranger gets ``421 Misdirected Request`` (RFC 9110 section 15.5.20) or ``403 Forbidden``. If
    the server listens on an address that other machines can reach, users are not told apart.

    :param app: the application.
    :param address: the IP address and the port on which the server listens.
    :param host: the name under which it was bound.
    :param trusted_hosts: other names under which it may be reached, besides those of
        `hosts_of_environment`. One that begins with a dot also allows its subdomains.
    :param token: a part of the path, or a cookie, that admits a request; None if the system says
        which user has sent it.
    :param recognise: returns whether a request proves in another way that it may pass.

    >>> def app(environ, start_response):
    ...     return [b"Hello"]
    >>> admission = Admission(app, ("127.0.0.1", 8099), "127.0.0.1")
    >>> rebound = {"HTTP_HOST": "pages.example:8099"}
    >>> [sentence] = admission(rebound, lambda status, headers: print(status))
    421 Misdirected Request
    """

    def __init__(
        self,
        app: WSGIApplication,
        address: tuple[str, int],
        host: str,
        *,
        trusted_hosts: Collection[str] = (),
        token: str | None = None,
        recognise: Callable[[WSGIEnvironment], bool] | None = None,
    ) -> None:
        self._app = app
        self._address = address
        self._public = not _is_loopback(address[0])
        self._hosts = {"localhost", host.lower()}
        if self._public:
            name = socket.gethostname().lower()
            self._hosts |= {name, f"{name.partition('.')[0]}.local"}
        self._trusted_hosts = (*trusted_hosts, *hosts_of_environment(address[1]))
        self._token = token
        self._recognise = recognise

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request: pass it on, or refuse it.

        :param environ: see PEP 3333.
        :param start_response: see PEP 3333.
        """
        if self._recognise is not None and self._recognise(environ):
            return self._app(environ, start_response)
        named = environ.get("HTTP_HOST")  # an HTTP/1.0 client may leave it out, but no browser
        if named is not None and not self._is_own_host(named, environ):
            return _refuse(
                start_response,
                "421 Misdirected Request",
                f"This server does not answer requests for the host {named[:_SHOWN]!a}, because a "
                "web page could use such a name to read your app (DNS rebinding). Use localhost or "
                "127.0.0.1. If it is the name of a proxy that you use, allow it where you make the "
                f"server: trusted_hosts=[{_without_port(named)[:_SHOWN]!a}], in Lab(app, ...) or "
                "Server(app, ...).",
            )
        if self._public:
            return self._app(environ, start_response)
        if self._token is not None:
            return self._with_token(self._token, environ, start_response)
        if not self._same_user(environ):
            return _refuse(
                start_response,
                "403 Forbidden",
                "This server answers only to the user who started it.",
            )
        return self._app(environ, start_response)

    def _is_own_host(self, named: str, environ: WSGIEnvironment) -> bool:
        host = _without_port(named)
        if host in self._hosts or _is_loopback(host) or (self._public and _is_ip_address(host)):
            return True
        if is_trusted(host, self._trusted_hosts):
            return True
        return self._comes_from_jupyter(environ)

    def _comes_from_jupyter(self, environ: WSGIEnvironment) -> bool:
        """Whether the Jupyter server that started this kernel has sent the request.

        jupyter-server-proxy runs in it. It has checked the user and the host, and passes on the
        ``Host`` header of the hub.
        """
        jupyter = os.environ.get("JPY_PARENT_PID", "")
        if not jupyter.isdigit():
            return False
        peer = self._peer(environ)
        return peer is not None and is_open_in(int(jupyter), peer)

    def _same_user(self, environ: WSGIEnvironment) -> bool:
        """Whether this user, or root, has sent the request."""
        peer = self._peer(environ)
        return peer is not None and peer.uid in {0, os.geteuid()}

    def _peer(self, environ: WSGIEnvironment) -> PeerSocket | None:
        try:
            client = environ["REMOTE_ADDR"], int(environ["REMOTE_PORT"])
            return find_peer(client, self._address)
        except (KeyError, ValueError):  # the server does not say who is connected
            return None

    def _with_token(
        self, token: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        prefix = path_of_token(token)
        path = environ.get("PATH_INFO", "")
        first, slash, rest = path.lstrip("/").partition("/")
        if _equal(f"/{first}", prefix):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
            environ["PATH_INFO"] = slash + rest
            cookie = dump_cookie(_cookie(self._address[1]), token, httponly=True, samesite="Strict")

            def start_with_cookie(
                status: str, headers: list[tuple[str, str]], *exc_info: Any
            ) -> Any:
                return start_response(status, [*headers, ("Set-Cookie", cookie)], *exc_info)

            return self._app(environ, start_with_cookie)
        cookies = parse_cookie(environ.get("HTTP_COOKIE", ""))
        if _equal(cookies.get(_cookie(self._address[1]), ""), token):
            return self._app(environ, start_response)
        return _refuse(
            start_response,
            "403 Forbidden",
            "This server answers only to the user who started it. Open the whole URL that it "
            "shows, with its token.",
        )


def new_token() -> str | None:
    """Return a token for a server, or None if the system says which user has sent a request.

    >>> new_token() is None or not can_find_peers()
    True
    """
    return None if can_find_peers() else secrets.token_urlsafe(16)


def path_of_token(token: str | None) -> str:
    """Return the beginning of each path of a server with this token.

    :param token: None for a server without a token.

    >>> path_of_token("x7Kp"), path_of_token(None)
    ('/~x7Kp', '')
    """
    return f"/~{token}" if token else ""


def _cookie(port: int) -> str:
    return f"streamlab-{port}"  # a browser does not tell the ports of a host apart


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _refuse(start_response: StartResponse, status: str, text: str) -> Iterable[bytes]:
    body = f"{text}\n".encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response(status, headers)
    return [body]


def _without_port(named: str) -> str:
    """Return the host of a ``Host`` header, in lower case.

    >>> _without_port("LOCALHOST:8099"), _without_port("[::1]:8099"), _without_port("[::1]")
    ('localhost', '::1', '::1')
    """
    host, colon, port = named.strip(" \t").rpartition(":")
    if not (colon and port.isdecimal() and port.isascii()):
        host = named.strip(" \t")
    if host.startswith("[") and host.endswith("]"):
        return host[1:-1].lower()
    return host.lower().removesuffix(".") if ":" not in host else ""


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    try:
        ip = ip_address(host)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return (mapped or ip).is_loopback
