"""Exceptions in the view, in the stream, in `close()` and in the hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.web.parity.bench import Boom
from tests.web.parity.registry import case

if TYPE_CHECKING:
    from tests.web.parity.bench import Bench

PROPAGATION = (
    {},
    {"TESTING": True},
    {"DEBUG": True},
    {"PROPAGATE_EXCEPTIONS": True},
    {"PROPAGATE_EXCEPTIONS": False, "TESTING": True},
)


def _fails(message: str = "boom") -> None:
    raise Boom(message)


@case(at=(0, 1, 2))
def stream(bench: Bench, at: int) -> None:
    wrap = bench.web.stream_with_context
    app = bench.app(lambda: wrap(bench.steps("a", "b", fail_at=at)))
    bench.request(app).finish()


@case(at=(0, 1, 2))
def stream_without_context(bench: Bench, at: int) -> None:
    app = bench.app(lambda: bench.steps("a", "b", fail_at=at))
    bench.request(app).finish()


@case(at=(0, 1))
def iterator_with_close(bench: Bench, at: int) -> None:
    wrap = bench.web.stream_with_context
    app = bench.app(lambda: wrap(bench.rows("a", "b", fail_at=at)))
    bench.request(app).finish()


@case()
def stream_in_testing(bench: Bench) -> None:
    wrap = bench.web.stream_with_context
    app = bench.app(lambda: wrap(bench.steps("a", "b", fail_at=1)), TESTING=True)
    bench.request(app).finish()


@case()
def stream_with_an_errorhandler(bench: Bench) -> None:
    wrap = bench.web.stream_with_context
    app = bench.app(lambda: wrap(bench.steps("a", "b", fail_at=1)))
    app.register_error_handler(Boom, lambda error: bench.note("handler") or "handled")
    bench.request(app).finish()


@case()
def stream_aborts(bench: Bench) -> None:
    def view():
        def generate():
            yield "a"
            bench.web.abort(404)

        return bench.web.stream_with_context(generate())

    bench.request(bench.app(view)).finish()


@case(ending=("read", "left"))
def error_in_the_generators_finally(bench: Bench, ending: str) -> None:
    def view():
        def generate():
            try:
                yield "a"
            finally:
                _fails("in finally")

        return bench.web.stream_with_context(generate())

    bench.request(bench.app(view)).read(None if ending == "read" else 1).close()


@case(ending=("read", "left"))
def error_in_the_iterators_close(bench: Bench, ending: str) -> None:
    class Cursor:
        def __init__(self):
            self._items = iter(["a", "b"])

        def __iter__(self):
            return self

        def __next__(self):
            return next(self._items)

        def close(self):
            bench.note_where("cursor: close()")
            _fails("in close()")

    app = bench.app(lambda: bench.web.stream_with_context(Cursor()))
    bench.request(app).read(None if ending == "read" else 1).close()


@case()
def call_on_close(bench: Bench) -> None:
    def view():
        response = bench.web.Response(bench.web.stream_with_context(bench.steps("a")))
        response.call_on_close(lambda: _fails("in the callback"))
        response.call_on_close(lambda: bench.note("next callback"))
        return response

    bench.request(bench.app(view)).finish()


@case()
def generator_is_exhausted_by_stop_iteration(bench: Bench) -> None:
    def view():
        def generate():
            yield "a"
            next(iter(()))

        return bench.web.stream_with_context(generate())

    bench.request(bench.app(view)).finish()


@case(config=PROPAGATION)
def view(bench: Bench, config: dict[str, bool]) -> None:
    bench.request(bench.app(_fails, **config)).finish()


@case(config=PROPAGATION[:2])
def view_after_wrapping(bench: Bench, config: dict[str, bool]) -> None:
    def view():
        stream = bench.web.stream_with_context(bench.steps("a"))
        raise Boom(f"with {type(stream).__name__}")

    bench.request(bench.app(view, **config)).finish()


@case()
def errorhandler(bench: Bench) -> None:
    app = bench.app(_fails)
    app.register_error_handler(Boom, lambda error: _fails("in the handler"))
    bench.request(app).finish()


@case()
def handler_of_500(bench: Bench) -> None:
    app = bench.app(_fails)

    @app.errorhandler(500)
    def internal(error):
        bench.note_where(f"handler of {type(error.original_exception).__name__}")
        return "sorry", 500

    bench.request(app).finish()


@case()
def before_request(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a")))
    app.before_request(_fails)
    bench.request(app).finish()


@case(config=PROPAGATION[:2])
def after_request(bench: Bench, config: dict[str, bool]) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a")), **config)
    app.after_request(lambda response: _fails("in after_request"))
    bench.request(app).finish()


@case(hook=("teardown_request", "teardown_appcontext"), body=("stream", "text"))
def teardown(bench: Bench, hook: str, body: str) -> None:
    def view():
        if body == "text":
            return "text"
        return bench.web.stream_with_context(bench.steps("a", "b"))

    app = bench.app(view)
    getattr(app, hook)(lambda exc: _fails(f"in {hook}"))
    getattr(app, hook)(lambda exc: bench.note(f"the {hook} registered last"))
    bench.request(app).finish()


@case()
def both_teardowns(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a")))
    app.teardown_request(lambda exc: _fails("in teardown_request"))
    app.teardown_appcontext(lambda exc: _fails("in teardown_appcontext"))
    bench.request(app).finish()


@case()
def stream_and_teardown(bench: Bench) -> None:
    wrap = bench.web.stream_with_context
    app = bench.app(lambda: wrap(bench.steps("a", "b", fail_at=1)))
    app.teardown_request(lambda exc: _fails("in teardown_request"))
    bench.request(app).finish()


@case()
def teardown_after_a_disconnect(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a", "b")))
    app.teardown_request(lambda exc: _fails("in teardown_request"))
    bench.request(app).read(1).close()


@case()
def signal_receiver(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a")))

    def receiver(_app, **_):
        _fails("in a receiver")

    bench.web.request_finished.connect(receiver, app)
    bench.request(app).finish()


@case()
def base_exception_in_the_stream(bench: Bench) -> None:
    def view():
        def generate():
            yield "a"
            raise KeyboardInterrupt

        return bench.web.stream_with_context(generate())

    exchange = bench.request(bench.app(view)).read(1)
    try:
        exchange.read()
    except KeyboardInterrupt:
        bench.note_where("interrupted")
    exchange.close()


@case()
def async_view(bench: Bench) -> None:
    async def view():
        _fails("in an async view")

    bench.request(bench.app(view)).finish()
