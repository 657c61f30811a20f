"""Who is to blame: the verdict names what an app did wrong, on every server and behind middleware."""

from __future__ import annotations

import gzip as gzip_module
import sqlite3
import threading
import zlib

import flask
import pytest

import streamlab
from streamlab.harness.harness import Harness
from streamlab.harness.observe import observe
from streamlab.harness.scenario import Scenario
from streamlab.middleware.nginx import find_nginx
from streamlab.web import App, Response, stream_with_context
from tests.harness.test_observe import django_app

SERVERS = ("werkzeug", "werkzeug-stock", "wsgiref", "waitress", "cheroot")
PLAIN = ("Content-Type", "text/plain")


def has_nginx():
    try:
        find_nginx()
    except FileNotFoundError:
        return False
    return True


STACKS = [
    *({"server": server} for server in SERVERS),
    pytest.param(
        {"middleware": "proxy"}, marks=pytest.mark.skipif(not has_nginx(), reason="needs nginx")
    ),
    {"middleware": "debugger"},
]


def bare(*items, headers=(PLAIN,), status="200 OK"):
    """A WSGI application that yields these items."""

    def application(environ, start_response):
        start_response(status, list(headers))
        yield from items

    return application


def app_with(view, make=App):
    app = make("blame")
    app.secret_key = "k"
    app.add_url_rule("/", "view", view)
    return app


