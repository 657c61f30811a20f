"""The routes of an app: the first path to try, and the view that answers a request."""

from __future__ import annotations

from streamlab import App
from streamlab.harness.routes import first_path, view_source
from streamlab.harness.scenario import Scenario

app = App()


@app.post("/first")
def post_only():
    return "posted"


@app.get("/users/<name>")
def user(name):
    return name


@app.get("/hello")
def hello():
    return "hi"


def wsgi(environ, start_response):
    start_response("200 OK", [])
    return [b""]


def test_the_first_path_answers_get_and_has_no_arguments():
    assert first_path(app) == "/hello"


def test_an_app_without_such_a_route_starts_at_the_root():
    assert first_path(App()) == "/"
    assert first_path(wsgi) == "/"


def test_the_view_is_selected_by_path_and_method():
    assert "def user(name):" in view_source(app, Scenario("/users/Ada?x=1")).text
    assert "def post_only():" in view_source(app, Scenario("/first", method="POST")).text


def test_a_request_without_a_view_has_no_source():
    assert view_source(app, Scenario("/first")) is None
    assert view_source(app, Scenario("/nowhere")) is None


def test_a_wsgi_function_is_its_own_view():
    assert view_source(wsgi, Scenario("/any")).text.startswith("def wsgi(")
    assert view_source(object(), Scenario("/any")) is None
