"""All examples of Flask's page "Streaming Contents". Only their import lines differ."""

from __future__ import annotations

import pytest

from streamlab import App, Server
from tests.server.rawclient import RawClient, frames, get, split

CSV = """
@app.route('/large.csv')
def generate_large_csv():
    def generate():
        for row in iter_all_rows():
            yield f"{','.join(row)}\\n"
    return generate(), {"Content-Type": "text/csv"}
"""

TIMELINE = """
from streamlab import stream_template

@app.get("/timeline")
def timeline():
    return stream_template("timeline.html")
"""

TIMELINE_STRING = """
from streamlab import stream_template_string

@app.get("/timeline")
def timeline():
    return stream_template_string("<ul>{% for n in (1, 2) %}<li>{{ n }}</li>{% endfor %}</ul>")
"""

STREAM = """
from streamlab import stream_with_context, request
from markupsafe import escape

@app.route('/stream')
def streamed_response():
    def generate():
        yield '<p>Hello '
        yield escape(request.args['name'])
        yield '!</p>'
    return stream_with_context(generate())
"""

DECORATOR = """
from streamlab import stream_with_context, request
from markupsafe import escape

@app.route('/stream')
def streamed_response():
    @stream_with_context
    def generate():
        yield '<p>Hello '
        yield escape(request.args['name'])
        yield '!</p>'

    return generate()
"""


def fetch(source: str, path: str) -> tuple[bytes, list[bytes]]:
    """Run an example as a cell, and return the head and the frames that a real server sends."""
    app = App(templates={"timeline.html": "<ul>{% for n in (1, 2) %}<li>{{ n }}</li>{% endfor %}"})
    exec(source, {"app": app, "iter_all_rows": lambda: [("a", "b"), ("c", "d")]})
    with Server(app) as server, RawClient(server.port, get(path)) as client:
        head, body = split(client.read_to_end())
    return head, frames(body)


def test_basic_usage_sends_a_frame_for_each_row():
    head, chunks = fetch(CSV, "/large.csv")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"Content-Type: text/csv\r\n" in head
    assert chunks == [b"a,b\n", b"c,d\n", b""]


def test_streaming_from_a_template_sends_a_frame_for_each_part():
    head, chunks = fetch(TIMELINE, "/timeline")
    assert b"Content-Type: text/html; charset=utf-8\r\n" in head
    assert chunks == [b"<ul>", b"<li>", b"1", b"</li>", b"<li>", b"2", b"</li>", b""]


def test_streaming_from_a_template_string():
    _, chunks = fetch(TIMELINE_STRING, "/timeline")
    assert b"".join(chunks) == b"<ul><li>1</li><li>2</li></ul>"


@pytest.mark.parametrize("source", [STREAM, DECORATOR], ids=["wrapper", "decorator"])
def test_streaming_with_context(source):
    head, chunks = fetch(source, "/stream?name=<World>")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert chunks == [b"<p>Hello ", b"&lt;World&gt;", b"!</p>", b""]


def test_without_stream_with_context_the_body_is_cut_after_the_first_chunk():
    bare = STREAM.replace("stream_with_context(generate())", "generate()")
    app = App()
    exec(bare, {"app": app})
    with Server(app) as server, RawClient(server.port, get("/stream?name=World")) as client:
        head, body = split(client.read_to_end())
    assert head.startswith(b"HTTP/1.1 200 ")
    assert body == b"9\r\n<p>Hello \r\n"


def test_without_stream_with_context_the_error_says_what_to_do():
    bare = STREAM.replace("stream_with_context(generate())", "generate()")
    app = App()
    exec(bare, {"app": app})
    with pytest.raises(RuntimeError) as raised:
        app.test_client().get("/stream?name=World").get_data()
    first, *advice = str(raised.value).splitlines()
    assert first == "Working outside of request context."
    assert any("return stream_with_context(generate())" in line for line in advice)
    assert any('request.args["name"]' in line for line in advice)
