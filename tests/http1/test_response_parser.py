"""The reader as a specification of what a response may look like, and where it ends.

No sockets: bytes in, frames out. Most examples are fed in every way they can be cut in two, and a
byte at a time; what is read must never depend on that.
"""

from __future__ import annotations

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streamlab.http1.errors import ClientError, LimitError, ProtocolError
from streamlab.http1.framing import MAX_LINE_BYTES, MAX_TRAILER_BYTES
from streamlab.http1.response_parser import MAX_HEAD_BYTES, ResponseParser
from streamlab.trace.lane import Lane

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def length(number: object) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n" % str(number).encode()


class Read:
    """A response that was fed in `pieces`, and then, if it may be so, the end."""

    def __init__(self, *pieces: bytes, method: str = "GET", clean: bool = True) -> None:
        self.lane = Lane("client")
        self.reader = ResponseParser(method, self.lane)
        self.error: ClientError | None = None
        try:
            for piece in pieces:
                self.reader.feed(piece)
        except ClientError as error:
            self.error = error
        self.reader.end(clean=clean and self.error is None)

    @property
    def frames(self) -> list[bytes]:
        return [bytes(chunk.data) for chunk in self.lane]

    @property
    def body(self) -> bytes:
        return b"".join(self.frames)

    @property
    def facts(self) -> tuple:
        """All that must not depend on how the bytes were cut."""
        reader = self.reader
        frames = self.frames if reader.framing == "chunked" else self.body
        kind = self.error.kind if self.error else None
        head = (
            reader.status_code,
            reader.reason,
            reader.http_version,
            reader.headers,
            reader.interim,
        )
        return (*head, reader.framing, reader.trailers, frames, reader.complete, kind)


def cuts(data: bytes):
    """`data` in one piece, in each two pieces, and in single bytes."""
    yield [data]
    for at in range(1, len(data)):
        yield [data[:at], data[at:]]
    yield [data[at : at + 1] for at in range(len(data))]


def read(data: bytes, **options) -> Read:
    """`data`, read in every way it can be cut, all with the same outcome."""
    whole = Read(data, **options)
    for pieces in cuts(data):
        assert Read(*pieces, **options).facts == whole.facts, pieces
    return whole


# The head


def test_a_head_has_version_status_reason_and_headers():
    reader = read(b"HTTP/1.1 404 Not Found\r\nA: 1\r\nb:2 \r\nA:\t3\r\n\r\n").reader
    assert (reader.http_version, reader.status_code, reader.reason) == ("1.1", 404, "Not Found")
    assert reader.headers == [("A", "1"), ("b", "2"), ("A", "3")]


@pytest.mark.parametrize("line", [b"HTTP/1.1 200", b"HTTP/1.1 200 "])
def test_the_reason_may_be_missing(line):
    assert read(line + b"\r\n\r\n").reader.reason == ""


def test_headers_may_be_missing():
    assert read(b"HTTP/1.0 200 OK\r\n\r\nbody").body == b"body"


