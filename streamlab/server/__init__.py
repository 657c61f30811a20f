"""The server floor: WSGI servers behind one face, in threads of the process that wrote the app."""

from streamlab.server.server import Server
from streamlab.server.server_kinds import SERVERS, ServerKind

__all__ = ["SERVERS", "Server", "ServerKind"]
