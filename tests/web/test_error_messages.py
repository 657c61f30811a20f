"""Mistakes raise an error with advice. Where Flask raises none, the signal `warned` is sent."""

from __future__ import annotations

import sqlite3
from threading import Event, Thread

import flask
import pytest

from streamlab import Server
from streamlab.web import (
    App,
    Response,
    abort,
    after_this_request,
    flash,
    make_response,
    request,
    session,
    stream_with_context,
    warned,
)
from tests.server.rawclient import RawClient, get, split
from tests.web.wsgi import Exchange

# Errors


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (5, ("yielded 5, a int", "Yield its text")),
        (None, ("yielded None, a NoneType", "A bare 'yield'")),
        (["a"], ("a list", "'yield from'")),
        ((x for x in "a"), ("a generator", "'yield from'")),
        ({"a": 1}, ("a dict", "json.dumps(value)")),
    ],
)
def test_a_chunk_that_is_neither_text_nor_bytes_raises_an_error(app, item, words):
    app.add_url_rule("/", "index", lambda: (chunk for chunk in ["a", item, "never"]))
    exchange = Exchange(app)
    assert next(exchange) == b"a"
    with pytest.raises(TypeError) as raised:
        exchange.read()
    for word in words:
        assert word in str(raised.value)


def test_a_loop_over_bytes_raises_an_error_about_numbers(app):
    app.add_url_rule("/", "index", lambda: stream_with_context(b"abc"))
    with pytest.raises(TypeError, match="looping over a bytes"):
        Exchange(app).read()


def test_the_head_is_sent_before_a_wrong_first_chunk_as_in_flask():
    """The client receives status 200 and a truncated body."""
    app = App()
    app.add_url_rule("/", "index", lambda: (chunk for chunk in [7]))
    with Server(app) as server, RawClient(server.port, get("/")) as client:
        head, body = split(client.read_to_end())
    assert head.startswith(b"HTTP/1.1 200 ")
    assert body == b""


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_error_for_a_file_closed_by_the_view_has_advice(app, tmp_path, wrapped):
    path = tmp_path / "rows.txt"
    path.write_text("a\nb\n")

    @app.get("/")
    def index():
        with path.open() as lines:
            rows = (line for line in lines)
            return stream_with_context(rows) if wrapped else rows

    with pytest.raises(ValueError, match="closed file") as raised:
        Exchange(app).read()
    assert str(raised.value).startswith("I/O operation on closed file.\n\n")
    assert "Open the file inside the generator" in str(raised.value)


def test_the_error_for_a_closed_database_connection_has_advice(app):
    @app.get("/")
    def index():
        db = sqlite3.connect(":memory:")

        @after_this_request
        def close(response):
            db.close()
            return response

        return (str(row) for (row,) in iter(lambda: db.execute("select 1").fetchone(), None))

    with pytest.raises(sqlite3.ProgrammingError, match="Open it inside the generator"):
        Exchange(app).read()


def test_the_error_for_stop_iteration_in_a_generator_has_advice(app):
    def generate():
        yield "a"
        yield next(iter(()))

    app.add_url_rule("/", "index", generate)
    with pytest.raises(RuntimeError, match=r"generator raised StopIteration\n\n.*default"):
        Exchange(app).read()


def test_advice_is_appended_only_once(app):
    """The error is raised through two bodies, one inside the other."""

    def generate():
        raise ValueError("I/O operation on closed file.")
        yield

    app.add_url_rule("/", "index", lambda: Response(Response(generate()).iter_encoded()))
    with pytest.raises(ValueError, match="closed file") as raised:
        Exchange(app).read()
    assert str(raised.value).count("Open the file inside the generator") == 1


@pytest.mark.parametrize("what", ["object", "agen", "agen function", "number"])
def test_stream_with_context_around_something_else_raises_an_error(app, what):
    async def agen():
        yield "a"

    thing = {"object": object(), "agen": agen(), "agen function": agen, "number": 7}[what]
    with app.test_request_context("/"), pytest.raises(TypeError) as raised:
        stream_with_context(thing)() if callable(thing) else stream_with_context(thing)
    text = str(raised.value)
    assert text.startswith("'stream_with_context' needs an iterator")
    assert ("plain for loop" in text) is what.startswith("agen")