def test_lines_may_end_in_a_lone_line_feed():
    response = read(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok")
    assert response.reader.headers == [("Content-Length", "2")]
    assert response.body == b"ok"


def test_a_folded_line_goes_on():
    assert read(b"HTTP/1.1 200 OK\r\nA: 1,\r\n   2\r\n\r\n").reader.headers == [("A", "1, 2")]


def test_latin_1_is_kept():
    assert read("HTTP/1.1 200 Très bien\r\nA: é\r\n\r\n".encode("latin-1")).reader.headers == [
        ("A", "é")
    ]


def test_interim_responses_come_before_the_one_that_counts():
    reader = read(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        + length(2)
        + b"ok"
    ).reader
    assert reader.interim == [(100, "Continue"), (103, "Early Hints")]
    assert (reader.status_code, reader.headers, reader.complete) == (
        200,
        [("Content-Length", "2")],
        True,
    )


def test_behind_101_comes_another_protocol_which_is_not_read():
    response = read(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\x81\x05Hello")
    assert (response.reader.framing, response.reader.complete, response.frames) == (
        "none",
        True,
        [],
    )


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "not http"),
        (b"<html>an answer of HTTP/0.9", "not http"),
        (b"\r\nHTTP/1.1 200 OK\r\n\r\n", "not http"),
        (b"HTTP/2 200\r\n\r\n", "not http"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "not http"),
        (b"\0" * 30, "not http"),
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
def test_what_is_no_head_has_a_name(data, kind):
    response = read(data)
    assert isinstance(response.error, ProtocolError)
    assert response.error.kind == kind
    assert not response.reader.complete


def test_tls_on_a_plain_url_is_told_as_such():
    assert "https://" in str(read(b"\x15\x03\x01\x00\x02\x02\x46").error)


# Where a body ends: RFC 9112 section 6.3


def test_chunks_end_with_the_last_one():
    response = read(CHUNKED + b"6\r\nHello \r\n5\r\nWorld\r\n0\r\n\r\n")
    assert response.frames == [b"Hello ", b"World"]
    assert (response.reader.framing, response.reader.complete) == ("chunked", True)


def test_a_length_ends_after_as_many_bytes():
    response = read(length(5) + b"Hello")
    assert response.body == b"Hello"
    assert (response.reader.framing, response.reader.complete) == ("length", True)


def test_a_length_of_nothing_is_complete_at_once():
    assert read(length(0)).reader.complete


def test_without_either_the_body_ends_with_the_connection():
    data = b"HTTP/1.0 200 OK\r\n\r\nHello"
    response = read(data)
    assert response.body == b"Hello"
    assert (response.reader.framing, response.reader.complete) == ("close", True)
    assert not read(data, clean=False).reader.complete


@pytest.mark.parametrize(
    ("head", "method"),
    [
        (CHUNKED, "HEAD"),
        (length(5), "HEAD"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "GET"),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "GET"),
    ],
)
def test_some_answers_have_no_body_whatever_their_headers_say(head, method):
    response = read(head + b"Hello", method=method)
    assert response.frames == []
    assert (response.reader.framing, response.reader.complete) == ("none", True)


def test_another_coding_below_the_chunks_is_left_as_it_is():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: Chunked\r\n\r\n"
    assert read(head + b"3\r\n\x1f\x8b\x08\r\n0\r\n\r\n").frames == [b"\x1f\x8b\x08"]


def test_a_last_coding_that_is_not_chunked_ends_with_the_connection():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n"
    assert read(head + b"5\r\nHello").body == b"5\r\nHello"


