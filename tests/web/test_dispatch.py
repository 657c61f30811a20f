"""From a request to a response: routes, hooks, limits of the body, and static files."""

from __future__ import annotations

import inspect
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import flask
import pytest
from werkzeug.routing import BaseConverter

from streamlab.web import App, abort, g, redirect, request, session
from tests.web.wsgi import Exchange


def test_a_route_matches_methods_and_converts_variables(app, client):
    @app.route("/square/<int:n>", methods=["GET", "post"])
    def square(n):
        return f"{request.method} {n * n}"

    assert client.get("/square/12").text == "GET 144"
    assert client.post("/square/12").text == "POST 144"
    assert client.get("/square/x").status_code == 404
    refused = client.put("/square/12")
    assert refused.status_code == 405
    assert sorted(refused.allow) == ["GET", "HEAD", "OPTIONS", "POST"]


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_each_method_has_a_decorator(app, client, method):
    getattr(app, method)("/")(lambda: request.method)
    assert client.open("/", method=method.upper()).text == method.upper()
    with pytest.raises(TypeError, match="Use the 'route' decorator"):
        getattr(app, method)("/", methods=["GET"])


def test_methods_as_a_string_raise_an_error(app):
    with pytest.raises(TypeError, match="must be a list of strings"):
        app.route("/", methods="GET")(lambda: "")


def test_head_and_options_are_answered_automatically(app, client):
    app.post("/", endpoint="post")(lambda: "")
    app.get("/get", endpoint="get")(lambda: "body")
    assert client.head("/get").headers["Content-Length"] == "4"
    assert client.head("/get").data == b""
    assert sorted(client.options("/").allow) == ["OPTIONS", "POST"]
    app.route("/own", methods=["GET", "OPTIONS"], endpoint="own")(lambda: request.method)
    assert client.options("/own").text == "OPTIONS"
    app.add_url_rule("/none", "none", lambda: "", provide_automatic_options=False)
    assert client.options("/none").status_code == 405


def test_a_custom_converter_can_read_the_session(app, client):
    class Mine(BaseConverter):
        def to_python(self, value):
            return [session.get("user", "nobody"), *value.split(",")]

    app.url_map.converters["mine"] = Mine
    app.get("/<mine:values>")(lambda values: values)
    assert client.get("/a,b").json == ["nobody", "a", "b"]


def test_the_view_of_an_endpoint_can_be_registered_later(app, client):
    app.add_url_rule("/", endpoint="home")

    @app.endpoint("home")
    def anything():
        return request.endpoint

    assert client.get("/").text == "home"
    with pytest.raises(AssertionError, match="give add_url_rule a view_func"):
        app.add_url_rule("/other")


def test_a_missing_slash_is_redirected(app, client):
    app.get("/folder/")(lambda: "in")
    response = client.get("/folder")
    assert response.status_code == 308
    assert response.location == "http://localhost/folder/"
    assert client.get("/folder", follow_redirects=True).text == "in"


@pytest.mark.parametrize(
    ("extra", "status", "location"),
    [
        ({"PATH_INFO": ""}, "308 PERMANENT REDIRECT", "http://localhost/"),
        (
            {"PATH_INFO": "", "SCRIPT_NAME": "/sub"},
            "308 PERMANENT REDIRECT",
            "http://localhost/sub/",
        ),
        ({"PATH_INFO": "//"}, "200 OK", None),
        ({"HTTP_CONNECTION": "Upgrade", "HTTP_UPGRADE": "websocket"}, "400 BAD REQUEST", None),
    ],
)
def test_unusual_paths_and_upgrades_are_routed_as_by_werkzeug(app, extra, status, location):
    app.add_url_rule("/", "index", lambda: "")
    exchange = Exchange(app, extra=extra)
    exchange.read()
    assert (exchange.status, exchange.headers.get("Location")) == (status, location)


