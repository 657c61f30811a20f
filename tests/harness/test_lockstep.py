"""Lockstep: a chunk is made when the previous one has arrived or is certain to be held."""

from __future__ import annotations

import itertools
import threading

import pytest

from streamlab.harness.harness import Harness
from streamlab.harness.lockstep import Lockstep
from streamlab.harness.observe import observe
from streamlab.harness.scenario import Scenario
from streamlab.middleware import buffer
from streamlab.server import SERVERS
from streamlab.trace.probe import Probe
from streamlab.trace.trace import Trace
from tests.apps import app as streamlab_app
from tests.apps import bare, shout


def many(count, size=1):
    def app(environ, start_response):
        start_response("200 OK", [])
        for _ in range(count):
            yield b"x" * size

    return app


@pytest.mark.parametrize("server", SERVERS)
def test_each_chunk_reaches_the_client_before_the_next_is_made(server):
    exchange = observe(bare, "/", server=server, lockstep=True)
    made, arrived = exchange.lanes["generator"], exchange.lanes["client"]
    assert len(arrived) == 3
    for index, (_, following) in enumerate(itertools.pairwise(made)):
        assert arrived[index].seconds < following.seconds
    assert "proves" in str(exchange.verdict)


def test_a_long_response_is_proved_chunk_by_chunk():
    exchange = observe(many(2000), "/", lockstep=True)
    assert exchange.lanes["client"].chunks == 2000
    assert "proves" in str(exchange.verdict)


def test_large_chunks_are_waited_for():
    exchange = observe(many(5, size=3_000_000), "/", lockstep=True)
    assert exchange.lanes["client"].size == 15_000_000
    assert exchange.verdict.outcome == "streamed"


def test_a_buffer_of_some_bytes_sends_groups():
    exchange = observe(many(9), "/", middleware=buffer(3), lockstep=True)
    assert [chunk.size for chunk in exchange.lanes["client"]] == [3, 3, 3]
    made, arrived = exchange.lanes["generator"], exchange.lanes["client"]
    assert made[2].seconds < arrived[0].seconds < made[3].seconds
    assert (exchange.verdict.culprit, exchange.verdict.held_bytes) == ("buffer", 2)
    assert "6 of 9 chunks" in str(exchange.verdict)


def test_empty_items_do_not_stop_it():
    def app(environ, start_response):
        start_response("200 OK", [])
        yield from [b"", b"a", b"", b"", b"b", b""]

    assert observe(app, "/", lockstep=True).body == b"ab"


def test_stopping_the_client_ends_it():
    third_arrived, closed = threading.Event(), threading.Event()

    def endless(environ, start_response):
        start_response("200 OK", [])
        try:
            for number in itertools.count():
                yield b"more"
                if number == 2:
                    third_arrived.set()
        finally:
            closed.set()

    with Harness(endless, remembered=False) as harness:
        exchange = harness.exchange(Scenario("/"), lockstep=True)
        thread = threading.Thread(target=exchange.make)
        thread.start()
        assert third_arrived.wait(10)
        assert exchange.lanes["client"].chunks >= 3
        exchange.stop()
        thread.join(10)
        assert exchange.done
        assert closed.wait(10)
    assert exchange.verdict.outcome == "stopped"


def test_your_own_middleware_that_holds_a_chunk_is_named():
    def one_behind(inner):
        def wrapped(environ, start_response):
            held = b""
            for item in inner(environ, start_response):
                if held:
                    yield held
                held = item
            yield held

        return wrapped

    exchange = observe(bare, "/", middleware=(shout, one_behind), lockstep=True)
    assert (exchange.verdict.outcome, exchange.verdict.culprit) == ("buffered", "one_behind")
    assert exchange.verdict.held_bytes == len(b"Hello ")


def test_the_context_and_the_lines_are_recorded():
    exchange = observe(streamlab_app, "/stream?name=x", lockstep=True)
    assert len(exchange.trace.spans) == 1
    (source,) = exchange.trace.sources
    lines = source.text.splitlines()
    assert [lines[chunk.line - source.first].strip() for chunk in exchange.lanes["generator"]] == [
        'yield "Hello "',
        'yield request.args["name"]',
        'yield "!"',
    ]


def test_a_chunk_has_arrived_when_its_end_has_arrived():
    """The bytes of a frame may arrive before the line break that ends it."""
    trace = Trace()
    gate = Lockstep([])
    gate.watch(trace, Probe("http://localhost/", trace))
    trace.lanes["server"].record(b"ab")
    client = trace.lanes["client"]
    assert not gate._arrived()
    client.record_part(b"ab")
    assert not gate._arrived()
    client.record(b"")
    assert gate._arrived()
