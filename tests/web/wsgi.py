"""A minimal WSGI server (PEP 3333): it calls the app, and the test reads the body."""

from __future__ import annotations

from werkzeug.test import create_environ


class Exchange:
    """A request and its response, whose body the test reads chunk by chunk."""

    def __init__(self, app, path="/", *, extra=None, **options):
        self.status = self.headers = None
        environ = {**create_environ(path, **options), **(extra or {})}
        self.body = app(environ, self._start_response)
        self.chunks = iter(self.body)

    def _start_response(self, status, headers, exc_info=None):
        self.status, self.headers = status, dict(headers)

    def __next__(self):
        return next(self.chunks)

    def __iter__(self):
        return self

    def close(self):
        close = getattr(self.body, "close", None)
        if close is not None:
            close()

    def read(self):
        """Read the rest of the body as a server does: `close` is called even after an error."""
        try:
            return list(self)
        finally:
            self.close()
