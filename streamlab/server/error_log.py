"""Silence: what a thread prints lands in whatever cell ran last, so it goes to a log instead."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("streamlab.server")
log.addHandler(logging.NullHandler())  # without one, Python prints errors after all


class ErrorLog(io.TextIOBase):
    """`wsgi.errors` (PEP 3333) for an app whose stderr would be the learner's latest cell."""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text.strip():
            log.error("%s", text.rstrip())
        return len(text)


def with_error_log(app: WSGIApplication) -> WSGIApplication:
    """`app`, whose ``wsgi.errors`` is the log and not stderr."""

    def logging_app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.errors"] = ErrorLog()
        return app(environ, start_response)

    return logging_app
