"""The verdict of a probe, over real sockets.

A wait counts however short it is (`apart_ns` is 0), and the server sends each part when the client
has read the part before. So the order of reads decides, and not their times.
"""

from __future__ import annotations

import threading

import pytest

from streamlab.http1.waits import APART_NS
from streamlab.trace.probe_verdict import judge_probe
from streamlab.trace.trace import Trace
from streamlab.trace.url_probe import URLProbe
from tests.http1.scripted import Scripted
from tests.http1.watching import Watcher

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
TWO = b"5\r\nHello\r\n6\r\n World\r\n"
LAST = b"0\r\n\r\n"
NO_WAIT_COUNTS = 10**15


def probe_of(url: str, *, apart_ns: int, **options) -> URLProbe:
    probe = URLProbe(url, Trace(("client",)), **{"timeout": 10.0, **options})
    probe.waits.apart_ns = apart_ns
    probe.waits.allow_for = lambda round_trip_ns: None  # the test decides what counts
    probe.observer = Watcher(probe.observer)
    return probe


def verdict_on(*parts: bytes, apart_ns: int = 0, end=lambda peer: None, **options):
    """The verdict if the client waits between every two `parts`."""

    def part_by_part(peer):
        sent = 0
        for part in parts:
            probe.observer.wait_for_bytes(sent)
            peer.sendall(part)
            sent += len(part)
        end(peer)

    with Scripted(part_by_part) as server:
        probe = probe_of(server.url, apart_ns=apart_ns, **options)
        probe.run()
    return judge_probe(probe)


@pytest.mark.parametrize(
    "parts",
    [
        (CHUNKED + b"5\r\nHello\r\n", b"6\r\n World\r\n" + LAST),
        (CHUNKED + TWO, LAST),  # a layer that buffers would have sent the end as well
        (b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nHello", b" World"),
    ],
)
def test_a_wait_after_the_first_bytes_of_the_body_is_streaming(parts):
    verdict = verdict_on(*parts)
    assert verdict.outcome == "streamed"
    assert "1 time" in str(verdict)


def test_a_body_without_length_may_have_been_cut():
    verdict = verdict_on(b"HTTP/1.0 200 OK\r\n\r\nHello", b" World")
    assert verdict.outcome == "streamed"
    assert "2 times" in str(verdict)  # for the second part, and for the end
    assert "a response that was cut looks like a complete one" in str(verdict)


def test_a_long_wait_and_then_everything_at_once_is_buffering():
    probe = probe_of("http://a/", apart_ns=APART_NS)
    probe.waits.add(100 * APART_NS, in_body=False)
    probe._receive(CHUNKED + TWO + LAST)
    verdict = judge_probe(probe)
    assert verdict.outcome == "buffered"
    assert "5.00 s" in str(verdict)


def test_everything_at_once_without_a_wait_shows_nothing_and_the_advice_says_what_would():
    verdict = verdict_on(CHUNKED + TWO + LAST, apart_ns=NO_WAIT_COUNTS)
    assert verdict.outcome == "inconclusive"
    assert "no measurable pause" in str(verdict)
    assert "time.sleep" in verdict.advice


@pytest.mark.parametrize(
    ("response", "outcome", "message"),
    [
        (b"", "failed", "The connection was closed before a response arrived."),
        (b"SSH-2.0\r\n", "failed", "SSH"),
        (b"HTTP/1.1 500 Oh no\r\nContent-Length: 2\r\n\r\nno", "failed", "500 Oh no"),
        (CHUNKED + TWO, "truncated", "The end marker (an empty chunk) never arrived."),
        (CHUNKED + TWO + b"zz\r\n", "truncated", "hexadecimal"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHel",
            "truncated",
            "2 of 5 bytes never arrived.",
        ),
        (CHUNKED + LAST, "empty", "200 OK"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "empty", "204"),
        (b"HTTP/1.1 301 Moved\r\nLocation: /b\r\n\r\n", "inconclusive", "'/b'"),
    ],
)
def test_outcomes_that_do_not_depend_on_waits(response, outcome, message):
    verdict = verdict_on(response, apart_ns=NO_WAIT_COUNTS)
    assert verdict.outcome == outcome
    assert message in str(verdict)


def wait_for_the_client_to_leave(peer):
    peer.recv(1)


@pytest.mark.parametrize(
    ("limit", "said"),
    [({"timeout": 0.1}, "Nothing arrived for 0.1 s"), ({"time_limit": 0.3}, "goes on")],
)
def test_a_stream_that_the_client_leaves_is_streamed(limit, said):
    verdict = verdict_on(CHUNKED + TWO, b"1\r\n!\r\n", end=wait_for_the_client_to_leave, **limit)
    assert verdict.outcome == "streamed"
    assert said in str(verdict)


@pytest.mark.parametrize("limit", [{"timeout": 0.1}, {"time_limit": 0.3}])
def test_one_part_and_then_silence_does_not_show_a_stream(limit):
    verdict = verdict_on(CHUNKED + TWO, end=wait_for_the_client_to_leave, **limit)
    assert verdict.outcome == "inconclusive"
    assert "11 bytes in 1 read arrived together, then nothing for" in str(verdict)


def test_a_body_that_arrived_at_once_before_the_time_limit_shows_nothing():
    verdict = verdict_on(
        CHUNKED + TWO,
        apart_ns=NO_WAIT_COUNTS,
        end=wait_for_the_client_to_leave,
        time_limit=0.3,
    )
    assert verdict.outcome == "inconclusive"
    assert "The time limit of 0.3 s was reached." in str(verdict)


@pytest.mark.parametrize(("sent", "outcome"), [(b"", "stopped"), (CHUNKED + TWO, "streamed")])
def test_a_stopped_probe_shows_what_arrived(sent, outcome):
    def send_and_stop(peer):
        peer.sendall(sent)
        probe.observer.wait_for_bytes(len(sent))
        probe.stop()

    with Scripted(send_and_stop) as server:
        probe = probe_of(server.url, apart_ns=0)
        thread = threading.Thread(target=probe.run)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()
    assert judge_probe(probe).outcome == outcome


LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((LENGTH % 5 + b"Hello World",), "at least 6 more bytes"),
        ((LENGTH % 5 + b"Hello", b" World"), "at least 6 more bytes"),
        ((LENGTH % 5, b"Hel", b"lo", b"!"), "at least 1 more byte,"),
        ((LENGTH % 0, b"Hello"), "no body arrived, because the Content-Length is 0."),
    ],
)
def test_a_body_that_is_longer_than_its_length_is_truncated(parts, said):
    sent = []

    def part_by_part(peer):
        for part in parts:
            peer.sendall(part)
            sent.append(part)
            if len(b"".join(sent).partition(b"\r\n\r\n")[2]) < 5:
                probe.observer.wait_for_bytes(len(b"".join(sent)))

    with Scripted(part_by_part) as server:
        probe = probe_of(server.url, apart_ns=0, surplus_seconds=10.0)
        probe.run()
    verdict = judge_probe(probe)
    assert verdict.outcome == "truncated"
    assert said in verdict.text
    assert "Content-Length" in verdict.advice


def test_a_server_that_leaves_the_connection_open_is_not_waited_for_long():
    done = threading.Event()

    def hold(peer):
        peer.sendall(LENGTH % 5 + b"Hello")
        assert done.wait(10)

    with Scripted(hold) as server:
        probe = probe_of(server.url, apart_ns=NO_WAIT_COUNTS, surplus_seconds=0.01)
        probe.run()
        done.set()
    assert probe.response.complete
    assert probe.error is None
    assert judge_probe(probe).outcome == "inconclusive"
