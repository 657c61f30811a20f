"""Waits until a server in another process answers requests."""

from __future__ import annotations

from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from time import monotonic, sleep
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from streamlab.server.guarded_process import GuardedProcess

_ATTEMPT_SECONDS = 1.0
_PAUSE_SECONDS = 0.01


def get_status(
    url: str, *, headers: Mapping[str, str] | None = None, timeout: float = _ATTEMPT_SECONDS
) -> int:
    """Send a GET request and return the status code of the response.

    :param url: an ``http`` URL.
    :param headers: the headers to add to the request.
    :param timeout: seconds to wait for the connection, and then for the response.
    :raises OSError: if nothing listens there or the timeout is over.
    :raises http.client.HTTPException: if the answer is not HTTP.

    >>> from streamlab.server import Server
    >>> def app(environ, start_response):
    ...     start_response("204 No Content", [])
    ...     return []
    >>> with Server(app) as server:
    ...     get_status(server.url)
    204
    """
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=timeout)
    try:
        connection.request("GET", parts.path or "/", headers=dict(headers or {}))
        return connection.getresponse().status
    finally:
        connection.close()


def wait_until_answering(
    process: GuardedProcess,
    url: str,
    *,
    timeout: float,
    headers: Mapping[str, str] | None = None,
    expected: Container[int] = range(200, 400),
) -> bool:
    """Send GET requests to a process until it answers one as expected.

    :param process: the process that serves `url`.
    :param url: an ``http`` URL that the process answers quickly.
    :param timeout: seconds to wait at most.
    :param headers: the headers to add to the requests.
    :param expected: the status codes that count as an answer.
    :return: False if the process has ended or the timeout is over.

    >>> import sys
    >>> from streamlab.server.guarded_process import GuardedProcess
    >>> process = GuardedProcess([sys.executable, "-c", "raise SystemExit('no server')"])
    >>> wait_until_answering(process, "http://127.0.0.1:1/", timeout=10)
    False
    >>> process.output()
    'no server'
    >>> process.stop()
    """
    deadline = monotonic() + timeout
    while process.running and monotonic() < deadline:
        with suppress(OSError, HTTPException):
            if get_status(url, headers=headers) in expected:
                return True
        sleep(_PAUSE_SECONDS)
    return False
