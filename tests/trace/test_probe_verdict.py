"""The verdict from outside: over real sockets, with a server that waits for the client to wait.

How long a wait must be to count is set to nothing, so that order alone decides.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from streamlab.http1.client import Probe
from streamlab.http1.waits import APART_NS, Waits
from streamlab.trace.probe_verdict import judge_probe
from streamlab.trace.trace import Trace
from tests.http1.scripted import Scripted

if TYPE_CHECKING:
    import socket

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
TWO = b"5\r\nHello\r\n6\r\n World\r\n"
LAST = b"0\r\n\r\n"


class Stood:
    """Sees from outside whether the thread of a probe has read all and stands in `recv`."""

    def __init__(self, probe: Probe) -> None:
        self.probe = probe

    def after(self, size: int) -> None:
        """Return when the probe has read `size` bytes and has been waiting for a while."""
        while self.probe.trace.reads.size < size:
            pass
        counted = time.perf_counter_ns() + 2 * self.probe.waits.apart_ns
        while time.perf_counter_ns() < counted:
            pass


def verdict_on(*parts: bytes, apart_ns: int = 1_000_000, end=lambda peer: None, **options):
    """The verdict where the client waits between every two `parts`."""

    def part_by_part(peer: socket.socket) -> None:
        sent = 0
        for part in parts:
            stood.after(sent)
            peer.sendall(part)
            sent += len(part)
        end(peer)

    with Scripted(part_by_part) as server:
        probe = Probe(server.url, Trace(("client",)), **{"timeout": 10.0, **options})
        probe.waits = Waits(apart_ns)
        stood = Stood(probe)
        probe.run()
    return judge_probe(probe)


@pytest.mark.parametrize(
    "parts",
    [
        (CHUNKED + b"5\r\nHello\r\n", b"6\r\n World\r\n" + LAST),
        (CHUNKED + TWO, LAST),  # the body is there and its end is not: nobody holds it back
        (b"HTTP/1.0 200 OK\r\n\r\nHello", b" World"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nHello", b" World"),
    ],
)
def test_a_wait_with_bytes_in_hand_is_streaming(parts):
    verdict = verdict_on(*parts)
    assert verdict.outcome == "streamed"
    assert "1 time" in str(verdict)


def test_a_body_that_ends_with_the_connection_cannot_be_told_whole():
    assert "whether it is whole" in str(verdict_on(b"HTTP/1.0 200 OK\r\n\r\nHello", b" World"))


def test_a_long_wait_and_then_everything_at_once_is_how_a_held_body_looks():
    probe = Probe("http://a/", Trace(("client",)))
    probe.response.feed(CHUNKED + TWO + LAST)
    probe.trace.reads.record(CHUNKED + TWO + LAST)
    probe.waits.waited(100 * APART_NS, in_body=False)
    verdict = judge_probe(probe)
    assert verdict.outcome == "buffered"
    assert "5.00 s" in str(verdict)


def test_all_at_once_and_no_wait_tells_nothing_but_how_to_tell():
    verdict = verdict_on(CHUNKED + TWO + LAST, apart_ns=APART_NS)
    assert verdict.outcome == "inconclusive"
    assert "time.sleep" in str(verdict)


@pytest.mark.parametrize(
    ("response", "outcome", "told"),
    [
        (b"", "failed", "the connection was closed"),
        (b"SSH-2.0\r\n", "failed", "SSH"),
        (b"HTTP/1.1 500 Oh no\r\nContent-Length: 2\r\n\r\nno", "failed", "500 Oh no"),
        (CHUNKED + TWO, "truncated", "chunk of size 0"),
        (CHUNKED + TWO + b"zz\r\n", "truncated", "hexadecimal"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHel", "truncated", "2 of 5 bytes"),
        (CHUNKED + LAST, "empty", "200 OK"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "empty", "204"),
        (b"HTTP/1.1 301 Moved\r\nLocation: /b\r\n\r\n", "inconclusive", "'/b'"),
    ],
)
def test_what_needs_no_wait(response, outcome, told):
    verdict = verdict_on(response, apart_ns=APART_NS)
    assert verdict.outcome == outcome
    assert told in str(verdict)


def wait_for_the_client_to_leave(peer: socket.socket) -> None:
    peer.recv(1)


def test_a_stream_that_falls_silent_is_one():
    verdict = verdict_on(CHUNKED + TWO, end=wait_for_the_client_to_leave, timeout=0.1)
    assert verdict.outcome == "streamed"
    assert "nothing came for 0.1 s" in str(verdict)


def test_a_stream_that_outlives_the_client_is_one():
    verdict = verdict_on(CHUNKED + TWO, end=wait_for_the_client_to_leave, time_limit=0.3)
    assert verdict.outcome == "streamed"
    assert "goes on" in str(verdict)


@pytest.mark.parametrize(
    ("parts", "outcome"), [((b"",), "stopped"), ((CHUNKED + TWO,), "streamed")]
)
def test_stopped_it_tells_what_was_seen(parts, outcome):
    def stop(peer: socket.socket) -> None:
        Stood(probe).after(len(parts[0]))
        probe.stop()

    with Scripted(lambda peer: peer.sendall(parts[0]) or stop(peer)) as server:
        probe = Probe(server.url, Trace(("client",)), timeout=10)
        probe.waits = Waits(1_000_000)
        thread = threading.Thread(target=probe.run)
        thread.start()
        thread.join(20)
    assert judge_probe(probe).outcome == outcome


def test_a_wait_counts_only_where_the_network_is_not_its_cause():
    waits = Waits(apart_ns=10)
    waits.allow_for(round_trip_ns=100)
    waits.waited(250, in_body=True)
    assert (waits.count, waits.longest_ns) == (0, 250)
    waits.waited(300, in_body=True)
    assert waits.count == 1
