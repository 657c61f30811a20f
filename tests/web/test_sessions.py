"""Sessions: signed cookies, when they are written, and the header `Vary`."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from uuid import UUID

import flask
import pytest
from markupsafe import Markup

from streamlab.web import App, flash, get_flashed_messages, session
from streamlab.web.sessions import SecureCookieSession, SessionInterface


def empty():
    session.clear()


@pytest.fixture
def act(app):
    """A function that calls its argument in the view of a new request, and returns the response."""
    client = app.test_client()
    todo = []
    app.add_url_rule("/", "index", lambda: str(todo.pop()()))

    def act(function, **options):
        todo.append(function)
        return client.get("/", **options)

    act.client = client
    return act


def test_a_session_is_kept_until_the_next_request(act):
    response = act(lambda: session.update(name="World"))
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("session=")
    assert "HttpOnly" in cookie
    assert response.headers["Vary"] == "Cookie"
    assert act(lambda: session["name"]).text == "World"


@pytest.mark.parametrize(
    ("what", "vary", "cookie"),
    [
        (lambda: "untouched", None, False),
        (lambda: session.get("name"), "Cookie", False),
        (lambda: "name" in session, "Cookie", False),
        (lambda: session.accessed, "Cookie", False),
        (lambda: session.update(name="World"), "Cookie", True),
        (lambda: session.pop("before"), "Cookie", True),
        (lambda: setattr(session, "modified", True), "Cookie", True),
        (empty, "Cookie", True),
    ],
)
def test_reading_a_session_sends_vary_and_changing_it_sends_the_cookie(act, what, vary, cookie):
    act(lambda: session.update(before="here"))
    response = act(what)
    assert response.headers.get("Vary") == vary
    assert ("Set-Cookie" in response.headers) is cookie


def test_an_emptied_session_deletes_its_cookie(act):
    act(lambda: session.update(name="World"))
    assert "Max-Age=0" in act(empty).headers["Set-Cookie"]
    assert act.client.get_cookie("session") is None


def test_a_cookie_with_a_wrong_signature_gives_an_empty_session(app, act):
    act(lambda: session.update(name="World"))
    app.secret_key = "another"
    assert act(lambda: dict(session)).text == "{}"


def test_fallback_keys_keep_sessions_when_the_key_changes(app, act):
    act(lambda: session.update(name="World"))
    app.secret_key, app.config["SECRET_KEY_FALLBACKS"] = "new", [app.secret_key]
    assert act(lambda: session.update(signed="again")).status_code == 200
    app.config["SECRET_KEY_FALLBACKS"] = None
    assert act(lambda: session["name"] + session["signed"]).text == "Worldagain"


def test_a_permanent_session_expires_and_is_renewed(app, act):
    app.permanent_session_lifetime = 60

    def keep():
        session.permanent = True
        return session.permanent

    assert "Expires=" in act(keep).headers["Set-Cookie"]
    assert app.permanent_session_lifetime == timedelta(seconds=60)
    assert "Set-Cookie" in act(lambda: "").headers
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    assert "Set-Cookie" not in act(lambda: "").headers
    app.permanent_session_lifetime = -1
    assert act(lambda: dict(session)).text == "{}"


def test_the_cookie_has_the_attributes_of_the_config(app, act):
    app.config.update(
        SESSION_COOKIE_NAME="lesson",
        SESSION_COOKIE_DOMAIN="localhost",
        SESSION_COOKIE_PATH="/sub",
        SESSION_COOKIE_HTTPONLY=False,
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_PARTITIONED=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    cookie = act(lambda: session.update(a=1)).headers["Set-Cookie"]
    assert cookie.startswith("lesson=")
    for attribute in ("Domain=localhost", "Path=/sub", "Secure", "Partitioned", "SameSite=Lax"):
        assert attribute in cookie
    assert "HttpOnly" not in cookie


def test_without_a_secret_key_a_session_is_empty_and_changing_it_raises_an_error(app, act):
    app.secret_key = None
    assert act(lambda: dict(session)).text == "{}"
    for change in (lambda: session.update(a=1), lambda: session.pop("a"), empty):
        with pytest.raises(RuntimeError, match="no secret key was set") as raised:
            act(change)
        assert "app.secret_key =" in str(raised.value)


VALUES = {
    "tuple": (1, (2, [3])),
    "bytes": b"\xff\x00",
    "markup": Markup("<b>"),
    "uuid": UUID(int=7),
    "datetime": datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
    "looks like a tag": {" t": [1]},
    "dict": {"a": {"b": [None, True, 1.5]}},
}


@pytest.mark.parametrize("kind", VALUES)
def test_values_keep_their_types(app, kind):
    value = VALUES[kind]
    with app.test_request_context("/"):
        signer = app.session_interface.get_signing_serializer(app)
        back = signer.loads(signer.dumps({"value": value}))["value"]
    assert back == value
    assert type(back) is type(value)


def test_flask_reads_streamlabs_cookie_and_streamlab_reads_flasks(app):
    theirs = flask.Flask("lesson")
    theirs.secret_key = app.secret_key
    ours = app.session_interface.get_signing_serializer(app)
    flasks = theirs.session_interface.get_signing_serializer(theirs)
    with app.app_context():
        text = ours.dumps(VALUES)
    with theirs.app_context():
        assert flasks.loads(text) == VALUES
        text = flasks.dumps(VALUES)
    with app.app_context():
        assert ours.loads(text) == VALUES


def test_flashed_messages_are_removed_when_they_are_read(app):
    with app.test_request_context("/"):
        assert get_flashed_messages() == []
    with app.test_request_context("/"):
        flash("saved")
        flash("twice", "error")
        assert get_flashed_messages() == ["saved", "twice"]
        assert get_flashed_messages(with_categories=True) == [
            ("message", "saved"),
            ("error", "twice"),
        ]
        assert get_flashed_messages(category_filter=["error"]) == ["twice"]
        assert "_flashes" not in session


def test_session_interface_replaces_the_cookie(app, log):
    class Kept(SecureCookieSession):
        pass

    class Interface(SessionInterface):
        def open_session(self, app, request):
            log.append(f"open {request.endpoint}")
            return Kept({"name": "kept"})

        def save_session(self, app, session, response):
            log.append(f"save {session['name']}")

    app.session_interface = Interface()
    app.add_url_rule("/", "index", lambda: session["name"])
    app.after_request(lambda response: log.append("after") or response)
    assert app.test_client().get("/").text == "kept"
    assert log == ["open None", "after", "save kept"]


def test_the_methods_of_session_interface_must_be_overridden():
    with pytest.raises(NotImplementedError):
        SessionInterface().open_session(App(), None)
    with pytest.raises(NotImplementedError):
        SessionInterface().save_session(App(), {}, None)