def test_a_length_that_is_said_twice_alike_is_one():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\ncontent-length: 2\r\n\r\n"
    assert read(head + b"ok").reader.complete


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
def test_a_length_that_is_told_in_two_ways_is_how_responses_are_smuggled(fields):
    response = read(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n\r\n0\r\n\r\n")
    assert response.error.kind == "ambiguous length"
    assert response.frames == []


def test_chunks_in_http_1_0_are_not_believed():
    data = b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert read(data).error.kind == "ambiguous length"


@pytest.mark.parametrize("value", ["", "-1", "+5", "5x", "0x5", "5 5", "1_0", "½", "9" * 20])
def test_a_length_that_is_no_number(value):
    data = f"HTTP/1.1 200 OK\r\nContent-Length: {value}\r\n\r\n".encode("latin-1")
    assert read(data).error.kind == "bad length"


def test_what_comes_behind_the_end_is_counted_and_not_read():
    for body in (CHUNKED + b"2\r\nok\r\n0\r\n\r\n", length(2) + b"ok"):
        response = Read(body + b"surplus")
        assert (response.body, response.reader.surplus) == (b"ok", len("surplus"))
        assert response.reader.complete
        assert Read(body, b"surplus").reader.surplus == len("surplus")


# The chunked coding: RFC 9112 section 7.1


def test_one_frame_is_one_chunk_however_it_arrives():
    frames = [b"a", b"bb" * 300, b"c" * 20]
    data = CHUNKED + b"".join(b"%x\r\n%s\r\n" % (len(f), f) for f in frames) + b"0\r\n\r\n"
    assert read(data).frames == frames


def test_a_frame_passes_when_the_line_break_behind_it_has_come():
    response = Read(CHUNKED + b"2\r\nok\r")
    lane = Lane("client")
    reader = ResponseParser("GET", lane)
    reader.feed(CHUNKED + b"2\r\nok\r")
    assert len(lane) == 0
    reader.feed(b"\n")
    assert len(lane) == 1
    assert response.frames == [b"ok"]  # what is there at the end passes, too


@pytest.mark.parametrize("line", [b"5", b"05", b"0000000000000005", b"5;a=b", b"5 ;a", b"5  "])
def test_a_size_may_have_zeros_extensions_and_spaces(line):
    assert read(CHUNKED + line + b"\r\nHello\r\n0\r\n\r\n").frames == [b"Hello"]


def test_trailers_are_told_apart_from_headers():
    reader = read(CHUNKED + b"0\r\nDigest: x\r\nA: 1\r\n\r\n").reader
    assert reader.trailers == [("Digest", "x"), ("A", "1")]
    assert reader.headers == [("Transfer-Encoding", "chunked")]
    assert reader.complete


@pytest.mark.parametrize(
    "rest",
    [
        b"xyz\r\n", b"\r\n", b"-5\r\nHello\r\n", b"+5\r\nHello\r\n", b"0x5\r\nHello\r\n", b" 5\r\n",
        b"1_0\r\n", b"5\nHello\r\n", b"5\r\r\nHello", b"5;a\rb\r\n", b"00000000000000005\r\nHello\r\n",
        b"5\r\nHello World\r\n", b"5\r\nHello\n", b"5\r\nHell\r\n0\r\n\r\n",
    ],
)  # fmt: skip
def test_what_is_no_chunk_has_a_name(rest):
    response = read(CHUNKED + b"2\r\nok\r\n" + rest)
    assert response.error.kind == "bad chunk"
    assert response.frames[0] == b"ok"
    assert not response.reader.complete


def test_a_trailer_that_is_none():
    assert read(CHUNKED + b"0\r\nno colon\r\n\r\n").error.kind == "bad header"


def test_a_chunk_of_many_gigabytes_is_one_and_is_not_gathered():
    lane = Lane("client", head_bytes=1024, tail_bytes=1024)
    reader = ResponseParser("GET", lane)
    reader.feed(CHUNKED + b"FFFFFFFFFFFFFFFF\r\n")
    piece = b"x" * 1_000_000
    for _ in range(2000):
        reader.feed(piece)
    assert (lane.size, len(lane)) == (2_000_000_000, 0)
    reader.end(clean=False)
    assert (len(lane), lane[0].size, lane[0].data) == (1, 2_000_000_000, None)
    assert reader.missing == "the chunk of size 0 that marks the end"


# Limits: what need not end, ends here


def test_the_limit_of_a_head_is_exact_however_it_arrives():
    def padded(size: int) -> bytes:
        empty = b"HTTP/1.1 200 OK\r\nA: \r\n\r\n"
        return empty.replace(b"A: ", b"A: " + b"x" * (size - len(empty)))

    for pieces in ([padded(MAX_HEAD_BYTES) + b"body"], [padded(MAX_HEAD_BYTES), b"body"]):
        assert Read(*pieces).body == b"body"
    large = padded(MAX_HEAD_BYTES + 1)
    for pieces in ([large + b"body"], [large[:-1], large[-1:]], [large[:100], large[100:]]):
        assert Read(*pieces).error.kind == "head too large"


def feed_for_ever(start: bytes, again: bytes) -> ClientError:
    """Feed `again` until the reader has had enough, which must be soon."""
    error = Read(start, *[again] * (1_000_000 // len(again))).error
    assert isinstance(error, LimitError)
    return error


@pytest.mark.parametrize(
    ("start", "again", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"Name: value\r\n", "head too large"),
        (b"HTTP/1.1 200 OK\r\nName: ", b"x", "head too large"),
        (b"HTTP/1.1 200 ", b"OK", "head too large"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", "head too large"),
        (CHUNKED + b"5;", b"x", "chunk line too large"),
        (CHUNKED + b"5", b" ", "chunk line too large"),
        (CHUNKED + b"0\r\n", b"Name: value\r\n", "trailers too large"),
        (CHUNKED + b"0\r\nName: ", b"x", "trailers too large"),
    ],
)
def test_what_has_no_end_is_given_up(start, again, kind):
    assert feed_for_ever(start, again).kind == kind
    assert feed_for_ever(start, again * 5000).kind == kind


def test_the_limits_of_lines_and_trailers_are_exact_however_they_arrive():
    fitting = b"5;" + b"x" * (MAX_LINE_BYTES - 4) + b"\r\n"
    assert Read(CHUNKED + fitting + b"Hello\r\n").frames == [b"Hello"]
    for line in (b"5;x" + fitting[2:], b"5;xyz" + fitting[2:]):
        for pieces in (
            [CHUNKED + line + b"Hello\r\n"],
            [CHUNKED + line[:-1], line[-1:]],
            [CHUNKED + line[:-2], line[-2:]],
        ):
            assert Read(*pieces).error.kind == "chunk line too large"
    trailers = b"A: " + b"x" * (MAX_TRAILER_BYTES - 7) + b"\r\n\r\n"
    assert Read(CHUNKED + b"0\r\n" + trailers).reader.complete
    assert Read(CHUNKED + b"0\r\n", trailers).reader.complete
    assert Read(CHUNKED + b"0\r\nA" + trailers).error.kind == "trailers too large"


@pytest.mark.parametrize("field", [b"A:" + b" " * 60_000 + b"x", b"A: " + b"x " * 30_000])
def test_no_header_makes_the_reader_slow(field):
    # One that backtracks would need minutes, not a moment: this test ends, or does not.
    assert Read(b"HTTP/1.1 200 OK\r\n" + field + b"\r\n\r\n").error is None


# What is missing where the connection ends too soon


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        (b"", "a response"),
        (b"HTT", "the headers"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "the headers"),
        (b"HTTP/1.1 200 OK\r\nA: 1\r\n", "the headers"),
        (length(5) + b"Hel", "2 of 5 bytes"),
        (CHUNKED + b"5\r\nHel", "the chunk of size 0 that marks the end"),
        (CHUNKED + b"5\r\nHello\r\n0\r\n", "the chunk of size 0 that marks the end"),
    ],
)
def test_what_is_missing_is_said(data, missing):
    response = read(data)
    assert not response.reader.complete
    assert response.reader.missing == missing


@pytest.mark.parametrize(
    "whole", [CHUNKED + b"5;x\r\nHello\r\n0\r\nA: 1\r\n\r\n", length(5) + b"Hello"]
)
def test_cut_short_anywhere_it_is_incomplete_and_has_what_came(whole):
    for at in range(len(whole)):
        response = Read(whole[:at])
        assert not response.reader.complete
        assert response.error is None
        assert b"Hello".startswith(response.body)


# Whatever comes


messages = st.lists(
    st.sampled_from(
        [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 \r\n\r\n", b"Transfer-Encoding: chunked\r\n",
         b"Content-Length: 5\r\n", b"\r\n", b"\n", b"\r", b"5", b"0", b"5\r\nHello\r\n", b";x", b" ",
         b"0\r\n\r\n", b"A: b\r\n", b"Hello", b"\0", b"f" * 17]
    ) | st.binary(max_size=5),
    max_size=14,
).map(b"".join)  # fmt: skip


@settings(max_examples=400)
@given(st.sampled_from([b"", CHUNKED, length(5)]), messages, st.data())
@example(CHUNKED, b"5\r\nHello\r", None)
def test_no_bytes_end_in_anything_but_a_response_or_a_named_error(start, rest, data):
    whole = start + rest
    at = data.draw(st.integers(0, len(whole))) if data else len(whole) // 2
    assert Read(whole[:at], whole[at:]).facts == Read(whole).facts
    assert Read(*[whole[i : i + 1] for i in range(len(whole))]).facts == Read(whole).facts


@settings(max_examples=300)
@given(st.lists(st.binary(min_size=1, max_size=300)), st.integers(1, 50))
def test_whatever_chunks_are_sent_the_same_arrive(frames, step):
    data = CHUNKED + b"".join(b"%X\r\n%s\r\n" % (len(f), f) for f in frames) + b"0\r\n\r\n"
    response = Read(*[data[i : i + step] for i in range(0, len(data), step)])
    assert response.frames == frames
    assert response.reader.complete


@settings(max_examples=300)
@given(messages)
def test_it_never_reads_another_body_than_a_known_reader(rest):
    """Against h11: wherever both accept a response, they have read the same."""
    data = CHUNKED + rest
    ours = Read(data)
    peer = h11.Connection(h11.CLIENT)
    peer.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    peer.send(h11.EndOfMessage())
    body, complete = b"", False
    try:
        peer.receive_data(data)
        while not isinstance(event := peer.next_event(), type):
            body += bytes(event.data) if isinstance(event, h11.Data) else b""
            if complete := isinstance(event, h11.EndOfMessage):
                break
    except h11.RemoteProtocolError:
        return
    if complete and ours.reader.complete:
        assert ours.body == body
    assert ours.reader.complete or not complete or ours.error
