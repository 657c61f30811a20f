"""`stream_with_context` pushes the context once and pops it once, however the stream ends."""

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
from tests.web.wsgi import Exchange


def generate(log):
    log.append("starts")
    try:
        yield request.args["name"]
        yield request.path
        log.append("ends")
    finally:
        log.append(f"finally {has_request_context()}")


class Rows:
    """An iterator with a `close()`, which PEP 3333 allows as a body."""

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


def test_the_generator_does_not_run_before_the_first_chunk_is_read(kept, log):
    exchange = Exchange(kept, "/stream?name=World")
    assert exchange.status == "200 OK"
    assert log == ["view"]
    exchange.close()


def test_teardown_runs_after_the_last_chunk(kept, log):
    exchange = Exchange(kept, "/stream?name=World")
    assert [next(exchange), next(exchange)] == [b"World", b"/stream"]
    assert log == ["view", "starts"]
    assert exchange.read() == []
    assert log == ["view", "starts", "ends", "finally True", "teardown NoneType"]


def test_a_disconnect_closes_the_generator_while_the_context_is_active(kept, log):
    exchange = Exchange(kept, "/stream?name=World")
    next(exchange)
    exchange.close()
    assert log == ["view", "starts", "finally True", "teardown GeneratorExit"]


def test_closing_a_stream_that_never_started_pops_the_context(kept, log):
    Exchange(kept, "/stream?name=World").close()
    assert log == ["view", "teardown GeneratorExit"]
    assert not has_request_context()


def test_a_stream_that_is_garbage_collected_pops_the_context(kept, log):
    exchange = Exchange(kept, "/stream?name=World")
    del exchange
    gc.collect()
    assert log == ["view", "teardown GeneratorExit"]


def test_a_head_request_reads_no_chunk_and_pops_the_context(kept, log):
    exchange = Exchange(kept, "/stream?name=World", method="HEAD")
    assert exchange.read() == []
    assert log == ["view", "teardown GeneratorExit"]


def test_an_error_is_raised_to_the_server_and_passed_to_teardown(kept, log):
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


def test_a_string_is_streamed_character_by_character(app):
    app.add_url_rule("/", "index", lambda: stream_with_context("abc"))
    assert Exchange(app).read() == [b"a", b"b", b"c"]


def test_the_iterable_of_a_wsgi_app_is_streamed_and_closed(app, log):
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


def test_nested_streams_pop_the_context_when_the_outermost_ends(app, log):
    app.teardown_request(lambda _: log.append("teardown"))

    def inner():
        yield request.args["name"]

    def outer():
        yield from stream_with_context(inner())
        log.append("inner has ended")
        yield request.path

    app.add_url_rule("/", "index", lambda: stream_with_context(outer()))
    assert Exchange(app, "/?name=World").read() == [b"World", b"/"]
    assert log == ["inner has ended", "teardown"]


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


def test_concurrent_streams_see_their_own_requests(app):
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


def test_an_async_view_can_keep_the_context(app, log):
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


def test_an_app_context_can_be_kept(app):
    with app.app_context():
        g.name = "World"
        stream = stream_with_context(g.get(key) for key in ["name"])
    assert list(stream) == ["World"]


@pytest.mark.parametrize("what", ["generator", "function"])
def test_without_a_context_the_error_says_where_to_call_it(what):
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


# The switch with which the Lab turns stream_with_context off for one request


OFF = {"streamlab.stream_with_context": False}


def test_switched_off_it_returns_the_generator_itself(app):
    returned = []

    @app.get("/")
    def index():
        body = (part for part in ["a"])
        returned.append(stream_with_context(body) is body)
        return body

    Exchange(app, extra=OFF).read()
    Exchange(app).read()
    assert returned == [True, False]


def test_switched_off_only_this_request_loses_its_context(kept, log):
    with_context = Exchange(kept, "/stream?name=World")
    assert next(with_context) == b"World"
    done = []

    def request_without_context():
        with pytest.raises(RuntimeError, match="Working outside of request context"):
            Exchange(kept, "/stream?name=World", extra=OFF).read()
        done.append(True)

    thread = Thread(target=request_without_context)
    thread.start()
    thread.join()
    assert done == [True]
    assert next(with_context) == b"/stream"
    with_context.close()


def test_switched_off_a_decorated_generator_has_no_request(app):
    @app.get("/")
    def index():
        @stream_with_context
        def generate():
            yield request.args["name"]

        return generate()

    with pytest.raises(RuntimeError, match="Working outside of request context"):
        Exchange(app, "/?name=World", extra=OFF).read()


def test_switched_off_a_streamed_template_has_no_session(app):
    @app.get("/")
    def index():
        session["name"] = "World"
        return stream_template_string("Hello {{ session['name'] }}")

    assert b"".join(Exchange(app).read()) == b"Hello World"
    with pytest.raises(RuntimeError, match="Working outside of request context"):
        Exchange(app, extra=OFF).read()


def test_only_the_value_false_switches_it_off(kept):
    exchange = Exchange(kept, "/stream?name=World", extra={"streamlab.stream_with_context": None})
    assert exchange.read() == [b"World", b"/stream"]
