"""Error handlers, unhandled errors, and the settings that raise errors to the server."""

from __future__ import annotations

import logging

import pytest
from werkzeug.exceptions import (
    BadRequestKeyError,
    Forbidden,
    HTTPException,
    InternalServerError,
    NotFound,
)

from streamlab.web import abort, request


def test_error_handlers_by_code_and_by_class(app, client):
    app.register_error_handler(404, lambda e: ("code", 404))
    app.register_error_handler(HTTPException, lambda e: ("base", e.code))
    app.register_error_handler(Forbidden, lambda e: ("class", 403))
    app.register_error_handler(LookupError, lambda e: f"lookup {e}")
    app.get("/abort/<int:code>")(lambda code: abort(code, "why"))
    app.get("/key", endpoint="key")(lambda: {}["missing"])
    assert client.get("/abort/404").text == "code"
    assert client.get("/abort/403").text == "class"
    assert client.get("/abort/409").text == "base"
    assert client.get("/key").text == "lookup 'missing'"


def test_router_redirects_and_aborted_responses_skip_error_handlers(app, client):
    app.register_error_handler(HTTPException, lambda e: "handled")
    app.get("/folder/", endpoint="folder")(lambda: "in")
    app.get("/abort", endpoint="abort")(lambda: abort(app.response_class("tea", 418)))
    assert client.get("/folder").status_code == 308
    assert client.get("/abort").text == "tea"


def test_the_error_handler_of_the_nearest_class_is_used(app, client):
    class Base(Exception):
        pass

    class Derived(Base):
        pass

    class Missing(NotFound):
        pass

    app.register_error_handler(Exception, lambda e: "any")
    app.register_error_handler(Base, lambda e: "base")
    app.register_error_handler(404, lambda e: "404")

    @app.get("/<name>")
    def view(name):
        raise {"base": Base, "derived": Derived, "value": ValueError, "missing": Missing}[name]

    assert [client.get(f"/{name}").text for name in ("base", "derived", "value", "missing")] == [
        "base",
        "base",
        "any",
        "404",
    ]
    app.register_error_handler(Derived, lambda e: "derived")
    assert client.get("/derived").text == "derived"


def test_an_error_handler_for_something_else_raises_an_error(app):
    for wrong, kind in ((999, ValueError), (KeyError(), TypeError), (SystemExit, ValueError)):
        with pytest.raises(kind):
            app.register_error_handler(wrong, print)


def test_an_unhandled_error_becomes_status_500_and_is_logged_with_its_traceback(
    app, client, caplog
):
    app.testing = False

    @app.get("/")
    def index():
        raise ValueError("the learner's own line")

    @app.errorhandler(500)
    def sorry(error):
        assert isinstance(error, InternalServerError)
        return f"sorry: {error.original_exception}", 500

    with caplog.at_level(logging.ERROR, "streamlab.web"):
        response = client.get("/?a=b")
    assert (response.status_code, response.text) == (500, "sorry: the learner's own line")
    (record,) = caplog.records
    assert record.getMessage() == "Exception on / [GET]"
    assert 'raise ValueError("the learner\'s own line")' in caplog.text


@pytest.mark.parametrize(
    ("testing", "debug", "propagate", "raises"),
    [
        (False, False, None, False),
        (True, False, None, True),
        (False, True, None, True),
        (True, True, False, False),
        (False, False, True, True),
    ],
)
def test_settings_decide_whether_errors_are_raised_to_the_server(
    app, client, testing, debug, propagate, raises
):
    app.config.update(TESTING=testing, DEBUG=debug, PROPAGATE_EXCEPTIONS=propagate)
    app.get("/")(lambda: 1 // 0)
    if raises:
        with pytest.raises(ZeroDivisionError):
            client.get("/")
    else:
        assert client.get("/").status_code == 500


def test_an_error_while_handling_an_error_is_logged(app, client, caplog):
    app.testing = False
    app.get("/")(lambda: 1 // 0)
    app.after_request(lambda response: 1 // 0)
    assert client.get("/").status_code == 500
    assert caplog.messages[-1] == "Request finalizing failed with an error while handling an error"


def test_a_base_exception_is_raised_to_the_server(app, client, log):
    app.testing = False
    app.teardown_request(log.append)

    @app.get("/")
    def index():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.get("/")
    assert [type(error) for error in log] == [KeyboardInterrupt]


def test_trap_http_exceptions_raises_http_errors(app, client):
    app.get("/")(lambda: abort(404))
    app.config["TRAP_HTTP_EXCEPTIONS"] = True
    with pytest.raises(NotFound):
        client.get("/")


@pytest.mark.parametrize(
    ("trap", "debug", "raises"), [(None, True, True), (True, False, True), (None, False, False)]
)
def test_settings_decide_whether_the_error_for_a_missing_key_names_it(
    app, client, trap, debug, raises
):
    app.testing = False
    app.config.update(DEBUG=debug, TRAP_BAD_REQUEST_ERRORS=trap)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.get("/")(lambda: request.args["missing"])
    if raises:
        with pytest.raises(BadRequestKeyError, match="missing"):
            client.get("/")
    else:
        assert "missing" not in client.get("/").text
