"""The verdict of a probe on reads with given times and bytes."""

from __future__ import annotations

import gzip
import json
import random
import zlib

import brotli
import pytest
import zstandard

from streamlab.trace import decoders
from tests.trace.scripted_probe import LAST, chunk, chunks, head, received, verdict_on_reads

SSE = "text/event-stream"
EVENTS = [b"data: tok%d\n\n" % n for n in range(40)]


@pytest.fixture
def verdict(monkeypatch):
    def judged(*reads, **options):
        return verdict_on_reads(monkeypatch, *reads, **options)

    return judged


class TestFastStreams:
    """Gaps of 10 to 50 ms, as of tokens or pictures, are streaming, also on a busy machine."""

    @pytest.mark.parametrize("gap", [10, 24, 33, 49])
    @pytest.mark.parametrize("first", [0.1, 40, 400, 5_000])
    @pytest.mark.parametrize("content_type", [SSE, "text/plain"])
    def test_tokens(self, verdict, gap, first, content_type):
        tokens = [(gap, chunk(data)) for data in EVENTS]
        found = verdict((1, head(content_type)), (first, tokens[0][1]), *tokens[1:], (gap, LAST))
        assert found.outcome == "streamed", found
        assert "all of it" not in str(found)
        assert "no measurable pause" not in str(found)

    @pytest.mark.parametrize("seed", range(20))
    def test_on_a_busy_machine_some_are_read_together(self, verdict, seed):
        """The client is woken late now and then, and its waits are of different lengths."""
        chance = random.Random(seed)
        reads, late = [(1, head(SSE))], b""
        for data in EVENTS * 2:
            late += chunk(data)
            if chance.random() < 0.6:
                reads.append((chance.uniform(3, 45), late))
                late = b""
        found = verdict(*reads, (10, late + LAST))
        assert found.outcome == "streamed", found

    def test_pictures(self, verdict):
        picture = chunk(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + bytes(30_000))
        reads = [(33, picture)] * 40
        found = verdict((2, head("multipart/x-mixed-replace; boundary=frame")), *reads, (33, LAST))
        assert found.outcome == "streamed"

    def test_tokens_from_far_away(self, verdict):
        """All fits into what TCP sends at once, so the network does not cause 40 waits."""
        reads = [(20, chunk(data)) for data in EVENTS]
        found = verdict((100, head(SSE)), *reads, (20, LAST), round_trip=90_000_000)
        assert found.outcome == "streamed"

    def test_large_frames_from_far_away(self, verdict):
        """The network does not know where frames end, and each wait is at such a place."""
        reads = [(33, chunk(bytes(30_000)))] * 40
        found = verdict((100, head()), *reads, (33, LAST), round_trip=30_000_000)
        assert found.outcome == "streamed"

    @pytest.mark.parametrize("first", [1, 400])
    def test_an_export(self, verdict, first):
        reads = [(10, chunk(b"1,2,3\n" * 1_000))] * 200
        found = verdict((first, head("text/csv")), *reads, (10, LAST))
        assert found.outcome == "streamed"
        assert "1,200,000 bytes" in str(found)

    def test_an_export_without_a_wait_that_could_be_seen(self, verdict):
        reads = [(0.5, chunk(b"1,2,3\n" * 100))] * 2_000
        found = verdict((1, head("text/csv")), *reads, LAST_AT_ONCE)
        assert found.outcome == "streamed"
        assert "over 1.0" in str(found)

    def test_an_export_that_the_client_can_hardly_follow(self, verdict):
        reads = [(1.5, chunk(bytes(250_000)))] * 1_000
        found = verdict((1, head("text/csv")), *reads, LAST_AT_ONCE)
        assert found.outcome == "streamed"


LAST_AT_ONCE = (0, LAST)


