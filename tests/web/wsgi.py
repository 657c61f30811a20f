"""A server of few lines: it calls the app as PEP 3333 says, and leaves the reading to the test."""

from __future__ import annotations

from werkzeug.test import create_environ


class Exchange:
    """One request whose body is read a chunk at a time, by the test."""

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
        """All that is left, as a server reads it: `close` is called whatever happens."""
        try:
            return list(self)
        finally:
            self.close()
