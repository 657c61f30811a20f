"""The response to applications that use the corners of PEP 3333, and that break its rules."""

from __future__ import annotations

import logging
import sys

import pytest

from streamlab.server import Server
from tests.server.rawclient import RawClient, frames, get, split

TEXT = [("Content-Type", "text/plain")]


def answer_of(app, request=None):
    with Server(app) as server, RawClient(server.port, request or get()) as client:
        return split(client.read_to_end())


def test_data_passed_to_write_is_sent_before_the_items():
    def app(environ, start_response):
        write = start_response("200 OK", TEXT)
        write(b"written")
        return [b"yielded"]

    assert frames(answer_of(app)[1]) == [b"written", b"yielded", b""]


@pytest.mark.parametrize(
    ("before", "status"), [([], b"HTTP/1.1 500 Late"), ([b"x"], b"HTTP/1.1 200 ")]
)
def test_exc_info_replaces_the_headers_until_they_are_sent(before, status):
    def app(environ, start_response):
        start_response("200 OK", TEXT)
        yield from before
        try:
            raise ValueError("on purpose")
        except ValueError:
            start_response("500 Late", TEXT, sys.exc_info())
        yield b"error page"

    head, body = answer_of(app)
    assert head.startswith(status)
    assert (b"error page" in body) is not bool(before)


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (lambda environ, start_response: [b"x"], "before it called start_response()"),
        (
            lambda environ, start_response: [start_response("200 OK", TEXT), "x"][1:],
            "write bytes, but this one wrote str",
        ),
        (
            lambda environ, start_response: (
                start_response("200 OK", TEXT) and start_response("200 OK", TEXT)
            ),
            "a second time",
        ),
    ],
)
def test_an_application_that_breaks_a_rule_is_logged(app, message, caplog):
    caplog.set_level(logging.ERROR, "streamlab.server")
    answer_of(app)
    assert message in caplog.text


def test_an_item_of_text_is_found_too_late_for_status_500():
    """The head is written before the type of the first item is checked, as in werkzeug."""

    def app(environ, start_response):
        start_response("200 OK", TEXT)
        return ["text"]

    head, body = answer_of(app)
    assert head.startswith(b"HTTP/1.1 200")
    assert body == b""


@pytest.mark.parametrize(
    ("item", "advice"),
    [
        ("text", "one wrote str. Encode the text: text.encode()"),
        (bytearray(b"a"), "one wrote bytearray. Make bytes of it: bytes(chunk)"),
        (memoryview(b"a"), "one wrote memoryview. Make bytes of it: bytes(chunk)"),
        (104, 'one wrote int. A loop over bytes gives numbers. Return a list: [b"..."]'),
        (None, "one wrote NoneType. Each item of the body must be bytes (PEP 3333)."),
    ],
)
def test_the_error_for_an_item_that_is_not_bytes_says_what_to_write(item, advice, caplog):
    def app(environ, start_response):
        start_response("200 OK", TEXT)
        return [item]

    caplog.set_level(logging.ERROR, "streamlab.server")
    answer_of(app)
    assert advice in caplog.text


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (get(), "204 No Content"),
        (get(), "304 Not Modified"),
        (b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n", "200 OK"),
    ],
)
def test_a_response_without_a_body_has_no_chunks(request_, status):
    def app(environ, start_response):
        start_response(status, [])
        return []

    head, body = answer_of(app, request_)
    assert b"chunked" not in head.lower()
    assert body == b""


def test_the_response_arrives_although_the_request_body_is_not_read():
    def app(environ, start_response):
        start_response("413 Too Large", TEXT)
        return [b"too large"]

    length = 4_000_000
    request = (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % length + b"x" * length
    )
    head, body = answer_of(app, request)
    assert head.startswith(b"HTTP/1.1 413")
    assert frames(body) == [b"too large", b""]
