"""Wrappers that are given together with the app: its own generator is observed behind them."""

from __future__ import annotations

import itertools
import queue
import sys
import threading

import bottle
import falcon
import flask
import pytest
from werkzeug.middleware.proxy_fix import ProxyFix

from streamlab import observe
from streamlab.testing import assert_buffered, assert_closes_generator, assert_streams

CHUNKS = 6


def rows():
    for number in range(CHUNKS):
        yield f"row {number}\n".encode()


def text_rows():
    for row in rows():
        yield row.decode()


def function(environ, start_response):
    start_response("200 OK", [])
    return rows()


def generator(environ, start_response):
    start_response("200 OK", [])
    for number in range(CHUNKS):
        yield f"row {number}\n".encode()


def with_a_helper(environ, start_response):
    start_response("200 OK", [])
    for row in text_rows():
        yield row.encode()


class Application:
    def __call__(self, environ, start_response):
        start_response("200 OK", [])
        return iter(Rows())


class Rows:
    def __init__(self):
        self.rows = rows()

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.rows)


def of_bottle():
    app = bottle.Bottle()
    app.get("/")(text_rows)
    return app


def of_falcon():
    class Resource:
        def on_get(self, request, response):
            response.stream = rows()

    app = falcon.App()
    app.add_route("/", Resource())
    return app


def of_flask():
    app = flask.Flask("case")
    app.get("/")(lambda: flask.Response(rows()))
    return app


APPS = {
    "function": lambda: function,
    "generator": lambda: generator,
    "with_a_helper": lambda: with_a_helper,
    "class": Application,
    "bottle": of_bottle,
    "falcon": of_falcon,
    "flask": of_flask,
}


def plain(app):
    def wsgi(environ, start_response):
        yield from app(environ, start_response)

    return wsgi


def genexpr(app):
    return lambda environ, start_response: (item for item in app(environ, start_response))


def upper(app):
    def wsgi(environ, start_response):
        for item in app(environ, start_response):
            yield item.upper()

    return wsgi


