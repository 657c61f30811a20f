"""WSGI servers behind one interface, `WSGIServer`. Each one is an entry of `SERVERS`."""

from streamlab.server.base import WSGIServer
from streamlab.server.server import Server
from streamlab.server.server_kinds import SERVERS, ServerKind

__all__ = ["SERVERS", "Server", "ServerKind", "WSGIServer"]
