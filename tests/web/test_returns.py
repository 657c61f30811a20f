"""The kinds of values that a view can return, and the errors for other values."""

from __future__ import annotations

import asyncio

import pytest
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as WerkzeugResponse

from streamlab.web import Response, jsonify, make_response, stream_with_context
from tests.web.wsgi import Exchange


def wsgi_app(environ, start_response):
    start_response("207 MULTI-STATUS", [("X-From", "wsgi")])
    return [b"from ", b"wsgi"]


VALUES = {
    "str": ("häh", "häh".encode(), "text/html; charset=utf-8"),
    "bytes": (b"\xff", b"\xff", "text/html; charset=utf-8"),
    "bytearray": (bytearray(b"ab"), b"ab", "text/html; charset=utf-8"),
    "dict": ({"b": 1, "a": 2}, b'{"a":2,"b":1}\n', "application/json"),
    "list": ([1, "x"], b'[1,"x"]\n', "application/json"),
    "generator": ((part for part in ["a", b"b"]), b"ab", "text/html; charset=utf-8"),
    "iterator": (map(str, range(3)), b"012", "text/html; charset=utf-8"),
    "response": (Response("text", mimetype="text/plain"), b"text", "text/plain; charset=utf-8"),
    "werkzeug's": (WerkzeugResponse("text"), b"text", "text/plain; charset=utf-8"),
    "wsgi": (wsgi_app, b"from wsgi", "text/plain; charset=utf-8"),
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_becomes_a_response(app, kind):
    value, body, content_type = VALUES[kind]
    app.add_url_rule("/", "index", lambda: value)
    exchange = Exchange(app)
    assert b"".join(exchange.read()) == body
    assert exchange.headers.get("Content-Type") == content_type


def test_a_wsgi_callable_keeps_its_status_and_headers(app):
    app.add_url_rule("/", "index", lambda: wsgi_app)
    exchange = Exchange(app)
    assert exchange.status == "207 MULTI-STATUS"
    assert exchange.headers["X-From"] == "wsgi"
    exchange.close()


@pytest.mark.parametrize(
    ("rest", "status", "header"),
    [
        ((201,), "201 CREATED", None),
        (("404 NOT HERE",), "404 NOT HERE", None),
        (({"X-Name": "value"},), "200 OK", "value"),
        (([("X-Name", "value")],), "200 OK", "value"),
        ((Headers({"X-Name": "value"}),), "200 OK", "value"),
        ((202, {"X-Name": "value"}), "202 ACCEPTED", "value"),
    ],
)
@pytest.mark.parametrize("body", [str, iter, Response, dict])
def test_a_tuple_sets_status_and_headers(app, body, rest, status, header):
    app.add_url_rule(
        "/", "index", lambda: (body(), *rest) if body is not iter else (iter("ab"), *rest)
    )
    exchange = Exchange(app)
    exchange.read()
    assert exchange.status == status
    assert exchange.headers.get("X-Name") == header


def test_headers_of_a_tuple_replace_headers_of_the_response(app):
    app.add_url_rule(
        "/", "index", lambda: (Response("", headers={"X-Name": "old"}), {"X-Name": "new"})
    )
    assert app.test_client().get("/").headers.getlist("X-Name") == ["new"]


async def coroutine():
    return "text"


def generate():
    yield "a"


async def agenerate():
    yield "a"


# kind -> (view, part of the TypeError's first line, part of its advice)
INVALID = {
    "None": (
        lambda: None,
        "The view function for 'index' did not return a valid response",
        "return generate()",
    ),
    "number": (lambda: 7, "but it was a int.", "return str(value)"),
    "bool": (lambda: True, "but it was a bool.", "return str(value)"),
    "set": (lambda: {1}, "but it was a set.", "generator"),
    "function": (lambda: generate, "but it was a function.", "return generate()"),
    "decorated function": (
        lambda: stream_with_context(generate),
        "but it was a function.",
        "return generate()",
    ),
    "async function": (lambda: agenerate, "but it was a function.", "return agenerate()"),
    "async generator": (
        agenerate,
        "but it was a async_generator.",
        "Write the generator with 'def'",
    ),
    "one-tuple": (
        lambda: ("text",),
        "did not return a valid response tuple",
        "(body, status, headers)",
    ),
    "four-tuple": (
        lambda: ("text", 1, 2, 3),
        "did not return a valid response tuple",
        "(body, status)",
    ),
    "tuple without a body": (
        lambda: (None, 400),
        "did not return a valid response",
        "return statement",
    ),
}


@pytest.mark.parametrize("kind", INVALID)
def test_an_invalid_value_raises_a_type_error_with_advice(app, kind):
    make, words, advice = INVALID[kind]
    app.add_url_rule("/", "index", make)
    with pytest.raises(TypeError) as raised:
        Exchange(app)
    assert words in str(raised.value)
    assert advice in str(raised.value)


def test_the_error_for_a_coroutine_says_to_await_it(app):
    made = coroutine()
    app.add_url_rule("/", "index", lambda: made)
    with pytest.raises(TypeError, match="return await"):
        Exchange(app)
    asyncio.run(made)


def test_make_response_takes_the_values_of_a_view(app):
    with app.test_request_context("/"):
        assert make_response().status_code == 200
        assert make_response("text").data == b"text"
        response = make_response("text", 201, {"X-Name": "value"})
        assert (response.status_code, response.headers["X-Name"]) == (201, "value")
        assert make_response(response) is response


def test_response_class_replaces_the_response(app):
    class Plain(Response):
        default_mimetype = "text/plain"

    app.response_class = Plain
    app.add_url_rule("/", "index", lambda: (part for part in ["a"]))
    exchange = Exchange(app)
    assert exchange.headers["Content-Type"] == "text/plain; charset=utf-8"
    exchange.close()


def test_jsonify_takes_one_value_several_values_or_keywords(app):
    with app.app_context():
        assert jsonify().get_data() == b"null\n"
        assert jsonify(1, 2).json == [1, 2]
        assert jsonify(a=1).mimetype == "application/json"
        with pytest.raises(TypeError, match="either args or kwargs"):
            jsonify(1, a=1)
        app.debug = True
        assert jsonify(a=1).get_data() == b'{\n  "a": 1\n}\n'
