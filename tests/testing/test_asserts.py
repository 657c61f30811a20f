"""The assertions: each passes on a good app, and its message explains what is wrong with a bad one."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
import textwrap
import tracemalloc
from itertools import chain, repeat

import bottle
import flask
import pytest
from werkzeug.wrappers import Response
from werkzeug.wsgi import ClosingIterator

import streamlab.testing.asserts
from streamlab import App, has_request_context, stream_with_context
from streamlab.middleware import MIDDLEWARE
from streamlab.testing import (
    assert_buffered,
    assert_closes_generator,
    assert_peak_memory,
    assert_streams,
)
from streamlab.trace.trace import current_trace


def three():
    yield "one "
    yield "two "
    yield "three"


FIRST = f'test_asserts.py, line {three.__code__.co_firstlineno + 1}: yield "one "'


app = App()


@app.get("/good")
def good():
    return stream_with_context(three())


@app.get("/list")
def listed():
    return Response(list(three()))


@app.get("/string")
def string():
    return "".join(three())


@app.get("/broken")
def broken():
    def generate():
        yield "one "
        raise LookupError("no second row")

    return generate()


@app.get("/many")
def many():
    return ("x" * 1_000 for _ in range(2_000))


@app.get("/hoards")
def hoards():
    def generate():
        rows = [str(n) * 1_000 for n in range(2_000)]
        yield from rows

    return generate()


@app.get("/endless")
def endless():
    def generate():
        while True:
            yield "tick "

    return generate()


@app.get("/deaf")
def deaf():
    def generate():
        try:
            yield "tick "
        except BaseException:  # catches GeneratorExit too, and continues
            yield "tock "

    return generate()


reads_all = flask.Flask("reads_all")


@reads_all.get("/good")
def flask_good():
    return flask.stream_with_context(three())


@reads_all.after_request
def log_body(response):
    response.get_data()
    return response


stock = flask.Flask("stock")


@stock.get("/good")
def stock_good():
    return flask.stream_with_context(three())


@stock.get("/wrapped")
def stock_wrapped():
    return flask.Response(Upper(three()))


class Upper:
    """Wraps a generator and has no `close` method."""

    def __init__(self, items):
        self.items = items

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.items).upper()


def bare(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return (part.encode() for part in three())


def bare_list(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"one ", b"two "]


bottle_app = bottle.Bottle()


@bottle_app.get("/good")
def bottle_good():
    return three()


def collecting(inner):
    def middleware(environ, start_response):
        return [b"".join(inner(environ, start_response))]

    return middleware


def forgetful(inner):
    """Middleware that is a generator, and does not close the iterable inside."""

    def middleware(environ, start_response):
        yield from map(bytes, inner(environ, start_response))

    return middleware


def message_of(check, *args, **kwargs):
    with pytest.raises(AssertionError) as caught:
        check(*args, **kwargs)
    return str(caught.value)


@pytest.mark.parametrize(
    ("any_app", "path"),
    [(app, "/good"), (stock, "/good"), (bottle_app, "/good"), (bare, "/")],
    ids=["streamlab", "flask", "bottle", "bare"],
)
class TestAnyApp:
    def test_streams(self, any_app, path):
        assert assert_streams(any_app, path).body == b"one two three"

    def test_is_buffered(self, any_app, path):
        exchange = assert_buffered(any_app, path, middleware=collecting, by="collecting")
        assert exchange.verdict.culprit == "collecting"

    def test_closes_its_generator(self, any_app, path):
        assert_closes_generator(any_app, path)
        assert_closes_generator(any_app, path, after=2)
        assert_closes_generator(any_app, path, middleware="gzip-flushed")

    def test_takes_little_memory(self, any_app, path):
        assert 0 < assert_peak_memory(any_app, path, 300_000) <= 300_000


def test_django_streams_and_is_closed():
    code = """
        import sys
        from django.conf import settings
        settings.configure(DEBUG=False, ALLOWED_HOSTS=["*"], ROOT_URLCONF="__main__", SECRET_KEY="x")
        import django
        from django.http import StreamingHttpResponse
        from django.urls import path
        from django.core.wsgi import get_wsgi_application
        from streamlab.testing import assert_closes_generator, assert_streams

        def rows():
            try:
                yield "one "
                yield "two "
            finally:
                print("closed")

        def good(request):
            return StreamingHttpResponse(rows())

        def ready(request):
            return StreamingHttpResponse(list(rows()))

        urlpatterns = [path("good", good), path("list", ready)]
        app = get_wsgi_application()
        assert_streams(app, "/good")
        assert_closes_generator(app, "/good")
        try:
            assert_streams(app, "/list")
        except AssertionError as error:
            print(str(error).splitlines()[2])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "closed" in done.stdout
    assert "Buffered: all 2 chunks existed before the view returned" in done.stdout


