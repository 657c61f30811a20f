"""An exchange that failed keeps its exception, but nothing that the failing functions had."""

from __future__ import annotations

import gc
import logging
import threading
import urllib.request
import weakref
from http.client import HTTPException
from urllib.error import HTTPError

import pytest
from flask import Flask

from streamlab import App, Scenario, observe, stream_with_context
from streamlab.harness.harness import Harness
from streamlab.server import SERVERS

LATEST = 10
IN_THIS_PROCESS = [name for name, kind in SERVERS.items() if not kind.own_process]


class Rows(list):
    """A large local variable."""


@pytest.fixture(autouse=True)
def no_log(monkeypatch):
    """Switch the logs off: pytest keeps all log records, and these refer to the tracebacks."""
    for name in ("streamlab.server", "streamlab.web", "werkzeug", "waitress", "app"):
        monkeypatch.setattr(logging.getLogger(name), "disabled", True)


def failing_app(make, kept):
    app = make("app")

    def rows():
        kept.append(weakref.ref(rows := Rows("abc")))
        return rows

    @app.route("/generator")
    def generator():
        def generate():
            mine = rows()
            yield "a"
            raise ValueError(len(mine))

        return app.response_class(stream_with_context(generate()) if make is App else generate())

    @app.route("/view")
    def view():
        mine = rows()
        raise ValueError(len(mine))

    @app.route("/cause")
    def cause():
        def inner():
            mine = rows()
            raise KeyError(len(mine))

        def generate():
            yield "a"
            try:
                inner()
            except KeyError as error:
                raise ValueError("outer") from error

        return app.response_class(generate())

    @app.route("/close")
    def close():
        def generate():
            mine = rows()
            try:
                yield "a"
            finally:
                raise ValueError(len(mine))

        return app.response_class(generate())

    return app


def wait_until_freed(references):
    """Wait until the server's threads have let the objects go."""
    turn = threading.Event()
    for _ in range(LATEST * 100):
        gc.collect()
        if not any(reference() for reference in references):
            return True
        turn.wait(0.01)
    return False


@pytest.mark.parametrize("make", [App, Flask])
@pytest.mark.parametrize("path", ["/generator", "/view", "/cause", "/close"])
@pytest.mark.parametrize("server", IN_THIS_PROCESS)
def test_the_local_variables_are_freed(make, path, server):
    kept = []
    exchange = observe(failing_app(make, kept), path, server=server)
    assert exchange.error.__traceback__ is None
    assert len(kept) == 1
    assert wait_until_freed(kept)
    assert isinstance(exchange.error, ValueError)
    assert exchange.failure.user_frame.code


@pytest.mark.parametrize("middleware", ["debugger", "profiler", "gzip"])
def test_middleware_does_not_keep_the_local_variables(middleware):
    kept = []
    with Harness(failing_app(App, kept), remembered=False) as harness:
        exchange = harness.exchange(Scenario("/generator", middleware=middleware))
        exchange.make()
        assert exchange.error is not None
        assert wait_until_freed(kept)


def test_a_request_of_another_client_keeps_no_local_variables():
    kept = []
    with Harness(failing_app(App, kept), remembered=False) as harness:
        for path in ("generator", "view"):
            with pytest.raises((HTTPException, HTTPError)):
                urllib.request.urlopen(harness.url_for(path)).read()
        assert wait_until_freed(kept)
        assert [one.error.__traceback__ for one in harness.exchanges] == [None, None]
        assert all(one.failure.user_frame.code.startswith("raise") for one in harness.exchanges)


@pytest.mark.parametrize("server", [n for n in IN_THIS_PROCESS if n != "cheroot"])
def test_the_log_of_the_server_still_has_the_traceback(monkeypatch, server):
    texts = []

    class Handler(logging.Handler):
        def emit(self, record):
            texts.append(logging.Formatter().format(record))

    log = logging.getLogger("waitress" if server == "waitress" else "streamlab.server")
    monkeypatch.setattr(log, "disabled", False)
    handler = Handler()
    log.addHandler(handler)
    try:
        observe(failing_app(App, []), "/generator", server=server)
    finally:
        log.removeHandler(handler)
    assert "raise ValueError(len(mine))" in "".join(texts)
