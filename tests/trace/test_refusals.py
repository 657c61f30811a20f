"""Why a request was refused: the verdict names the routes, or the value that is missing."""

from __future__ import annotations

import flask
import pytest

import streamlab
from streamlab import App, observe


def make(framework):
    """Return an app with the same routes for each framework."""
    app = App() if framework is streamlab else flask.Flask(__name__, static_folder=None)
    request = framework.request

    @app.get("/stream")
    def stream():
        @framework.stream_with_context
        def generate():
            yield "Hello "
            yield request.args["name"]

        return generate()

    @app.get("/early")
    def early():
        return request.args["name"]

    @app.get("/cookie")
    def cookie():
        return request.cookies["user"]

    @app.post("/form")
    def form():
        return request.form["name"]

    @app.get("/helper")
    def helper():
        return read(request.args, "name")

    @app.get("/gone")
    def gone():
        framework.abort(404)

    @app.get("/users/<int:number>")
    def user(number):
        return str(number)

    return app


def read(values, key):
    return values[key]


@pytest.fixture(params=[streamlab, flask], ids=["App", "Flask"], scope="module")
def app(request):
    return make(request.param)


def test_a_404_lists_the_routes(app):
    verdict = observe(app, "/steam").verdict
    assert verdict.text == (
        "Failed: the response is 404 NOT FOUND, because no route matches `/steam`: the routes are "
        "`/stream`, `/early`, `/cookie`, `POST /form`, `/helper`, `/gone` and `/users/<int:number>`."
    )
    assert verdict.advice == "Do you mean `/stream`?"


def test_a_404_of_the_view_does_not(app):
    verdict = observe(app, "/gone").verdict
    assert (verdict.text, verdict.advice) == ("Failed: the response is 404 NOT FOUND.", "")


def test_a_405_names_the_methods(app):
    verdict = observe(app, "/form").verdict
    assert "because `/form` does not answer GET, only POST." in verdict.text
    assert verdict.advice == 'Choose the method: `method="POST"`.'


def test_a_missing_argument_is_named(app):
    exchange = observe(app, "/early")
    assert exchange.status_code == 400
    assert exchange.verdict.text == (
        "Failed: the response is 400 BAD REQUEST, because the URL has no argument `name`."
    )
    assert exchange.verdict.advice == (
        "Add it to the path: `?name=World`. Or give it a default: "
        '`request.args.get("name", "World")`.'
    )
    assert [event.kind for event in exchange.trace.events].count("request refused") == 1


@pytest.mark.parametrize(
    ("path", "method", "reason"),
    [
        ("/cookie", "GET", "the request has no cookie `user`"),
        ("/form", "POST", "the form has no field `name`"),
        ("/helper", "GET", "the request has no `name`"),
    ],
)
def test_other_values_are_named_too(app, path, method, reason):
    assert f"because {reason}." in observe(app, path, method=method).verdict.text


def test_an_argument_that_is_missing_in_the_generator_is_named_with_a_fix(app):
    exchange = observe(app, "/stream")
    assert exchange.verdict.outcome == "truncated"
    assert "400 Bad Request: KeyError: 'name'." in exchange.verdict.text
    failure = exchange.trace.failure
    assert failure.sentence == "The URL has no argument `name`."
    assert exchange.verdict.advice.startswith(failure.sentence)
    assert [fix.code for fix in failure.fixes] == ['yield request.args.get("name", "World")']


def test_long_names_are_cut(app):
    path = "/" + "x" * 5_000
    verdict = observe(app, path).verdict
    assert len(verdict.text) < 400


def test_many_routes_are_counted():
    app = App()
    for number in range(20):
        app.add_url_rule(f"/{number}", f"view{number}", str)
    text = observe(app, "/nowhere").verdict.text
    assert text.endswith("`/6`, `/7` and 12 more.")


def test_an_app_without_routes_says_so():
    text = observe(App(), "/nowhere").verdict.text
    assert text.endswith("because no route matches `/nowhere`, because the app has no route.")
