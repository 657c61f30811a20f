"""Another client cannot write into a run: trace ids, proxies, and requests that other web pages make."""

from __future__ import annotations

import socket
import subprocess
import threading
from queue import Queue
from urllib.parse import urlsplit

import pytest

from streamlab.harness.harness import TRACE_HEADER, Harness
from streamlab.harness.kept_exchanges import MAX_EXCHANGES
from streamlab.harness.observe import observe
from streamlab.harness.scenario import Scenario
from streamlab.harness.visitors import is_from_other_page
from streamlab.middleware.nginx import find_nginx
from streamlab.server import SERVERS
from tests.apps import app, bare
from tests.harness.gates import arrivals_at_gate
from tests.security.test_admission import LINUX, NOBODY, ROOT, ask, ask_as
from tests.server.rawclient import RawClient, get

IN_PROCESS = [name for name, kind in SERVERS.items() if not kind.own_process]


def ids_of(harness, count):
    """Return the trace ids of exchanges that have not been made."""
    sent = [harness.exchange(Scenario("/")).client.request for _ in range(count)]
    field = TRACE_HEADER.encode() + b": "
    return [request.partition(field)[2].partition(b"\r\n")[0].decode() for request in sent]


def test_trace_ids_cannot_be_guessed():
    with Harness(bare, remembered=False) as harness:
        ids = ids_of(harness, 100)
    assert len({trace_id[:8] for trace_id in ids}) == 100
    assert all(len(trace_id) >= 22 for trace_id in ids)  # 128 bits


@pytest.mark.parametrize("server", ["werkzeug", "waitress", "cheroot", "gunicorn-gthread"])
def test_a_trace_id_works_once(server):
    with Harness(app, remembered=False) as harness:
        exchange = harness.exchange(
            Scenario("/stream?name=x", server=server, pace="step"),
        )
        arrivals = arrivals_at_gate(exchange)
        making = threading.Thread(target=exchange.make)
        making.start()
        arrivals.get(timeout=10)
        [trace_id] = [value for name, value in _sent(exchange) if name == TRACE_HEADER]
        port = int(harness.start_server(server).url.rstrip("/").rpartition(":")[2])
        for path in ("/stream?name=stranger", "/nowhere"):
            ask(port, path=path, extra=f"{TRACE_HEADER}: {trace_id}\r\n")
        if server in IN_PROCESS:
            assert [one.external for one in harness.exchanges] == [False, True, True]
        exchange.trace.gate.pace = None
        making.join(10)
    assert exchange.body == b"Hello x!"
    assert exchange.lanes["generator"].chunks == exchange.lanes["client"].chunks == 3
    assert exchange.failure is None


def _sent(exchange):
    for line in exchange.client.request.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(": ")
        yield name, value


def test_an_id_of_an_exchange_that_is_over_is_forgotten():
    with Harness(bare, remembered=False) as harness:
        exchange = harness.exchange(Scenario("/"))
        exchange.make()
        assert harness._unclaimed == {}
        assert harness._pending == {}


@LINUX
@ROOT
@pytest.mark.parametrize("server", ["gunicorn", "gunicorn-gthread"])
def test_another_user_is_refused_by_a_server_in_another_process(server):
    with Harness(app, remembered=False) as harness:
        harness.exchange(Scenario("/stream?name=x", server=server)).make()
        port = int(harness.start_server(server).url.rstrip("/").rpartition(":")[2])
        assert b" 403 " in ask_as(NOBODY, port)
        assert b" 421 " in ask(port, "pages.example")


SILENT = """
import os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
clients = [socket.socket() for _ in range(20)]
for client in clients:
    client.connect(("127.0.0.1", int(sys.argv[1])))
print("connected", flush=True)
sys.stdin.read()
"""


