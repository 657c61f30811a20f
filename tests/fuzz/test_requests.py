"""Mutated requests: each gets an answer or none, and the server continues as before."""

from __future__ import annotations

import logging
import os
import random
import threading
import tracemalloc
from contextlib import contextmanager

import pytest
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request

from streamlab import App, Server
from streamlab.harness.harness import Harness
from streamlab.server.error_log import log
from tests.fuzz.mutations import COMMON_FRAGMENTS, mutated
from tests.fuzz.raw_client import read_to_end

CASES = int(os.environ.get("STREAMLAB_FUZZ_REQUESTS", "5000"))
FIRST_SEED = int(os.environ.get("STREAMLAB_FUZZ_SEED", "0"))
_BATCH = 500
_MAX_BYTES = 12_000_000
"""How much Python may have allocated at any moment of a batch. A request has up to 280,000 bytes,
and the latest exchanges are kept."""

VALID = b"GET /?name=World HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
REQUESTS = (
    VALID,
    b"GET / HTTP/1.0\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        b"Connection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    ),
    b"GET /caf%C3%A9?%00=%0D%0A HTTP/1.1\r\nHost: localhost:80\r\nAccept: */*\r\n"
    b"Cookie: a=1; b=2\r\nX-Long: " + b"x" * 500 + b"\r\nConnection: close\r\n\r\n",
)
_FRAGMENTS = (
    *COMMON_FRAGMENTS,
    *(b"GET ", b"%", b"%zz", b"//", b"../", b"?", b"#", b"http://[", b"http://a/"),
    *(b"Expect: 100-continue\r\n", b"Host: a\r\nHost: b\r\n", b"Host: [\r\n", b"Host:\r\n"),
    *(b"X-Streamlab-Trace: 1\r\n", b"X-Streamlab-Barrier: 1\r\n", b"Upgrade: h2c\r\n"),
    *(b"Range: bytes=0-1\r\n", b"Accept-Encoding: gzip\r\n", b"Cookie: \xff=\xff; =;\r\n"),
)


def wsgi_app(environ, start_response):
    """Read the request, and stream three chunks."""
    Request(environ).get_data()
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"Hello "
    yield environ.get("QUERY_STRING", "").encode("latin-1", "replace")
    yield b"!"


@contextmanager
def plain_server():
    with Server(wsgi_app, remembered=False) as server:
        yield server


@contextmanager
def observing_server():
    """A server that observes each request, as that of a Lab does."""
    app = App()

    @app.route("/", methods=["GET", "POST"])
    def view():
        return (text for text in ["Hello ", "World"])

    with Harness(app, remembered=False) as harness:
        yield harness.server


@pytest.fixture(scope="module", params=[plain_server, observing_server])
def server(request):
    with request.param() as server:
        read_to_end(server.port, VALID, end=True)  # what is made once is made now
        yield server


class Exceptions(logging.Handler):
    """Keeps the exceptions that are logged. `caplog` would keep the long messages as well."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.raised = []

    def emit(self, record):
        if record.exc_info:
            self.raised.append(record.exc_info[1])


@pytest.fixture
def exceptions(monkeypatch):
    handler = Exceptions()
    monkeypatch.setattr(log, "handlers", [handler])
    monkeypatch.setattr(log, "propagate", False)
    return handler.raised


@pytest.mark.parametrize("start", range(FIRST_SEED, FIRST_SEED + CASES // 2, _BATCH))
def test_mutated_requests_end_and_the_server_goes_on(server, exceptions, start):
    threads = threading.active_count()
    tracemalloc.start()
    try:
        for seed in range(start, min(start + _BATCH, FIRST_SEED + CASES // 2)):
            request = mutated(random.Random(seed), REQUESTS, _FRAGMENTS)
            answer = read_to_end(server.port, request, end=True)
            assert not answer or answer.startswith(b"HTTP/1."), (seed, request[:200], answer[:200])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < _MAX_BYTES
    assert read_to_end(server.port, VALID, end=True).startswith(b"HTTP/1.1 200 OK")
    assert threading.active_count() <= threads + 1
    # werkzeug refuses a request whose body breaks off by an exception in the application.
    assert {type(error) for error in exceptions} <= {OSError, ClientDisconnected}