class TestNotStreams:
    def test_a_body_that_a_busy_server_sends_in_pieces(self, verdict):
        frames = [chunk(b"row %d\n" % n) for n in range(400)]
        pieces = [b"".join(frames[start : start + 150]) for start in range(0, 400, 150)]
        found = verdict((2_000, head()), *[(8, piece) for piece in pieces], LAST_AT_ONCE)
        assert found.outcome == "buffered", found

    def test_a_long_body_that_a_busy_client_reads_slowly(self, verdict):
        frames = [chunk(bytes(65_536))] * 1_000
        reads = [
            (5 if n % 10 == 0 else 0.3, b"".join(frames[n : n + 4])) for n in range(0, 1000, 4)
        ]
        found = verdict((2_000, head()), *reads, LAST_AT_ONCE)
        assert found.outcome in {"buffered", "inconclusive"}

    def test_a_long_body_from_which_a_busy_client_waits_now_and_then(self, verdict):
        frames = [chunk(bytes(65_536))] * 1_000
        reads = [
            (5 if n % 40 == 0 else 0, b"".join(frames[n : n + 4]), 6) for n in range(0, 1000, 4)
        ]
        found = verdict((2_000, head()), *reads, LAST_AT_ONCE)
        assert found.outcome == "inconclusive", found
        assert "A busy machine may be their cause." in str(found)

    def test_a_long_body_over_a_slow_network(self, verdict):
        """A packet every few milliseconds, cut anywhere."""
        data = b"".join([chunk(bytes(10_000))] * 100)
        packets = [(7, data[start : start + 1_448]) for start in range(0, len(data), 1_448)]
        found = verdict((50, head()), *packets, LAST_AT_ONCE, round_trip=50_000_000)
        assert found.outcome == "inconclusive", found
        assert "The network may be their cause: one round trip takes 50 ms." in str(found)
        assert "no measurable pause" not in str(found)

    def test_everything_in_one_read(self, verdict):
        found = verdict((1, head() + chunks(b"Hello", b"World") + LAST))
        assert found.outcome == "inconclusive"
        assert "no measurable pause" in str(found)


class Brotli:
    def __init__(self):
        one = brotli.Compressor()
        self.add, self.flush, self.finish = one.process, one.flush, one.finish


class Zstd:
    def __init__(self):
        one = zstandard.ZstdCompressor(write_content_size=False).compressobj()
        self.add, self.finish = one.compress, one.flush
        self.flush = lambda: one.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


class Zlib:
    def __init__(self, window):
        one = zlib.compressobj(wbits=window)
        self.add, self.finish = one.compress, one.flush
        self.flush = lambda: one.flush(zlib.Z_SYNC_FLUSH)


CODINGS = {
    "gzip": ("gzip", lambda: Zlib(31)),
    "deflate": ("deflate", lambda: Zlib(15)),
    "raw deflate": ("deflate", lambda: Zlib(-15)),
    "br": ("br", Brotli),
    "zstd": ("zstd", Zstd),
}


@pytest.mark.parametrize(("coding", "compressor"), CODINGS.values(), ids=CODINGS.keys())
@pytest.mark.parametrize("content_type", [SSE, "text/plain", "text/html"])
class TestCompressed:
    def test_content_that_is_flushed_is_streamed(self, verdict, coding, compressor, content_type):
        one = compressor()
        reads = [(200, chunk(one.add(event) + one.flush())) for event in EVENTS[:6]]
        opening = head(content_type, f"Content-Encoding: {coding}")
        found = verdict((1, opening), *reads, (1, chunk(one.finish()) + LAST))
        assert found.outcome == "streamed", found

    @pytest.mark.parametrize("cut", [1, 2, None])
    def test_a_header_and_then_everything_is_buffered(
        self, verdict, coding, compressor, content_type, cut
    ):
        one = compressor()
        first = one.add(b"") + one.flush()
        data = first + one.add(b"".join(EVENTS)) + one.finish()
        cut = cut or len(first) or 1
        opening = head(content_type, f"Content-Encoding: {coding}")
        found = verdict((1, opening + chunk(data[:cut])), (1_500, chunk(data[cut:]) + LAST))
        assert found.outcome == "buffered", found
        assert "without content" in str(found)
        assert "--no-compression" in found.advice

    def test_flushes_without_content_are_no_stream(self, verdict, coding, compressor, content_type):
        one = compressor()
        first = one.flush() or one.add(b"")
        reads = [(300, chunk(data)) for data in [first, *(one.flush() for _ in range(4))] if data]
        rest = one.add(b"".join(EVENTS)) + one.finish()
        opening = head(content_type, f"Content-Encoding: {coding}")
        found = verdict((1, opening), *reads, (1_500, chunk(rest) + LAST))
        assert found.outcome == "buffered", found

    def test_only_the_header_until_the_client_left(self, verdict, coding, compressor, content_type):
        data = compressor().add(b"".join(EVENTS)) or CODING_STARTS[coding]
        opening = head(content_type, f"Content-Encoding: {coding}")
        found = verdict((1, opening + chunk(data[:1])), limit="read timeout", silence=30_000)
        assert found.outcome == "inconclusive", found
        assert "no content" in str(found)


CODING_STARTS = {"br": b"\x0b", "gzip": b"\x1f", "deflate": b"\x4b", "zstd": b"\x28"}


def test_the_names_of_a_gzip_header_are_no_content(verdict):
    data = gzip.compress(b"".join(EVENTS))
    named = data[:3] + b"\x08" + data[4:10] + b"a-long-file-name.txt\0" + data[10:]
    opening = head("text/plain", "Content-Encoding: gzip")
    found = verdict((1, opening + chunk(named[:31])), (1_500, chunk(named[31:]) + LAST))
    assert found.outcome == "buffered"
    assert "31 bytes of gzip without content" in str(found)


