"""The same app behind werkzeug's server sends the same frames under both frameworks."""

from __future__ import annotations

import threading

import pytest

from tests.web.parity import wire
from tests.web.parity.bench import Boom
from tests.web.parity.differences import compare
from tests.web.parity.frameworks import FLASK, STREAMLAB

TEMPLATES = {"timeline.html": "<ul>{% for n in rows %}<li>{{ n }}</li>{% endfor %}</ul>"}

# Path -> how the exchange ends under both frameworks.
EXCHANGES = {
    "/stream?name=World": "last frame",
    "/without-context?name=World": "cut",
    "/request-first?name=World": "body",
    "/large.csv": "last frame",
    "/timeline": "last frame",
    "/fails": "cut",
    "/fails-at-once": "body",
    "/empty-chunks": "last frame",
    "/text": "body",
    "/session": "last frame",
    "/nowhere": "body",
}


def _app(framework):
    web = framework.module
    app = framework.make_app(TEMPLATES)
    app.secret_key = "parity"

    def hello():
        yield "Hello "
        yield web.request.args["name"]
        yield "!"

    def failing(*chunks):
        yield from chunks
        raise Boom("in the stream")

    @app.get("/stream")
    def stream():
        return web.stream_with_context(hello())

    @app.get("/without-context")
    def without_context():
        return hello()

    @app.get("/request-first")
    def request_first():
        def generate():
            yield web.request.args["name"]

        return generate()

    @app.get("/large.csv")
    def large_csv():
        return (f"{n},{n}\n" for n in range(3)), {"Content-Type": "text/csv"}

    @app.get("/timeline")
    def timeline():
        return web.stream_template("timeline.html", rows=[1, 2])

    @app.get("/fails")
    def fails():
        return web.stream_with_context(failing("a", "b"))

    @app.get("/fails-at-once")
    def fails_at_once():
        return web.stream_with_context(failing())

    @app.get("/empty-chunks")
    def empty_chunks():
        return web.stream_with_context(iter(["", "a", "", "b"]))

    @app.get("/text")
    def text():
        return "Привет"

    @app.get("/session")
    def session():
        web.session["k"] = "v"
        return web.stream_with_context(iter(["a", "b"]))

    return app


def _received(framework, path, method="GET"):
    with wire.serving(_app(framework)) as server:
        return wire.exchange(server, path, method)


@pytest.mark.parametrize("path", EXCHANGES)
def test_both_frameworks_send_the_same_frames(path):
    under_flask = _received(FLASK, path)

    assert under_flask[-1].startswith(EXCHANGES[path])
    assert not compare(under_flask, _received(STREAMLAB, path))


@pytest.mark.parametrize("path", ["/stream?name=World", "/text"])
def test_a_head_request_gets_the_headers_and_no_frame(path):
    under_flask = _received(FLASK, path, "HEAD")

    assert not [line for line in under_flask if line.startswith("frame")]
    assert not compare(under_flask, _received(STREAMLAB, path, "HEAD"))


def _log_of_a_disconnect(framework):
    web = framework.module
    app = framework.make_app({})
    log = []
    gone = threading.Event()

    @app.get("/")
    def stream():
        def generate():
            try:
                yield "first"
                gone.wait(wire.PATIENCE)
                log.append("goes on")
                yield "second"
                log.append("the disconnect was not noticed")
            finally:
                log.append(f"finally, {web.request.args['name']}")

        return web.stream_with_context(generate())

    @app.teardown_request
    def teardown(exc):
        log.append(f"teardown {type(exc).__name__}")

    with wire.serving(app) as server:
        connection = wire.send(server, "/?name=World")
        with connection.makefile("rb") as stream:
            assert wire.read_head(stream)[0] == "HTTP/1.1 200 OK"
            assert wire.read_frame(stream) == b"first"
        wire.leave(connection)
        gone.set()
    return log


def test_a_disconnect_closes_the_stream():
    log = ["goes on", "finally, World", "teardown GeneratorExit"]

    assert _log_of_a_disconnect(STREAMLAB) == log
    # Flask 3.1 has already called the teardown function once, when the view returned.
    assert [line for line in _log_of_a_disconnect(FLASK) if "None" not in line] == log
