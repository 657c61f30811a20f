"""`stream_with_context`: the context is pushed once more, and popped once, however it ends."""

from __future__ import annotations

import gc
from threading import Thread

import pytest

from streamlab.web import (
    g,
    has_request_context,
    request,
    session,
    stream_template_string,
    stream_with_context,
)

from .wsgi import Exchange


def generate(log):
    log.append("starts")
    try:
        yield request.args["name"]
        yield request.path
        log.append("ends")
    finally:
        log.append(f"finally {has_request_context()}")


class Rows:
    """An iterator with a `close()` of its own, as PEP 3333 lets a body be."""

    def __init__(self, log, rows=("a", "b")):
        self.log, self.rows = log, iter(rows)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.rows)

    def close(self):
        self.log.append(f"close {has_request_context()}")


@pytest.fixture
def kept(app, log):
    """An app whose view keeps the context of a generator, with its teardown in the log."""

    @app.get("/stream")
    def stream():
        log.append("view")
        return stream_with_context(generate(log))

    @app.teardown_request
    def teardown(error):
        log.append(f"teardown {type(error).__name__}")

    return app


def test_nothing_of_the_generator_runs_before_the_first_chunk_is_asked_for(kept, log):
    exchange = Exchange(kept, "/stream?name=World")
    assert exchange.status == "200 OK"
    assert log == ["view"]
    exchange.close()


def test_teardown_comes_after_the_last_chunk(kept, log):
    exchange = Exchange(kept, "/stream?name=World")
    assert [next(exchange), next(exchange)] == [b"World", b"/stream"]
    assert log == ["view", "starts"]
    assert exchange.read() == []
    assert log == ["view", "starts", "ends", "finally True", "teardown NoneType"]


def test_a_client_that_leaves_ends_the_generator_within_the_context(kept, log):
    exchange = Exchange(kept, "/stream?name=World")
    next(exchange)
    exchange.close()
    assert log == ["view", "starts", "finally True", "teardown GeneratorExit"]


def test_a_stream_never_begun_gives_its_context_back(kept, log):
    Exchange(kept, "/stream?name=World").close()
    assert log == ["view", "teardown GeneratorExit"]
    assert not has_request_context()


def test_a_stream_that_is_forgotten_gives_its_context_back(kept, log):
    exchange = Exchange(kept, "/stream?name=World")
    del exchange
    gc.collect()
    assert log == ["view", "teardown GeneratorExit"]


def test_head_reads_nothing_and_gives_the_context_back(kept, log):
    exchange = Exchange(kept, "/stream?name=World", method="HEAD")
    assert exchange.read() == []
    assert log == ["view", "teardown GeneratorExit"]


def test_an_error_reaches_the_server_and_the_teardown(kept, log):
    with pytest.raises(KeyError):
        Exchange(kept, "/stream").read()
    assert log == ["view", "starts", "finally True", "teardown BadRequestKeyError"]


@pytest.mark.parametrize("chunks_read", [0, 1, 2, None])
def test_close_of_an_iterator_is_called_once(app, log, chunks_read):
    app.add_url_rule("/", "index", lambda: stream_with_context(Rows(log)))
    exchange = Exchange(app)
    if chunks_read is None:
        assert exchange.read() == [b"a", b"b"]
    else:
        for _ in range(chunks_read):
            next(exchange)
        exchange.close()
    assert log == ["close True"]


def test_close_is_called_once_after_an_error(app, log):
    def rows():
        yield "a"
        raise ValueError("no more rows")

    app.add_url_rule("/", "index", lambda: stream_with_context(Rows(log, rows())))
    with pytest.raises(ValueError, match="no more rows"):
        Exchange(app).read()
    assert log == ["close True"]


def test_a_string_is_streamed_by_its_characters(app):
    app.add_url_rule("/", "index", lambda: stream_with_context("abc"))
    assert Exchange(app).read() == [b"a", b"b", b"c"]


def test_a_wsgi_iterable_is_streamed_as_it_is(app, log):
    def inner(environ, start_response):
        start_response("200 OK", [])
        return Rows(log, [b"1", b"2"])

    app.add_url_rule("/", "index", lambda: stream_with_context(inner({}, lambda *_: None)))
    assert Exchange(app).read() == [b"1", b"2"]
    assert log == ["close True"]


def test_a_decorated_function_takes_arguments_and_keeps_its_name(app):
    @app.get("/")
    def index():
        @stream_with_context
        def generate(greeting, *, mark):
            """Greets."""
            yield greeting
            yield request.args["name"]
            yield mark

        assert generate.__name__ == "generate"
        assert generate.__doc__ == "Greets."
        return generate("Hello ", mark="!")

    assert Exchange(app, "/?name=World").read() == [b"Hello ", b"World", b"!"]


