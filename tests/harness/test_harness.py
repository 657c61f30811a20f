"""The harness: exchanges that it makes, and requests of other clients."""

from __future__ import annotations

import threading
from queue import Queue

import pytest

from streamlab.harness.harness import Harness
from streamlab.harness.kept_exchanges import MAX_EXCHANGES
from streamlab.harness.scenario import Scenario
from streamlab.server import SERVERS
from tests.apps import app, bare
from tests.harness.gates import arrivals_at_gate
from tests.server.rawclient import RawClient, get

IN_PROCESS = [name for name, kind in SERVERS.items() if not kind.own_process]


@pytest.fixture
def external():
    """A harness with an app, and a queue of the exchanges that other clients begin."""
    with Harness(app, remembered=False) as harness:
        seen = Queue()
        harness.on_exchange(seen.put)
        yield harness, seen


def test_the_request_of_another_client_is_an_exchange(external):
    harness, seen = external
    with RawClient(harness.server.port, get("/stream?name=World")) as client:
        client.read_to_end()
    exchange = seen.get(timeout=10).wait(10)
    assert exchange in harness.exchanges
    assert exchange.external
    assert exchange.path == "/stream?name=World"
    assert (exchange.scenario.method, exchange.scenario.path) == ("GET", exchange.path)
    assert (exchange.status_code, exchange.reason) == (200, "OK")
    assert exchange.headers["content-type"] == "text/html; charset=utf-8"
    assert exchange.body == b"Hello World!"
    assert exchange.lanes["generator"].chunks == exchange.lanes["server"].chunks == 3
    assert exchange.lanes["client"].chunks == 0
    assert exchange.trace.spans[0].end is not None
    assert exchange.verdict.outcome == "streamed"
    assert exchange.complete


def test_it_can_be_read_while_it_streams():
    go_on = threading.Event()

    def waiting(environ, start_response):
        start_response("200 OK", [])
        yield b"first"
        assert go_on.wait(10)
        yield b"second"

    with Harness(waiting, remembered=False) as harness:
        seen = Queue()
        harness.on_exchange(seen.put)
        with RawClient(harness.server.port, get()) as client:
            client.read_until(b"first")
            exchange = seen.get(timeout=10)
            assert not exchange.done
            assert exchange.verdict is None
            assert exchange.lanes["server"].chunks == 1
            go_on.set()
            client.read_to_end()
        exchange.wait(10)
        assert exchange.lanes["server"].chunks == 2


@pytest.mark.parametrize(
    ("path", "outcome", "status"),
    [("/nowhere", "failed", 404), ("/broken", "failed", 500), ("/late", "truncated", 200)],
)
def test_an_error_in_an_external_exchange_is_in_its_verdict(path, outcome, status):
    def failing(environ, start_response):
        if environ["PATH_INFO"] == "/nowhere":
            start_response("404 Not Found", [])
            return [b"no"]
        if environ["PATH_INFO"] == "/broken":
            raise ValueError("on purpose")
        return late(start_response)

    def late(start_response):
        start_response("200 OK", [])
        yield b"x"
        raise ValueError("on purpose")

    with Harness(failing, remembered=False) as harness:
        with RawClient(harness.server.port, get(path)) as client:
            client.read_to_end()
        exchange = harness.exchanges[0].wait(10)
    assert (exchange.verdict.outcome, exchange.status_code) == (outcome, status)


def test_another_client_can_disconnect_and_be_disconnected():
    def endless(environ, start_response):
        start_response("200 OK", [])
        while True:
            yield b"more"

    with Harness(endless, remembered=False) as harness:
        with RawClient(harness.server.port, get()) as client:
            client.read_until(b"more")
        exchange = harness.exchanges[0].wait(10)
        assert exchange.verdict.outcome == "stopped"
        with RawClient(harness.server.port, get()) as client:
            client.read_until(b"more")
            harness.exchanges[1].stop()
            client.read_to_end()
        assert harness.exchanges[1].wait(10).verdict.outcome == "stopped"


def test_own_exchanges_are_kept_without_a_callback(external):
    harness, seen = external
    exchange = harness.exchange(Scenario("/stream?name=x"))
    exchange.make()
    assert list(harness.exchanges) == [exchange]
    assert not exchange.external
    assert seen.empty()


