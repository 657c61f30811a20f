"""Values that a view can return, and values that it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as WerkzeugResponse

from tests.web.parity.registry import case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.web.parity.bench import Bench


def _wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("202 ACCEPTED", [("X-From", "wsgi"), ("Content-Type", "text/x-wsgi")])
    return [b"from ", environ["PATH_INFO"].encode()]


def _generate() -> Iterator[str]:
    yield "a"


def _forced(bench: Bench) -> WerkzeugResponse:
    return WerkzeugResponse(bench.steps("a"), status=207, headers={"X-From": "werkzeug"})


BODIES: dict[str, Callable[[Bench], Any]] = {
    "str": lambda bench: "Привет",
    "empty str": lambda bench: "",
    "bytes": lambda bench: b"\xff\x00",
    "bytearray": lambda bench: bytearray(b"ab"),
    "dict": lambda bench: {"b": 1, "a": ["<é>", None, True, 1.5]},
    "list": lambda bench: [1, {"a": 2}],
    "empty list": lambda bench: [],
    "generator": lambda bench: bench.steps("a", b"b"),
    "iterator": lambda bench: iter(["a", "b"]),
    "iterator with close": lambda bench: bench.rows("a", "b"),
    "stream": lambda bench: bench.web.stream_with_context(bench.steps("a")),
    "Response": lambda bench: bench.web.Response("text", 201, {"X-A": "1"}, mimetype="text/plain"),
    "Response of a list": lambda bench: bench.web.Response(["a", b"b", "ж"]),
    "werkzeug's Response": _forced,
    "wsgi callable": lambda bench: _wsgi,
    "jsonify": lambda bench: bench.web.jsonify(b=1, a=[2]),
    "jsonify a list": lambda bench: bench.web.jsonify(1, "two"),
    "redirect": lambda bench: bench.web.redirect("/elsewhere"),
    "redirect 301": lambda bench: bench.web.redirect("/elsewhere", 301),
    "make_response": lambda bench: bench.web.make_response(),
    "make_response of a tuple": lambda bench: bench.web.make_response("text", 201, {"X-A": "1"}),
    "make_response of a generator": lambda bench: bench.web.make_response(bench.steps("a", "b")),
    "make_response of a stream": lambda bench: bench.web.make_response(
        bench.web.stream_with_context(bench.steps("a")), 206, {"X-A": "1"}
    ),
    "returned exception": lambda bench: __import__("werkzeug").exceptions.ImATeapot(),
}

TUPLES: dict[str, Callable[[Bench], Any]] = {
    "body and status": lambda bench: (bench.steps("a"), 201),
    "body and status line": lambda bench: ("text", "299 FINE"),
    "body and headers": lambda bench: (bench.steps("1,2\n"), {"Content-Type": "text/csv"}),
    "body and list of headers": lambda bench: (bench.steps("a"), [("X-A", "1"), ("X-A", "2")]),
    "body and headers with lists": lambda bench: ("text", {"X-A": ["1", "2"]}),
    "body and Headers": lambda bench: ("text", Headers({"X-A": "1"})),
    "all three": lambda bench: (bench.steps("a"), 203, {"X-A": "1"}),
    "dict and status": lambda bench: ({"error": "no"}, 400),
    "Response, new status and headers": lambda bench: (
        bench.web.Response("text", 201, {"X-A": "old", "X-B": "kept"}),
        202,
        {"X-A": "new"},
    ),
    "stream and content type": lambda bench: (
        bench.web.stream_with_context(bench.rows("data: 1\n\n")),
        {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"},
    ),
}

INVALID: dict[str, Callable[[Bench], Any]] = {
    "None": lambda bench: None,
    "int": lambda bench: 42,
    "float": lambda bench: 1.5,
    "object": lambda bench: object,
    "set": lambda bench: {"a"},
    "tuple of one": lambda bench: ("a",),
    "tuple of four": lambda bench: ("a", 200, {}, "more"),
    "empty tuple": lambda bench: (),
    "None in a tuple": lambda bench: (None, 200),
    "None with headers": lambda bench: (None, {"X-A": "1"}),
    "wrong status": lambda bench: ("a", "many"),
    "the generator function": lambda bench: _generate,
    "a function without arguments": lambda bench: lambda: "a",
}


@case(kind=tuple(BODIES))
def body(bench: Bench, kind: str) -> None:
    bench.request(bench.app(lambda: BODIES[kind](bench))).finish()


@case(kind=tuple(TUPLES))
def several_values(bench: Bench, kind: str) -> None:
    bench.request(bench.app(lambda: TUPLES[kind](bench))).finish()


@case(kind=tuple(INVALID))
def invalid(bench: Bench, kind: str) -> None:
    bench.request(bench.app(lambda: INVALID[kind](bench))).finish()


@case(kind=("None", "int", "tuple of four", "the generator function"))
def invalid_in_testing(bench: Bench, kind: str) -> None:
    bench.request(bench.app(lambda: INVALID[kind](bench), TESTING=True)).finish()


@case(kind=("str", "generator", "dict", "Response"))
def body_for_head(bench: Bench, kind: str) -> None:
    bench.request(bench.app(lambda: BODIES[kind](bench)), method="HEAD").finish()


@case()
def large_csv(bench: Bench) -> None:
    app = bench.app()

    @app.route("/large.csv")
    def generate_large_csv():
        def generate():
            for row in (["a", "b"], ["1", "2"]):
                yield f"{','.join(row)}\n"

        return generate(), {"Content-Type": "text/csv"}

    bench.request(app, "/large.csv").finish()


@case()
def direct_passthrough(bench: Bench) -> None:
    def view():
        chunks = bench.steps(b"a", b"b")
        return bench.web.Response(chunks, direct_passthrough=True)

    bench.request(bench.app(view)).finish()


@case()
def text_in_direct_passthrough(bench: Bench) -> None:
    def view():
        return bench.web.Response(bench.steps("a"), direct_passthrough=True)

    bench.request(bench.app(view)).finish()


@case()
def same_response_object_twice(bench: Bench) -> None:
    kept = []

    def view():
        kept.append(kept[0] if kept else bench.web.Response(bench.steps("a", "b")))
        return kept[-1]

    app = bench.app(view)
    bench.request(app, name="first").finish()
    bench.request(app, name="second").finish()


@case(status=(204, 304, 100))
def stream_with_a_status_that_has_no_body(bench: Bench, status: int) -> None:
    app = bench.app(lambda: (bench.web.stream_with_context(bench.rows("a")), status))
    bench.request(app).finish()


@case()
def response_class_of_the_app(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a")))

    class Plain(bench.web.Response):
        default_mimetype = "text/plain"

    app.response_class = Plain
    bench.request(app).finish()


@case(value=("text", [1], {"a": 1}))
def make_response_outside(bench: Bench, value: Any) -> None:
    bench.attempt("make_response", lambda: bench.web.make_response(value))


@case(debug=(True, False))
def json_layout(bench: Bench, debug: bool) -> None:
    bench.request(bench.app(lambda: {"b": 1, "a": [1, 2]}, DEBUG=debug)).finish()


@case()
def kinds_of_values_in_json(bench: Bench) -> None:
    from dataclasses import dataclass
    from datetime import date, datetime, timezone
    from decimal import Decimal
    from uuid import UUID

    from markupsafe import Markup

    @dataclass
    class Point:
        x: int
        y: int

    values = {
        "decimal": Decimal("1.50"),
        "date": date(2024, 1, 2),
        "when": datetime(2024, 1, 2, 3, 4, tzinfo=timezone.utc),
        "uuid": UUID(int=7),
        "markup": Markup("<b>"),
        "point": Point(1, 2),
        "tuple": (1, 2),
    }
    bench.request(bench.app(lambda: values)).finish()


@case(
    given=(((), {}), ((1,), {}), ((1, 2), {}), ((), {"a": 1}), ((1,), {"a": 1}), ((object(),), {}))
)
def jsonify(bench: Bench, given: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    args, kwargs = given
    bench.request(bench.app(lambda: bench.web.jsonify(*args, **kwargs))).finish()
