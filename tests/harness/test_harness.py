"""The stage: exchanges that are made with it, and requests that come from elsewhere."""

from __future__ import annotations

import threading
from queue import Queue

import pytest

from streamlab.harness.harness import REMEMBERED, Harness
from streamlab.harness.scenario import Scenario
from streamlab.server import SERVERS
from tests.apps import app, bare
from tests.server.rawclient import RawClient, get

HERE = [name for name, kind in SERVERS.items() if not kind.own_process]


@pytest.fixture
def visits():
    """A stage with an app, and the exchanges that others begin with it, as they come."""
    with Harness(app, remembered=False) as stage:
        seen = Queue()
        stage.on_exchange(seen.put)
        yield stage, seen


def test_a_request_from_elsewhere_is_an_exchange(visits):
    stage, seen = visits
    with RawClient(stage.server.port, get("/stream?name=World")) as client:
        client.read_to_end()
    exchange = seen.get(timeout=10).wait(10)
    assert exchange in stage.exchanges
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


def test_it_can_be_watched_while_it_goes_on():
    go_on = threading.Event()

    def waiting(environ, start_response):
        start_response("200 OK", [])
        yield b"first"
        assert go_on.wait(10)
        yield b"second"

    with Harness(waiting, remembered=False) as stage:
        seen = Queue()
        stage.on_exchange(seen.put)
        with RawClient(stage.server.port, get()) as client:
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
def test_what_goes_wrong_elsewhere_is_told(path, outcome, status):
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

    with Harness(failing, remembered=False) as stage:
        with RawClient(stage.server.port, get(path)) as client:
            client.read_to_end()
        exchange = stage.exchanges[0].wait(10)
    assert (exchange.verdict.outcome, exchange.status_code) == (outcome, status)


def test_a_visitor_who_leaves_is_told_apart():
    def endless(environ, start_response):
        start_response("200 OK", [])
        while True:
            yield b"more"

    with Harness(endless, remembered=False) as stage:
        with RawClient(stage.server.port, get()) as client:
            client.read_until(b"more")
        exchange = stage.exchanges[0].wait(10)
        assert exchange.verdict.outcome == "stopped"
        with RawClient(stage.server.port, get()) as client:
            client.read_until(b"more")
            stage.exchanges[1].stop()  # we may end it, too
            client.read_to_end()
        assert stage.exchanges[1].wait(10).verdict.outcome == "stopped"


def test_exchanges_made_here_are_among_them_and_not_announced(visits):
    stage, seen = visits
    exchange = stage.exchange(Scenario("/stream?name=x"))
    exchange.make()
    assert list(stage.exchanges) == [exchange]
    assert not exchange.external
    assert seen.empty()


def test_only_the_latest_are_remembered():
    with Harness(bare, remembered=False) as stage:
        for _ in range(REMEMBERED + 3):
            with RawClient(stage.server.port, get()) as client:
                client.read_to_end()
        assert len(stage.exchanges) == REMEMBERED


def test_a_trace_that_nobody_waits_for_is_one_from_elsewhere(visits):
    stage, seen = visits
    request = get("/stream?name=x", extra="X-Streamlab-Trace: 999\r\n")
    with RawClient(stage.server.port, request) as client:
        client.read_to_end()
    assert seen.get(timeout=10).wait(10).external


def test_the_app_does_not_see_the_name_of_the_trace():
    headers = []

    def looking(environ, start_response):
        headers.extend(name for name in environ if "STREAMLAB" in name)
        start_response("200 OK", [])
        return [b"x"]

    with Harness(looking, remembered=False) as stage:
        stage.exchange(Scenario("/")).make()
    assert headers == []


def test_exchanges_side_by_side_do_not_mix(visits):
    stage, _ = visits
    exchanges = [stage.exchange(Scenario(f"/stream?name={n}"), lockstep=True) for n in range(8)]
    threads = [threading.Thread(target=exchange.make) for exchange in exchanges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for number, exchange in enumerate(exchanges):
        assert exchange.body == f"Hello {number}!".encode()
        assert exchange.verdict.outcome == "streamed"
        assert len(exchange.trace.spans) == 1


@pytest.mark.parametrize("server", [name for name in HERE if name != "werkzeug"])
def test_a_pool_of_threads_does_not_take_a_trace_along(server):
    """A thread that served an observed request serves an unobserved one: that has its own trace."""
    with Harness(app, remembered=False) as stage:
        observed = stage.exchange(Scenario("/stream?name=x", server=server))
        observed.make()
        port = stage._server(server).port
        events = len(observed.trace.events)
        for _ in range(20):  # so that every thread of the pool has its turn
            with RawClient(port, get("/stream?name=y", extra="Connection: close\r\n")) as client:
                client.read_to_end()
        assert len(observed.trace.events) == events
        assert len(stage.exchanges) == 21


def test_stop_ends_what_waits_at_a_gate():
    stage = Harness(bare, remembered=False).start()
    exchange = stage.exchange(Scenario("/", pace="step"))
    thread = threading.Thread(target=exchange.make)
    thread.start()
    pause = threading.Event()
    while not exchange.trace.gate.waiting:
        pause.wait(0.001)
    stage.stop()
    thread.join(10)
    assert exchange.done


def test_a_step_may_take_longer_than_the_clients_patience():
    with Harness(app) as stage:
        exchange = stage.exchange(Scenario("/stream?name=World", pace="step", timeout=0.05))
        thread = threading.Thread(target=exchange.make)
        thread.start()
        for made in range(3):
            # Held for several times as long as the client would wait without a gate.
            assert not exchange.wait_done(0.2)
            assert exchange.lanes["generator"].chunks == made
            exchange.trace.gate.step()
            while exchange.lanes["client"].chunks == made:
                assert not exchange.done
        exchange.trace.gate.step()
        thread.join(30)
    assert exchange.verdict.outcome == "streamed"


def test_who_leaves_while_the_generator_is_held_makes_it_make_no_more():
    with Harness(app) as stage:
        exchange = stage.exchange(Scenario("/stream?name=World", pace="step"))
        thread = threading.Thread(target=exchange.make)
        thread.start()
        exchange.trace.gate.step()
        while exchange.lanes["client"].chunks == 0:
            assert not exchange.done
        exchange.stop()
        thread.join(30)
    assert exchange.verdict.outcome == "stopped"
    assert exchange.lanes["generator"].chunks == 1
    assert "generator closed" in [event.kind for event in exchange.trace.events]


def test_what_no_generator_made_does_not_pass_its_lane():
    with Harness(app) as stage:
        exchange = stage.exchange(Scenario("/nowhere", pace="step"))
        exchange.make()  # held by nobody: there is no generator
    assert exchange.lanes["generator"].chunks == 0
    assert exchange.lanes["app"].chunks == 1
    assert exchange.status_code == 404
