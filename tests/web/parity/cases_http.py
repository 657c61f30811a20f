"""Routing and HTTP errors: how a request without a view, or with an abort, is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug import exceptions
from werkzeug.routing import BaseConverter

from tests.web.parity.bench import Boom
from tests.web.parity.registry import case

if TYPE_CHECKING:
    from tests.web.parity.bench import Bench


class Worse(Boom):
    """A subclass, to test which handler is the nearest."""


def _answering(bench: Bench, name: str) -> Any:
    def handler(error: Exception) -> tuple[str, int]:
        bench.note_where(f"handler of {name} gets {type(error).__name__}")
        return name, 418

    return handler


def _raising(error: Exception) -> Any:
    def view() -> str:
        raise error

    return view


@case(method=("GET", "HEAD", "OPTIONS", "POST", "DELETE"), path=("/", "/nowhere"))
def methods(bench: Bench, method: str, path: str) -> None:
    app = bench.app()
    app.get("/")(lambda: bench.web.stream_with_context(bench.rows("a")))
    bench.request(app, path, method=method).finish()


@case(method=("get", "post", "put", "patch", "delete"))
def shorthands(bench: Bench, method: str) -> None:
    app = bench.app()
    getattr(app, method)("/items/<int:number>")(
        lambda number: f"{bench.web.request.method} {number}"
    )
    bench.request(app, "/items/7", method=method.upper()).finish()
    bench.request(app, "/items/seven", method=method.upper()).finish()


@case(code=(400, 401, 403, 404, 405, 410, 418, 429, 500, 503))
def abort(bench: Bench, code: int) -> None:
    bench.request(bench.app(lambda: bench.web.abort(code))).finish()


@case()
def abort_with_a_description(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.abort(404, description="no <such> stream"))
    bench.request(app).finish()


@case()
def abort_with_a_response(bench: Bench) -> None:
    def view():
        stream = bench.web.stream_with_context(bench.steps("a"))
        bench.web.abort(bench.web.Response(stream, 409))

    bench.request(bench.app(view)).finish()


@case(handlers=("Boom", "Worse", "Boom Worse", "Exception", "Exception Boom", "500", "500 Boom"))
def precedence_of_classes(bench: Bench, handlers: str) -> None:
    keys = {"Boom": Boom, "Worse": Worse, "Exception": Exception, "500": 500}
    app = bench.app(_raising(Worse("it happened")))
    for name in handlers.split():
        app.register_error_handler(keys[name], _answering(bench, name))
    bench.request(app).finish()


@case(handlers=("404", "HTTPException", "404 HTTPException", "NotFound", "Exception", "500"))
def precedence_of_codes(bench: Bench, handlers: str) -> None:
    keys = {
        "404": 404,
        "500": 500,
        "NotFound": exceptions.NotFound,
        "HTTPException": exceptions.HTTPException,
        "Exception": Exception,
    }
    app = bench.app()
    for name in handlers.split():
        app.register_error_handler(keys[name], _answering(bench, name))
    bench.request(app, "/nowhere").finish()


@case(code=(600, "404", Exception("an instance"), int))
def errorhandler_for_something_else(bench: Bench, code: object) -> None:
    app = bench.app()
    bench.attempt("register", lambda: app.register_error_handler(code, lambda error: "") is None)


@case(path=("/slash", "/slash/", "/noslash", "/noslash/"))
def slashes(bench: Bench, path: str) -> None:
    app = bench.app()
    app.get("/slash/")(lambda: "slash")
    app.add_url_rule("/noslash", endpoint="noslash", view_func=lambda: "noslash")
    bench.request(app, path).finish()


@case()
def missing_argument(bench: Bench) -> None:
    bench.request(bench.app(lambda: bench.web.request.args["name"])).finish()


@case(options=({}, {"strict_slashes": False}, {"defaults": {"n": 3}}, {"methods": ["POST"]}))
def rule_options(bench: Bench, options: dict[str, Any]) -> None:
    app = bench.app()
    app.add_url_rule("/a/", endpoint="a", view_func=lambda n=0: f"a {n}", **options)
    bench.request(app, "/a").finish()
    bench.request(app, "/a/").finish()


@case()
def provide_automatic_options(bench: Bench) -> None:
    app = bench.app()
    app.add_url_rule("/a", endpoint="a", view_func=lambda: "a", provide_automatic_options=False)
    bench.request(app, "/a", method="OPTIONS").finish()


@case(
    build=(
        ("item", {"number": 7}),
        ("item", {"number": 7, "q": "ж &", "_anchor": "end"}),
        ("item", {"number": 7, "_external": True}),
        ("item", {"number": 7, "_scheme": "https"}),
        ("item", {"number": 7, "_method": "POST"}),
        ("item", {}),
        ("nothing", {}),
    )
)
def url_for_in_a_stream(bench: Bench, build: tuple[str, dict[str, Any]]) -> None:
    def view():
        def generate():
            yield "to "
            yield bench.web.url_for(build[0], **build[1])

        return bench.web.stream_with_context(generate())

    app = bench.app(view)
    app.get("/items/<int:number>")(_named("item"))
    bench.request(app).finish()


def _named(name: str) -> Any:
    def view(number: int) -> str:
        return str(number)

    view.__name__ = name
    return view


@case(config=({}, {"SERVER_NAME": "example.com"}))
def url_for_outside_a_request(bench: Bench, config: dict[str, str]) -> None:
    app = bench.app(lambda: "", **config)
    bench.attempt("no context", lambda: bench.web.url_for("view"))
    with app.app_context():
        bench.attempt("app context", lambda: bench.web.url_for("view"))
        bench.attempt("not external", lambda: bench.web.url_for("view", _external=False))


@case()
def build_error_handler(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.url_for("gone", x=1))
    if hasattr(app, "url_build_error_handlers"):
        app.url_build_error_handlers.append(lambda error, endpoint, values: f"/{endpoint}")
    bench.request(app).finish()


@case()
def body_of_the_request(bench: Bench) -> None:
    def view():
        def generate():
            yield bench.web.request.form["a"]
            yield bench.web.request.method

        return bench.web.stream_with_context(generate())

    app = bench.app()
    app.post("/")(view)
    bench.request(app, method="POST", data={"a": "from the form"}).finish()


@case(data=("{", '{"a": 1}', ""))
def json_of_the_request(bench: Bench, data: str) -> None:
    app = bench.app()
    app.post("/")(lambda: bench.web.jsonify(bench.web.request.get_json()))
    bench.request(app, method="POST", data=data, content_type="application/json").finish()


@case()
def limit_of_the_request(bench: Bench) -> None:
    app = bench.app(MAX_CONTENT_LENGTH=3)
    app.post("/")(lambda: bench.web.request.form["a"])
    bench.request(app, method="POST", data={"a": "too long"}).finish()


@case()
def view_arguments_in_a_stream(bench: Bench) -> None:
    def view(name: str):
        def generate():
            request = bench.web.request
            yield f"{request.endpoint} {request.url_rule} {request.view_args} {request.path}"

        return bench.web.stream_with_context(generate())

    app = bench.app()
    app.add_url_rule("/hello/<name>", endpoint="hello", view_func=view)
    bench.request(app, "/hello/World").finish()


@case(
    config=({}, {"TRAP_HTTP_EXCEPTIONS": True}, {"TRAP_BAD_REQUEST_ERRORS": True}, {"DEBUG": True})
)
def trapped_http_errors(bench: Bench, config: dict[str, bool]) -> None:
    app = bench.app(lambda: bench.web.request.args["name"], **config)
    app.get("/abort")(lambda: bench.web.abort(418))
    bench.request(app).finish()
    bench.request(app, "/abort").finish()


@case(content_type=("text/plain", None))
def json_of_another_content_type(bench: Bench, content_type: str | None) -> None:
    app = bench.app()
    app.post("/")(lambda: bench.web.request.json)
    bench.request(app, method="POST", data="{}", content_type=content_type).finish()


@case()
def endpoint_with_another_name(bench: Bench) -> None:
    app = bench.app()
    app.add_url_rule("/a", endpoint="spelt_otherwise")

    @app.endpoint("spelt_otherwise")
    def view():
        return f"{bench.web.request.endpoint} at {bench.web.url_for('spelt_otherwise')}"

    bench.request(app, "/a").finish()


@case()
def rule_without_a_view(bench: Bench) -> None:
    app = bench.app()
    app.add_url_rule("/a", endpoint="a")
    bench.request(app, "/a").finish()


@case(path=("/x,y", "/"))
def custom_converter(bench: Bench, path: str) -> None:
    class Listed(BaseConverter):
        def to_python(self, value: str) -> list[str]:
            bench.note_where("converter")
            return value.split(",")

        def to_url(self, value: list[str]) -> str:
            return ",".join(value)

    app = bench.app()
    app.url_map.converters["listed"] = Listed
    app.add_url_rule("/<listed:names>", endpoint="names", view_func=lambda names: names)
    bench.request(app, path).finish()


@case()
def two_rules_for_one_view(bench: Bench) -> None:
    app = bench.app()

    @app.get("/a/<int:n>")
    @app.get("/a", defaults={"n": 1})
    def view(n):
        return f"{n} {bench.web.url_for('view', n=1)} {bench.web.url_for('view', n=2)}"

    bench.request(app, "/a").finish()
    bench.request(app, "/a/2").finish()


@case(error=("KeyError", "LookupError", "ZeroDivisionError"))
def builtin_errors_by_class(bench: Bench, error: str) -> None:
    errors = {cls.__name__: cls for cls in (KeyError, LookupError, ZeroDivisionError)}
    app = bench.app(_raising(errors[error]("it happened")))
    app.register_error_handler(LookupError, _answering(bench, "LookupError"))
    app.register_error_handler(KeyError, _answering(bench, "KeyError"))
    bench.request(app).finish()


@case()
def abort_from_a_hook(bench: Bench) -> None:
    app = bench.app(lambda: "never")
    app.before_request(lambda: bench.web.abort(403))
    app.register_error_handler(403, _answering(bench, "403"))
    bench.request(app).finish()