def test_hooks_run_in_flasks_order(app, client, log):
    def note(name, result=None):
        def hook(*args):
            log.append(name)
            return result if result is not None or not args else args[0]

        return hook

    app.url_value_preprocessor(lambda endpoint, args: log.append(f"values {endpoint} {args}"))
    app.before_request(note("before 1"))
    app.before_request(note("before 2"))
    app.after_request(note("after 1"))
    app.after_request(note("after 2"))
    app.teardown_request(note("teardown 1"))
    app.teardown_request(note("teardown 2"))
    app.teardown_appcontext(note("app"))
    app.add_url_rule("/<int:n>", "index", lambda n: log.append("view") or "text")
    client.get("/7")
    assert log == [
        "values index {'n': 7}",
        "before 1",
        "before 2",
        "view",
        "after 2",
        "after 1",
        "teardown 2",
        "teardown 1",
        "app",
    ]


def test_a_before_request_function_can_answer_the_request(app, client, log):
    app.before_request(lambda: ("closed", 503))
    app.before_request(lambda: log.append("never"))
    app.add_url_rule("/", "index", lambda: log.append("never"))
    app.after_request(lambda response: log.append("after") or response)
    response = client.get("/")
    assert (response.text, response.status_code) == ("closed", 503)
    assert log == ["after"]


def test_hooks_run_for_unknown_paths(app, client, log):
    app.before_request(lambda: log.append(request.endpoint))
    assert client.get("/nowhere").status_code == 404
    assert log == [None]


def test_hooks_can_be_coroutine_functions(app, client, log):
    @app.before_request
    async def before():
        g.name = "World"

    @app.after_request
    async def after(response):
        response.headers["X-Name"] = g.name
        return response

    @app.teardown_request
    async def teardown(error):
        log.append(error)

    @app.errorhandler(ValueError)
    async def handle(error):
        return f"handled {error}"

    @app.get("/")
    async def index():
        raise ValueError(g.name)

    response = client.get("/")
    assert (response.text, response.headers["X-Name"], log) == ("handled World", "World", [None])


@pytest.mark.skipif(sys.version_info < (3, 12), reason="functions can be marked since Python 3.12")
def test_a_function_marked_as_a_coroutine_function_is_awaited(app, client):
    async def work():
        return "awaited"

    view = inspect.markcoroutinefunction(lambda: work())  # noqa: PLW0108 - only a wrapper needs the mark
    app.add_url_rule("/", "index", view)
    assert client.get("/").text == "awaited"


def test_without_asgiref_an_async_view_raises_an_error_with_advice(app, client, monkeypatch):
    @app.get("/")
    async def index():
        return "never"

    monkeypatch.setitem(sys.modules, "asgiref.sync", None)
    with pytest.raises(RuntimeError, match=r"pip install 'streamlab\[async\]'"):
        client.get("/")


def test_uploaded_files_are_closed_when_the_request_ends(app, client, log):
    @app.post("/")
    def index():
        log.append(request.files["report"].stream)
        assert not log[0].closed
        return "got it"

    client.post("/", data={"report": (BytesIO(b"a,b"), "report.csv")})
    assert log[0].closed


def test_redirect_uses_status_303_and_abort_takes_a_response(app, client):
    app.get("/away")(lambda: redirect("/there"))
    app.get("/abort", endpoint="abort")(lambda: abort(app.response_class("tea", 418)))
    away = client.get("/away")
    assert (away.status_code, away.location) == (303, "/there")
    assert client.get("/abort").text == "tea"
    assert redirect("/x", 307).status_code == 307


def test_middleware_can_wrap_wsgi_app(app, client):
    app.get("/")(lambda: request.environ["from.middleware"])
    inner = app.wsgi_app

    def middleware(environ, start_response):
        environ["from.middleware"] = "yes"
        return inner(environ, start_response)

    app.wsgi_app = middleware
    assert client.get("/").text == "yes"