def test_the_error_for_a_generator_read_by_two_requests_at_once_has_advice(app):
    running, go_on = Event(), Event()

    def generate():
        running.set()
        go_on.wait(10)
        yield "a"

    shared = generate()
    app.add_url_rule("/", "index", lambda: shared)
    got = []
    first = Thread(target=lambda: got.append(Exchange(app).read()))
    first.start()
    assert running.wait(10)
    try:
        with pytest.raises(ValueError, match="generator already executing") as raised:
            Exchange(app).read()
    finally:
        go_on.set()
        first.join()
    assert "call the generator function inside the view" in str(raised.value)
    assert got == [[b"a"]]


@pytest.mark.parametrize("in_generator", [False, True])
@pytest.mark.parametrize("name", ["request", "g"])
def test_the_error_for_an_object_of_flask_says_where_to_import_it(app, name, in_generator):
    def use():
        return getattr(getattr(flask, name), "path", "")

    app.testing = True
    app.add_url_rule("/", "index", (lambda: (use() for _ in "ab")) if in_generator else use)
    with pytest.raises(RuntimeError, match="Working outside of") as raised:
        app.test_client().get("/").text
    assert str(raised.value).count("from streamlab import request, session, g") == 1


def test_the_error_for_an_object_of_streamlab_is_left_as_it_is(app):
    app.add_url_rule("/", "index", lambda: (request.path for _ in "ab"))
    with pytest.raises(RuntimeError, match="Working outside of request context") as raised:
        Exchange(app).read()
    assert "another framework" not in str(raised.value)


# Mistakes that raise no error under Flask


@pytest.mark.parametrize("wrap", [iter, stream_with_context, Response])
def test_a_generator_used_by_a_second_response_sends_a_warning(app, warnings_sent, wrap):
    shared = (chunk for chunk in ["a"])
    app.add_url_rule("/", "index", lambda: wrap(shared))
    assert Exchange(app).read() == [b"a"]
    assert warnings_sent == []
    assert Exchange(app).read() == []
    (message,) = warnings_sent
    assert "already used by another response" in message


@pytest.mark.parametrize("wrap", [iter, stream_with_context, Response, make_response])
def test_a_new_generator_for_each_request_sends_no_warning(app, warnings_sent, wrap):
    app.add_url_rule("/", "index", lambda: wrap(c for c in "ab"))
    for _ in range(3):
        assert Exchange(app).read() == [b"a", b"b"]
    assert warnings_sent == []


