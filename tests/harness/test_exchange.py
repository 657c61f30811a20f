"""The exchange: waited for, awaited, stopped, and told once when it has ended."""

from __future__ import annotations

import asyncio
import threading

import pytest

from streamlab.harness.harness import Harness
from streamlab.harness.observe import observe
from streamlab.harness.scenario import Scenario
from tests.apps import bare


class Waiting:
    """An app that sends one chunk and waits to be let on."""

    def __init__(self):
        self.go_on = threading.Event()
        self.closed = threading.Event()

    def __call__(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return self.generate()

    def generate(self):
        try:
            yield b"first"
            assert self.go_on.wait(10)
            yield b"second"
        finally:
            self.closed.set()


@pytest.fixture
def running():
    """An exchange that goes on, in a thread; and the app that it waits for."""
    app = Waiting()
    with Harness(app, remembered=False) as stage:
        exchange = stage.exchange(Scenario("/"))
        thread = threading.Thread(target=exchange.make)
        thread.start()
        pause = threading.Event()
        while not exchange.lanes["client"].chunks:
            pause.wait(0.001)
        yield exchange, app
        app.go_on.set()
        thread.join(10)


def test_it_can_be_read_while_it_goes_on(running):
    exchange, app = running
    assert not exchange.done
    assert exchange.verdict is None
    assert "still streaming" in repr(exchange)
    assert (exchange.status_code, exchange.body, exchange.complete) == (200, b"first", False)
    app.go_on.set()
    assert exchange.wait(10) is exchange
    assert exchange.body == b"firstsecond"
    assert str(exchange.verdict) in repr(exchange)


def test_waiting_ends_with_a_word_when_its_time_is_up(running):
    exchange, _ = running
    with pytest.raises(TimeoutError, match="It goes on: wait again, or end it with stop"):
        exchange.wait(0.01)
    assert not exchange.done


def test_stop_lets_the_client_leave_and_the_generator_be_closed(running):
    exchange, app = running
    exchange.stop()
    assert exchange.wait_done(10)
    assert exchange.verdict.outcome == "stopped"
    app.go_on.set()
    assert app.closed.wait(10)


def test_who_asks_to_be_told_is_told_once_before_or_after(running):
    exchange, app = running
    told = []
    exchange.add_done_callback(told.append)
    app.go_on.set()
    exchange.wait(10)
    pause = threading.Event()
    while not told:
        pause.wait(0.001)
    exchange.add_done_callback(told.append)
    exchange.mark_done()
    assert told == [exchange, exchange]


def test_it_can_be_awaited(running):
    exchange, app = running

    async def waits():
        asyncio.get_running_loop().call_soon(app.go_on.set)
        return await exchange

    assert asyncio.run(waits()) is exchange
    assert exchange.done


def test_who_is_cancelled_while_awaiting_leaves_nothing_running(running):
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


def test_what_the_client_saw_is_there():
    exchange = observe(bare, "/")
    assert (exchange.status_code, exchange.reason) == (200, "OK")
    assert exchange.headers["content-type"] == "text/plain"
    assert exchange.error is None
    assert exchange.failure is None
    assert exchange.scenario.path == "/"
    assert exchange.external is False
