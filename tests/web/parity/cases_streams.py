"""What `stream_with_context` can wrap, where it can be called, and what the stream can use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from werkzeug.wsgi import ClosingIterator

from tests.web.parity.registry import case

if TYPE_CHECKING:
    from tests.web.parity.bench import Bench


@case()
def generator(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a", "b", "c")))
    bench.request(app).finish()


@case()
def generator_without_context(bench: Bench) -> None:
    app = bench.app(lambda: bench.steps("a", "b"))
    bench.request(app).finish()


@case()
def request_args(bench: Bench) -> None:
    def view():
        def generate():
            yield "Hello "
            yield bench.web.request.args["name"]
            yield "!"

        return bench.web.stream_with_context(generate())

    bench.request(bench.app(view), "/?name=World").finish()


@case(touched=("before the first yield", "after the first yield"))
def request_args_without_context(bench: Bench, touched: str) -> None:
    def view():
        def generate():
            if touched == "after the first yield":
                yield "Hello "
            yield bench.web.request.args["name"]

        return generate()

    bench.request(bench.app(view), "/?name=World").finish()


@case()
def iterator_with_close(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.rows("a", "b")))
    bench.request(app).finish()


@case()
def iterator_with_close_without_context(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.Response(bench.rows("a", "b")))
    bench.request(app).finish()


@case()
def iterable_whose_iterator_closes(bench: Bench) -> None:
    class Table:
        def __iter__(self):
            return bench.rows("a", "b")

    app = bench.app(lambda: bench.web.stream_with_context(Table()))
    bench.request(app).finish()


@case()
def wsgi_iterable(bench: Bench) -> None:
    def view():
        body = ClosingIterator([b"a", b"b"], lambda: bench.note_where("wsgi: close()"))
        return bench.web.Response(bench.web.stream_with_context(body))

    bench.request(bench.app(view)).finish()


@case(value=("abc", "", ["a", "b"], (), {"k": 1}, b"ab"))
def plain_value(bench: Bench, value: object) -> None:
    app = bench.app(lambda: bench.web.Response(bench.web.stream_with_context(value)))
    bench.request(app).finish()


@case(value=(None, 42))
def neither_iterable_nor_callable(bench: Bench, value: object) -> None:
    def view():
        wrapped = bench.attempt("wrap", lambda: callable(bench.web.stream_with_context(value)))
        return str(wrapped)

    bench.request(bench.app(view)).finish()


@case()
def text_bytes_and_markup(bench: Bench) -> None:
    from markupsafe import Markup, escape

    chunks = ("<p>", b"\xd0\x94", escape("<&>"), Markup("</p>"), "Привет", "")
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps(*chunks)))
    bench.request(app).finish()


@case()
def empty_stream(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps()))
    bench.request(app).finish()


@case(chunk=(None, 7, ["a"]))
def chunk_of_a_wrong_type(bench: Bench, chunk: object) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a", chunk, "c")))
    bench.request(app).finish()


@case()
def decorator(bench: Bench) -> None:
    def view():
        @bench.web.stream_with_context
        def generate():
            yield from bench.steps("a", "b")

        return generate()

    bench.request(bench.app(view)).finish()


@case()
def decorator_with_arguments(bench: Bench) -> None:
    def view():
        @bench.web.stream_with_context
        def count(start, *, stop):
            """Counts."""
            for number in range(start, stop):
                yield f"{number} "

        bench.note(f"wrapped: {count.__name__}, {count.__doc__}")
        return count(3, stop=6)

    bench.request(bench.app(view)).finish()


@case()
def decorator_called_twice(bench: Bench) -> None:
    def view():
        @bench.web.stream_with_context
        def generate(name):
            yield from bench.steps(name, name=name)

        first, second = generate("first"), generate("second")

        def both():
            yield from first
            yield from second

        return both()

    bench.request(bench.app(view)).finish()


@case()
def decorator_on_a_returned_list(bench: Bench) -> None:
    def view():
        @bench.web.stream_with_context
        def parts():
            bench.note_where("parts() is called")
            return ["a", "b"]

        return parts()

    bench.request(bench.app(view)).finish()


@case(around=("generator", "string"))
def outside_a_request(bench: Bench, around: str) -> None:
    body = bench.steps("a") if around == "generator" else "abc"
    bench.attempt("wrap", lambda: list(bench.web.stream_with_context(body)))


@case()
def decorated_outside_called_inside(bench: Bench) -> None:
    @bench.web.stream_with_context
    def generate():
        yield bench.web.request.path

    bench.attempt("call outside", lambda: list(generate()))
    bench.request(bench.app(generate)).finish()


@case()
def in_an_app_context_alone(bench: Bench) -> None:
    app = bench.app()
    with app.app_context():
        bench.attempt("stream", lambda: list(bench.web.stream_with_context(bench.steps("a"))))


@case()
def in_a_test_request_context(bench: Bench) -> None:
    app = bench.app()
    with app.test_request_context("/?name=World"):
        stream = bench.web.stream_with_context(bench.steps("a", "b"))
        bench.note_where(f"first: {next(stream)}")
    bench.attempt("the rest", lambda: list(stream))


@case()
def nested(bench: Bench) -> None:
    def view():
        wrap = bench.web.stream_with_context
        return wrap(wrap(bench.steps("a", "b")))

    bench.request(bench.app(view)).finish()


@case()
def nested_inside_the_generator(bench: Bench) -> None:
    def view():
        wrap = bench.web.stream_with_context

        def outer():
            yield "("
            yield from wrap(bench.steps("a", "b", name="inner"))
            bench.note_where("outer: goes on")
            yield ")"

        return wrap(outer())

    bench.request(bench.app(view)).finish()


@case()
def two_streams_one_after_the_other(bench: Bench) -> None:
    def view():
        wrap = bench.web.stream_with_context
        first, second = (wrap(bench.steps(n, name=n)) for n in ("first", "second"))

        def both():
            yield from first
            bench.note_where("between the two")
            yield from second

        return both()

    bench.request(bench.app(view)).finish()


@case()
def two_streams_read_alternately(bench: Bench) -> None:
    def view():
        wrap = bench.web.stream_with_context
        pair = [wrap(bench.steps(n, n, name=n)) for n in ("first", "second")]

        def by_turns():
            for chunks in zip(*pair, strict=True):
                yield from chunks

        return wrap(by_turns())

    bench.request(bench.app(view)).finish()


@case()
def async_view(bench: Bench) -> None:
    async def view():
        bench.note_where("view")
        await asyncio.sleep(0)
        return bench.web.stream_with_context(bench.steps("a", "b"))

    bench.request(bench.app(view)).finish()


@case()
def async_view_with_a_decorated_generator(bench: Bench) -> None:
    async def view():
        @bench.web.stream_with_context
        def generate():
            yield "Hello "
            yield bench.web.request.args["name"]

        return generate()

    bench.request(bench.app(view), "/?name=World").finish()


@case()
def async_view_and_a_disconnect(bench: Bench) -> None:
    async def view():
        return bench.web.stream_with_context(bench.steps("a", "b"))

    bench.request(bench.app(view)).read(1).close()


@case()
def async_generator(bench: Bench) -> None:
    async def generate():
        yield "a"

    app = bench.app(generate)
    bench.request(app).finish()


@case()
def same_generator_in_two_requests(bench: Bench) -> None:
    shared = bench.steps("a", "b", "c")
    app = bench.app(lambda: shared)
    bench.request(app, name="first").read(1).close()
    bench.request(app, name="second").finish()