def with_header(app):
    def wsgi(environ, start_response):
        def start(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Case", "1")], exc_info)

        return app(dict(environ), start)

    return wsgi


class Passing:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return map(bytes.upper, self.app(environ, start_response))


def batch(app):
    def wsgi(environ, start_response):
        held = []
        for item in app(environ, start_response):
            held.append(item)
            if len(held) == 3:
                yield b"".join(held)
                held.clear()
        yield b"".join(held)

    return wsgi


def joining(app):
    return lambda environ, start_response: [b"".join(app(environ, start_response))]


class Batching:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        body = iter(self.app(environ, start_response))
        while held := b"".join(itertools.islice(body, 2)):
            yield held


class Iterating:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        self.body = iter(self.app(environ, start_response))
        return self

    def __iter__(self):
        return self

    def __next__(self):
        if held := b"".join(itertools.islice(self.body, 2)):
            return held
        raise StopIteration


def in_a_thread(app):
    def wsgi(environ, start_response):
        hand = queue.Queue()

        def pump():
            for item in app(environ, start_response):
                hand.put(item)
            hand.put(None)

        threading.Thread(target=pump, daemon=True).start()
        while (item := hand.get()) is not None:
            yield item

    return wsgi


def counted(exchange):
    lane = exchange.lanes["generator"]
    return lane.chunks, lane.size


@pytest.mark.parametrize("name", APPS)
@pytest.mark.parametrize(
    "wrap",
    [plain, genexpr, upper, with_header, Passing, in_a_thread, ProxyFix],
)
def test_a_wrapper_that_passes_chunks_on_streams(name, wrap):
    exchange = assert_streams(wrap(APPS[name]()))
    assert counted(exchange) == (CHUNKS, 36)
    kinds = [event.kind for event in exchange.trace.events]
    assert kinds.count("generator finished") == 1
    assert sys.getprofile() is None


@pytest.mark.parametrize("name", APPS)
@pytest.mark.parametrize(
    ("wrap", "culprit"),
    [
        (batch, "batch"),
        (Batching, "Batching"),
        (Iterating, "Iterating"),
        (joining, "joining"),
        (lambda app: ProxyFix(batch(app)), "batch"),
        (lambda app: batch(ProxyFix(app)), "batch"),
        (lambda app: plain(batch(app)), "batch and plain"),
    ],
)
def test_a_wrapper_that_holds_chunks_is_named(name, wrap, culprit):
    exchange = assert_buffered(wrap(APPS[name]()))
    assert exchange.verdict.culprit.startswith(culprit)
    assert counted(exchange) == (CHUNKS, 36)
    observed = observe(wrap(APPS[name]()), lockstep=True)
    assert (observed.verdict.outcome, observed.verdict.culprit) == (
        "buffered",
        exchange.verdict.culprit,
    )


@pytest.mark.parametrize("name", ["function", "bottle", "flask"])
def test_a_wrapper_with_a_thread_around_one_that_holds_chunks(name):
    verdict = observe(in_a_thread(batch(APPS[name]())), lockstep=True).verdict
    assert verdict.outcome == "buffered"
    assert verdict.culprit.startswith("batch")


def held(body):
    body = iter(body)
    while piece := list(itertools.islice(body, 2)):
        yield type(piece[0])().join(piece)


def batching_plugin(view):
    return lambda *arguments, **named: held(view(*arguments, **named))


def joining_plugin(view):
    return lambda *arguments, **named: ["".join(view(*arguments, **named))]


@pytest.mark.parametrize(
    ("plugin", "chunks"), [(None, 6), (batching_plugin, 3), (joining_plugin, 1)]
)
def test_a_plugin_of_bottle(plugin, chunks):
    app = bottle.Bottle()
    app.get("/", apply=[plugin] if plugin else [])(text_rows)
    exchange = observe(app, lockstep=True)
    assert counted(exchange) == (CHUNKS, 36)
    assert exchange.lanes["client"].chunks == chunks
    assert exchange.verdict.outcome == ("buffered" if plugin else "streamed")
    if plugin is joining_plugin:
        assert exchange.verdict.culprit == "joining_plugin"


def test_a_view_of_bottle_that_batches_by_itself():
    app = bottle.Bottle()
    app.get("/")(lambda: held(text_rows()))
    assert counted(assert_streams(app)) == (3, 36)


def test_middleware_of_falcon():
    class Resource:
        def on_get(self, request, response):
            response.stream = rows()

    class Holding:
        def process_response(self, request, response, resource, succeeded):
            response.stream = held(response.stream)

    app = falcon.App(middleware=[Holding()])
    app.add_route("/", Resource())
    exchange = observe(app, lockstep=True)
    assert (exchange.verdict.outcome, exchange.verdict.culprit) == ("buffered", "Holding")
    assert counted(exchange) == (CHUNKS, 36)
    assert_buffered(app, by="Holding")


@pytest.mark.parametrize("name", APPS)
def test_a_pace_counts_once_for_each_chunk(name):
    assert counted(observe(batch(APPS[name]()), pace=0.001)) == (CHUNKS, 36)


@pytest.mark.parametrize("wrap", [plain, batch, genexpr])
def test_a_list_behind_a_wrapper_is_no_stream(wrap):
    def ready(environ, start_response):
        start_response("200 OK", [])
        return list(rows())

    verdict = observe(wrap(ready), lockstep=True).verdict
    assert (verdict.outcome, verdict.culprit) == ("buffered", "view")
    assert "all 6 chunks existed before the view returned" in verdict.text


@pytest.mark.parametrize("wrap", [plain, batch, joining])
def test_what_cannot_be_seen_is_said(wrap):
    def mapped(environ, start_response):
        start_response("200 OK", [])
        return map(bytes, [[65, 66]] * CHUNKS)

    exchange = observe(wrap(mapped), lockstep=True)
    assert exchange.verdict.outcome == "inconclusive"
    assert f"inside `{wrap.__name__}` cannot be seen" in exchange.verdict.text
    assert f"middleware={wrap.__name__}" in exchange.verdict.advice
    apart = observe(mapped, lockstep=True, middleware=wrap).verdict
    assert apart.outcome == ("streamed" if wrap is plain else "buffered")


@pytest.mark.parametrize(("wrap", "outcome"), [(plain, "truncated"), (joining, "failed")])
def test_an_exception_in_the_generator_is_its_own(wrap, outcome):
    def failing(environ, start_response):
        start_response("200 OK", [])
        yield b"a"
        yield b"b"
        raise ValueError("on purpose")

    exchange = observe(wrap(failing), lockstep=True)
    assert exchange.verdict.outcome == outcome
    assert exchange.trace.failure.raised_by == "generator"


def endless(environ, start_response):
    start_response("200 OK", [])
    while True:
        yield b"again\n"


def test_an_endless_stream_behind_a_wrapper_that_keeps_all():
    before = threading.active_count()
    verdict = observe(joining(endless), time_limit=0.5).verdict
    assert (verdict.outcome, verdict.culprit) == ("buffered", "joining")
    assert threading.active_count() == before
    verdict = observe(batch(endless), chunks=3).verdict
    assert (verdict.outcome, verdict.culprit) == ("buffered", "batch")


@pytest.mark.parametrize(("wrap", "closes"), [(plain, True), (genexpr, False), (upper, False)])
def test_a_generator_left_open_by_a_wrapper_is_found(wrap, closes):
    if closes:
        assert_closes_generator(wrap(generator))
        return
    with pytest.raises(AssertionError, match="does not close its generator"):
        assert_closes_generator(wrap(generator))
