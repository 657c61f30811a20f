"""The test client: the context it keeps in a `with` block, sessions, and memory for a large stream."""

from __future__ import annotations

import subprocess
import sys

import pytest
from werkzeug.test import EnvironBuilder

from streamlab.web import (
    g,
    has_request_context,
    redirect,
    request,
    session,
    stream_with_context,
)


@pytest.fixture
def echo(app):
    app.add_url_rule("/", "index", lambda: request.args.get("name", "nobody"))
    return app.test_client()


def test_a_with_block_keeps_the_last_context_and_tears_it_down_again(app, echo, log):
    app.teardown_request(lambda _: log.append(request.args["name"]))
    with echo:
        echo.get("/?name=one")
        assert request.args["name"] == "one"
        assert log == ["one"]
        echo.get("/?name=two")
        assert request.args["name"] == "two"
        assert log == ["one", "one", "two"]
    assert log == ["one", "one", "two", "two"]
    assert not has_request_context()


def test_without_a_with_block_the_context_is_not_kept(app, echo):
    echo.get("/?name=one")
    assert not has_request_context()


def test_with_blocks_of_one_client_cannot_be_nested(echo):
    with echo, pytest.raises(RuntimeError, match="Cannot nest client invocations"):
        echo.__enter__()


def test_a_context_kept_after_an_error_is_popped_by_the_next_request(app):
    @app.get("/")
    def index():
        g.name = "World"
        raise ValueError

    with app.test_client() as client:
        with pytest.raises(ValueError):
            client.get("/")
        client.get("/nowhere")
        assert not g.get("name")
    assert not has_request_context()


def test_a_kept_context_hides_that_stream_with_context_is_missing(app):
    def generate():
        yield "Hello "  # the client reads this chunk before it pushes the kept context
        yield request.args["name"]

    app.add_url_rule("/", "index", generate)
    with app.test_client() as client:
        assert client.get("/?name=World").text == "Hello World"
    with pytest.raises(RuntimeError, match="Working outside of request context"):
        app.test_client().get("/?name=World").get_data()


def test_only_the_context_after_the_last_redirect_is_kept(app, echo):
    app.add_url_rule("/away", "away", lambda: redirect("/?name=there"))
    with echo:
        assert echo.get("/away", follow_redirects=True).text == "there"
        assert request.path == "/"
    assert not has_request_context()


def test_session_transaction_changes_the_session_of_the_next_request(app):
    app.add_url_rule("/", "index", lambda: session.pop("name"))
    client = app.test_client()
    with client, client.session_transaction() as changed:
        changed["name"] = "World"
    with client:
        assert client.get("/").text == "World"
    with client.session_transaction() as changed:
        assert "name" not in changed
    with (
        pytest.raises(TypeError, match="Cookies are disabled"),
        app.test_client(use_cookies=False).session_transaction(),
    ):
        pass
    app.secret_key = None
    with (
        pytest.raises(RuntimeError, match="Session backend did not open"),
        client.session_transaction(),
    ):
        pass


def test_open_takes_a_path_a_builder_an_environ_or_a_request(app, echo):
    builder = EnvironBuilder(path="/?name=World")
    for given in (builder, builder.get_environ(), builder.get_request(), "/?name=World"):
        assert echo.get(given).text == "World"
    builder.close()


def test_host_scheme_and_root_come_from_the_config(app, echo):
    app.config.update(
        SERVER_NAME="example.test:8080", APPLICATION_ROOT="/sub", PREFERRED_URL_SCHEME="https"
    )
    with app.test_request_context("/here?a=b") as ctx:
        assert ctx.request.url == "https://example.test:8080/sub/here?a=b"
    with app.test_request_context(subdomain="www", url_scheme="http") as ctx:
        assert ctx.request.url == "http://www.example.test:8080/sub/"
    with app.test_request_context("http://other.test/x") as ctx:
        assert ctx.request.url == "http://other.test/sub/x"
    with pytest.raises(AssertionError, match="Cannot pass"):
        app.test_request_context(base_url="http://example.test", subdomain="www")


def test_json_of_the_request_and_the_response_is_the_apps(app):
    app.add_url_rule("/", "index", lambda: {"got": request.json}, methods=["POST"])
    assert app.test_client().post("/", json=[1]).json == {"got": [1]}


def test_test_client_class_replaces_the_client(app):
    class Client(type(app.test_client())):
        def __init__(self, *args, token, **kwargs):
            super().__init__(*args, **kwargs)
            self.token = token

    app.test_client_class = Client
    assert app.test_client(token="t").token == "t"


def test_the_client_reads_each_chunk_when_it_is_made(app, log):
    def generate():
        for n in range(3):
            log.append(f"made {n}")
            yield f"{n}"

    app.add_url_rule("/", "index", lambda: stream_with_context(generate()))
    for chunk in app.test_client().get("/").response:
        log.append(f"read {chunk.decode()}")
    assert log == ["made 0", "read 0", "made 1", "read 1", "made 2", "read 2"]


MEMORY = """
import tracemalloc
from streamlab.web import App, stream_with_context
app = App("lesson")
row = "cell," * 2000 + "\\n"
@app.get("/large.csv")
def large():
    def generate():
        for _ in range(10_000):
            yield row
    return stream_with_context(generate()), {"Content-Type": "text/csv"}
def read():
    response = app.test_client().get("/large.csv")
    return sum(len(chunk) for chunk in response.iter_encoded()), response.close()
app.test_client().get("/").close()
tracemalloc.start()
total, _ = read()
print(total, tracemalloc.get_traced_memory()[1])
"""


def test_a_large_stream_needs_less_than_a_megabyte_of_memory():
    """Streams 100 MB. tests/bench/bench_web.py streams a gigabyte."""
    total, peak = subprocess.check_output([sys.executable, "-c", MEMORY]).split()
    assert int(total) == 100_010_000
    assert int(peak) < 1_000_000