@LINUX
@ROOT
@pytest.mark.parametrize("server", ["gunicorn", "gunicorn-gthread"])
def test_another_user_cannot_occupy_the_workers(server):
    # A worker that waits for the request of a silent client cannot serve anybody else.
    with Harness(app, remembered=False) as harness:
        harness.exchange(Scenario("/stream?name=x", server=server)).make()
        port = urlsplit(harness.start_server(server).url).port
        silent = subprocess.Popen(
            ["/usr/bin/env", "python3", "-S", "-c", SILENT, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
        )
        try:
            assert silent.stdout.readline() == b"connected\n"
            exchange = harness.exchange(Scenario("/stream?name=x", server=server, time_limit=10))
            exchange.make()
        finally:
            silent.communicate()
        assert exchange.body == b"Hello x!"


@LINUX
@ROOT
@pytest.mark.parametrize("server", ["werkzeug", "gunicorn"])
def test_another_user_cannot_go_through_the_proxy(server):
    try:
        find_nginx()
    except FileNotFoundError as missing:
        pytest.skip(str(missing))
    with Harness(app, remembered=False) as harness:
        exchange = harness.exchange(Scenario("/stream?name=x", middleware="proxy", server=server))
        port = int(exchange.client.url.split("/")[2].rpartition(":")[2])
        exchange.make()
        assert exchange.body == b"Hello x!"
        assert b" 403 " in ask_as(NOBODY, port)
        assert b" 403 " in ask(port, extra=f"{TRACE_HEADER}: guessed\r\n")
        assert list(harness.exchanges) == [exchange]


@LINUX
@ROOT
@pytest.mark.parametrize("server", IN_PROCESS)
def test_another_user_leaves_no_exchange(server):
    with Harness(bare, remembered=False) as harness:
        port = harness.start_server(server).port
        assert b" 403 " in ask_as(NOBODY, port)
        assert not harness.exchanges


def test_runs_need_no_token_where_users_cannot_be_told_apart(monkeypatch):
    monkeypatch.setattr("streamlab.server.admission.can_find_peers", lambda: False)
    for server in IN_PROCESS:
        exchange = observe(app, "/stream?name=x", server=server, lockstep=True)
        assert exchange.body == b"Hello x!"
        assert "~" not in exchange.url
    with Harness(app, remembered=False) as harness:
        assert b" 403 " in ask(harness.server.port)
        assert "~" in harness.url_for("/stream")


@LINUX
def test_a_request_of_lockstep_does_not_pass_the_checks():
    barrier = "X-Streamlab-Barrier: 1\r\n"
    with Harness(bare, remembered=False) as harness:
        assert b" 421 " in ask(harness.server.port, "pages.example", extra=barrier)
        assert b" 204 " in ask(harness.server.port, extra=barrier)


# Other web pages

OTHER_PAGE = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: empty\r\n"


def test_requests_of_other_pages_are_answered_and_kept_apart():
    with Harness(bare, remembered=False) as harness:
        seen = Queue()
        harness.on_exchange(seen.put)
        own = harness.exchange(Scenario("/"))
        own.make()
        with RawClient(harness.server.port, get("/mine")) as client:
            client.read_to_end()
        for number in range(MAX_EXCHANGES + 1):
            assert b" 200 " in ask(harness.server.port, path=f"/{number}", extra=OTHER_PAGE)
        assert [exchange.path for exchange in harness.exchanges] == ["/", "/mine"]
        assert [seen.get(timeout=10).path, seen.empty()] == ["/mine", True]
        assert len(harness.exchanges_of_other_pages) == 10


@pytest.mark.parametrize(
    ("fields", "other"),
    [
        ({}, False),
        ({"site": "none", "mode": "navigate"}, False),
        ({"site": "same-origin", "mode": "cors"}, False),
        ({"site": "same-site", "mode": "no-cors"}, True),  # another port of localhost
        ({"site": "cross-site", "mode": "navigate", "dest": "iframe"}, True),
        ({"site": "cross-site", "mode": "navigate", "dest": "iframe", "user": "?1"}, True),
        ({"site": "cross-site", "mode": "navigate", "dest": "document"}, True),
        ({"site": "cross-site", "mode": "navigate", "dest": "document", "user": "?1"}, False),
        ({"site": "unknown"}, True),
    ],
)
def test_the_fetch_metadata_tell_whether_the_user_sent_it(fields, other):
    environ = {f"HTTP_SEC_FETCH_{name.upper()}": value for name, value in fields.items()}
    assert is_from_other_page(environ) is other


def test_a_form_of_another_page_is_not_a_followed_link():
    followed = {
        "HTTP_SEC_FETCH_SITE": "cross-site",
        "HTTP_SEC_FETCH_MODE": "navigate",
        "HTTP_SEC_FETCH_DEST": "document",
        "HTTP_SEC_FETCH_USER": "?1",
    }
    assert not is_from_other_page({**followed, "REQUEST_METHOD": "GET"})
    assert is_from_other_page({**followed, "REQUEST_METHOD": "POST"})


@pytest.mark.parametrize(
    ("origin", "other"),
    [
        ("http://localhost:8099", False),
        ("http://localhost:8098", True),
        ("http://pages.example", True),
        ("null", True),
    ],
)
def test_without_them_the_origin_tells_it(origin, other):
    environ = {"HTTP_ORIGIN": origin, "HTTP_HOST": "localhost:8099"}
    assert is_from_other_page(environ) is other


@LINUX
@pytest.mark.parametrize("server", SERVERS)
def test_every_server_listens_on_one_loopback_address(server):
    with Harness(app, remembered=False) as harness:
        running = harness.start_server(server)
        address = urlsplit(running.url)
        assert address.hostname == "127.0.0.1"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", address.port), timeout=10)
