"""Layers inside the app: each chunk is counted once, and what holds chunks there is named."""

from __future__ import annotations

import itertools
import queue
import subprocess
import sys
import textwrap
import threading
from collections import deque

import bottle
import flask
import pytest

from streamlab import App, observe
from streamlab.testing import assert_buffered, assert_closes_generator, assert_streams

CHUNKS = 6


def rows():
    for number in range(CHUNKS):
        yield f"row {number}\n"


def plain(app):
    def wsgi(environ, start_response):
        yield from app(environ, start_response)

    return wsgi


def twice(app):
    return plain(plain(app))


def genexpr(app):
    return lambda environ, start_response: (item for item in app(environ, start_response))


def pumped(items):
    hand = queue.Queue()

    def pump():
        for item in items():
            hand.put(item)
        hand.put(None)

    threading.Thread(target=pump, daemon=True).start()
    while (item := hand.get()) is not None:
        yield item


def iterated_in_a_thread(app):
    def wsgi(environ, start_response):
        body = app(environ, start_response)
        yield from pumped(lambda: body)

    return wsgi


def called_in_a_thread(app):
    def wsgi(environ, start_response):
        yield from pumped(lambda: app(environ, start_response))

    return wsgi


class Shouting:
    """A layer whose iterator is a class."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        self.items = iter(self.app(environ, start_response))
        return self

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.items).upper()


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
    def wsgi(environ, start_response):
        return [b"".join(app(environ, start_response))]

    return wsgi


class Batching:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        body = iter(self.app(environ, start_response))
        while held := b"".join(itertools.islice(body, 2)):
            yield held


def batching_thread(app):
    return iterated_in_a_thread(batch(app))


FRAMEWORKS = [flask.Flask, App]


def app_of(framework, wrap=None, *, hook=None, view=rows):
    app = framework("case")
    app.get("/s")(lambda *_: view()) if framework is flask.Flask else app.get("/s")(view)
    if wrap:
        app.wsgi_app = wrap(app.wsgi_app)
    if hook:
        app.after_request(hook)
    return app


def counted(exchange):
    lane = exchange.lanes["generator"]
    return lane.chunks, lane.size


@pytest.mark.parametrize("framework", FRAMEWORKS)
class TestLayersOfFlask:
    @pytest.mark.parametrize(
        "wrap",
        [None, plain, twice, genexpr, Shouting, iterated_in_a_thread, called_in_a_thread],
    )
    @pytest.mark.parametrize("server", ["werkzeug", "waitress"])
    def test_a_layer_that_passes_chunks_on_streams(self, framework, wrap, server):
        exchange = assert_streams(app_of(framework, wrap), "/s", server=server)
        assert counted(exchange) == (CHUNKS, 36)
        assert exchange.lanes["client"].chunks == CHUNKS
        kinds = [event.kind for event in exchange.trace.events]
        assert kinds.count("generator finished") == 1

    @pytest.mark.parametrize(
        ("wrap", "name"),
        [
            (batch, "batch"),
            (joining, "joining"),
            (Batching, "Batching"),
            (batching_thread, "batch"),
        ],
    )
    def test_a_layer_that_holds_chunks_is_named(self, framework, wrap, name):
        exchange = assert_buffered(app_of(framework, wrap), "/s")
        assert name in exchange.verdict.culprit
        assert counted(exchange) == (CHUNKS, 36)

    def test_an_after_request_function_that_reads_or_wraps(self, framework):
        def reading(response):
            response.get_data()
            return response

        def wrapping(response):
            old = response.response
            response.response = (item.upper() for item in old)
            return response

        read = observe(app_of(framework, hook=reading), "/s", lockstep=True)
        assert (read.verdict.outcome, counted(read)) == ("buffered", (CHUNKS, 36))
        assert counted(assert_streams(app_of(framework, hook=wrapping), "/s")) == (CHUNKS, 36)

    def test_a_pace_counts_once_for_each_chunk(self, framework):
        exchange = observe(app_of(framework, plain), "/s", pace=0.001)
        assert counted(exchange) == (CHUNKS, 36)

    @pytest.mark.parametrize("wrap", [None, plain, genexpr, iterated_in_a_thread])
    def test_a_list_inside_is_no_stream(self, framework, wrap):
        app = app_of(framework, wrap, view=lambda: list_response(framework))
        assert_made_before(app)


def list_response(framework):
    body = list(rows())
    return flask.Response(body) if framework is flask.Flask else iter(body)


def assert_made_before(app, path="/s"):
    exchange = observe(app, path, lockstep=True)
    assert (exchange.verdict.outcome, exchange.verdict.culprit) == ("buffered", "view")
    assert "chunks existed before the view returned" in exchange.verdict.text
    with pytest.raises(AssertionError, match="existed before the view returned"):
        assert_streams(app, path)
    return exchange


def read_first(reader):
    response = flask.Response(rows())
    getattr(response, reader)()
    return response


READY = {
    "list": lambda: flask.Response(list(rows())),
    "tuple": lambda: flask.Response(tuple(rows())),
    "list_iterator": lambda: iter(list(rows())),
    "deque": lambda: iter(deque(rows())),
    "sorted": lambda: iter(sorted(rows())),
    "reversed": lambda: reversed(list(rows())),
    "tee": lambda: read_some(CHUNKS),
    "chain": lambda: itertools.chain(list(rows()), ["end\n"]),
    "stream_with_context": lambda: flask.stream_with_context(iter(list(rows()))),
    "get_data": lambda: read_first("get_data"),
    "add_etag": lambda: read_first("add_etag"),
    "length": lambda: read_first("calculate_content_length"),
}


def read_some(count):
    one, two = itertools.tee(rows())
    list(itertools.islice(two, count + 1))
    return one


@pytest.mark.parametrize("kind", READY)
def test_chunks_made_before_the_view_returned(kind):
    exchange = assert_made_before(app_of(flask.Flask, view=READY[kind]))
    read = kind in {"get_data", "add_etag", "length"}
    assert ("return generate()" in exchange.verdict.advice) is not read


@pytest.mark.parametrize("body", [list, tuple, lambda items: iter(list(items))])
def test_a_bare_app_that_returns_ready_chunks(body):
    def app(environ, start_response):
        start_response("200 OK", [])
        return body(item.encode() for item in rows())

    assert_made_before(app)


class Lazy:
    """An iterator without a line: when it makes a chunk cannot be seen."""

    def __init__(self):
        self.number = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.number += 1
        if self.number > CHUNKS:
            raise StopIteration
        return f"row {self.number}\n"


@pytest.mark.parametrize("view", [Lazy, lambda: map(str, range(CHUNKS))])
def test_nothing_is_claimed_about_chunks_that_nobody_sees_made(view):
    exchange = assert_streams(app_of(flask.Flask, view=view), "/s")
    assert "each before the next was asked for" in exchange.verdict.text


@pytest.mark.parametrize(
    "view", [rows, lambda: flask.stream_with_context(rows()), lambda: map(str.upper, rows())]
)
def test_a_generator_is_seen_making_its_chunks(view):
    exchange = assert_streams(app_of(flask.Flask, view=view), "/s")
    assert "each before the next was made" in exchange.verdict.text


def test_bottle_counts_each_chunk_once():
    app = bottle.Bottle()
    app.get("/s")(rows)
    for wsgi in (app, plain(app), genexpr(app)):
        assert counted(assert_streams(wsgi, "/s")) == (CHUNKS, 36)


def test_a_layer_inside_that_adds_a_chunk_of_its_own():
    def footed(app):
        def wsgi(environ, start_response):
            yield from app(environ, start_response)
            yield b"end\n"

        return wsgi

    exchange = assert_streams(app_of(flask.Flask, footed), "/s")
    assert (*counted(exchange), exchange.lanes["client"].size) == (CHUNKS, 36, 40)


class Boxed:
    def __init__(self, body):
        self.body = body

    def __iter__(self):
        return iter(self.body)


def boxed(app):
    return lambda environ, start_response: Boxed(app(environ, start_response))


def shout(response):
    old = response.response
    response.response = (item.upper() for item in old)
    return response


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize(
    ("wrap", "hook"), [(genexpr, None), (boxed, None), (None, shout), (Shouting, None)]
)
def test_a_generator_left_open_by_a_layer_inside_is_found(framework, wrap, hook):
    with pytest.raises(AssertionError, match="does not close its generator"):
        assert_closes_generator(app_of(framework, wrap, hook=hook), "/s")


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("wrap", [None, plain, twice])
def test_a_layer_inside_that_passes_close_on(framework, wrap):
    assert_closes_generator(app_of(framework, wrap), "/s")


DJANGO = """
    import sys, warnings
    import django
    from django.conf import settings
    warnings.simplefilter("ignore")
    settings.configure(SECRET_KEY="x", ROOT_URLCONF="__main__", ALLOWED_HOSTS=["*"],
                       MIDDLEWARE=sys.argv[1].split() , LOGGING_CONFIG=None)
    django.setup()
    from django.core.wsgi import get_wsgi_application
    from django.http import StreamingHttpResponse
    from django.urls import path

    def batch(get_response):
        def middleware(request):
            response = get_response(request)
            old = response.streaming_content
            def held():
                pieces = []
                for piece in old:
                    pieces.append(piece)
                    if len(pieces) == 3:
                        yield b"".join(pieces)
                        pieces.clear()
                yield b"".join(pieces)
            response.streaming_content = held()
            return response
        return middleware

    def joined(get_response):
        def middleware(request):
            response = get_response(request)
            response.streaming_content = [b"".join(response.streaming_content)]
            return response
        return middleware

    def passing(get_response):
        def middleware(request):
            response = get_response(request)
            old = response.streaming_content
            response.streaming_content = (piece.upper() for piece in old)
            return response
        return middleware

    def rows():
        for number in range(6):
            yield f"row {number}\\n"

    async def slow_rows():
        for row in rows():
            yield row

    def spare(request):
        StreamingHttpResponse(iter(()))
        unused = StreamingHttpResponse(rows())
        return StreamingHttpResponse(rows())

    urlpatterns = [
        path("rows", lambda request: StreamingHttpResponse(rows())),
        path("async", lambda request: StreamingHttpResponse(slow_rows())),
        path("list", lambda request: StreamingHttpResponse(list(rows()))),
        path("spare", spare),
    ]
    app = get_wsgi_application()
    from streamlab import observe
    from streamlab.testing import assert_streams
    headers = {"Accept-Encoding": "gzip"}
    exchange = observe(app, sys.argv[2], lockstep=True, headers=headers)
    try:
        assert_streams(app, sys.argv[2], headers=headers)
        agreed = "streamed"
    except AssertionError as error:
        agreed = "not"
    print(exchange.verdict.outcome, exchange.verdict.culprit, exchange.lanes["generator"].chunks,
          agreed, exchange.verdict.advice)
"""


@pytest.mark.parametrize(
    ("middleware", "path", "expected"),
    [
        ("", "/rows", "streamed None 6 streamed"),
        ("__main__.passing", "/rows", "streamed None 6 streamed"),
        ("__main__.batch", "/rows", "buffered batch 6 not"),
        ("__main__.joined", "/rows", "buffered joined 6 not"),
        ("django.middleware.gzip.GZipMiddleware", "/rows", "buffered GZipMiddleware 6 not"),
        ("", "/async", "buffered Django 6 not Under WSGI, Django reads an async generator"),
        ("", "/list", "buffered view 6 not Return the generator itself"),
        ("", "/spare", "streamed None 6 streamed"),
    ],
)
def test_django(middleware, path, expected):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(DJANGO), middleware, path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith(expected), done.stdout + done.stderr
