"""What cannot be ended is named: code that blocks, and a generator that refuses to end."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from streamlab import App, Lab, Server, observe
from streamlab.server.server_kinds import server_for
from streamlab.testing import assert_streams
from tests.server.rawclient import RawClient

LINES = Path(__file__).read_text().splitlines()
THREADED = ["werkzeug", "werkzeug-stock", "wsgiref", "waitress", "cheroot"]
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def place_of(function, code):
    """Return how a message names the line of this file that begins with `code`."""
    line = next(number for number, text in enumerate(LINES, 1) if text.strip().startswith(code))
    return f"`{function}` (test_still_running.py, line {line})"


def join_threads(prefix):
    for thread in threading.enumerate():
        if thread.name.startswith(prefix):
            thread.join(10)


WAITS = place_of("wait_at", "self.release.wait")


class Blocking:
    """An app whose code blocks at one of three places until the test is over."""

    def __init__(self, place: str = "generator") -> None:
        self.app, self.release, self.waits = App(), threading.Event(), threading.Event()

        def wait_at(here):
            if here == place:
                self.waits.set()
                self.release.wait(60)

        @self.app.get("/")
        def view():
            wait_at("view")
            return blocks()

        def blocks():
            try:
                yield "a"
                yield "b"
                wait_at("generator")
                while True:
                    yield "c"
            finally:
                wait_at("finally")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release.set()


@pytest.fixture(autouse=True)
def no_patience(monkeypatch):
    monkeypatch.setattr("streamlab.harness.exchange.SERVER_GRACE_SECONDS", 0.05)
    stop = Server.stop
    monkeypatch.setattr(Server, "stop", lambda self, timeout=0.1: stop(self, timeout))


@pytest.mark.parametrize("server", THREADED)
def test_a_generator_that_blocks_is_named(server):
    with Blocking() as blocking:
        verdict = observe(blocking.app, "/", server=server, time_limit=0.3).verdict
    assert f"{WAITS} still runs" in verdict.text
    assert "since the client left" in verdict.text
    assert "give each wait a timeout" in verdict.advice


@pytest.mark.parametrize("place", ["view", "finally"])
def test_so_is_a_view_or_a_finally_block(place):
    with Blocking(place) as blocking:
        verdict = observe(blocking.app, "/", time_limit=0.3).verdict
    assert f"{WAITS} still runs" in verdict.text


def test_a_generator_that_a_thread_of_a_middleware_asks_is_named():
    threads = []

    def in_a_thread(app):
        def middleware(environ, start_response):
            iterable = iter(app(environ, start_response))
            yield next(iterable)
            yield next(iterable)
            threads.append(threading.Thread(target=lambda: next(iterable), daemon=True))
            threads[0].start()
            while True:
                yield b"."

        return middleware

    with Blocking() as blocking:
        verdict = observe(blocking.app, "/", middleware=in_a_thread, time_limit=0.3).verdict
    place = place_of("blocks", 'wait_at("generator")')
    assert f"{place} still runs" in verdict.text
    threads[0].join(10)


def test_code_that_ends_while_the_server_stops_is_not_said_to_run(monkeypatch):
    with Blocking() as blocking:
        stop = Server.stop

        def release_and_stop(server, timeout=10):
            blocking.release.set()
            return stop(server, timeout)

        monkeypatch.setattr(Server, "stop", release_and_stop)
        verdict = observe(blocking.app, "/", time_limit=0.3).verdict
    assert "still runs" not in verdict.text
    assert "give each wait" not in verdict.advice


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("server", THREADED)
@pytest.mark.parametrize("limit", [{"chunks": 3}, {"time_limit": 0.3}])
def test_a_generator_that_refuses_to_end_is_named_and_judged_by_what_came(server, limit):
    app, over = App(), threading.Event()

    @app.get("/")
    def view():
        def refuses():
            while not over.is_set():
                try:
                    yield "tick "
                except GeneratorExit:  # noqa: PERF203 - that is the fault
                    continue

        return refuses()

    verdict = observe(app, "/", server=server, lockstep=True, **limit).verdict
    over.set()
    assert verdict.outcome == "streamed"
    place = place_of("refuses", 'yield "tick ')
    assert f"The generator {place} refused to end" in verdict.text
    assert "Catch `Exception`" in verdict.advice


def test_the_assertion_returns_too_and_its_exchange_says_it():
    with Blocking("finally") as blocking:
        exchange = assert_streams(blocking.app, "/", chunks=2)
    assert "still runs" in exchange.verdict.text


@pytest.mark.parametrize("name", THREADED)
def test_a_stopped_server_names_what_it_could_not_end(name):
    with Blocking() as blocking:
        server = server_for(name, blocking.app).start()
        with RawClient(server.port, REQUEST):
            assert blocking.waits.wait(10)
            assert not server.stop(0.2)
            assert server.still_running == (WAITS,)
            assert f"{WAITS} still runs" in repr(server)


def test_a_stopped_lab_says_it_in_a_warning():
    with Blocking() as blocking:
        lab = Lab(blocking.app, "/")
        exchange = lab.run()
        assert blocking.waits.wait(10)
        with pytest.warns(RuntimeWarning, match=r"`wait_at` .* still runs"):
            assert lab.stop() is False
        exchange.wait(10)
        assert "still runs" in exchange.verdict.text
    join_threads("streamlab request")
    assert lab.stop() is True
    lab.close()
    join_threads("streamlab")