CHANGES = {
    "set": lambda response: response.headers.set("X-Name", "late"),
    "item": lambda response: response.headers.__setitem__("X-Name", "late"),
    "add": lambda response: response.headers.add("X-Name", "late"),
    "update": lambda response: response.headers.update({"X-Name": "late"}),
    "delete": lambda response: response.headers.__delitem__("Content-Type"),
    "remove": lambda response: response.headers.remove("Content-Type"),
    "pop": lambda response: response.headers.pop("Content-Type"),
    "clear": lambda response: response.headers.clear(),
    "cookie": lambda response: response.set_cookie("name", "late"),
    "mimetype": lambda response: setattr(response, "mimetype", "text/plain"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_late_header_is_ignored_and_sends_a_warning(app, warnings_sent, change):
    @app.get("/")
    def index():
        def generate():
            yield "a"
            CHANGES[change](response)
            yield "b"

        response = Response(stream_with_context(generate()))
        response.headers["X-Early"] = "yes"
        return response

    exchange = Exchange(app)
    assert exchange.read() == [b"a", b"b"]
    assert exchange.headers == {"Content-Type": "text/html; charset=utf-8", "X-Early": "yes"}
    (message,) = warnings_sent
    assert "header" in message
    assert "after the response had begun" in message


@pytest.mark.parametrize("name", ["status", "status_code"])
def test_a_late_status_is_ignored_and_sends_a_warning(app, warnings_sent, name):
    @app.get("/")
    def index():
        def generate():
            yield "a"
            setattr(response, name, 404)

        response = Response(generate())
        response.status_code = 202
        return response

    exchange = Exchange(app)
    assert exchange.read() == [b"a"]
    assert exchange.status == "202 ACCEPTED"
    assert warnings_sent == [
        "The status was changed after the response had begun: the client has the old one."
    ]


def test_late_changes_of_the_session_are_lost_and_send_one_warning(app, warnings_sent):
    @app.get("/")
    def index():
        session["early"] = True

        def generate():
            yield "a"
            session["late"] = True
            session["later"] = True

        return stream_with_context(generate())

    @app.get("/session")
    def show():
        return dict(session)

    client = app.test_client()
    assert client.get("/").text == "a"
    assert len(warnings_sent) == 1
    assert warnings_sent[0].startswith("The session was changed after the response had begun")
    assert client.get("/session").json == {"early": True}


def test_a_session_first_read_in_the_stream_sends_a_warning(app, warnings_sent):
    def generate():
        yield session.get("name", "nobody")
        yield session.get("name", "nobody")

    app.add_url_rule("/", "index", lambda: stream_with_context(generate()))
    exchange = Exchange(app)
    assert "Vary" not in exchange.headers
    exchange.read()
    (message,) = warnings_sent
    assert "Vary: Cookie" in message


def test_a_late_flash_sends_a_warning(app, warnings_sent):
    @app.get("/")
    def index():
        session["name"] = "World"

        def generate():
            yield "a"
            flash("late")

        return stream_with_context(generate())

    Exchange(app).read()
    assert len(warnings_sent) == 1


def test_a_late_after_this_request_does_not_run_and_sends_a_warning(app, warnings_sent, log):
    def generate():
        yield "a"
        after_this_request(log.append)

    app.add_url_rule("/", "index", lambda: stream_with_context(generate()))
    Exchange(app).read()
    assert log == []
    (message,) = warnings_sent
    assert message.startswith("after_this_request was called after")


def test_a_late_abort_truncates_the_body_and_sends_a_warning(app, warnings_sent):
    def generate():
        yield "a"
        if "name" not in request.args:
            abort(400)

    app.add_url_rule("/", "index", lambda: stream_with_context(generate()))
    exchange = Exchange(app)
    assert next(exchange) == b"a"
    with pytest.raises(Exception, match="400 Bad Request"):
        exchange.read()
    (message,) = warnings_sent
    assert message.startswith("abort() was called after the response had begun (400 Bad Request")


@pytest.mark.parametrize(
    "read", [Response.get_data, Response.add_etag, Response.calculate_content_length]
)
def test_a_stream_read_whole_by_a_hook_sends_a_warning(app, warnings_sent, read):
    @app.after_request
    def hook(response):
        read(response)
        return response

    app.add_url_rule("/", "index", lambda: (chunk for chunk in "ab"))
    assert b"".join(Exchange(app).read()) == b"ab"
    (message,) = warnings_sent
    assert message.startswith("A streamed body was read whole before it was sent")


def test_reading_a_body_that_is_not_a_stream_sends_no_warning(app, warnings_sent):
    app.after_request(lambda response: response.get_data() and response)
    app.add_url_rule("/", "index", lambda: "text")
    with app.test_client() as client:
        assert client.get("/").text == "text"
    assert warnings_sent == []


def test_changes_before_the_response_begins_send_no_warning(app, warnings_sent):
    @app.after_request
    def hook(response):
        response.headers["X-Name"] = "in time"
        response.status_code = 201
        session["name"] = "in time"
        return response

    app.add_url_rule("/", "index", lambda: stream_with_context(c for c in "ab"))
    exchange = Exchange(app)
    exchange.read()
    assert (exchange.status, exchange.headers["X-Name"]) == ("201 CREATED", "in time")
    assert "session=" in exchange.headers["Set-Cookie"]
    assert warnings_sent == []


def test_a_warning_has_the_app_as_sender_a_message_and_advice(app):
    received = []
    with warned.connected_to(lambda app, **rest: received.append((app, sorted(rest))), app):
        app.add_url_rule(
            "/", "index", lambda: stream_with_context(session.get("x", c) for c in "a")
        )
        Exchange(app).read()
    assert [(sender, keys[-2:]) for sender, keys in received] == [(app, ["advice", "message"])]
