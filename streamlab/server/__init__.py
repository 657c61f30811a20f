"""The server floor: a WSGI server in daemon threads of the process that wrote the app."""

from streamlab.server.background import Server

__all__ = ["Server"]
