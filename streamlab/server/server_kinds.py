"""Which servers there are: one entry each, behind one face."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamlab.server.server import Server


@dataclass(frozen=True)
class ServerKind:
    """A server as `server=` names it.

    ``text`` says in one line what it is. ``path`` is where its class is: it is imported when the
    server is asked for, so that nobody pays for those they do not use. ``own_process`` says that
    it serves from a process of its own, and so can serve only what is importable there;
    ``sends_later`` that a thread other than the application's sends, so that a request for the
    next item does not mean that the last one has left.
    """

    name: str
    text: str
    path: str
    own_process: bool = False
    sends_later: bool = False

    def load(self) -> Any:
        """The class: a `Server`, or what looks like one."""
        module, _, attribute = self.path.partition(":")
        return getattr(import_module(module), attribute)


_ENTRIES = (
    ServerKind(
        "werkzeug",
        "streamlab's own: werkzeug with one send a chunk",
        "streamlab.server.server:Server",
    ),
    ServerKind(
        "werkzeug-stock",
        "werkzeug's development server as it comes",
        "streamlab.server.stock:StockWerkzeugServer",
    ),
    ServerKind(
        "wsgiref",
        "Python's own: HTTP/1.0, so without chunks",
        "streamlab.server.stock:WsgirefServer",
    ),
    ServerKind(
        "waitress",
        "one thread sends for all, a pool runs the application",
        "streamlab.server.waitress:WaitressServer",
        sends_later=True,
    ),
    ServerKind(
        "cheroot", "CherryPy's: a pool of threads", "streamlab.server.cheroot:CherootServer"
    ),
    ServerKind(
        "gunicorn",
        "in a process of its own, one request at a time (sync)",
        "streamlab.server.gunicorn:GunicornSync",
        own_process=True,
    ),
    ServerKind(
        "gunicorn-gthread",
        "in a process of its own, a pool of threads",
        "streamlab.server.gunicorn:GunicornThreads",
        own_process=True,
    ),
)

SERVERS: dict[str, ServerKind] = {entry.name: entry for entry in _ENTRIES}
"""By name. A new one is one entry."""


def server_for(name: str, app: Any, **options: Any) -> Server:
    """The server `name` for `app`, not started.

    :param app: a WSGI callable; for a server in a process of its own, where it is imported from
        there, as in ``"shop:app"``.
    :raises ModuleNotFoundError: where its package is missing; at the latest when it is started.
    """
    server: Server = SERVERS[name].load()(app, **options)
    return server