def test_only_the_latest_exchanges_are_kept():
    with Harness(bare, remembered=False) as harness:
        for _ in range(MAX_EXCHANGES + 3):
            with RawClient(harness.server.port, get()) as client:
                client.read_to_end()
        assert len(harness.exchanges) == MAX_EXCHANGES


def test_an_unknown_trace_id_makes_an_external_exchange(external):
    harness, seen = external
    request = get("/stream?name=x", extra="X-Streamlab-Trace: 999\r\n")
    with RawClient(harness.server.port, request) as client:
        client.read_to_end()
    assert seen.get(timeout=10).wait(10).external


def test_the_app_does_not_see_the_trace_id():
    headers = []

    def looking(environ, start_response):
        headers.extend(name for name in environ if "STREAMLAB" in name)
        start_response("200 OK", [])
        return [b"x"]

    with Harness(looking, remembered=False) as harness:
        harness.exchange(Scenario("/")).make()
    assert headers == []


def test_exchanges_at_the_same_time_are_kept_apart(external):
    harness, _ = external
    exchanges = [harness.exchange(Scenario(f"/stream?name={n}"), lockstep=True) for n in range(8)]
    threads = [threading.Thread(target=exchange.make) for exchange in exchanges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for number, exchange in enumerate(exchanges):
        assert exchange.body == f"Hello {number}!".encode()
        assert exchange.verdict.outcome == "streamed"
        assert len(exchange.trace.spans) == 1


@pytest.mark.parametrize("server", [name for name in IN_PROCESS if name != "werkzeug"])
def test_a_thread_of_a_pool_does_not_keep_a_trace(server):
    """A thread that has served an exchange serves another client, which gets its own trace."""
    with Harness(app, remembered=False) as harness:
        observed = harness.exchange(Scenario("/stream?name=x", server=server))
        observed.make()
        port = harness.start_server(server).port
        events = len(observed.trace.events)
        for _ in range(20):  # enough for each thread of the pool
            with RawClient(port, get("/stream?name=y", extra="Connection: close\r\n")) as client:
                client.read_to_end()
        assert len(observed.trace.events) == events
        assert len(harness.exchanges) == 21


def test_stop_ends_an_exchange_that_waits_at_its_gate():
    harness = Harness(bare, remembered=False).start()
    exchange = harness.exchange(Scenario("/", pace="step"))
    arrivals = arrivals_at_gate(exchange)
    thread = threading.Thread(target=exchange.make)
    thread.start()
    arrivals.get(timeout=10)
    harness.stop()
    thread.join(10)
    assert exchange.done


def test_waiting_for_a_step_is_not_a_timeout():
    with Harness(app) as harness:
        exchange = harness.exchange(Scenario("/stream?name=World", pace="step", timeout=0.05))
        arrivals = arrivals_at_gate(exchange)
        thread = threading.Thread(target=exchange.make)
        thread.start()
        for made in range(3):
            arrivals.get(timeout=10)
            # Longer than the client waits if no gate holds the generator.
            assert not exchange.wait_done(0.2)
            assert exchange.lanes["generator"].chunks == made
            exchange.trace.gate.step()
        exchange.trace.gate.step()
        thread.join(30)
    assert exchange.lanes["client"].chunks == 3
    assert exchange.verdict.outcome == "streamed"


def test_a_held_generator_makes_no_more_after_the_client_has_disconnected():
    with Harness(app) as harness:
        exchange = harness.exchange(Scenario("/stream?name=World", pace="step"))
        arrivals = arrivals_at_gate(exchange)
        thread = threading.Thread(target=exchange.make)
        thread.start()
        arrivals.get(timeout=10)
        exchange.trace.gate.step()
        arrivals.get(timeout=10)  # the first chunk has been sent
        exchange.stop()
        thread.join(30)
    assert exchange.verdict.outcome == "stopped"
    assert exchange.lanes["generator"].chunks == 1
    assert "generator closed" in [event.kind for event in exchange.trace.events]


def test_a_body_without_a_generator_is_not_on_the_lane_generator():
    with Harness(app) as harness:
        exchange = harness.exchange(Scenario("/nowhere", pace="step"))
        exchange.make()  # no generator, so nothing is held
    assert exchange.lanes["generator"].chunks == 0
    assert exchange.lanes["app"].chunks == 1
    assert exchange.status_code == 404
