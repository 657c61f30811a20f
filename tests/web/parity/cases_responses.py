"""Changes of the `Response` of a stream, in time and too late."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.web.parity.registry import case

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.parity.bench import Bench

LATE: dict[str, Callable[..., object]] = {
    "header": lambda response: response.headers.__setitem__("X-Late", "1"),
    "header removed": lambda response: response.headers.remove("Content-Type"),
    "status": lambda response: setattr(response, "status_code", 500),
    "status line": lambda response: setattr(response, "status", "500 LATE"),
    "cookie": lambda response: response.set_cookie("late", "1"),
    "mimetype": lambda response: setattr(response, "mimetype", "text/plain"),
    "body": lambda response: response.set_data("another body"),
}

USES: dict[str, Callable[..., object]] = {
    "get_data": lambda response: response.get_data(as_text=True),
    "data": lambda response: response.data,
    "is_streamed": lambda response: (response.is_streamed, response.is_sequence),
    "make_sequence": lambda response: response.make_sequence(),
    "freeze": lambda response: response.freeze(),
    "add_etag": lambda response: response.add_etag(),
    "set_data": lambda response: response.set_data("another body"),
    "calculate_content_length": lambda response: response.calculate_content_length(),
    "content_length": lambda response: setattr(response, "content_length", 2),
    "iter_encoded": lambda response: list(response.iter_encoded()),
    "implicit_sequence_conversion": lambda response: setattr(
        response, "implicit_sequence_conversion", False
    ),
    "close": lambda response: response.close(),
    "json": lambda response: response.json,
}


@case(what=tuple(LATE))
def changed_after_the_first_chunk(bench: Bench, what: str) -> None:
    def view():
        def generate():
            yield "a"
            LATE[what](response)
            yield "b"

        response = bench.web.Response(bench.web.stream_with_context(generate()))
        return response

    bench.request(bench.app(view)).finish()


@case(what=tuple(USES))
def response_used_by_the_view(bench: Bench, what: str) -> None:
    def view():
        response = bench.web.Response(bench.web.stream_with_context(bench.steps("a", "b")))
        bench.attempt(what, lambda: USES[what](response))
        return response

    bench.request(bench.app(view)).finish()


@case(chunk=(None, 7, ["a"]))
def chunk_of_a_wrong_type(bench: Bench, chunk: object) -> None:
    app = bench.app(lambda: bench.steps("a", chunk, "c"))
    bench.request(app).finish()


@case(kept=("with context", "without context"))
def file_closed_by_the_view(bench: Bench, kept: str) -> None:
    def view():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "rows.csv")
            path.write_text("1\n2\n", encoding="utf-8")
            with path.open(encoding="utf-8") as lines:
                body = (line for line in lines)
                return bench.web.stream_with_context(body) if kept == "with context" else body

    bench.request(bench.app(view)).finish()


@case()
def file_opened_by_the_generator(bench: Bench) -> None:
    def view():
        def generate():
            with tempfile.TemporaryFile("w+", encoding="utf-8") as lines:
                lines.write("1\n2\n")
                lines.seek(0)
                yield from lines

        return bench.web.stream_with_context(generate())

    bench.request(bench.app(view)).finish()


@case()
def stream_to_write_to(bench: Bench) -> None:
    def view():
        response = bench.web.Response()
        response.stream.write("a")
        response.stream.writelines(["b", "c"])
        return response

    bench.request(bench.app(view)).finish()


@case(headers=({"If-None-Match": '"tag"'}, {"Range": "bytes=0-1"}, {}))
def conditional(bench: Bench, headers: dict[str, str]) -> None:
    def view():
        response = bench.web.Response("abcdef")
        response.set_etag("tag")
        return response.make_conditional(bench.web.request, accept_ranges=True, complete_length=6)

    bench.request(bench.app(view), headers=headers).finish()


@case()
def raised_as_an_exception(bench: Bench) -> None:
    def view():
        raise bench.web.Response("a response is no exception")

    bench.request(bench.app(view)).finish()


@case()
def generator_in_use_by_another_reader(bench: Bench) -> None:
    def view():
        def generate():
            yield "a"
            bench.attempt("read within itself", lambda: next(body))
            yield "b"

        body = generate()
        return bench.web.stream_with_context(body)

    bench.request(bench.app(view)).finish()
