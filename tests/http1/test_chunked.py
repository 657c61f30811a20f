"""The chunked transfer coding: RFC 9112 section 7.1."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamlab.http1.chunked import MAX_LINE_BYTES, MAX_TRAILER_BYTES
from streamlab.http1.events import Data

from .reading import CHUNKED, Reading, protocol_of, read


def test_frames_stay_whole_in_every_division():
    frames = [b"a", b"bb" * 300, b"c" * 20]
    data = CHUNKED + b"".join(b"%x\r\n%s\r\n" % (len(f), f) for f in frames) + b"0\r\n\r\n"
    assert read(data).frames == frames


def test_a_frame_ends_when_the_line_break_after_it_arrives():
    protocol = protocol_of()
    *_, piece = protocol.receive_data(CHUNKED + b"2\r\nok\r")
    assert piece == Data([b"ok"], end_of_frame=False)
    assert list(protocol.receive_data(b"\n")) == [Data([b""])]
    assert Reading(CHUNKED + b"2\r\nok\r").frames == [b"ok"]  # the end of the connection ends it


@pytest.mark.parametrize("line", [b"5", b"05", b"0000000000000005", b"5;a=b", b"5 ;a", b"5  "])
def test_a_size_may_have_zeros_extensions_and_spaces(line):
    assert read(CHUNKED + line + b"\r\nHello\r\n0\r\n\r\n").frames == [b"Hello"]


def test_trailers_are_separate_from_headers():
    protocol = read(CHUNKED + b"0\r\nDigest: x\r\nA: 1\r\n\r\n").protocol
    assert protocol.trailers == [("Digest", "x"), ("A", "1")]
    assert protocol.headers == [("Transfer-Encoding", "chunked")]
    assert protocol.complete


@pytest.mark.parametrize(
    "rest",
    [
        b"xyz\r\n", b"\r\n", b"-5\r\nHello\r\n", b"+5\r\nHello\r\n", b"0x5\r\nHello\r\n", b" 5\r\n",
        b"1_0\r\n", b"5\nHello\r\n", b"5\r\r\nHello", b"5;a\rb\r\n", b"00000000000000005\r\nHello\r\n",
        b"5\r\nHello World\r\n", b"5\r\nHello\n", b"5\r\nHell\r\n0\r\n\r\n",
    ],
)  # fmt: skip
def test_a_malformed_chunk_is_refused_and_the_chunks_before_it_count(rest):
    reading = read(CHUNKED + b"2\r\nok\r\n" + rest)
    assert reading.error.kind == "bad chunk"
    assert reading.frames[0] == b"ok"
    assert not reading.protocol.complete


def test_a_malformed_trailer_is_refused():
    assert read(CHUNKED + b"0\r\nno colon\r\n\r\n").error.kind == "bad header"


def test_a_frame_of_many_gigabytes_is_given_out_in_pieces_and_not_collected():
    protocol = protocol_of()
    list(protocol.receive_data(CHUNKED + b"FFFFFFFFFFFFFFFF\r\n"))
    piece = b"x" * 1_000_000
    for _ in range(2000):
        (event,) = protocol.receive_data(piece)
        assert not event.end_of_frame
        assert event.frames[0] is piece  # not even copied
    assert not protocol._decoder._unread
    assert list(protocol.receive_eof(clean=False)) == [Data([b""])]
    assert protocol.missing == "the end marker (an empty chunk)"


def test_the_limits_of_lines_and_trailers_are_exact_in_every_division():
    fitting = b"5;" + b"x" * (MAX_LINE_BYTES - 4) + b"\r\n"
    assert Reading(CHUNKED + fitting + b"Hello\r\n").frames == [b"Hello"]
    for line in (b"5;x" + fitting[2:], b"5;xyz" + fitting[2:]):
        for pieces in (
            [CHUNKED + line + b"Hello\r\n"],
            [CHUNKED + line[:-1], line[-1:]],
            [CHUNKED + line[:-2], line[-2:]],
        ):
            assert Reading(*pieces).error.kind == "chunk line too large"
    trailers = b"A: " + b"x" * (MAX_TRAILER_BYTES - 7) + b"\r\n\r\n"
    assert Reading(CHUNKED + b"0\r\n" + trailers).protocol.complete
    assert Reading(CHUNKED + b"0\r\n", trailers).protocol.complete
    assert Reading(CHUNKED + b"0\r\nA" + trailers).error.kind == "trailers too large"


@settings(max_examples=300)
@given(st.lists(st.binary(min_size=1, max_size=300)), st.integers(1, 50))
def test_the_frames_that_are_sent_are_the_frames_that_are_read(frames, step):
    data = CHUNKED + b"".join(b"%X\r\n%s\r\n" % (len(f), f) for f in frames) + b"0\r\n\r\n"
    reading = Reading(*[data[i : i + step] for i in range(0, len(data), step)])
    assert reading.frames == frames
    assert reading.protocol.complete
