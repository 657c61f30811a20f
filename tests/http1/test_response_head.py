"""Status lines and header fields: what is accepted, and the name of each error."""

from __future__ import annotations

import pytest

from streamlab.http1.errors import ProtocolError

from .reading import read


@pytest.mark.parametrize("line", [b"HTTP/1.1 200", b"HTTP/1.1 200 "])
def test_the_reason_phrase_may_be_missing(line):
    assert read(line + b"\r\n\r\n").protocol.reason == ""


def test_headers_may_be_missing():
    assert read(b"HTTP/1.0 200 OK\r\n\r\nbody").body == b"body"


def test_a_line_may_end_with_a_line_feed_only():
    reading = read(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok")
    assert reading.protocol.headers == [("Content-Length", "2")]
    assert reading.body == b"ok"


def test_a_folded_line_continues_the_line_before():
    assert read(b"HTTP/1.1 200 OK\r\nA: 1,\r\n   2\r\n\r\n").protocol.headers == [("A", "1, 2")]


def test_headers_are_decoded_as_latin_1():
    assert read("HTTP/1.1 200 Très bien\r\nA: é\r\n\r\n".encode("latin-1")).protocol.headers == [
        ("A", "é")
    ]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"HTTP/1.1 20 OK\r\n\r\n", "bad status line"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "bad status line"),
        (b"HTTP/1.1 099 OK\r\n\r\n", "bad status line"),
        (b"HTTP/1.1  200 OK\r\n\r\n", "bad status line"),
        (b"HTTP/1.10 200 OK\r\n\r\n", "bad status line"),
        (b"HTTP/1.1 200 O\0K\r\n\r\n", "bad status line"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "bad header"),
        (b"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\n", "bad header"),
        (b"HTTP/1.1 200 OK\r\n: no name\r\n\r\n", "bad header"),
        (b"HTTP/1.1 200 OK\r\nA: 1\0\r\n\r\n", "bad header"),
        (b"HTTP/1.1 200 OK\r\nA: 1\rB: 2\r\n\r\n", "bad header"),
        (b"HTTP/1.1 200 OK\r\n folded: at once\r\n\r\n", "bad header"),
    ],
)
def test_a_malformed_head_is_refused(data, kind):
    reading = read(data)
    assert isinstance(reading.error, ProtocolError)
    assert reading.error.kind == kind
    assert not reading.protocol.complete