def test_the_limit_of_a_body_comes_from_the_config_or_the_request(app, client):
    app.config["MAX_CONTENT_LENGTH"] = 8

    @app.post("/<int:limit>")
    def index(limit):
        if limit:
            request.max_content_length = limit
        return request.get_data()

    assert client.post("/0", data="x" * 9).status_code == 413
    assert client.post("/20", data="x" * 9).text == "x" * 9


def test_only_debug_mode_explains_invalid_json(app, client):
    app.post("/")(lambda: request.json)
    for debug in (True, False):
        app.config["DEBUG"], app.config["TRAP_BAD_REQUEST_ERRORS"] = debug, False
        response = client.post("/", data="{", content_type="application/json")
        assert response.status_code == 400
        assert ("Failed to decode" in response.text) is debug


def test_debug_mode_explains_a_form_without_files(app, client):
    app.debug = True
    app.post("/")(lambda: request.files["report"].filename)
    with pytest.raises(KeyError, match="multipart/form-data"):
        client.post("/", data={"report": "report.csv"})


def test_debug_mode_raises_an_error_for_a_redirect_that_loses_the_form(app, client, monkeypatch):
    monkeypatch.setattr("werkzeug.routing.RequestRedirect.code", 301)
    app.post("/form/")(lambda: "")
    assert client.post("/form").status_code == 301
    app.debug = True
    with pytest.raises(AssertionError, match="canonical URL 'http://localhost/form/'"):
        client.post("/form", data={"a": "b"})


def test_only_trusted_hosts_are_answered(app, client):
    app.get("/")(lambda: "in")
    app.config["TRUSTED_HOSTS"] = ["example.test"]
    assert client.get(base_url="http://example.test").text == "in"
    assert client.get(base_url="http://evil.test").status_code == 400


@pytest.mark.parametrize("folder", [str, "{}/".format, Path])
def test_a_static_folder_can_be_absolute(tmp_path, folder):
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "page.css").write_text("body {}")
    app = App("lesson", static_folder=folder(tmp_path / "assets"))
    assert app.static_folder == str(tmp_path / "assets")
    assert app.static_url_path == "/assets"
    with app.test_client().get("/assets/page.css") as response:
        assert response.text == "body {}"


STATIC = {
    "default": {},
    "another folder": {"static_folder": "assets/css"},
    "a path": {"static_folder": Path("assets") / "css"},
    "absolute": {"static_folder": "/srv/assets/"},
    "its URL": {"static_folder": "/srv/assets", "static_url_path": "/files/"},
    "at the root": {"static_url_path": ""},
    "none": {"static_folder": None},
    "only a URL": {"static_folder": None, "static_url_path": "/files"},
}


@pytest.mark.parametrize("arguments", STATIC.values(), ids=STATIC)
def test_the_attributes_for_static_files_are_those_of_flask(arguments):
    ours = App("lesson", root_path="/srv/shop", **arguments)
    theirs = flask.Flask("lesson", root_path="/srv/shop", **arguments)
    for name in ("static_folder", "static_url_path", "has_static_folder"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert {rule.rule for rule in ours.url_map.iter_rules()} == {
        rule.rule for rule in theirs.url_map.iter_rules()
    }


def test_static_files_are_sent(app, client, tmp_path):
    (tmp_path / "page.css").write_text("body {}")
    app.root_path, app.static_folder = str(tmp_path), "."
    response = client.get("/static/page.css")
    assert response.text == "body {}"
    assert response.mimetype == "text/css"
    assert client.get("/static/missing.css").status_code == 404
    for age in (100, timedelta(seconds=100)):
        app.config["SEND_FILE_MAX_AGE_DEFAULT"] = age
        with client.get("/static/page.css") as cached:
            assert cached.headers["Cache-Control"] == "public, max-age=100"
    app.static_folder = None
    assert client.get("/static/page.css").status_code == 404
    response.close()
