"""The server floor: WSGI servers behind one face, in threads of the process that wrote the app."""

from streamlab.server.background import Server
from streamlab.server.registry import SERVERS, ServerKind

__all__ = ["SERVERS", "Server", "ServerKind"]
