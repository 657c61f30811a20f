"""Hooks around a view that returns a stream: their order and the contexts they see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.web.parity.bench import Boom
from tests.web.parity.registry import case

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.parity.bench import Bench


def _stream(bench: Bench, *chunks: str, name: str = "stream") -> Any:
    return bench.web.stream_with_context(bench.steps(*chunks, name=name))


def _noting(bench: Bench, what: str) -> Callable[[Any], Any]:
    """Return a hook that logs a line and returns its argument."""

    def hook(response: Any) -> Any:
        bench.note_where(what)
        return response

    return hook


@case()
def context_of_every_hook(bench: Bench) -> None:
    app = bench.app(lambda: _stream(bench, "a"))
    app.teardown_request(lambda exc: bench.note_where("in teardown_request"))
    app.teardown_appcontext(lambda exc: bench.note_where("in teardown_appcontext"))
    bench.request(app).finish()


@case()
def order_of_registration(bench: Bench) -> None:
    app = bench.app(lambda: _stream(bench, "a"), hooks=False)
    for n in (1, 2):
        app.before_request(lambda n=n: bench.note(f"before_request {n}"))
        app.after_request(_noting(bench, f"after_request {n}"))
        app.teardown_request(lambda exc, n=n: bench.note(f"teardown_request {n}"))
        app.teardown_appcontext(lambda exc, n=n: bench.note(f"teardown_appcontext {n}"))
    bench.request(app).finish()


@case()
def before_request_returns_a_stream(bench: Bench) -> None:
    app = bench.app(lambda: bench.note("view") or "view")
    app.before_request(lambda: _stream(bench, "instead"))
    app.before_request(lambda: bench.note("never called"))
    bench.request(app).finish()


@case()
def errorhandler_returns_a_stream(bench: Bench) -> None:
    def view():
        raise Boom("in the view")

    app = bench.app(view)
    app.register_error_handler(Boom, lambda error: (_stream(bench, str(error)), 418))
    bench.request(app).finish()


@case()
def handler_of_404_returns_a_stream(bench: Bench) -> None:
    app = bench.app()
    app.register_error_handler(404, lambda error: (_stream(bench, "not", "found"), 404))
    bench.request(app, "/nowhere").finish()


@case()
def handler_of_500_returns_a_stream(bench: Bench) -> None:
    def view():
        raise Boom("in the view")

    app = bench.app(view)
    app.register_error_handler(500, lambda error: (_stream(bench, "sor", "ry"), 500))
    bench.request(app).finish()


@case(context=("with context", "without context"))
def after_request_reads_the_body(bench: Bench, context: str) -> None:
    """A hook that reads the body ends streaming, and hides that the context is not kept."""

    def view():
        def generate():
            yield "Hello "
            yield bench.web.request.args["name"]

        stream = generate()
        return bench.web.stream_with_context(stream) if context == "with context" else stream

    app = bench.app(view)

    @app.after_request
    def measure(response):
        bench.note(f"streamed {response.is_streamed}, {len(response.get_data())} bytes")
        return response

    bench.request(app, "/?name=World").finish()


@case()
def after_request_replaces_the_response(bench: Bench) -> None:
    app = bench.app(lambda: _stream(bench, "never", "sent"))
    app.after_request(lambda response: bench.web.make_response("replaced", 203))
    bench.request(app).finish()


@case()
def after_request_replaces_and_closes(bench: Bench) -> None:
    app = bench.app(lambda: _stream(bench, "never", "sent"))

    @app.after_request
    def replace(response):
        response.close()
        return bench.web.Response("replaced")

    bench.request(app).finish()


@case()
def after_request_wraps_the_stream(bench: Bench) -> None:
    app = bench.app(lambda: _stream(bench, "a", "b"))

    @app.after_request
    def shout(response):
        body = response.response
        response.response = (chunk.upper() for chunk in body)
        return response

    bench.request(app).finish()


@case(returned=(None, "text"))
def after_request_returns_no_response(bench: Bench, returned: object) -> None:
    app = bench.app(lambda: "text", hooks=False)
    app.after_request(lambda response: returned)
    bench.request(app).finish()


@case()
def after_request_sets_headers(bench: Bench) -> None:
    app = bench.app(lambda: _stream(bench, "a"))

    @app.after_request
    def mark(response):
        response.headers["X-Accel-Buffering"] = "no"
        response.status_code = 206
        return response

    bench.request(app).finish()


@case()
def after_this_request(bench: Bench) -> None:
    def view():
        for n in (1, 2):
            bench.web.after_this_request(_noting(bench, f"after_this_request {n}"))
        return _stream(bench, "a")

    app = bench.app(view)
    bench.request(app, name="first").finish()
    bench.request(app, name="second").finish()


@case()
def after_this_request_from_a_signal(bench: Bench) -> None:
    """An observer can see the body of one request before any hook."""

    def tap(response):
        body = response.response
        response.response = (bench.note(f"tap: {chunk}") or chunk for chunk in body)
        return response

    def started(_app, **_):
        bench.web.after_this_request(tap)

    app = bench.app(lambda: _stream(bench, "a", "b"))
    bench.web.request_started.connect(started, app)
    bench.request(app).finish()


@case()
def after_this_request_from_the_stream(bench: Bench) -> None:
    def view():
        def generate():
            yield "a"
            bench.web.after_this_request(_noting(bench, "too late to be called"))
            yield "b"

        return bench.web.stream_with_context(generate())

    bench.request(bench.app(view)).finish()


@case()
def after_this_request_outside(bench: Bench) -> None:
    bench.attempt("register", lambda: bench.web.after_this_request(lambda response: response))


@case()
def after_this_request_in_an_app_context(bench: Bench) -> None:
    with bench.app().app_context():
        bench.attempt("register", lambda: bench.web.after_this_request(lambda response: response))


@case(stage=("before_request", "view", "errorhandler"))
def async_functions(bench: Bench, stage: str) -> None:
    async def answer(*_):
        bench.note_where(f"async {stage}")
        return _stream(bench, "a")

    def view():
        raise Boom("for the handler")

    app = bench.app(answer if stage == "view" else view)
    if stage == "before_request":
        app.before_request(answer)
    if stage == "errorhandler":
        app.register_error_handler(Boom, answer)
    bench.request(app).finish()


@case()
def async_hooks(bench: Bench) -> None:
    app = bench.app(lambda: _stream(bench, "a"))

    @app.after_request
    async def after(response):
        bench.note_where("async after_request")
        return response

    @app.teardown_request
    async def teardown(exc):
        bench.note("async teardown_request")

    @app.teardown_appcontext
    async def teardown_app(exc):
        bench.note("async teardown_appcontext")

    bench.request(app).finish()


@case()
def middleware_around_wsgi_app(bench: Bench) -> None:
    app = bench.app(lambda: _stream(bench, "a", "b"))
    inner = app.wsgi_app

    def middleware(environ, start_response):
        bench.note_where("middleware: called")
        body = inner(environ, start_response)
        try:
            for chunk in body:
                bench.note_where(f"middleware: {chunk!r}")
                yield chunk
        finally:
            body.close()
            bench.note_where("middleware: closed")

    app.wsgi_app = middleware
    bench.request(app).finish()


@case()
def middleware_that_never_closes(bench: Bench) -> None:
    app = bench.app(lambda: _stream(bench, "a", "b"))
    inner = app.wsgi_app
    app.wsgi_app = lambda environ, start_response: iter(list(inner(environ, start_response)))
    bench.request(app).finish()
