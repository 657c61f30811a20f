"""The log of the servers, which replaces stderr.

In Jupyter, the output of a background thread appears below the cell that ran last, which may have
nothing to do with the server. So errors go to the logger ``streamlab.server``. To print them::

    import logging
    logging.getLogger("streamlab.server").addHandler(logging.StreamHandler())
"""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("streamlab.server")
log.addHandler(logging.NullHandler())  # without a handler, Python prints errors to stderr


class ErrorLog(io.TextIOBase):
    """The ``wsgi.errors`` stream (PEP 3333) of an app; its text goes to the log."""

    prints_nothing = True
    """Tells an app that has its own log to print it elsewhere; see `streamlab.web.app_log`."""

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Log `text` as an error, unless it is blank.

        :param text: what the application writes.
        :return: the length of `text`, as for every text stream.

        >>> ErrorLog().write("a message")
        9
        """
        if text.strip():
            log.error("%s", text.rstrip())
        return len(text)


def with_error_log(app: WSGIApplication) -> WSGIApplication:
    """Wrap a WSGI application so that its ``wsgi.errors`` is an `ErrorLog`.

    :param app: the application.
    :return: the wrapped application.

    >>> def app(environ, start_response):
    ...     return [type(environ["wsgi.errors"]).__name__.encode()]
    >>> with_error_log(app)({}, None)
    [b'ErrorLog']
    """

    def logging_app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.errors"] = ErrorLog()
        return app(environ, start_response)

    return logging_app
