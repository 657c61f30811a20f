"""The exchange: waiting for it, awaiting it, stopping it, and its callbacks."""

from __future__ import annotations

import asyncio
import threading
from queue import Queue

import pytest

from streamlab.harness.harness import Harness
from streamlab.harness.observe import observe
from streamlab.harness.scenario import Scenario
from tests.apps import bare


class Waiting:
    """An app that sends one chunk, and a second one when `go_on` is set."""

    def __init__(self):
        self.first_arrived = threading.Event()
        self.go_on = threading.Event()
        self.closed = threading.Event()

    def __call__(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return self.generate()

    def generate(self):
        try:
            yield b"first"
            self.first_arrived.set()  # in lockstep the client has it by now
            assert self.go_on.wait(10)
            yield b"second"
        finally:
            self.closed.set()


@pytest.fixture
def running():
    """An exchange that streams in a thread, and its app."""
    app = Waiting()
    with Harness(app, remembered=False) as harness:
        exchange = harness.exchange(Scenario("/"), lockstep=True)
        thread = threading.Thread(target=exchange.make)
        thread.start()
        assert app.first_arrived.wait(10)
        yield exchange, app
        app.go_on.set()
        thread.join(10)


def test_it_can_be_read_while_it_streams(running):
    exchange, app = running
    assert not exchange.done
    assert exchange.verdict is None
    assert "still streaming" in repr(exchange)
    assert (exchange.status_code, exchange.body, exchange.complete) == (200, b"first", False)
    app.go_on.set()
    assert exchange.wait(10) is exchange
    assert exchange.body == b"firstsecond"
    assert str(exchange.verdict) in repr(exchange)


def test_wait_raises_timeout_error_and_does_not_stop_it(running):
    exchange, _ = running
    with pytest.raises(
        TimeoutError,
        match=r"It continues: call exchange.wait\(\) again, or end it with exchange.stop",
    ):
        exchange.wait(0.01)
    assert not exchange.done


def test_stop_disconnects_the_client_and_the_generator_is_closed(running):
    exchange, app = running
    exchange.stop()
    assert exchange.wait_done(10)
    assert exchange.verdict.outcome == "stopped"
    app.go_on.set()
    assert app.closed.wait(10)


def test_a_callback_is_called_once_also_if_it_is_added_later(running):
    exchange, app = running
    calls = Queue()
    exchange.add_done_callback(calls.put)
    app.go_on.set()
    exchange.wait(10)
    assert calls.get(timeout=10) is exchange
    exchange.add_done_callback(calls.put)
    exchange.mark_done()
    assert calls.get(timeout=10) is exchange
    assert calls.empty()


def test_it_can_be_awaited(running):
    exchange, app = running

    async def waits():
        asyncio.get_running_loop().call_soon(app.go_on.set)
        return await exchange

    assert asyncio.run(waits()) is exchange
    assert exchange.done


def test_a_cancelled_await_stops_it(running):
    exchange, _ = running

    async def waits():
        task = asyncio.ensure_future(wrap())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def wrap():
        await exchange

    asyncio.run(waits())
    assert exchange.wait_done(10)
    assert exchange.verdict.outcome == "stopped"


def test_it_has_what_the_client_received():
    exchange = observe(bare, "/")
    assert (exchange.status_code, exchange.reason) == (200, "OK")
    assert exchange.headers["content-type"] == "text/plain"
    assert exchange.error is None
    assert exchange.failure is None
    assert exchange.scenario.path == "/"
    assert exchange.external is False
