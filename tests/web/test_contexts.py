"""Where the proxies `request`, `session`, `g` and `current_app` work, and when contexts end."""

from __future__ import annotations

import sys
from threading import Thread

import pytest

from streamlab.web import (
    App,
    after_this_request,
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
    session,
)
from streamlab.web.globals import app_ctx


@pytest.mark.parametrize(
    ("look", "first_line"),
    [
        (lambda: request.args, "Working outside of request context."),
        (lambda: session["name"], "Working outside of request context."),
        (lambda: g.name, "Working outside of application context."),
        (lambda: current_app.name, "Working outside of application context."),
        (lambda: app_ctx.app, "Working outside of application context."),
    ],
)
def test_a_proxy_without_a_context_raises_an_error_with_advice(look, first_line):
    with pytest.raises(RuntimeError) as raised:
        look()
    assert str(raised.value).splitlines()[0] == first_line
    assert "stream_with_context(generate())" in str(raised.value)


def test_request_in_an_app_context_raises_an_error_with_advice(app):
    with app.app_context(), pytest.raises(RuntimeError) as raised:
        request.args
    assert str(raised.value).splitlines()[0] == "There is no request in this context."
    assert "test_request_context" in str(raised.value)


def test_has_app_context_and_has_request_context(app):
    assert (has_app_context(), has_request_context()) == (False, False)
    with app.app_context():
        assert (has_app_context(), has_request_context()) == (True, False)
        assert current_app == app
        assert g
        assert not request
    with app.test_request_context("/"):
        assert (has_app_context(), has_request_context()) == (True, True)
        assert request


def test_each_context_has_its_own_g(app):
    with app.app_context():
        g.name = "World"
        assert "name" in g
        assert list(g) == ["name"]
        assert g.get("name") == g.setdefault("name", "else") == g.pop("name") == "World"
        assert g.pop("name", None) is None
        with pytest.raises(AttributeError):
            g.name
        with pytest.raises(KeyError):
            g.pop("name")
        g.name = "outer"
        with app.app_context():
            assert "name" not in g
        del g.name
        assert repr(g) == "<streamlab.g of 'lesson'>"


def test_a_context_pushed_twice_is_torn_down_by_the_last_pop(app, log):
    app.teardown_request(lambda _: log.append("request"))
    app.teardown_appcontext(lambda _: log.append("app"))
    ctx = app.test_request_context("/")
    with ctx:
        with ctx:
            pass
        assert log == []
        assert has_request_context()
    assert log == ["request", "app"]
    with pytest.raises(RuntimeError, match="it is not pushed"):
        ctx.pop()


def test_popping_contexts_in_the_wrong_order_raises_an_error(app):
    first, second = app.app_context(), app.app_context()
    first.push()
    second.push()
    with pytest.raises(RuntimeError, match="is not the active context"):
        first.pop()
    second.pop()
    first.pop()


def test_a_context_cannot_be_popped_by_another_thread(app):
    ctx = app.app_context()
    ctx.push()
    errors = []

    def pop():
        try:
            ctx.pop()
        except RuntimeError as error:
            errors.append(str(error))

    thread = Thread(target=pop)
    thread.start()
    thread.join()
    ctx.pop()
    (error,) = errors
    assert "there is no active context" in error
    assert "another thread" in error


def test_all_teardown_functions_run_even_if_each_raises(app, log):
    def failing(name):
        def teardown(error):
            log.append(name)
            raise ValueError(name)

        return teardown

    app.teardown_request(failing("request 1"))
    app.teardown_request(failing("request 2"))
    app.teardown_appcontext(failing("app"))
    with pytest.raises(Exception) as raised, app.test_request_context("/"):
        pass
    assert log == ["request 2", "request 1", "app"]
    assert not has_app_context()
    if sys.version_info >= (3, 11):
        of_request, of_app = raised.value.exceptions
        assert [str(e) for e in of_request.exceptions] == ["request 2", "request 1"]
        assert [str(e) for e in of_app.exceptions] == ["app"]
    else:
        assert str(raised.value) == "request 2"


def test_teardown_functions_get_the_unhandled_exception(app, log):
    app.teardown_request(log.append)
    app.testing = False

    @app.get("/<what>")
    def view(what):
        raise {"value": ValueError, "lookup": LookupError}[what]("here")

    app.register_error_handler(LookupError, lambda _: "handled")
    client = app.test_client()
    assert client.get("/value").status_code == 500
    assert client.get("/lookup").text == "handled"
    assert [type(error) for error in log] == [ValueError, type(None)]


def test_after_this_request_functions_run_in_order_before_after_request(app, log):
    @app.after_request
    def hook(response):
        log.append("hook")
        return response

    @app.get("/")
    def index():
        for name in ("first", "second"):

            @after_this_request
            def note(response, name=name):
                log.append(name)
                return response

        return "text"

    client = app.test_client()
    client.get("/")
    assert log == ["first", "second", "hook"]
    with pytest.raises(RuntimeError, match="'after_this_request' can only be used when"):
        after_this_request(lambda response: response)
    with app.app_context(), pytest.raises(RuntimeError, match="'after_this_request'"):
        after_this_request(lambda response: response)


def test_a_copied_context_works_in_a_thread_after_the_request(app, log):
    threads = []

    @app.get("/")
    def index():
        g.name = "not copied"
        session["name"] = "shared"

        @copy_current_request_context
        def work(arg):
            """Works."""
            log.append((arg, request.args["name"], session["name"], "name" in g))

        assert work.__doc__ == "Works."
        threads.append(Thread(target=work, args=[1]))
        return "started"

    app.test_client().get("/?name=World")
    for thread in threads:
        thread.start()
        thread.join()
    assert log == [(1, "World", "shared", False)]
    with pytest.raises(RuntimeError, match="'copy_current_request_context' can only be used"):
        copy_current_request_context(print)


def test_a_context_is_freed_without_the_garbage_collector():
    import gc
    import weakref

    gc.collect()
    gc.disable()
    try:
        app = App("lesson")
        app.secret_key = "only for the tests"
        app.add_url_rule("/", "index", lambda: session.setdefault("name", "World"))
        assert app.test_client().get("/").text == "World"
        gone = weakref.ref(app)
        del app
        assert gone() is None
    finally:
        gc.enable()


def test_repr_of_a_context_shows_the_request(app):
    assert "of lesson, GET 'http://localhost/here'>" in repr(app.test_request_context("/here"))
    assert repr(app.app_context()).endswith("of lesson>")
