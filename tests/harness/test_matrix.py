"""The table of outcomes for each server and each middleware, with and without the context."""

from __future__ import annotations

import re
import sys

import pytest

from streamlab.harness.matrix import COLUMNS, matrix
from streamlab.middleware import MIDDLEWARE
from streamlab.middleware.nginx import find_nginx
from streamlab.server import SERVERS
from tests.apps import app, bare, flask_app

try:
    find_nginx()
    HAS_NGINX = True
except FileNotFoundError:
    HAS_NGINX = False
needs_nginx = pytest.mark.skipif(not HAS_NGINX, reason="nginx is not installed")

CHUNKED_SERVERS = [name for name in SERVERS if name != "wsgiref"]


@pytest.fixture(scope="module")
def measured():
    return {
        (row.scenario.server, *(layer.name for layer in row.scenario.layers), row.kept): row
        for row in map(WithKept, matrix(app, "/stream?name=World"))
    }


class WithKept:
    """A row, and whether the context is kept."""

    def __init__(self, row):
        self.row = row
        self.kept = row.scenario.stream_with_context

    def __getattr__(self, name):
        return getattr(self.row, name)


def seen(row):
    exchange = row.exchange
    return exchange.status_code, exchange.complete, row.outcome, row.culprit


WHOLE, CUT = True, False


@pytest.mark.parametrize("server", SERVERS)
def test_with_the_context_kept_every_server_streams(measured, server):
    row = measured[server, True]
    assert seen(row) == (200, WHOLE, "streamed", None)
    assert row.exchange.body == b"Hello World!"


@pytest.mark.parametrize("server", CHUNKED_SERVERS)
def test_without_the_context_a_chunked_body_is_cut(measured, server):
    row = measured[server, False]
    assert seen(row) == (200, CUT, "truncated", None)
    assert row.exchange.body == b"Hello "
    assert "Working outside of request context" in row.text


def test_without_the_context_http_1_0_shows_no_error(measured):
    row = measured["wsgiref", False]
    assert seen(row) == (200, WHOLE, "truncated", None)
    assert row.exchange.body == b"Hello "
    assert "The client cannot tell" in row.text


@pytest.mark.parametrize(
    ("middleware", "kept", "expected", "body"),
    [
        ("buffer", True, (200, WHOLE, "buffered", "buffer"), b"Hello World!"),
        ("buffer", False, (500, WHOLE, "failed", "buffer"), None),
        ("profiler", True, (200, WHOLE, "buffered", "profiler"), b"Hello World!"),
        ("profiler", False, (500, WHOLE, "failed", "profiler"), None),
        ("debugger", True, (200, WHOLE, "streamed", None), b"Hello World!"),
        ("debugger", False, (200, WHOLE, "truncated", None), b"Hello "),
        ("gzip", True, (200, WHOLE, "buffered", "gzip"), None),
        ("gzip", False, (200, CUT, "truncated", None), None),
        ("gzip-flushed", True, (200, WHOLE, "streamed", None), None),
        ("gzip-flushed", False, (200, CUT, "truncated", None), None),
        ("get_data", True, (200, WHOLE, "buffered", "get_data"), b"Hello World!"),
        # No error: the body is read while the context is still active.
        ("get_data", False, (200, WHOLE, "buffered", "get_data"), b"Hello World!"),
        pytest.param(
            "proxy", True, (200, WHOLE, "buffered", "proxy"), b"Hello World!", marks=needs_nginx
        ),
        pytest.param(
            "proxy", False, (200, WHOLE, "truncated", None), b"Hello ", marks=needs_nginx
        ),
        pytest.param(
            "proxy-unbuffered", True, (200, WHOLE, "streamed", None), b"Hello World!",
            marks=needs_nginx,
        ),
        pytest.param(
            "proxy-unbuffered", False, (200, WHOLE, "truncated", None), b"Hello ",
            marks=needs_nginx,
        ),
    ],
)  # fmt: skip
def test_each_middleware_with_and_without_the_context(measured, middleware, kept, expected, body):
    row = measured["werkzeug", middleware, kept]
    assert seen(row) == expected
    if body is not None:
        assert row.exchange.body == body


def test_it_has_a_row_for_each_server_and_middleware_with_the_context_and_without(measured):
    assert len(measured) == 2 * (len(SERVERS) + len(MIDDLEWARE))


@pytest.mark.parametrize("server", ["werkzeug-stock", "wsgiref", "waitress", "cheroot", "gunicorn"])
def test_the_culprit_does_not_depend_on_the_server(server):
    table = matrix(
        app, "/stream?name=x", servers=[server], middleware=["buffer", "gzip", "get_data"]
    )
    kept = [row for row in table if row.scenario.stream_with_context]
    assert [row.culprit for row in kept] == [None, "buffer", "gzip", "get_data"]


def test_an_app_without_the_switch_has_one_row_for_each():
    table = matrix(flask_app, "/stream?name=x", servers=["werkzeug"], middleware=["gzip"])
    assert [(row.outcome, row.culprit) for row in table] == [
        ("streamed", None),
        ("buffered", "gzip"),
    ]


def test_a_row_that_is_not_possible_does_not_end_the_table(monkeypatch):
    monkeypatch.setattr("streamlab.middleware.nginx._SYSTEM_PATHS", ())
    monkeypatch.setenv("PATH", "/nowhere")
    table = matrix(bare, servers=["werkzeug"], middleware=["get_data", "proxy", "buffer"])
    whole, get_data, proxied, buffered = table
    assert whole.outcome == "streamed"
    assert get_data.exchange is None
    assert "after_request" in get_data.text
    assert "apt install nginx-light" in proxied.text
    assert buffered.culprit == "buffer"


def test_it_is_a_table_in_a_terminal_and_in_a_notebook():
    table = matrix(app, "/stream?name=<b>", servers=["werkzeug"], middleware=[])
    lines = repr(table).splitlines()
    assert re.split(r"  +", lines[0]) == list(COLUMNS)
    assert len(lines) == 4
    assert "not kept" in lines[3]
    html = table._repr_html_()
    assert html.count("<tr") == 3
    assert "<b>" not in html


def test_an_unknown_keyword_names_the_nearest():
    with pytest.raises(TypeError, match="did you mean 'timeout'"):
        matrix(bare, timeouts=3)


def test_why_a_row_is_not_possible_is_explained_once_below_the_table():
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"one", b"two"]

    table = matrix(app, middleware=["get_data"], servers=["werkzeug", "gunicorn"])
    lines = repr(table).splitlines()
    assert [line.endswith("not possible") for line in lines[2:5]] == [False, True, True]
    assert lines[5].startswith("gunicorn: ")
    assert lines[6].startswith("get_data: ")
    assert len(lines) == 7
    assert table._repr_html_().count("<p>") == 2


@pytest.mark.parametrize("server", ["waitress", "gunicorn"])
def test_a_server_that_is_not_installed_has_the_command_that_installs_it(monkeypatch, server):
    monkeypatch.setitem(sys.modules, server, None)
    row, installed = matrix(
        app,
        "/stream?name=x",
        servers=[server, "wsgiref"],
        middleware=[],
        stream_with_context=True,
    )
    assert row.cells[-1] == 'not installed: pip install "streamlab[servers]"'
    assert server in row.text
    assert row.outcome == ""
    assert installed.outcome == "streamed"
