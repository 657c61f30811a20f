"""A WSGI server without a socket: it follows PEP 3333 and records what it receives."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from wsgiref.util import setup_testing_defaults


@dataclass
class Got:
    """What a server receives from an application."""

    status: str = ""
    headers: list = field(default_factory=list)
    written: list = field(default_factory=list)
    items: list = field(default_factory=list)
    error: BaseException | None = None
    length: int | None = None


def environ_for(**more):
    environ = {"REQUEST_METHOD": "GET", "QUERY_STRING": ""}
    setup_testing_defaults(environ)
    environ["wsgi.input"] = io.BytesIO()
    environ["wsgi.errors"] = io.StringIO()
    return environ | more


def serve(app, environ=None, *, take=None):
    """Serve one request. The client leaves after `take` items."""
    got = Got()

    def write(data):
        got.written.append(data)

    def start_response(status, headers, exc_info=None):
        got.status, got.headers = status, headers
        return write

    iterable = None
    try:
        iterable = app(environ_for() if environ is None else environ, start_response)
        if hasattr(iterable, "__len__"):
            got.length = len(iterable)
        for item in () if take == 0 else iterable:
            got.items.append(item)
            if len(got.items) == take:
                break
    except BaseException as error:
        got.error = error
    finally:
        try:
            if hasattr(iterable, "close"):
                iterable.close()
        except Exception as error:
            got.error = got.error or error
    return got