def test_streams_nest_and_the_context_ends_with_the_outermost(app, log):
    app.teardown_request(lambda _: log.append("teardown"))

    def inner():
        yield request.args["name"]

    def outer():
        yield from stream_with_context(inner())
        log.append("inner is over")
        yield request.path

    app.add_url_rule("/", "index", lambda: stream_with_context(outer()))
    assert Exchange(app, "/?name=World").read() == [b"World", b"/"]
    assert log == ["inner is over", "teardown"]


def test_two_streams_of_one_request_share_its_context(app, log):
    app.teardown_request(lambda _: log.append("teardown"))

    @app.get("/")
    def index():
        g.total = 0

        def count(upto):
            for n in range(upto):
                g.total += 1
                yield f"{n}"

        first, second = stream_with_context(count(2)), stream_with_context(count(1))

        def both():
            yield from first
            yield from second
            log.append(f"total {g.total}")

        return stream_with_context(both())

    assert Exchange(app).read() == [b"0", b"1", b"0"]
    assert log == ["total 3", "teardown"]


def test_two_requests_at_once_see_each_its_own_request(app):
    def echo():
        for _ in range(3):
            yield request.args["name"]

    app.add_url_rule("/", "index", lambda: stream_with_context(echo()))
    seen = {}

    def serve(name):
        seen[name] = Exchange(app, f"/?name={name}").read()

    threads = [Thread(target=serve, args=[name]) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {"one": [b"one"] * 3, "two": [b"two"] * 3}


def test_in_an_async_view(app, log):
    app.teardown_request(lambda _: log.append("teardown"))

    @app.get("/")
    async def index():
        session["name"] = request.args["name"]

        def generate():
            yield session["name"]
            log.append("ends")

        return stream_with_context(generate())

    assert Exchange(app, "/?name=World").read() == [b"World"]
    assert log == ["ends", "teardown"]
    Exchange(app, "/?name=World").close()
    assert log == ["ends", "teardown", "teardown"]


def test_an_app_context_alone_suffices(app):
    with app.app_context():
        g.name = "World"
        stream = stream_with_context(g.get(key) for key in ["name"])
    assert list(stream) == ["World"]


@pytest.mark.parametrize("what", ["generator", "function"])
def test_outside_a_context_it_says_where_it_belongs(what):
    def generate():
        yield "never"

    wrap = stream_with_context(generate) if what == "function" else stream_with_context
    with pytest.raises(RuntimeError) as raised:
        wrap(*([] if what == "function" else [generate()]))
    first, *advice = str(raised.value).splitlines()
    assert first == (
        "'stream_with_context' can only be used when a request context is active, such as in a"
        " view function."
    )
    assert "inside the view" in advice[-1]


# The switch that the lab flips for one request


OFF = {"streamlab.stream_with_context": False}


def test_switched_off_the_generator_is_returned_as_it_is(app):
    returned = []

    @app.get("/")
    def index():
        body = (part for part in ["a"])
        returned.append(stream_with_context(body) is body)
        return body

    Exchange(app, extra=OFF).read()
    Exchange(app).read()
    assert returned == [True, False]


def test_switched_off_the_generator_finds_no_request_in_this_exchange_alone(kept, log):
    with_context = Exchange(kept, "/stream?name=World")
    assert next(with_context) == b"World"
    done = []

    def beside():
        with pytest.raises(RuntimeError, match="Working outside of request context"):
            Exchange(kept, "/stream?name=World", extra=OFF).read()
        done.append(True)

    thread = Thread(target=beside)
    thread.start()
    thread.join()
    assert done == [True]
    assert next(with_context) == b"/stream"
    with_context.close()


def test_switched_off_a_decorated_generator_finds_no_request_either(app):
    @app.get("/")
    def index():
        @stream_with_context
        def generate():
            yield request.args["name"]

        return generate()

    with pytest.raises(RuntimeError, match="Working outside of request context"):
        Exchange(app, "/?name=World", extra=OFF).read()


def test_switched_off_a_streamed_template_loses_the_session(app):
    @app.get("/")
    def index():
        session["name"] = "World"
        return stream_template_string("Hello {{ session['name'] }}")

    assert b"".join(Exchange(app).read()) == b"Hello World"
    with pytest.raises(RuntimeError, match="Working outside of request context"):
        Exchange(app, extra=OFF).read()


def test_switched_off_other_values_stay_on(kept):
    exchange = Exchange(kept, "/stream?name=World", extra={"streamlab.stream_with_context": None})
    assert exchange.read() == [b"World", b"/stream"]