class TestStreams:
    def test_a_middleware_that_collects_is_named_and_the_lanes_are_shown(self):
        message = message_of(assert_streams, app, "/good", middleware=collecting)
        assert message.startswith(
            "GET /good does not stream.\n\nBuffered: `collecting` kept the first chunk"
        )
        assert re.search(r"generator +3 +13\n", message)
        assert re.search(r"collecting +1 +13   <-- held the bytes back", message)
        order = [line.split()[0] for line in message.splitlines() if "'one " in line]
        assert order == ["generator", "app", "collecting", "server", "client"]
        assert f"generator   'one '   ({FIRST})" in message
        assert message.endswith(
            "Let `collecting` pass each chunk on as it comes: `yield from iterable`. Or remove it "
            "for this response."
        )

    def test_an_after_request_function_that_reads_the_body_is_named(self):
        message = message_of(assert_streams, reads_all, "/good")
        assert "Buffered: `log_body` kept the first chunk" in message
        assert re.search(
            r"app +3 +13   <-- log_body, before this lane, held the bytes back", message
        )
        assert "in an after_request function that reads the body" in message

    def test_a_layer_without_a_lane_is_marked_at_the_next_lane(self):
        message = message_of(assert_streams, app, "/good", middleware="get_data")
        assert re.search(r"app .*<-- get_data, before this lane, held the bytes back", message)
        assert "`if response.is_streamed: return response`" in message

    @pytest.mark.parametrize(("ready", "path"), [(app, "/list"), (bare_list, "/")])
    def test_a_list_does_not_stream_although_it_is_sent_piece_by_piece(self, ready, path):
        message = message_of(assert_streams, ready, path)
        assert re.search(r"Buffered: all \d chunks existed before the view returned", message)
        assert "not `return list(generate())`" in message

    def test_one_chunk_does_not_stream(self):
        message = message_of(assert_streams, app, "/string")
        assert "One piece: the body was made as a single chunk of 13 bytes" in message
        assert "A view streams if it returns a generator that yields more than once" in message

    def test_an_error_in_the_generator_is_shown_with_its_line(self):
        message = message_of(assert_streams, app, "/broken")
        assert "Truncated" in message
        assert "LookupError: no second row" in message
        assert 'raise LookupError("no second row")' in message

    def test_the_status_of_a_wrong_path_is_shown(self):
        assert "404 NOT FOUND" in message_of(assert_streams, app, "/nowhere")

    def test_the_context_is_part_of_the_scenario(self):
        assert_streams(app, "/good", stream_with_context=False)  # this one needs no context

    def test_it_has_no_pace(self):
        with pytest.raises(TypeError, match="always runs in lockstep"):
            assert_streams(app, "/good", pace=1)

    def test_an_unknown_keyword_names_the_nearest(self):
        with pytest.raises(TypeError, match="did you mean 'middleware'"):
            assert_streams(app, "/good", midleware="gzip")


class TestBuffered:
    def test_a_stream_is_not_buffered(self):
        message = message_of(assert_buffered, app, "/good")
        assert message.startswith("GET /good is not buffered.\n\nStreamed: 3 chunks (13 bytes)")

    def test_another_culprit_than_expected_is_an_error(self):
        message = message_of(assert_buffered, app, "/good", middleware="profiler", by="gzip")
        assert message.startswith("GET /good is buffered by profiler, not by gzip.")


