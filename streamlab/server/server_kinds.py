"""The servers that ``server=`` can name, one entry each."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

    from streamlab.server.base import WSGIServer


@dataclass(frozen=True, repr=False)
class ServerKind:
    """A server that ``server=`` can name.

    :param name: its name, as in ``server="waitress"``.
    :param text: one line that describes the server to a learner.
    :param path: where its class is imported from, as in ``"package.module:Class"``. It is imported
        when the server is used.
    :param own_process: whether it serves from a separate process. Such a server needs an app that
        can be imported there.
    :param package: the package that it needs and that streamlab does not install; "" for none.
    :param sends_later: whether another thread than the application's sends the response. If so,
        the next item may be asked for before the previous one has been sent.

    >>> SERVERS["wsgiref"]
    <ServerKind wsgiref: Python's wsgiref: HTTP/1.0, so the response has no chunks>
    """

    name: str
    text: str
    path: str
    own_process: bool = False
    package: str = ""
    sends_later: bool = False

    def load(self) -> Callable[..., WSGIServer]:
        """Import the class of the server.

        :return: a class with the interface `WSGIServer`.

        >>> SERVERS["werkzeug"].load()
        <class 'streamlab.server.server.Server'>
        """
        module, _, attribute = self.path.partition(":")
        server_class: Callable[..., WSGIServer] = getattr(import_module(module), attribute)
        return server_class

    def __repr__(self) -> str:
        return f"<ServerKind {self.name}: {self.text}>"


_ENTRIES = (
    ServerKind(
        "werkzeug",
        "streamlab's server: werkzeug, with one send per chunk",
        "streamlab.server.server:Server",
    ),
    ServerKind(
        "werkzeug-stock",
        "werkzeug's development server, unchanged",
        "streamlab.server.werkzeug_stock:StockWerkzeugServer",
    ),
    ServerKind(
        "wsgiref",
        "Python's wsgiref: HTTP/1.0, so the response has no chunks",
        "streamlab.server.wsgiref:WsgirefServer",
    ),
    ServerKind(
        "waitress",
        "waitress: a pool of threads runs the app, another thread sends",
        "streamlab.server.waitress:WaitressServer",
        package="waitress",
        sends_later=True,
    ),
    ServerKind(
        "cheroot",
        "cheroot, the server of CherryPy: a pool of threads",
        "streamlab.server.cheroot:CherootServer",
        package="cheroot",
    ),
    ServerKind(
        "gunicorn",
        "gunicorn in a separate process: one request at a time (sync worker)",
        "streamlab.server.gunicorn:GunicornSync",
        own_process=True,
        package="gunicorn",
    ),
    ServerKind(
        "gunicorn-gthread",
        "gunicorn in a separate process: a pool of threads (gthread worker)",
        "streamlab.server.gunicorn:GunicornThreads",
        own_process=True,
        package="gunicorn",
    ),
)

SERVERS: dict[str, ServerKind] = {entry.name: entry for entry in _ENTRIES}
"""The servers by name. A new server is one more entry."""


def server_for(
    name: str,
    app: WSGIApplication,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    remembered: bool = True,
    trusted_hosts: Collection[str] = (),
    recognise: Callable[[WSGIEnvironment], bool] | None = None,
) -> WSGIServer:
    """Return a server that serves `app` from this process. It is not started yet.

    :param name: a name of `SERVERS`.
    :param app: any WSGI application.
    :param host: the address to listen on; see `Server`.
    :param port: the port to listen on, 0 for a free one.
    :param remembered: whether the server belongs to the notebook cell that runs; see `Server`.
    :param trusted_hosts: names under which a browser may reach it; see `Server`.
    :param recognise: returns whether a request may pass without a check; see `Server`.
    :raises ValueError: if the server is not known, or runs in a separate process.
    :raises ModuleNotFoundError: when the server starts, if its package is not installed.

    >>> server_for("cheroot", app=None)
    <CherootServer (stopped)>
    """
    kind = _known(name)
    if kind.own_process:
        raise ValueError(
            f"server={name!r} runs in a separate process, which cannot serve an object of this "
            f'process. Give it an import path: process_server_for({name!r}, "shop:app")'
        )
    return kind.load()(
        app,
        host=host,
        port=port,
        remembered=remembered,
        trusted_hosts=trusted_hosts,
        recognise=recognise,
    )


def process_server_for(
    name: str,
    app: str,
    *,
    environment: Mapping[str, str] | None = None,
    ready: Mapping[str, str] | None = None,
) -> WSGIServer:
    """Return a server that imports and serves an app in a separate process. It is not started yet.

    :param name: a name of `SERVERS` with ``own_process``.
    :param app: the import path of the application, as in ``"shop:app"``.
    :param environment: variables to add to the environment of the process.
    :param ready: headers of a GET request that the application answers at once;
        `WSGIServer.wait_until_ready` sends it.
    :raises ValueError: if the server is not known, or does not run in a separate process.
    :raises ModuleNotFoundError: if the server's package is not installed.

    >>> process_server_for("gunicorn", "shop:app")
    <GunicornSync (stopped)>
    """
    kind = _known(name)
    if not kind.own_process:
        raise ValueError(
            f"server={name!r} runs in this process and serves an object, not an import path: "
            f"server_for({name!r}, app)"
        )
    return kind.load()(app, environment=environment, ready=ready)


def _known(name: str) -> ServerKind:
    if name not in SERVERS:
        raise ValueError(f"there is no server {name!r}. Use one of: {', '.join(SERVERS)}")
    return SERVERS[name]