@pytest.mark.parametrize(("coding", "package"), [("br", "brotli"), ("zstd", "zstandard")])
def test_without_a_decoder_it_cannot_be_told(verdict, monkeypatch, coding, package):
    monkeypatch.setattr(decoders, "_imported", lambda name: None)
    opening = head(SSE, f"Content-Encoding: {coding}")
    found = verdict((1, opening + chunk(b"\x0b")), (1_500, chunk(b"rest") + LAST))
    assert found.outcome == "inconclusive"
    assert "cannot be told" in str(found)
    assert f"pip install {package}" in found.advice


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate"])
def test_a_body_in_another_coding_than_its_header_names_has_failed(verdict, coding):
    opening = head("text/plain", f"Content-Encoding: {coding}")
    found = verdict((1, opening + chunk(b"Hello World! " * 20)), (500, LAST))
    assert found.outcome == "failed"
    assert "not in the coding" in str(found)


def test_a_coding_around_nothing_is_empty(verdict):
    opening = head("text/plain", "Content-Encoding: gzip")
    found = verdict((1, opening + chunk(gzip.compress(b""))), (500, LAST))
    assert found.outcome == "empty"


class TestMessages:
    def test_a_comment_and_then_all_events_is_buffered(self, verdict):
        found = verdict((1, head(SSE) + chunk(b": ok\n\n")), (2_000, chunks(*EVENTS) + LAST))
        assert found.outcome == "buffered"
        assert "40 events came in 1 read after 2.00 s; before, there came only 1 comment" in str(
            found
        )

    @pytest.mark.parametrize("beat", [b": ping\n\n", b":\n\n", b"retry: 500\n\n", b"\n"])
    def test_heartbeats_and_then_all_events_is_buffered(self, verdict, beat):
        beats = [(300, chunk(beat))] * 6
        found = verdict((1, head(SSE)), *beats, (300, chunks(*EVENTS) + LAST))
        assert found.outcome == "buffered", found
        assert "40 events came in 1 read after 2.10 s" in str(found)

    def test_events_as_heartbeats_and_then_all_others(self, verdict):
        beats = [(300, chunk(b"event: ping\ndata: {}\n\n"))] * 6
        found = verdict((1, head(SSE)), *beats, (300, chunks(*EVENTS) + LAST))
        assert found.outcome == "buffered"
        assert "40 of 46 events came in 1 read, after a wait of 0.30 s" in str(found)

    def test_events_between_heartbeats_are_streamed(self, verdict):
        reads = [(300, chunk(data)) for event in EVENTS for data in (b": ping\n\n", event)]
        found = verdict((1, head(SSE)), *reads, (1, LAST))
        assert found.outcome == "streamed"
        assert "40 events" in str(found)

    @pytest.mark.parametrize("content_type", [SSE, "application/x-ndjson", "application/jsonl"])
    def test_lumps(self, verdict, content_type):
        messages = EVENTS if content_type == SSE else [b'{"n": 1}\n'] * 40
        lumps = [(600, chunk(b"".join(messages)))] * 4
        found = verdict((1, head(content_type)), *lumps, (1, LAST))
        assert found.outcome == "buffered"
        assert "came in 4 lumps, about 40 at once, with waits of up to 0.60 s" in str(found)

    def test_one_event_and_then_tokens_after_a_long_pause_are_streamed(self, verdict):
        tokens = [(20, chunk(event)) for event in EVENTS]
        found = verdict(
            (1, head(SSE) + chunk(EVENTS[0])), (10_000, chunk(EVENTS[0])), *tokens, (20, LAST)
        )
        assert found.outcome == "streamed"

    def test_a_few_events_together_are_no_lump(self, verdict):
        reads = [(500, chunks(*EVENTS[:3]))] * 10
        assert verdict((1, head(SSE)), *reads, (1, LAST)).outcome == "streamed"

    def test_only_comments_until_the_client_left(self, verdict):
        beats = [(300, chunk(b": ping\n\n"))] * 6
        found = verdict((1, head(SSE)), *beats, limit="time limit", silence=100)
        assert found.outcome == "inconclusive"
        assert "only 6 comments arrived" in str(found)

    def test_only_comments(self, verdict):
        found = verdict((1, head(SSE) + chunk(b": ping\n\n")), (900, LAST))
        assert found.outcome == "empty"
        assert "1 comment and no event" in str(found)

    @pytest.mark.parametrize(
        ("content_type", "data", "said"),
        [
            (SSE, b"data: 1\n", "No blank line follows the data"),
            (SSE, b"hello\n", "No line is a field of an event"),
            (SSE, b"data: a\nb\n\n", "Not every line is a field of an event"),
            ("text/html", b"data: 1\n\n", "its Content-Type is text/html"),
            ("application/x-ndjson", b"{'n': 1}\n", "Line 1 is not JSON: \"{'n': 1}\""),
            ("application/json", b'{"n": 1}\n', "Usual is application/x-ndjson"),
        ],
    )
    def test_malformed_messages_are_named(self, verdict, content_type, data, said):
        found = verdict((1, head(content_type)), *[(300, chunk(data))] * 5, (1, LAST))
        assert found.outcome == "streamed"
        assert said in str(found)

    def test_the_last_event_without_a_blank_line(self, verdict):
        reads = [(300, chunk(event)) for event in EVENTS[:4]]
        found = verdict((1, head(SSE)), *reads, (300, chunk(b"data: end\n") + LAST))
        assert "The last event has no blank line at its end" in str(found)

    @pytest.mark.parametrize(
        ("content_type", "body"),
        [
            (SSE, b"".join(EVENTS)),
            (SSE, b"id: 1\r\nevent: a\r\ndata: b\r\n\r\n"),
            (SSE, b"\xef\xbb\xbfdata: a\rdata: b\r\r"),
            ("text/html", b"<p>data: 1</p>\n<p>data: 2</p>"),
            ("application/json", json.dumps({"a": 1}, indent=1).encode()),
            ("application/x-ndjson", b'{"n": 1}\n\n{"n": 2}'),
            ("application/json-seq", b'\x1e{"n": 1}\n\x1e{"n": 2}\n'),
        ],
    )
    def test_nothing_is_said_of_others(self, monkeypatch, content_type, body):
        for size in (1, 7, 10_000):
            pieces = [body[start : start + size] for start in range(0, len(body), size)]
            probe = received(
                monkeypatch,
                (1, head(content_type)),
                *[(1, chunk(piece)) for piece in pieces],
                (1, LAST),
            )
            assert probe.body.messages.problems() == []


