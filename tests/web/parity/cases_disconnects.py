"""Clients that disconnect: what is closed and torn down, in which order, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.web.parity.registry import case

if TYPE_CHECKING:
    from tests.web.parity.bench import Bench


@case(after=(0, 1, 2, 3))
def generator(bench: Bench, after: int) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a", "b", "c")))
    bench.request(app).read(after).close()


@case(after=(0, 1, 3))
def generator_without_context(bench: Bench, after: int) -> None:
    app = bench.app(lambda: bench.steps("a", "b", "c"))
    bench.request(app).read(after).close()


@case(after=(0, 1, 2))
def iterator_with_close(bench: Bench, after: int) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.rows("a", "b")))
    bench.request(app).read(after).close()


@case(after=(0, 1))
def iterator_with_close_without_context(bench: Bench, after: int) -> None:
    app = bench.app(lambda: bench.web.Response(bench.rows("a", "b")))
    bench.request(app).read(after).close()


@case(after=(0, 1))
def nested(bench: Bench, after: int) -> None:
    def view():
        wrap = bench.web.stream_with_context
        return wrap(wrap(bench.steps("a", "b")))

    bench.request(bench.app(view)).read(after).close()


@case(after=(0, 1))
def template(bench: Bench, after: int) -> None:
    source = "{% for n in range(3) %}{{ n }}{% endfor %}"
    app = bench.app(lambda: bench.web.stream_template_string(source))
    bench.request(app).read(after).close()


@case()
def between_two_streams(bench: Bench) -> None:
    def view():
        wrap = bench.web.stream_with_context
        first, second = (wrap(bench.steps(n, n, name=n)) for n in ("first", "second"))

        def both():
            yield from first
            yield from second

        return both()

    bench.request(bench.app(view)).read(1).close()


@case(times=(2, 3))
def closes_several_times(bench: Bench, times: int) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.rows("a", "b")))
    exchange = bench.request(app).read(1)
    for _ in range(times):
        exchange.close()


@case()
def closes_twice_after_the_end(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a")))
    bench.request(app).read().close().close()


@case()
def reads_after_closing(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a", "b")))
    bench.request(app).read(1).close().read()


@case(after=(0, 1))
def response_is_garbage_collected(bench: Bench, after: int) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a", "b")))
    bench.request(app).read(after).forget()


@case()
def response_of_an_iterator_is_garbage_collected(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.rows("a", "b")))
    bench.request(app).read(1).forget()


@case()
def view_discards_the_stream(bench: Bench) -> None:
    def view():
        bench.web.stream_with_context(bench.steps("a"))
        bench.note_where("view: goes on")
        return "no stream"

    bench.request(bench.app(view)).finish()


@case()
def view_keeps_the_stream_and_returns_text(bench: Bench) -> None:
    kept = []

    def view():
        kept.append(bench.web.stream_with_context(bench.steps("a")))
        return "no stream"

    bench.request(bench.app(view)).finish()
    bench.note_where("the stream is still there")
    bench.attempt("read it now", lambda: list(kept.pop()))


@case()
def generator_that_catches_generator_exit(bench: Bench) -> None:
    def view():
        def generate():
            try:
                yield "a"
            except GeneratorExit:
                bench.note_where("swallowed")

        return bench.web.stream_with_context(generate())

    bench.request(bench.app(view)).read(1).close()


@case()
def generator_that_yields_in_finally(bench: Bench) -> None:
    def view():
        def generate():
            try:
                yield "a"
            finally:
                yield "goodbye"

        return bench.web.stream_with_context(generate())

    bench.request(bench.app(view)).read(1).close()


@case()
def generator_that_uses_the_request_in_finally(bench: Bench) -> None:
    def view():
        def generate():
            try:
                yield "a"
            finally:
                bench.note_where(f"goodbye, {bench.web.request.args['name']}")

        return bench.web.stream_with_context(generate())

    bench.request(bench.app(view), "/?name=World").read(1).close()


@case(first=("left", "right"))
def two_requests_read_alternately(bench: Bench, first: str) -> None:
    """The contexts of two requests alternate in one thread, which no server does."""
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a", "b")))
    left = bench.request(app, "/?left", name="left").read(1)
    right = bench.request(app, "/?right", name="right").read(1)
    for exchange in (left, right) if first == "left" else (right, left):
        exchange.finish()


@case()
def two_requests_read_alternately_without_context(bench: Bench) -> None:
    app = bench.app(lambda: bench.steps("a", "b"))
    left = bench.request(app, name="left").read(1)
    right = bench.request(app, name="right").read(1)
    left.finish()
    right.finish()


@case(reads=(0, 1))
def calls_on_close(bench: Bench, reads: int) -> None:
    def view():
        response = bench.web.Response(bench.web.stream_with_context(bench.steps("a", "b")))
        response.call_on_close(lambda: bench.note_where("first callback"))
        response.call_on_close(lambda: bench.note_where("second callback"))
        return response

    bench.request(bench.app(view)).read(reads).close()


@case(method=("HEAD", "OPTIONS"))
def request_without_a_body(bench: Bench, method: str) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.rows("a", "b")))
    bench.request(app, method=method).finish()


@case()
def head_request_for_a_generator(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a", "b")))
    bench.request(app, method="HEAD").finish()
