"""The body of a request ends where the request ends, and half a body ends with a time-out."""

from __future__ import annotations

import pytest
from flask import Flask
from flask import request as flask_request

from streamlab import App, request
from streamlab.server import request_body
from streamlab.server.server_kinds import server_for
from tests.server.rawclient import RawClient

OURS = ["werkzeug", "wsgiref"]
HEAD = "POST / HTTP/1.1\r\nHost: localhost\r\n"


def raw_app(environ, start_response):
    body = environ["wsgi.input"]
    parts = [body.read(3), body.readline(), *body, body.read(), body.read(9)]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"|".join(parts) + b"!"]


def reading_app(kind):
    if kind == "raw":
        return raw_app
    app, asked = (App(), request) if kind == "App" else (Flask("app"), flask_request)
    app.add_url_rule("/", "view", lambda: asked.get_data(), methods=["POST"])  # noqa: PLW0108
    return app


def answer_to(name, app, sent):
    with server_for(name, app) as server, RawClient(server.port, sent.encode()) as client:
        return client.read_to_end()


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize(
    ("sent", "parts"),
    [
        (HEAD + "\r\n", b"||||!"),
        (HEAD + "\r\nabc", b"||||!"),
        (HEAD + "Content-Length: 0\r\n\r\nabc", b"||||!"),
        (HEAD + "Content-Length: 12\r\n\r\none\ntwo\nfour-too-much", b"one|\n|two\n|four|||!"),
    ],
)
def test_reading_stops_where_the_request_ends(name, sent, parts):
    got = answer_to(name, raw_app, sent)
    assert got.partition(b"\r\n\r\n")[0].startswith(b"HTTP/1.")
    assert parts.rstrip(b"|!") in got
    assert b"too-much" not in got


@pytest.mark.parametrize("kind", ["App", "Flask", "raw"])
@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("half", ["Content-Length: 9\r\n\r\nhalf", "Content-Length: 9\r\n\r\n"])
def test_half_a_body_ends_with_a_timeout(name, kind, half, monkeypatch):
    monkeypatch.setattr(request_body, "BODY_SECONDS", 0.05)
    status = answer_to(name, reading_app(kind), HEAD + half).split(b"\r\n", 1)[0]
    # wsgiref answers an exception of the application itself.
    expected = b"500" if (name, kind) == ("wsgiref", "raw") else b"408"
    assert expected in status


@pytest.mark.parametrize("kind", ["App", "Flask", "raw"])
@pytest.mark.parametrize("half", ["5\r\nhel", "5\r\nhello\r\n", ""])
def test_half_a_chunked_body_does_too(kind, half, monkeypatch):
    monkeypatch.setattr(request_body, "BODY_SECONDS", 0.05)
    sent = f"{HEAD}Transfer-Encoding: chunked\r\n\r\n{half}"
    assert b" 408 " in answer_to("werkzeug", reading_app(kind), sent).split(b"\r\n", 1)[0]


@pytest.mark.parametrize("name", OURS)
def test_the_time_limit_is_for_the_body_only(name, monkeypatch):
    monkeypatch.setattr(request_body, "BODY_SECONDS", 0.05)
    timeouts = []

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        body = environ["wsgi.input"]
        yield body.read()
        timeouts.append(environ.get("werkzeug.socket"))
        if timeouts[0] is not None:
            assert timeouts[0].gettimeout() is None
        yield b" and more"

    assert b"more" in answer_to(name, app, HEAD + "Content-Length: 4\r\n\r\nbody")
