"""The protocol: bytes in, events out, with limits and named errors for everything else."""

from __future__ import annotations

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streamlab.http1.errors import CutError, LimitError, ProtocolError
from streamlab.http1.events import Data, EndOfMessage, InterimResponse, Response
from streamlab.http1.protocol import MAX_HEAD_BYTES

from .reading import CHUNKED, Reading, protocol_of, read, with_length

# Events


def test_a_chunked_response_as_events():
    protocol = protocol_of()
    head = Response("1.1", 200, "OK", [("Transfer-Encoding", "chunked")])
    assert list(protocol.receive_data(CHUNKED)) == [head]
    assert list(protocol.receive_data(b"5\r\nHello\r\n6\r\n World\r\n")) == [
        Data([b"Hello", b" World"])
    ]
    assert list(protocol.receive_data(b"3\r\nab")) == [Data([b"ab"], end_of_frame=False)]
    assert list(protocol.receive_data(b"c\r\n0\r\nDigest: x\r\n\r\n")) == [
        Data([b"c"]),
        EndOfMessage([("Digest", "x")]),
    ]
    assert protocol.complete
    assert list(protocol.receive_eof()) == []


def test_interim_responses_are_events_of_their_own_class():
    first, second, end = read(
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + with_length(0)
    ).events
    assert first == InterimResponse("1.1", 103, "Early Hints", [("Link", "</a>")])
    assert second == Response("1.1", 200, "OK", [("Content-Length", "0")])
    assert end == EndOfMessage()


@pytest.mark.parametrize(
    ("data", "method"),
    [
        (with_length(5), "HEAD"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "GET"),
        (with_length(0), "GET"),
    ],
)
def test_a_response_without_a_body_ends_with_its_head(data, method):
    assert [type(event) for event in read(data, method=method).events] == [Response, EndOfMessage]


def test_the_end_of_the_connection_is_the_end_of_a_body_without_length():
    protocol = protocol_of()
    list(protocol.receive_data(b"HTTP/1.0 200 OK\r\n\r\nHello"))
    assert not protocol.complete
    assert list(protocol.receive_eof()) == [EndOfMessage()]
    assert protocol.complete


def test_the_events_before_an_error_are_given_out_and_then_the_error():
    protocol = protocol_of()
    received = []
    with pytest.raises(ProtocolError) as caught:
        received.extend(protocol.receive_data(CHUNKED + b"5\r\nHello\r\nzz\r\n"))
    assert [type(event) for event in received] == [Response, Data]
    assert protocol.error is caught.value
    with pytest.raises(ProtocolError):
        protocol.receive_data(b"5\r\nHello\r\n")
    assert list(protocol.receive_eof()) == []


def test_an_early_end_of_the_connection_ends_the_frame_and_raises():
    protocol = protocol_of()
    list(protocol.receive_data(CHUNKED + b"5\r\nHel"))
    received = []
    with pytest.raises(CutError) as caught:
        received.extend(protocol.receive_eof())
    assert received == [Data([b""])]
    assert caught.value.kind == "closed"
    assert list(protocol.receive_eof()) == []


def test_after_a_broken_connection_only_the_frame_ends():
    protocol = protocol_of()
    list(protocol.receive_data(CHUNKED + b"5\r\nHel"))
    assert list(protocol.receive_eof(clean=False)) == [Data([b""])]
    assert (protocol.error, protocol.complete) == (None, False)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "before a response arrived"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "before the response was complete"),
        (with_length(5) + b"Hel", "before the response was complete"),
    ],
)
def test_the_error_of_an_early_end_says_how_far_the_response_was(data, message):
    assert message in str(read(data).cut)


def test_it_tells_when_the_body_began():
    for head in (CHUNKED, with_length(2), b"HTTP/1.0 200 OK\r\n\r\n"):
        protocol = protocol_of()
        assert not protocol.body_began
        list(protocol.receive_data(head))
        assert not protocol.body_began
        list(protocol.receive_data(b"2\r\no" if head == CHUNKED else b"o"))
        assert protocol.body_began


# The head


def test_a_head_has_version_status_reason_and_headers():
    protocol = read(b"HTTP/1.1 404 Not Found\r\nA: 1\r\nb:2 \r\nA:\t3\r\n\r\n").protocol
    assert (protocol.http_version, protocol.status_code, protocol.reason) == (
        "1.1",
        404,
        "Not Found",
    )
    assert protocol.headers == [("A", "1"), ("b", "2"), ("A", "3")]