class TestClosesGenerator:
    def test_middleware_that_does_not_pass_close_on_is_named(self):
        message = message_of(
            assert_closes_generator, app, "/good", middleware=[forgetful, "gzip-flushed"]
        )
        assert message.startswith(
            "GET /good does not close its generator: forgetful does not pass close() on."
        )
        assert f"It is still suspended at {FIRST}" in message
        assert re.search(r"forgetful .*<-- did not pass close\(\) on", message)

    def test_of_two_layers_the_wrong_one_is_named(self):
        message = message_of(
            assert_closes_generator, app, "/good", middleware=["gzip-flushed", forgetful]
        )
        assert "forgetful does not pass close() on" in message

    def test_an_iterator_without_close_around_the_generator_is_found(self):
        message = message_of(assert_closes_generator, stock, "/wrapped")
        assert message.startswith("GET /wrapped does not close its generator.\n")
        assert FIRST in message
        assert "Return the generator itself" in message

    def test_a_generator_that_ignores_generator_exit_is_an_error(self):
        message = message_of(assert_closes_generator, app, "/deaf")
        assert "generator ignored GeneratorExit" in message
        assert "`except Exception`" in message

    def test_a_collected_response_cannot_be_interrupted(self):
        message = message_of(assert_closes_generator, app, "/good", middleware=collecting)
        assert "the generator was done when the client had 1 chunk" in message

    def test_an_endless_generator_in_a_collecting_middleware_is_stopped(self):
        message = message_of(assert_closes_generator, app, "/endless", middleware=collecting)
        assert message.startswith("GET /endless sends nothing: 10,000 chunks were made")
        assert re.search(r"collecting +0 +0   <-- held the bytes back", message)

    def test_an_endless_generator_is_closed(self):
        assert_closes_generator(app, "/endless", after=50)

    def test_a_list_has_nothing_to_close(self):
        message = message_of(assert_closes_generator, bare_list, "/")
        assert message.startswith("GET / has no generator to close: the app returned a list")

    def test_a_wrong_path_has_nothing_to_close(self):
        with pytest.raises(AssertionError, match="answered 404 NOT FOUND"):
            assert_closes_generator(app, "/nowhere")

    @pytest.mark.parametrize("path", ["/list", "/string"])
    def test_a_ready_body_has_nothing_to_close(self, path):
        with pytest.raises(AssertionError, match="has no generator to close"):
            assert_closes_generator(app, path)

    def test_a_generator_that_has_not_started_is_not_open(self):
        rows = (piece.encode() for piece in three())

        def chained(environ, start_response):
            start_response("200 OK", [])
            return ClosingIterator(chain([b"head"], rows), lambda: None)

        assert_closes_generator(chained)

    def test_an_error_before_the_client_disconnects_is_shown(self):
        message = message_of(assert_closes_generator, app, "/broken", after=2)
        assert message.startswith("GET /broken failed.\n\nLookupError: no second row")

    def test_it_has_no_server(self):
        with pytest.raises(TypeError, match="'server': it would make no difference"):
            assert_closes_generator(app, "/good", server="waitress")

    def test_a_proxy_is_refused(self):
        proxy = next(name for name, kind in MIDDLEWARE.items() if kind.proxy)
        with pytest.raises(ValueError, match="is a proxy in front of the server"):
            assert_closes_generator(app, "/good", middleware=proxy)


class TestPeakMemory:
    def test_a_wrong_path_is_an_error(self):
        with pytest.raises(AssertionError, match="answered 404 NOT FOUND"):
            assert_peak_memory(app, "/nowhere")

    def test_a_response_that_sends_nothing_is_stopped(self):
        def late(inner):
            def middleware(environ, start_response):
                items = iter(inner(environ, start_response))
                yield next(items)
                yield b"".join(items)

            return middleware

        def endless(environ, start_response):
            start_response("200 OK", [])
            yield from repeat(b"x")

        with pytest.raises(AssertionError, match=r"sends nothing: 10,0\d\d chunks were made"):
            assert_peak_memory(endless, middleware=late)

    def test_a_long_stream_needs_little_memory(self):
        assert assert_peak_memory(app, "/many", 200_000) < 200_000

    def test_a_list_of_all_rows_is_found_with_its_line(self):
        message = message_of(assert_peak_memory, app, "/hoards", 200_000)
        assert re.match(
            r"GET /hoards took [\d,]+ bytes of memory, and 200,000 were allowed", message
        )
        assert "rows = [str(n) * 1_000 for n in range(2_000)]" in message
        assert "test_asserts.py, line" in message

    def test_middleware_that_collects_is_found(self):
        message = message_of(assert_peak_memory, app, "/many", 500_000, middleware=collecting)
        assert 'b"".join(inner(environ, start_response))' in message

    def test_an_endless_stream_is_stopped_after_some_chunks(self):
        assert_peak_memory(app, "/endless", 200_000, chunks=1_000)

    def test_tracemalloc_stays_on_if_it_was_on(self):
        tracemalloc.start()
        try:
            assert_peak_memory(app, "/good", 300_000)
            assert tracemalloc.is_tracing()
        finally:
            tracemalloc.stop()

    def test_tracemalloc_stays_off_if_it_was_off(self):
        assert_peak_memory(app, "/good", 300_000)
        assert not tracemalloc.is_tracing()


def test_no_trace_and_no_context_stay_in_the_thread():
    message_of(assert_closes_generator, app, "/good", middleware=forgetful)
    assert_peak_memory(app, "/good", 300_000)
    assert current_trace.get() is None
    assert not has_request_context()


def test_pytest_shows_the_callers_line_and_the_message(tmp_path):
    """The traceback has no lines of streamlab between the test's line and the message."""
    test = tmp_path / "test_theirs.py"
    test.write_text(
        "from streamlab.testing import assert_streams\n"
        "from tests.apps import bare\n"
        "def test_it():\n"
        '    assert_streams(bare, "/", middleware="buffer")\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "E       AssertionError: GET / does not stream." in done.stdout
    assert "<-- held the bytes back" in done.stdout
    assert "def assert_streams" not in done.stdout


def test_examples():
    result = doctest.testmod(streamlab.testing.asserts)
    assert result.attempted > 8
    assert result.failed == 0


def test_only_empty_chunks_are_named_soon():
    def app(environ, start_response):
        start_response("200 OK", [])
        while True:
            yield b""

    with pytest.raises(AssertionError, match="yields only empty chunks"):
        assert_closes_generator(app, "/")