def flask_response(body, **headers):
    return flask.Response(
        body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


class TestContentLength:
    @pytest.mark.parametrize("stack", STACKS)
    @pytest.mark.parametrize("length", ["3", "100"])
    def test_a_wrong_one_is_the_apps(self, stack, length):
        application = bare(b"abc", b"def", headers=[PLAIN, ("Content-Length", length)])
        verdict = observe(application, "/", timeout=5, **stack).verdict
        assert (verdict.outcome, verdict.culprit) == ("truncated", "app")
        assert f"the app sets Content-Length to {length}, but" in verdict.text
        assert 'response.headers.pop("Content-Length", None)' in verdict.advice

    @pytest.mark.parametrize(
        ("make", "response"), [(App, Response), (flask.Flask, flask.Response)], ids=["App", "Flask"]
    )
    @pytest.mark.parametrize("server", ["werkzeug", "cheroot"])
    def test_of_a_framework(self, make, response, server):
        def view():
            body = (f"line {number}\n" for number in range(5))
            return response(body, headers={"Content-Length": "10"})

        exchange = observe(app_with(view, make), "/", server=server)
        assert exchange.body == b"line 0\nlin"
        assert (exchange.verdict.outcome, exchange.verdict.culprit) == ("truncated", "app")
        assert "Content-Length to 10" in exchange.verdict.text

    @pytest.mark.parametrize("value", ["abc", "-1", "6, 6", "٣"])
    def test_one_that_is_no_number(self, value):
        value = value.encode().decode("latin-1")
        verdict = observe(bare(b"abc", headers=[("Content-Length", value)]), "/").verdict
        assert verdict.culprit == "app"
        assert "which is not one number of bytes" in verdict.text

    def test_two_that_differ(self):
        headers = [("Content-Length", "6"), ("content-length", "3")]
        verdict = observe(bare(b"abcdef", headers=headers), "/").verdict
        assert (verdict.outcome, verdict.culprit) == ("failed", "app")
        assert "'6' and to '3'" in verdict.text

    def test_one_of_a_middleware_is_the_middlewares(self):
        def counts_wrong(application):
            def wrapped(environ, start_response):
                def start(status, headers, *rest):
                    return start_response(status, [*headers, ("Content-Length", "2")], *rest)

                return application(environ, start)

            return wrapped

        verdict = observe(bare(b"abc", b"def"), "/", middleware=counts_wrong).verdict
        assert (verdict.outcome, verdict.culprit) == ("truncated", "counts_wrong")

    @pytest.mark.parametrize("server", SERVERS)
    def test_a_right_one_is_not_blamed(self, server):
        headers = [PLAIN, ("Content-Length", "6")]
        exchange = observe(bare(b"abc", b"def", headers=headers), "/", server=server, lockstep=True)
        assert exchange.verdict.outcome == "streamed"
        head = observe(bare(headers=headers), "/", server=server, method="HEAD")
        assert (head.verdict.outcome, head.verdict.culprit) == ("empty", None)

    def test_a_body_that_an_exception_ended_is_not_too_short_by_the_header(self):
        def application(environ, start_response):
            start_response("200 OK", [("Content-Length", "6")])
            yield b"abc"
            raise ValueError("on purpose")

        verdict = observe(application, "/").verdict
        assert verdict.outcome == "truncated"
        assert "raised ValueError: on purpose" in verdict.text
        assert "Content-Length to" not in verdict.text

    def test_a_body_that_a_middleware_does_not_read_to_its_end_is_not_blamed(self):
        def first_only(application):
            def wrapped(environ, start_response):
                body = application(environ, lambda status, headers: start_response(status, [PLAIN]))
                yield next(iter(body))
                body.close()

            return wrapped

        headers = [("Content-Length", "6")]
        verdict = observe(bare(b"abc", b"def", headers=headers), "/", middleware=first_only).verdict
        assert "sets Content-Length" not in verdict.text


class TestTransferEncoding:
    @pytest.mark.parametrize("stack", STACKS)
    def test_it_is_the_apps(self, stack):
        application = bare(b"abc", b"def", headers=[PLAIN, ("Transfer-Encoding", "chunked")])
        verdict = observe(application, "/", timeout=5, **stack).verdict
        assert (verdict.outcome, verdict.culprit) == ("failed", "app")
        assert "the app sets the header `Transfer-Encoding: chunked`" in verdict.text
        assert 'response.headers.pop("Transfer-Encoding", None)' in verdict.advice

    def test_in_a_flask_view(self):
        def view():
            return flask_response(
                (f"{number}\n" for number in range(3)), Transfer_Encoding="chunked"
            )

        verdict = observe(app_with(view, flask.Flask), "/").verdict
        assert (verdict.outcome, verdict.culprit) == ("failed", "app")
        assert "never arrived" not in verdict.text

    @pytest.mark.parametrize("server", ["wsgiref", "waitress"])
    def test_another_field_that_the_server_refuses(self, server):
        headers = [("Connection", "keep-alive")]
        verdict = observe(bare(b"abc", headers=headers), "/", server=server).verdict
        assert verdict.culprit == "app"
        assert "`Connection: keep-alive`" in verdict.text


NOT_BYTES = {
    "memoryview": (memoryview(b"frame"), "a memoryview of 5 bytes", "`yield bytes(chunk)`"),
    "bytearray": (bytearray(b"frame"), "a bytearray", "`yield bytes(chunk)`"),
    "str": ("text", "'text', a str", "`yield text.encode()`"),
    "int": (7, "7, an int", "`yield str(value).encode()`"),
    "list": ([b"a"], "[b'a'], a list", "`yield from`"),
    "None": (None, "yielded None", "A bare `yield`"),
}


class TestItemsThatAreNotBytes:
    @pytest.mark.parametrize("kind", NOT_BYTES)
    @pytest.mark.parametrize("server", ["werkzeug", "werkzeug-stock", "wsgiref"])
    def test_the_verdict_says_what_was_yielded_and_what_to_write(self, server, kind):
        item, said, code = NOT_BYTES[kind]

        def application(environ, start_response):
            start_response("200 OK", [PLAIN])
            yield b"first"
            yield item
            yield b"last"

        exchange = observe(application, "/", server=server)
        assert exchange.verdict.outcome == "truncated"
        assert said in exchange.verdict.text
        assert code in exchange.verdict.advice
        assert exchange.failure.user_frame.code == "yield item"
        assert said in str(exchange.error)
        assert ("text.encode()" in exchange.verdict.advice) is (kind in {"str", "None"})

    @pytest.mark.parametrize("server", ["waitress", "cheroot"])
    @pytest.mark.parametrize("kind", ["str", "int"])
    def test_on_other_servers(self, server, kind):
        item, said, code = NOT_BYTES[kind]
        verdict = observe(bare(b"first", item, b"last"), "/", server=server).verdict
        assert verdict.outcome == "truncated"
        assert said in verdict.text
        assert code in verdict.advice

    def test_an_item_that_a_server_accepts_is_no_failure(self):
        exchange = observe(bare(b"first", bytearray(b"second")), "/", server="waitress")
        assert exchange.body == b"firstsecond"
        assert exchange.failure is None
        [warning] = [event.text for event in exchange.trace.events if event.kind == "warning"]
        assert "`yield bytes(chunk)`" in warning

    @pytest.mark.parametrize("make", [App, flask.Flask], ids=["App", "Flask"])
    @pytest.mark.parametrize("kind", ["memoryview", "bytearray"])
    def test_a_buffer_in_a_framework(self, make, kind):
        item, said, code = NOT_BYTES[kind]
        verdict = observe(app_with(lambda: (item for _ in range(3)), make), "/").verdict
        assert said in verdict.text
        assert code in verdict.advice

    @pytest.mark.parametrize("make", [App, flask.Flask], ids=["App", "Flask"])
    def test_text_past_direct_passthrough(self, make):
        def view():
            response = make.response_class(text for text in ["text"])
            response.direct_passthrough = True
            return response

        verdict = observe(app_with(view, make), "/").verdict
        assert "the app yielded 'text', a str" in verdict.text
        assert "`yield text.encode()`" in verdict.advice

    @pytest.mark.parametrize("middleware", ["gzip", "buffer", "profiler"])
    def test_a_middleware_that_cannot_join_it_is_not_the_only_one_named(self, middleware):
        exchange = observe(bare("text", "more"), "/", middleware=middleware)
        assert exchange.verdict.culprit == middleware
        assert "`yield text.encode()`" in exchange.verdict.advice


class TestResults:
    @pytest.mark.parametrize("server", SERVERS)
    @pytest.mark.parametrize(
        ("body", "said", "code"),
        [
            (b"hello", "the app returned bytes and not a list", '`return [b"hello"]`'),
            ("hello", "the app returned str and not a list", "`return [text.encode()]`"),
            (None, "the app returned None", '`return [b"..."]`'),
            (5, "the app returned an int", '`return [b"..."]`'),
        ],
    )
    def test_something_else_than_a_list_of_bytes(self, server, body, said, code):
        def application(environ, start_response):
            start_response("200 OK", [PLAIN])
            return body

        verdict = observe(application, "/", server=server, timeout=5).verdict
        assert verdict.outcome in {"failed", "truncated"}
        assert said in verdict.text
        assert code in verdict.advice

    @pytest.mark.parametrize("server", SERVERS)
    @pytest.mark.parametrize("body", [[b"x"], []])
    def test_no_start_response(self, server, body):
        verdict = observe(lambda environ, start_response: body, "/", server=server).verdict
        assert (verdict.outcome, verdict.culprit) == ("failed", "app")
        assert "did not call `start_response`" in verdict.text
        assert '`start_response("200 OK", ' in verdict.advice

    def test_a_middleware_that_forgets_start_response(self):
        def forgets(application):
            return lambda environ, start_response: application(environ, lambda *_: None)

        verdict = observe(bare(b"x"), "/", middleware=forgets).verdict
        assert (verdict.outcome, verdict.culprit) == ("failed", "forgets")


class TestSwallowedExceptions:
    @pytest.mark.parametrize(
        "stack",
        [
            {},
            {"http_version": "1.0"},
            {"middleware": "debugger"},
            {"middleware": "debugger", "http_version": "1.0"},
            {"middleware": "debugger", "server": "wsgiref"},
            {"middleware": ("debugger", "gzip")},
            {"middleware": ("debugger", "buffer", "gzip-flushed")},
            {"middleware": "gzip-flushed", "server": "cheroot"},
            {"server": "cheroot", "http_version": "1.0"},
            {"server": "waitress"},
            {"middleware": "buffer"},
        ],
    )
    @pytest.mark.parametrize("make", [App, flask.Flask], ids=["App", "Flask"])
    def test_before_the_first_chunk(self, stack, make):
        def generate():
            raise ValueError("before the first chunk")
            yield

        verdict = observe(app_with(generate, make), "/", **stack).verdict
        assert verdict.outcome in {"failed", "truncated"}
        assert "raised ValueError: before the first chunk" in verdict.text

    class Rows:
        """Rows whose `close()` fails."""

        def __init__(self):
            self.rows = iter([b"first", b"again"])

        def __iter__(self):
            return self

        def __next__(self):
            return next(self.rows)

        def close(self):
            raise ValueError("while closing")

    @pytest.mark.parametrize("server", SERVERS)
    def test_in_close_after_a_whole_body(self, server):
        def view():
            return Response(stream_with_context(self.Rows()), headers={"Content-Length": "10"})

        exchange = observe(app_with(view), "/", server=server, lockstep=True)
        assert exchange.body == b"firstagain"
        assert exchange.verdict.outcome == "streamed"
        assert "ValueError: while closing" in exchange.verdict.text

    def test_an_exception_that_was_answered_is_mentioned(self):
        app = app_with(lambda: 1 // 0)

        @app.errorhandler(500)
        def apologize(error):
            return iter(["Sorry", "!"]), 200

        exchange = observe(app, "/", lockstep=True)
        assert exchange.text == "Sorry!"
        if exchange.failure is not None:
            assert "ZeroDivisionError" in exchange.verdict.text
            assert "answers that" in exchange.verdict.text

    def test_a_syntax_error_is_named(self):
        def generate():
            yield "a"
            compile("x = (", "lesson.py", "exec")

        exchange = observe(app_with(generate), "/")
        assert exchange.failure.last == "SyntaxError: '(' was never closed (lesson.py, line 1)"
        assert "raised SyntaxError: '(' was never closed (lesson.py, line 1)" in str(
            exchange.verdict
        )


def run_dry():
    rows = iter(["only one"])

    def generate():
        yield next(rows)
        yield next(rows)  # runs dry

    return generate()


def run_dry_inside():
    def outer():
        yield from run_dry()

    return outer()


def django_stream(body):
    def application(environ, start_response):
        from django.http import StreamingHttpResponse

        response = StreamingHttpResponse(body())
        start_response("200 OK", [PLAIN])
        return response

    django_app()  # sets Django up
    return application


def bare_of(body):
    def application(environ, start_response):
        start_response("200 OK", [PLAIN])
        return (item.encode() if isinstance(item, str) else item for item in body())

    return application


class TestTheLine:
    @pytest.mark.parametrize("body", [run_dry, run_dry_inside])
    @pytest.mark.parametrize(
        "make",
        [
            app_with,
            lambda body: app_with(body, flask.Flask),
            django_stream,
            bare_of,
        ],
        ids=["App", "Flask", "Django", "bare"],
    )
    def test_of_stop_iteration_in_a_generator(self, make, body):
        exchange = observe(make(body), "/")
        assert exchange.failure.last == "RuntimeError: generator raised StopIteration"
        assert exchange.failure.user_frame.code == "yield next(rows)  # runs dry"
        assert "`next(rows, None)`" in exchange.verdict.advice
        assert "next(rows, None)" in exchange.failure.advice

    @pytest.mark.parametrize(
        "make",
        [app_with, lambda body: app_with(body, flask.Flask)],
        ids=["App", "Flask"],
    )
    def test_of_a_none(self, make):
        def generate():
            yield "a"
            yield None

        exchange = observe(make(generate), "/")
        assert exchange.failure.user_frame.code == "yield None"
        assert "None" in exchange.verdict.text
        assert "`yield text" in exchange.verdict.advice


def generator_of(function):
    """A view whose generator yields text, and then what a function returns."""

    def view():
        def generate():
            yield "Hello "
            yield function()

        return generate()

    return view


class TestFlask:
    @pytest.mark.parametrize(
        "function",
        [
            lambda: flask.request.args["name"],
            lambda: flask.session["name"],
            lambda: flask.g.name,
            lambda: flask.current_app.name,
            lambda: flask.url_for("view"),
            lambda: flask.render_template_string("{{ name }}"),
            lambda: next(flask.stream_with_context(iter("ab"))),
        ],
        ids=["request", "session", "g", "current_app", "url_for", "template", "too late"],
    )
    def test_a_missing_context_has_the_help_of_app(self, function):
        exchange = observe(app_with(generator_of(function), flask.Flask), "/?name=Ann")
        for advice in (exchange.failure.advice, exchange.verdict.advice):
            assert "return stream_with_context(generate())" in advice
            assert 'generate(request.args["name"])' in advice
        assert "Consult the documentation" not in exchange.failure.advice
        assert "app.app_context()" not in exchange.failure.advice

    def test_outside_of_a_generator_flasks_own_text_stays(self):
        def view():
            errors = []

            def work():
                try:
                    flask.request.path
                except RuntimeError as error:
                    errors.append(error)

            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            raise errors[0]

        exchange = observe(app_with(view, flask.Flask), "/")
        assert "stream_with_context" not in exchange.failure.advice

    @pytest.mark.parametrize("make", [App, flask.Flask], ids=["App", "Flask"])
    def test_advice_that_is_only_true_for_flask_3_2_says_so(self, make):
        module = streamlab if make is App else flask

        def view():
            db = sqlite3.connect(":memory:", check_same_thread=False)

            @module.after_this_request
            def close(response):
                db.close()
                return response

            return generator_of(lambda: db.execute("select 1").fetchone())()

        exchange = observe(app_with(view, make), "/")
        assert exchange.failure.last.endswith("Cannot operate on a closed database.")
        assert "Flask 3.2" in exchange.failure.advice
        assert "Flask 3.1" in exchange.failure.advice


MIXED = {
    "request": "request.args",
    "session": "session['name']",
    "g": "g.name",
    "stream_with_context": "next(stream_with_context(iter('ab')))",
    "jsonify": "jsonify(a=1)",
}


class TestObjectsOfAnotherFramework:
    @pytest.mark.parametrize("in_generator", [False, True], ids=["view", "generator"])
    @pytest.mark.parametrize(
        ("make", "theirs", "said"),
        [
            (App, flask, "Flask's, but the app is streamlab's"),
            (flask.Flask, streamlab, "streamlab's, but the app is Flask's"),
        ],
        ids=["Flask's in App", "streamlab's in Flask"],
    )
    @pytest.mark.parametrize(("name", "use"), MIXED.items())
    def test_they_are_recognised_and_named(self, make, theirs, said, name, use, in_generator):
        # The name is a global, as an import statement makes it.
        function = eval(f"lambda: {use}", {name: getattr(theirs, name)})
        view = generator_of(function) if in_generator else function
        exchange = observe(app_with(view, make), "/?name=Ann")
        right = "streamlab" if make is App else "flask"
        for advice in (exchange.failure.advice, exchange.verdict.advice):
            assert f"`{name}` is {said}" in advice
            assert f"`from {right} import {name}`" in advice

    @pytest.mark.parametrize(("name", "use"), MIXED.items())
    def test_an_attribute_of_the_module(self, name, use):
        view = eval(f"lambda: {use.replace(name, f'flask.{name}', 1)}", {"flask": flask})
        exchange = observe(app_with(view), "/")
        assert f"`from streamlab import {name}`" in exchange.verdict.advice


class TestOnlyTheFrameOfACoding:
    @pytest.mark.parametrize("middleware", ["gzip", "gzip-flushed"])
    @pytest.mark.parametrize("body", [(), ("", "")])
    def test_of_a_middleware(self, middleware, body):
        app = app_with(lambda: iter(body))
        exchange = observe(app, "/", middleware=middleware)
        assert len(exchange.body) == 20
        assert exchange.verdict.outcome == "empty"
        assert "only the frame of the coding gzip" in exchange.verdict.text

    @pytest.mark.parametrize(
        ("coding", "body"), [("gzip", gzip_module.compress(b"")), ("deflate", zlib.compress(b""))]
    )
    def test_of_the_app(self, coding, body):
        view = app_with(lambda: Response(body, headers={"Content-Encoding": coding}))
        assert observe(view, "/").verdict.outcome == "empty"

    def test_a_byte_of_content_is_not_empty(self):
        exchange = observe(app_with(lambda: iter(["a"])), "/", middleware="gzip")
        assert exchange.verdict.outcome != "empty"


class TestResponsesWithoutABody:
    @pytest.mark.parametrize("server", SERVERS)
    @pytest.mark.parametrize(
        ("status", "method"),
        [("204 No Content", "GET"), ("304 Not Modified", "GET"), ("200 OK", "HEAD")],
    )
    def test_surplus_bytes_are_mentioned(self, server, status, method):
        application = bare(b"abc", b"def", status=status)
        verdict = observe(application, "/", server=server, method=method).verdict
        assert verdict.outcome == "empty"
        assert "2 chunks (6 bytes) could not be sent" in verdict.text

    @pytest.mark.parametrize("make", [App, flask.Flask], ids=["App", "Flask"])
    def test_a_generator_that_did_not_run_is_mentioned(self, make):
        verdict = observe(app_with(lambda: (iter(["a"]), 204), make), "/").verdict
        assert verdict.outcome == "empty"
        assert "the generator did not run" in verdict.text


class TestHeldUntilTheClientLeft:
    """The generator yields three chunks, and then waits until the exchange is done."""

    def exchange(self, *, stop, lockstep=False, **scenario):
        made, over = threading.Event(), threading.Event()

        def generate():
            yield "a" * 10
            yield "b" * 10
            yield "c" * 10
            made.set()
            over.wait(30)

        with Harness(app_with(generate), remembered=False) as harness:
            exchange = harness.exchange(Scenario("/", **scenario), lockstep=lockstep)
            thread = threading.Thread(target=exchange.make)
            thread.start()
            assert made.wait(30)
            if stop:
                exchange.stop()
            thread.join(30)
            over.set()
        return exchange

    @pytest.mark.parametrize("middleware", ["buffer", "gzip", "profiler", "get_data"])
    @pytest.mark.parametrize("stop", [True, False], ids=["stop", "timeout"])
    def test_the_holder_is_named(self, middleware, stop):
        exchange = self.exchange(middleware=middleware, stop=stop, timeout=30 if stop else 0.3)
        verdict = exchange.verdict
        assert (verdict.outcome, verdict.culprit) == ("buffered", middleware)
        assert verdict.held_bytes == 30
        assert f"`{middleware}` still held 30 bytes" in verdict.text
        assert verdict.advice

    @pytest.mark.skipif(not has_nginx(), reason="needs nginx")
    @pytest.mark.parametrize("stop", [True, False], ids=["stop", "timeout"])
    def test_a_proxy(self, stop):
        exchange = self.exchange(
            middleware="proxy", stop=stop, lockstep=True, timeout=30 if stop else 1.0
        )
        assert (exchange.verdict.outcome, exchange.verdict.culprit) == ("buffered", "proxy")
        assert exchange.verdict.held_bytes == 30

    @pytest.mark.parametrize("server", ["werkzeug", "waitress"])
    def test_nothing_is_held_by_a_server_that_sends_at_once(self, server):
        exchange = self.exchange(stop=True, server=server, lockstep=True)
        assert (exchange.verdict.outcome, exchange.verdict.culprit) == ("stopped", None)