def test_interim_responses_come_before_the_response():
    protocol = read(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        + with_length(2)
        + b"ok"
    ).protocol
    assert protocol.interim == [(100, "Continue"), (103, "Early Hints")]
    assert (protocol.status_code, protocol.headers, protocol.complete) == (
        200,
        [("Content-Length", "2")],
        True,
    )


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"<html>an answer of HTTP/0.9",
        b"\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"\0" * 30,
    ],
)
def test_other_protocols_are_refused_at_the_first_wrong_byte(data):
    reading = read(data)
    assert isinstance(reading.error, ProtocolError)
    assert reading.error.kind == "not http"
    assert not reading.protocol.complete


def test_tls_on_a_plain_url_is_recognised():
    assert "https://" in str(read(b"\x15\x03\x01\x00\x02\x02\x46").error)


# Limits


def test_the_limit_of_a_head_is_exact_in_every_division():
    def padded(size: int) -> bytes:
        empty = b"HTTP/1.1 200 OK\r\nA: \r\n\r\n"
        return empty.replace(b"A: ", b"A: " + b"x" * (size - len(empty)))

    for pieces in ([padded(MAX_HEAD_BYTES) + b"body"], [padded(MAX_HEAD_BYTES), b"body"]):
        assert Reading(*pieces).body == b"body"
    large = padded(MAX_HEAD_BYTES + 1)
    for pieces in ([large + b"body"], [large[:-1], large[-1:]], [large[:100], large[100:]]):
        assert Reading(*pieces).error.kind == "head too large"


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
def test_endless_heads_lines_and_trailers_are_refused(start, again, kind):
    for part in (again, again * 5000):
        error = Reading(start, *[part] * (1_000_000 // len(part))).error
        assert isinstance(error, LimitError)
        assert error.kind == kind


@pytest.mark.parametrize("field", [b"A:" + b" " * 60_000 + b"x", b"A: " + b"x " * 30_000])
def test_no_header_makes_parsing_slow(field):
    # A regular expression that backtracks would need minutes.
    assert Reading(b"HTTP/1.1 200 OK\r\n" + field + b"\r\n\r\n").error is None


# What an incomplete response lacks


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        (b"", "the response"),
        (b"HTT", "the headers"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "the headers"),
        (b"HTTP/1.1 200 OK\r\nA: 1\r\n", "the headers"),
        (with_length(5) + b"Hel", "2 of 5 bytes"),
        (CHUNKED + b"5\r\nHel", "the end marker (an empty chunk)"),
        (CHUNKED + b"5\r\nHello\r\n0\r\n", "the end marker (an empty chunk)"),
    ],
)
def test_what_is_missing_is_named(data, missing):
    reading = read(data)
    assert not reading.protocol.complete
    assert reading.protocol.missing == missing


@pytest.mark.parametrize(
    "whole", [CHUNKED + b"5;x\r\nHello\r\n0\r\nA: 1\r\n\r\n", with_length(5) + b"Hello"]
)
def test_a_response_cut_at_any_offset_is_incomplete_and_keeps_what_arrived(whole):
    for at in range(len(whole)):
        reading = Reading(whole[:at])
        assert not reading.protocol.complete
        assert reading.error is None
        assert b"Hello".startswith(reading.body)


# Arbitrary bytes


messages = st.lists(
    st.sampled_from(
        [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 \r\n\r\n", b"Transfer-Encoding: chunked\r\n",
         b"Content-Length: 5\r\n", b"\r\n", b"\n", b"\r", b"5", b"0", b"5\r\nHello\r\n", b";x", b" ",
         b"0\r\n\r\n", b"A: b\r\n", b"Hello", b"\0", b"f" * 17]
    ) | st.binary(max_size=5),
    max_size=14,
).map(b"".join)  # fmt: skip


@settings(max_examples=400)
@given(st.sampled_from([b"", CHUNKED, with_length(5)]), messages, st.data())
@example(CHUNKED, b"5\r\nHello\r", None)
def test_any_bytes_end_in_a_response_or_a_named_error(start, rest, data):
    whole = start + rest
    at = data.draw(st.integers(0, len(whole))) if data else len(whole) // 2
    assert Reading(whole[:at], whole[at:]).facts == Reading(whole).facts
    assert Reading(*[whole[i : i + 1] for i in range(len(whole))]).facts == Reading(whole).facts


@settings(max_examples=300)
@given(messages)
def test_it_never_reads_another_body_than_h11(rest):
    data = CHUNKED + rest
    reading = Reading(data)
    complete = reading.protocol.complete
    peer = h11.Connection(h11.CLIENT)
    peer.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    peer.send(h11.EndOfMessage())
    body, peer_complete = b"", False
    try:
        peer.receive_data(data)
        while not isinstance(event := peer.next_event(), type):
            body += bytes(event.data) if isinstance(event, h11.Data) else b""
            if peer_complete := isinstance(event, h11.EndOfMessage):
                break
    except h11.RemoteProtocolError:
        return
    if peer_complete and complete:
        assert reading.body == body
    assert complete or not peer_complete or reading.error
