"""`wait_until_answering` returns when the process answers as expected, and when it has ended."""

from __future__ import annotations

import socket
import sys

import pytest

from streamlab.server.guarded_process import GuardedProcess
from streamlab.server.readiness import get_status, wait_until_answering

# Serves a status that changes: 503, 503, then what the request's header asks for.
SERVER = """
import socket, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    count = 0
    def do_GET(self):
        Handler.count += 1
        self.send_response(503 if Handler.count < 3 else int(self.headers["X-Status"]))
        self.end_headers()
    def log_message(self, *args): print(self.path, flush=True)
server = HTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
server.socket = socket.socket(fileno=int(sys.argv[1]))
server.serve_forever()
"""


@pytest.fixture
def served():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        command = [sys.executable, "-c", SERVER, str(listening.fileno())]
        process = GuardedProcess(command, pass_fds=[listening.fileno()])
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    yield process, url
    process.stop()


def test_it_asks_until_the_status_is_expected(served):
    process, url = served
    assert wait_until_answering(process, url + "ping", timeout=30, headers={"X-Status": "204"})
    asked = process.output().split()
    assert set(asked) == {"/ping"}
    assert len(asked) >= 3


def test_only_an_expected_status_counts(served):
    process, url = served
    headers = {"X-Status": "200"}
    assert wait_until_answering(process, url, timeout=30, headers=headers)
    assert not wait_until_answering(process, url, timeout=0.2, headers=headers, expected=(204,))


def test_it_returns_when_the_process_has_ended():
    process = GuardedProcess([sys.executable, "-c", "raise SystemExit('broken')"])
    assert not wait_until_answering(process, "http://127.0.0.1:1/", timeout=600)
    assert process.output() == "broken"
    process.stop()


def test_get_status_raises_when_nothing_listens():
    with socket.socket() as bound:  # bound but not listening, so the port stays closed
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            get_status(f"http://127.0.0.1:{bound.getsockname()[1]}/")
