"""Where a body ends: the rules of RFC 9112 section 6.3."""

from __future__ import annotations

import pytest

from .reading import CHUNKED, Reading, read, with_length


def test_chunks_end_with_the_empty_chunk():
    reading = read(CHUNKED + b"6\r\nHello \r\n5\r\nWorld\r\n0\r\n\r\n")
    assert reading.frames == [b"Hello ", b"World"]
    assert (reading.protocol.framing, reading.protocol.complete) == ("chunked", True)


def test_a_content_length_ends_after_that_many_bytes():
    reading = read(with_length(5) + b"Hello")
    assert reading.body == b"Hello"
    assert (reading.protocol.framing, reading.protocol.complete) == ("length", True)


def test_a_content_length_of_0_is_complete_at_once():
    assert read(with_length(0)).protocol.complete


def test_without_either_the_body_ends_with_the_connection():
    data = b"HTTP/1.0 200 OK\r\n\r\nHello"
    reading = read(data)
    assert reading.body == b"Hello"
    assert (reading.protocol.framing, reading.protocol.complete) == ("close", True)
    assert not read(data, clean=False).protocol.complete


@pytest.mark.parametrize(
    ("head", "method"),
    [
        (CHUNKED, "HEAD"),
        (with_length(5), "HEAD"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "GET"),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "GET"),
    ],
)
def test_some_responses_have_no_body_despite_their_headers(head, method):
    reading = read(head + b"Hello", method=method)
    assert reading.frames == []
    assert (reading.protocol.framing, reading.protocol.complete) == ("none", True)


def test_the_protocol_that_follows_a_101_is_not_read():
    reading = read(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\x81\x05Hello")
    assert (reading.protocol.framing, reading.protocol.complete, reading.frames) == (
        "none",
        True,
        [],
    )


def test_other_transfer_codings_inside_the_chunks_are_not_decoded():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: Chunked\r\n\r\n"
    assert read(head + b"3\r\n\x1f\x8b\x08\r\n0\r\n\r\n").frames == [b"\x1f\x8b\x08"]


def test_a_last_coding_other_than_chunked_ends_with_the_connection():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n"
    assert read(head + b"5\r\nHello").body == b"5\r\nHello"


def test_equal_content_lengths_count_as_one():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\ncontent-length: 2\r\n\r\n"
    assert read(head + b"ok").protocol.complete


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: 5, 6",
        b"Transfer-Encoding: chunked, gzip",
        b"Transfer-Encoding: chunked, chunked",
    ],
)
def test_contradictory_headers_are_refused_because_they_allow_response_smuggling(fields):
    reading = read(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n\r\n0\r\n\r\n")
    assert reading.error.kind == "ambiguous length"
    assert reading.frames == []


OTHER_SPACES = ["\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\xa0"]
"""What `str.strip` removes in Latin-1 and HTTP does not."""


@pytest.mark.parametrize("space", OTHER_SPACES)
@pytest.mark.parametrize("value", ["{}chunked", "chunked{}", "chunked,{}", "gzip,{}chunked", "{}"])
def test_only_spaces_and_tabs_may_surround_a_transfer_coding(space, value):
    head = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: {value.format(space)}\r\n\r\n"
    reading = read(head.encode("latin-1") + b"5\r\nHello\r\n0\r\n\r\n")
    assert reading.error.kind == "ambiguous length"
    assert reading.frames == []
    assert str(reading.error).isprintable()


@pytest.mark.parametrize("space", OTHER_SPACES)
@pytest.mark.parametrize("value", ["{}5", "5{}", "5,{}5"])
def test_only_spaces_and_tabs_may_surround_a_content_length(space, value):
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {value.format(space)}\r\n\r\nHello"
    reading = read(head.encode("latin-1"))
    assert reading.error.kind in {"bad length", "ambiguous length"}
    assert str(reading.error).isprintable()


@pytest.mark.parametrize("value", [b" \t chunked\t ", b"gzip;q=1 ,\t chunked", b"\tCHUNKED"])
def test_spaces_and_tabs_do_not_count(value):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding:" + value + b"\r\n\r\n"
    assert read(head + b"5\r\nHello\r\n0\r\n\r\n").frames == [b"Hello"]


def test_chunks_in_http_1_0_are_refused():
    data = b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert read(data).error.kind == "ambiguous length"


@pytest.mark.parametrize("value", ["", "-1", "+5", "5x", "0x5", "5 5", "1_0", "½", "9" * 20])
def test_a_content_length_must_be_a_number(value):
    data = f"HTTP/1.1 200 OK\r\nContent-Length: {value}\r\n\r\n".encode("latin-1")
    assert read(data).error.kind == "bad length"


def test_bytes_after_the_end_are_counted_and_not_read():
    for body in (CHUNKED + b"2\r\nok\r\n0\r\n\r\n", with_length(2) + b"ok"):
        reading = Reading(body + b"surplus")
        assert (reading.body, reading.protocol.surplus) == (b"ok", len("surplus"))
        assert reading.protocol.complete
        assert Reading(body, b"surplus").protocol.surplus == len("surplus")
