"""Which context is active when: outside requests, in threads, under the test client's `with`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from tests.web.parity.bench import Boom
from tests.web.parity.registry import case

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.parity.bench import Bench


def _in_a_thread(act: Callable[[], Any]) -> None:
    thread = threading.Thread(target=act)
    thread.start()
    thread.join()


@case(proxy=("request", "session", "g", "current_app"))
def proxy_without_a_context(bench: Bench, proxy: str) -> None:
    bench.attempt("an attribute", lambda: getattr(bench.web, proxy).config)
    bench.note(f"{bool(getattr(bench.web, proxy))}")


@case(proxy=("request", "session"))
def request_proxy_in_an_app_context(bench: Bench, proxy: str) -> None:
    with bench.app().app_context():
        bench.attempt("an attribute", lambda: getattr(bench.web, proxy).config)
        bench.note(f"{bool(getattr(bench.web, proxy))}")


@case()
def app_context(bench: Bench) -> None:
    app = bench.app()
    with app.app_context():
        bench.note_where(f"inside, {bench.web.current_app == app}")
    bench.note_where("outside")


@case(kind=("app_context", "test_request_context"))
def exception_inside(bench: Bench, kind: str) -> None:
    def enter():
        with getattr(bench.app(), kind)():
            raise Boom("inside")

    bench.attempt("enter", enter)


@case()
def test_request_context(bench: Bench) -> None:
    app = bench.app(lambda: "")
    with app.test_request_context("/?name=World", method="POST", headers={"X-A": "1"}):
        request = bench.web.request
        bench.note_where(f"{request.method} {request.args['name']} {request.headers['X-A']}")
        bench.note(f"{request.endpoint} {type(request.routing_exception).__name__}")


@case(outer=("app", "request"), inner=("app", "request"))
def nested_contexts(bench: Bench, outer: str, inner: str) -> None:
    app = bench.app()
    kinds = {"app": app.app_context, "request": app.test_request_context}
    with kinds[outer]():
        bench.web.g.who = "outer"
        with kinds[inner]():
            bench.note_where(f"inner: {bench.web.g.get('who')}")
            bench.web.g.who = "inner"
        bench.note_where(f"outer again: {bench.web.g.get('who')}")


@case()
def request_inside_an_app_context(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.g.get("who", "a new g"))
    with app.app_context():
        bench.web.g.who = "outer"
        bench.request(app).finish()
        bench.note_where(f"outer again: {bench.web.g.get('who')}")


@case()
def context_pushed_twice(bench: Bench) -> None:
    context = bench.app().test_request_context()
    context.push()
    context.push()
    bench.note_where("pushed twice")
    context.pop()
    bench.note_where("popped once")
    context.pop()
    bench.note_where("popped twice")


@case()
def popped_in_the_wrong_order(bench: Bench) -> None:
    app = bench.app()
    first, second = app.app_context(), app.app_context()
    first.push()
    second.push()
    try:
        first.pop()
    except (
        Exception
    ) as error:  # its type changed between Flask's versions, its words hold addresses
        bench.note_where(f"refused: {isinstance(error, (AssertionError, RuntimeError))}")
    second.pop()


@case()
def g_in_a_stream(bench: Bench) -> None:
    def view():
        bench.web.g.name = "from the view"

        def generate():
            yield bench.web.g.name
            bench.web.g.name = "from the stream"
            yield bench.web.g.pop("name")
            yield repr(bench.web.g.get("name"))
            yield repr("name" in bench.web.g)

        return bench.web.stream_with_context(generate())

    app = bench.app(view)
    app.teardown_appcontext(lambda exc: bench.note(f"g at the end: {list(bench.web.g)}"))
    bench.request(app).finish()


@case(proxy=("g", "current_app", "session"))
def proxy_in_a_bare_generator(bench: Bench, proxy: str) -> None:
    def view():
        def generate():
            yield "a"
            yield str(bool(getattr(bench.web, proxy)._get_current_object()))

        return generate()

    bench.request(bench.app(view)).finish()


@case()
def app_context_in_a_bare_generator(bench: Bench) -> None:
    app = bench.app()

    def view():
        def generate():
            with app.app_context():
                bench.note_where("inside")
                yield bench.web.current_app.config["GREETING"]

        return generate()

    app.config["GREETING"] = "hello"
    app.add_url_rule("/", endpoint="view", view_func=view)
    bench.request(app).finish()


@case(wrapped=("with context", "without context"))
def has_context_in_a_stream(bench: Bench, wrapped: str) -> None:
    def view():
        def generate():
            for ask in (bench.web.has_request_context, bench.web.has_app_context):
                yield f"{ask()} "

        return (
            bench.web.stream_with_context(generate()) if wrapped == "with context" else generate()
        )

    bench.request(bench.app(view)).finish()


@case()
def client_that_keeps_the_context(bench: Bench) -> None:
    app = bench.app(lambda: "text")
    with app.test_client() as client:
        bench.note(client.get("/?name=World").text)
        bench.note_where(f"still there: {bench.web.request.args['name']}")
        client.get("/?name=Again")
        bench.note_where(f"the next: {bench.web.request.args['name']}")


@case(wrapped=("with context", "without context"), read=("whole", "one chunk"))
def client_that_keeps_the_context_of_a_stream(bench: Bench, wrapped: str, read: str) -> None:
    def view():
        def generate():
            bench.note_where("generator starts")
            yield "Hello "
            yield bench.web.request.args["name"]

        return (
            bench.web.stream_with_context(generate()) if wrapped == "with context" else generate()
        )

    with bench.app(view).test_client() as client:
        response = client.get("/?name=World")
        if read == "whole":
            bench.attempt("body", lambda: response.text)
        else:
            bench.attempt("chunk", lambda: next(response.iter_encoded()))
        response.close()
        bench.note_where("response closed")


@case(buffered=(True, False))
def client_without_with(bench: Bench, buffered: bool) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a", "b")))
    with app.test_client().get("/", buffered=buffered) as response:
        bench.note_where("response is there")
        bench.note(response.text)


@case()
def client_keeps_the_context_after_an_error(bench: Bench) -> None:
    def view():
        raise Boom("in the view")

    with bench.app(view).test_client() as client:
        bench.note(client.get("/?name=World").status)
        bench.note_where(bench.web.request.args["name"])


@case(testing=(True, False))
def client_and_a_failing_stream(bench: Bench, testing: bool) -> None:
    app = bench.app(lambda: bench.steps("a", fail_at=1), TESTING=testing)
    response = app.test_client().get("/")
    bench.attempt("body", lambda: response.text)
    response.close()


@case()
def client_follows_a_redirect(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.redirect(bench.web.url_for("end"), 303))
    app.add_url_rule(
        "/end",
        endpoint="end",
        view_func=lambda: bench.web.stream_with_context(bench.steps("end")),
    )
    response = app.test_client().get("/", follow_redirects=True)
    bench.note(f"{response.text} {len(response.history)}")


@case()
def thread_with_a_copied_context(bench: Bench) -> None:
    def view():
        bench.web.g.seen = "in the view"

        @bench.web.copy_current_request_context
        def work():
            bench.note_where(f"thread: {bench.web.request.args['name']}, {'seen' in bench.web.g}")

        _in_a_thread(work)
        bench.note_where("view: goes on")
        return "text"

    bench.request(bench.app(view), "/?name=World").finish()


@case()
def thread_with_a_copied_context_in_a_stream(bench: Bench) -> None:
    def view():
        def generate():
            yield "a"

            @bench.web.copy_current_request_context
            def work(greeting: str) -> None:
                bench.note_where(f"{greeting} from the thread, {bench.web.request.args['name']}")

            _in_a_thread(lambda: work("hello"))
            yield "b"

        return bench.web.stream_with_context(generate())

    bench.request(bench.app(view), "/?name=World").finish()


@case()
def thread_without_a_context(bench: Bench) -> None:
    def view():
        _in_a_thread(lambda: bench.attempt("thread", lambda: bench.web.request.path))
        return "text"

    bench.request(bench.app(view)).finish()


@case(kind=("none", "app"))
def copying_where_there_is_no_request(bench: Bench, kind: str) -> None:
    def copy():
        return callable(bench.web.copy_current_request_context(lambda: None))

    if kind == "none":
        bench.attempt("copy", copy)
        return
    with bench.app().app_context():
        bench.attempt("copy", copy)


@case()
def stream_read_in_another_thread(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.stream_with_context(bench.steps("a", "b")))
    exchange = bench.request(app)
    _in_a_thread(exchange.finish)
    bench.note_where("the thread is done")


@case()
def session_shared_with_a_copied_context(bench: Bench) -> None:
    def view():
        bench.web.session["k"] = "from the view"

        @bench.web.copy_current_request_context
        def work():
            bench.note(f"thread sees {bench.web.session['k']}")
            bench.web.session["k"] = "from the thread"

        _in_a_thread(work)
        return bench.web.session["k"]

    bench.request(bench.app(view)).finish()


@case()
def two_apps(bench: Bench) -> None:
    inner = bench.app(lambda: f"inner {bench.web.request.args['name']}")

    def view():
        bench.request(inner, "/?name=second", name="inner client").finish()
        return bench.web.stream_with_context(bench.steps(bench.web.request.args["name"]))

    bench.request(bench.app(view), "/?name=first").finish()


@case()
def nested_with_blocks_of_a_client(bench: Bench) -> None:
    client = bench.app(lambda: "text").test_client()
    with client:
        bench.attempt("again", client.__enter__)


@case(attribute=("testing", "debug"))
def attribute_and_config(bench: Bench, attribute: str) -> None:
    app = bench.app(lambda: "text")
    setattr(app, attribute, True)
    bench.note(f"{app.config[attribute.upper()]}")
    app.config[attribute.upper()] = False
    bench.note(f"{getattr(app, attribute)}")
