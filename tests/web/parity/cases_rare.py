"""Rare uses in which the frameworks could differ, found by comparing random apps."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.web.parity.bench import Boom
from tests.web.parity.registry import case
from tests.web.parity.wording import error_line

if TYPE_CHECKING:
    from tests.web.parity.bench import Bench


@case()
def async_error_has_no_context(bench: Bench) -> None:
    app = bench.app()

    @app.get("/")
    async def view() -> str:
        raise Boom("alone")

    @app.errorhandler(Boom)
    def handler(error: Boom) -> str:
        bench.note(f"context {error.__context__!r}")
        return "handled"

    bench.request(app).finish()


@case()
def async_handler_raises_the_error_again(bench: Bench) -> None:
    app = bench.app(PROPAGATE_EXCEPTIONS=False)

    @app.errorhandler(Boom)
    async def handler(error: Boom) -> str:
        bench.note(f"handles {sys.exc_info()[1]!r}")
        raise  # noqa: PLE0704 - inside the handling of an exception

    def view() -> str:
        raise Boom("again")

    app.add_url_rule("/", view_func=view)
    bench.request(app).finish()


@case(wrapped=(False, True))
def stream_replaced_by_another_response(bench: Bench, wrapped: bool) -> None:
    """The stream is neither read nor closed, so it ends when the last reference is gone."""
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a")))

    @app.before_request
    async def before() -> None:
        bench.note("async")

    @app.after_request
    def after(response: Any) -> Any:
        if wrapped:
            response.response = bench.web.stream_with_context(response.iter_encoded())
        return bench.web.Response("instead")

    for _ in range(2):
        bench.request(app).finish()
        bench.note_where("between the requests")


@case(
    server_name=("example.com", "example.com:80", "example.com:443", "example.com:8080"),
    scheme=("http", "https"),
)
def default_port_in_the_server_name(bench: Bench, server_name: str, scheme: str) -> None:
    app = bench.app(lambda: bench.web.url_for("view", _external=True), SERVER_NAME=server_name)
    bench.request(app, base_url=f"{scheme}://{server_name}").finish()


@case(limit=("max_content_length", "max_form_memory_size", "max_form_parts"), value=(None, 1, 99))
def limit_set_by_the_view(bench: Bench, limit: str, value: int | None) -> None:
    app = bench.app(**{limit.upper(): 7})

    @app.post("/")
    def view() -> str:
        setattr(bench.web.request, limit, value)
        return str(getattr(bench.web.request, limit))

    bench.request(app, method="POST").finish()


@case(methods=([], (), "", "POST"))
def empty_methods(bench: Bench, methods: Any) -> None:
    app = bench.app()
    bench.attempt("route", lambda: app.add_url_rule("/", "view", lambda: "", methods=methods))
    bench.request(app, method="OPTIONS").finish()


@case()
def rule_without_view_or_endpoint(bench: Bench) -> None:
    bench.attempt("rule", lambda: bench.app().add_url_rule("/a"))


class _Callable:
    def __call__(self) -> str:
        return "called"


@case(views=("partials", "objects", "one of each"))
def callables_without_names_share_an_endpoint(bench: Bench, views: str) -> None:
    app = bench.app()
    first, second = {
        "partials": (partial(str, "a"), partial(str, "b")),
        "objects": (_Callable(), _Callable()),
        "one of each": (partial(str, "a"), _Callable()),
    }[views]
    app.add_url_rule("/a", "view", first)
    bench.attempt("again", lambda: app.add_url_rule("/b", "view", second))


@case(endpoint=(".view", "..view", "view."))
def endpoint_with_a_dot(bench: Bench, endpoint: str) -> None:
    def view() -> str:
        bench.attempt("url_for", lambda: bench.web.url_for(endpoint))
        return ""

    bench.request(bench.app(view)).finish()


@case()
def session_interface_that_changes_the_cookie(bench: Bench) -> None:
    def view() -> str:
        bench.web.session["n"] = 1
        return ""

    app = bench.app(view)

    class Interface(type(app.session_interface)):  # type: ignore[misc]
        def get_cookie_path(self, app: Any) -> str:
            return "/below"

        def get_cookie_secure(self, app: Any) -> bool:
            return True

        def get_cookie_samesite(self, app: Any) -> str:
            return "Lax"

    app.session_interface = Interface()
    bench.request(app).finish()


@case()
def secret_key_removed_by_the_view(bench: Bench) -> None:
    def view() -> str:
        bench.web.session["n"] = 1
        app.secret_key = None
        return ""

    app = bench.app(view, PROPAGATE_EXCEPTIONS=False)
    bench.request(app).finish()


@case(
    error=(
        ValueError("I/O operation on closed file"),
        ValueError(42, "I/O operation on closed file"),
        ValueError(),
    )
)
def error_with_several_arguments(bench: Bench, error: Exception) -> None:
    """Advice is appended to the text of an error, and its arguments stay the same."""

    def generate() -> Any:
        yield "a"
        raise ValueError(*error.args)

    response = bench.web.Response(generate())
    chunks = response.iter_encoded()
    next(chunks)
    try:
        next(chunks)
    except ValueError as raised:
        bench.note(f"{error_line(raised)}, {len(raised.args)} arguments")


@case()
def config_from_pairs(bench: Bench) -> None:
    config = bench.app().config
    config.from_mapping([("A", 1), ("b", 2)], C=3)
    bench.note(f"{config['A']} {config['C']} {'b' in config}")


@case()
def methods_overridden_in_a_subclass(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.render_template_string("{{ n }}"))
    kind = type(app)

    class Overriding(kind):  # type: ignore[misc, valid-type]
        # Flask 3.2 passes the context as first argument, 3.1 does not.
        def update_template_context(self, *args: Any) -> None:
            super().update_template_context(*args)
            args[-1]["n"] = 7

        def log_exception(self, *args: Any) -> None:
            bench.note(f"logs {error_line(args[-1][1])}")

    app.__class__ = Overriding
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.get("/fails")
    def fails() -> str:
        raise Boom("logged")

    bench.request(app).finish()
    bench.request(app, "/fails").finish()
