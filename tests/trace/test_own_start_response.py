"""Wrappers that give the app a ``start_response`` of their own, or send with ``write``."""

from __future__ import annotations

import sys

import flask
import pytest
from werkzeug.test import run_wsgi_app

from streamlab import observe
from streamlab.testing import assert_buffered, assert_streams

CHUNKS = 6


def rows():
    for number in range(CHUNKS):
        yield f"row {number}\n".encode()


def function(environ, start_response):
    start_response("200 OK", [])
    return rows()


def generator(environ, begin):
    begin("200 OK", [])
    for number in range(CHUNKS):
        yield f"row {number}\n".encode()


def short_names(e, s):
    s("200 OK", [])
    return rows()


def of_flask():
    app = flask.Flask("case")
    app.get("/")(lambda: flask.Response(rows()))
    return app


APPS = [function, generator, short_names, of_flask()]


def in_threes(items):
    held = []
    for item in items:
        held.append(item)
        if len(held) == 3:
            yield b"".join(held)
            held.clear()
    yield b"".join(held)


def writing(app):
    def wsgi(environ, start_response):
        write = start_response("200 OK", [])
        for item in in_threes(app(environ, lambda *head: None)):
            write(item)
        return []

    return wsgi


def writing_each(app):
    def wsgi(environ, start_response):
        write = start_response("200 OK", [])
        for item in app(environ, lambda *head: None):
            write(item)
        return []

    return wsgi


def yielding_each(app):
    def wsgi(environ, start_response):
        start_response("200 OK", [])
        yield from app(environ, lambda *head: None)

    return wsgi


class Later:
    def __init__(self, app):
        self.app = app

    def note(self, status, headers, exc_info=None):
        self.head = status, headers

    def __call__(self, environ, start_response):
        body = in_threes(self.app(environ, self.note))
        first = next(body)
        start_response(*self.head)
        yield first
        yield from body


def joining(app):
    def wsgi(environ, start_response):
        body, status, headers = run_wsgi_app(app, environ, buffered=True)
        start_response(status, list(headers))
        return [b"".join(body)]

    return wsgi


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("wrap", [writing_each, yielding_each])
@pytest.mark.parametrize("server", ["werkzeug", "waitress"])
def test_a_wrapper_that_passes_chunks_on_streams(app, wrap, server):
    exchange = assert_streams(wrap(app), server=server)
    lane = exchange.lanes["generator"]
    assert (lane.chunks, lane.size) == (CHUNKS, 36)
    assert all(chunk.line for chunk in lane)
    assert "before the next was made" in exchange.verdict.text
    assert sys.getprofile() is None


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize(
    ("wrap", "culprit"),
    [
        (writing, "writing"),
        (Later, "Later"),
        (joining, "joining"),
        (lambda app: writing_each(Later(app)), "Later"),
    ],
)
def test_a_wrapper_that_holds_chunks_is_named(app, wrap, culprit):
    exchange = assert_buffered(wrap(app))
    # The generator that joins the items is a layer too, if it is known what pulls them.
    assert exchange.verdict.culprit.startswith((culprit, "in_threes"))
    lane = exchange.lanes["generator"]
    assert (lane.chunks, lane.size) == (CHUNKS, 36)


def test_a_list_inside_is_no_stream():
    def ready(environ, start_response):
        start_response("200 OK", [])
        return list(rows())

    verdict = observe(writing_each(ready), lockstep=True).verdict
    assert (verdict.outcome, verdict.culprit) == ("buffered", "view")


@pytest.mark.parametrize("wrap", [writing, writing_each, Later])
def test_what_cannot_be_seen_is_said(wrap):
    def mapped(environ, start_response):
        start_response("200 OK", [])
        return map(bytes, [[65, 66]] * CHUNKS)

    verdict = observe(wrap(mapped), lockstep=True).verdict
    assert verdict.outcome == "inconclusive"
    assert f"inside `{wrap.__name__}` cannot be seen" in verdict.text


def test_an_app_that_writes_is_its_own_maker():
    def app(environ, start_response):
        write = start_response("200 OK", [])
        for row in rows():
            write(row)
        return []

    exchange = assert_streams(app)
    assert exchange.lanes["generator"].chunks == CHUNKS


def test_a_helper_that_has_the_environ_is_no_app():
    def keys(environ, key):
        return [key(name) for name in environ]

    def app(environ, start_response):
        assert keys(environ, str)
        start_response("200 OK", [])
        return rows()

    exchange = assert_streams(app)
    assert exchange.lanes["generator"].chunks == CHUNKS
