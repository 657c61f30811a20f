"""Bodies of empty chunks only: the verdict says how many were made, and that nothing was sent."""

from __future__ import annotations

import flask
import pytest

from streamlab import App, observe


def bare(environ, start_response):
    start_response("200 OK", [])
    for _ in range(7):
        yield b""


def bare_list(environ, start_response):
    start_response("200 OK", [])
    return [b""] * 7


def view_of(framework, view):
    app = framework("case")
    app.get("/")(view)
    return app


APPS = {
    "bare": bare,
    "flask": view_of(flask.Flask, lambda: flask.Response("" for _ in range(7))),
    "streamlab": view_of(App, lambda: ("" for _ in range(7))),
}


@pytest.mark.parametrize("middleware", [(), "gzip", "buffer"])
@pytest.mark.parametrize("lockstep", [True, False])
@pytest.mark.parametrize("name", APPS)
def test_the_empty_chunks_are_counted(name, lockstep, middleware):
    verdict = observe(APPS[name], lockstep=lockstep, middleware=middleware).verdict
    assert verdict.outcome == "empty"
    assert "generator yielded only 7 empty chunks, and nothing was sent" in verdict.text
    assert "keep-alive" in verdict.advice


@pytest.mark.parametrize("app", [bare_list, view_of(flask.Flask, lambda: flask.Response([""] * 7))])
def test_a_list_of_empty_chunks_is_the_apps(app):
    assert "The app yielded only 7 empty chunks" in observe(app).verdict.text


def test_an_endless_stream_of_empty_chunks():
    def endless(environ, start_response):
        start_response("200 OK", [])
        while True:
            yield b""

    verdict = observe(endless, time_limit=0.5).verdict
    assert verdict.outcome == "stopped"
    assert "empty chunks, and nothing was sent" in verdict.text


def test_empty_chunks_before_others_are_not_mentioned():
    def some(environ, start_response):
        start_response("200 OK", [])
        yield from [b"", b"one", b"", b"two"]

    verdict = observe(some, lockstep=True).verdict
    assert verdict.outcome == "streamed"
    assert "empty" not in verdict.text
