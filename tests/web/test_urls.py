"""`url_for` in a request and outside of one, and its errors."""

from __future__ import annotations

import pytest
from werkzeug.routing import BuildError

from streamlab.web import App, url_for


@pytest.fixture
def app():
    app = App("lesson")
    app.add_url_rule("/user/<name>", "user", lambda name: name)
    app.add_url_rule("/item/", "item", lambda: "", methods=["GET"])
    app.add_url_rule("/item/new", "item", app.view_functions["item"], methods=["POST"])
    return app


@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        ({"endpoint": "user", "name": "a b"}, "/user/a%20b"),
        ({"endpoint": "user", "name": "x", "q": "a&b", "n": [1, 2]}, "/user/x?q=a%26b&n=1&n=2"),
        ({"endpoint": "user", "name": "x", "_anchor": "a b#c"}, "/user/x#a%20b#c"),
        ({"endpoint": "user", "name": "x", "_external": True}, "http://localhost/user/x"),
        ({"endpoint": "user", "name": "x", "_scheme": "https"}, "https://localhost/user/x"),
        ({"endpoint": "item", "_method": "GET"}, "/item/"),
        ({"endpoint": "item", "_method": "POST"}, "/item/new"),
        ({"endpoint": "static", "filename": "a.css"}, "/static/a.css"),
    ],
)
def test_url_for_in_a_request(app, arguments, url):
    with app.test_request_context("/"):
        assert url_for(**arguments) == url


def test_a_scheme_for_a_path_raises_an_error(app):
    with app.test_request_context("/"), pytest.raises(ValueError, match="'_external' must be True"):
        url_for("user", name="x", _scheme="https", _external=False)


def test_outside_of_a_request_url_for_needs_server_name(app):
    with app.app_context(), pytest.raises(RuntimeError, match="'SERVER_NAME'"):
        url_for("user", name="x")
    app.config.update(
        SERVER_NAME="example.test", APPLICATION_ROOT="/sub", PREFERRED_URL_SCHEME="https"
    )
    with app.app_context():
        assert url_for("user", name="x") == "https://example.test/sub/user/x"
        assert url_for("user", name="x", _external=False) == "/sub/user/x"
    assert app.url_for("user", name="x") == "https://example.test/sub/user/x"


def test_url_for_includes_the_root_of_the_application(app):
    with app.test_request_context("/", base_url="http://localhost/proxy/8000/"):
        assert url_for("user", name="x") == "/proxy/8000/user/x"


def test_url_defaults_and_build_error_handlers(app):
    @app.url_defaults
    def add_name(endpoint, values):
        values.setdefault("name", "default")

    with app.test_request_context("/"):
        assert url_for("user") == "/user/default"
        with pytest.raises(BuildError):
            url_for("missing")

        def pass_on(error, endpoint, values):
            raise error

        app.url_build_error_handlers += [
            pass_on,
            lambda error, endpoint, values: None,
            lambda error, endpoint, values: f"/external/{endpoint}?{values['_anchor']}",
        ]
        assert url_for("missing", _anchor="here") == "/external/missing?here"


def test_subdomain_matching_and_host_matching():
    app = App("lesson", subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.test"
    app.add_url_rule("/", "index", lambda: "plain")
    app.add_url_rule("/", "sub", lambda user: user, subdomain="<user>")
    client = app.test_client()
    assert client.get(base_url="http://example.test").text == "plain"
    assert client.get(base_url="http://me.example.test").text == "me"

    app = App("lesson", host_matching=True, static_folder=None)
    app.add_url_rule("/", "index", lambda name: name, host="<name>.test")
    assert app.test_client().get(base_url="http://any.test").text == "any"
    with pytest.raises(AssertionError, match="static_host"):
        App("lesson", host_matching=True)