class TestSilence:
    def test_headers_without_a_body(self, verdict):
        found = verdict((1, head()), limit="read timeout", silence=30_000)
        assert found.outcome == "inconclusive"
        assert "no byte of the body" in str(found)

    @pytest.mark.parametrize("limit", ["read timeout", "time limit"])
    def test_a_length_that_is_not_filled(self, verdict, limit):
        opening = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nHello"
        found = verdict((1, opening), limit=limit, silence=30_000)
        assert found.outcome == "truncated"
        assert "95 of 100 bytes never arrived" in str(found)

    def test_a_download_that_goes_on_at_the_time_limit(self, verdict):
        opening = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
        reads = [(300, b"Hello")] * 10
        found = verdict((1, opening), *reads, limit="time limit", silence=100)
        assert found.outcome == "streamed"

    @pytest.mark.parametrize("limit", ["read timeout", "time limit"])
    def test_one_part_and_then_nothing(self, verdict, limit):
        found = verdict((1, head() + chunk(b"Hello")), limit=limit, silence=30_000)
        assert found.outcome == "inconclusive"
        assert "then nothing for 30.00 s" in str(found)

    def test_a_stream_that_falls_silent_was_one(self, verdict):
        reads = [(300, chunk(b"Hello"))] * 5
        found = verdict((1, head()), *reads, limit="read timeout", silence=30_000)
        assert found.outcome == "streamed"
        assert "It fell silent for 30.00 s" in str(found)


@pytest.mark.parametrize(
    ("field", "tip"),
    [
        ("Server: nginx/1.26", "proxy_buffering off"),
        ("Server: cloudflare", "Cloudflare"),
        ("CF-Ray: 1-FRA", "Cloudflare"),
        ("Via: 1.1 proxy", "a proxy is in between"),
        ("X-Cache: HIT", "comes from a cache"),
        ("X-Accel-Buffering: yes", "Set it to `no`"),
        ("X-Accel-Buffering: no", "no nginx has read it"),
        ("Content-Length: 5", "A stream has no Content-Length"),
    ],
)
def test_headers_show_what_to_try(verdict, field, tip):
    opening = f"HTTP/1.0 200 OK\r\n{field}\r\n\r\n".encode()
    found = verdict((1, opening), (2_000, b"Hello"), closed=True)
    assert found.outcome == "buffered"
    assert tip in found.advice
    streamed = verdict((1, head("text/plain", "Server: nginx")), (9, chunk(b"a")), (900, LAST))
    assert (streamed.outcome, streamed.advice) == ("streamed", "")


@pytest.mark.parametrize("content_type", ["application/x-ndjson", "application/jsonl"])
def test_lines_that_never_end_stream_nevertheless(monkeypatch, content_type):
    parts = [(30, chunk(b'{"n": %d}' % number)) for number in range(12)]
    verdict = verdict_on_reads(monkeypatch, (5, head(content_type)), *parts, (0, LAST))
    assert verdict.outcome == "streamed"
    assert "Line 1 is not JSON" in verdict.text
