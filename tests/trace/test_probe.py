"""The probe records in its trace what the client reports."""

from __future__ import annotations

import threading

from streamlab.http1.errors import LimitError
from streamlab.trace.arrivals import arrivals
from streamlab.trace.gate import Gate
from streamlab.trace.probe import Probe
from streamlab.trace.trace import Trace
from streamlab.trace.url_probe import URLProbe
from tests.http1.scripted import Scripted
from tests.http1.watching import Watcher

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HELLO, WORLD, LAST = b"5\r\nHello\r\n", b"6\r\n World\r\n", b"0\r\n\r\n"


def watched(url: str, trace: Trace | None = None, **options) -> Probe:
    """A probe whose reports a test can wait for."""
    probe = Probe(url, trace or Trace(("client",)), **{"timeout": 10.0, **options})
    probe.observer = Watcher(probe.observer)
    return probe


def probed(script, **options) -> Probe:
    """A probe that has run against a server that plays `script`."""
    with Scripted(script) as server:
        probe = watched(server.url, **options)
        probe.run()
    return probe


def events(probe: Probe) -> list[tuple[str, str]]:
    return [(event.kind, event.text) for event in probe.trace.events]


def test_frames_reads_and_events_are_recorded():
    def part_by_part(peer):
        peer.sendall(CHUNKED + HELLO + b"1\r\n,\r\n")
        probe.observer.wait_for_frames(2)
        peer.sendall(b"6\r\n Wo")
        probe.observer.wait_for(lambda: len(probe.observer.reads) == 2)
        peer.sendall(b"rld\r\n" + LAST)

    with Scripted(part_by_part) as server:
        probe = watched(server.url)
        probe.run()
    assert [chunk.data for chunk in probe.trace.lanes["client"]] == [b"Hello", b",", b" World"]
    assert [read.data for read in probe.trace.reads] == probe.observer.reads
    assert len(probe.trace.reads) == 3
    assert events(probe) == [
        ("client connected", ""),
        ("headers received", "200 OK"),
        ("client finished", ""),
    ]
    times = [*probe.trace.reads.times, *probe.trace.lanes["client"].times]
    assert len(set(times)) == len(times)


def test_frames_that_arrive_together_have_different_times():
    times = probed(CHUNKED + HELLO + WORLD + LAST).trace.lanes["client"].times
    assert times[0] < times[1]


def test_arrivals_match_reads_with_the_frames_that_they_completed():
    def part_by_part(peer):
        sent = 0
        for part in (CHUNKED + HELLO + b"6\r\n Wo", b"rld\r\n", LAST):
            probe.observer.wait_for_bytes(sent)
            peer.sendall(part)
            sent += len(part)

    with Scripted(part_by_part) as server:
        probe = URLProbe(server.url, Trace(("client",)), timeout=10.0)
        probe.observer = Watcher(probe.observer)
        probe.run()
    rows = list(arrivals(probe))
    assert [(row.size, row.frames, row.data) for row in rows] == [
        (len(CHUNKED + HELLO) + 6, 1, b"Hello"),
        (5, 1, b" World"),
        (len(LAST), 0, b""),
    ]
    assert rows[0].gap == 0
    assert all(0 < row.gap <= row.time for row in rows[1:])
    assert [row.index for row in arrivals(probe, 1)] == [1, 2]


def test_an_event_says_how_a_response_was_cut():
    probe = probed(CHUNKED + HELLO)
    kind, text = events(probe)[-1]
    assert kind == "client cut off"
    assert text == (
        "The connection was closed before the response was complete. Missing: the end marker (an "
        "empty chunk)."
    )


def test_a_frame_that_was_cut_is_a_chunk():
    probe = probed(CHUNKED + b"5\r\nHel")
    assert [chunk.data for chunk in probe.trace.lanes["client"]] == [b"Hel"]


def test_an_event_says_that_the_client_left():
    def hello_and_wait(peer):
        peer.sendall(CHUNKED + HELLO)
        peer.recv(1)

    with Scripted(hello_and_wait) as server:
        probe = watched(server.url)
        thread = threading.Thread(target=probe.run)
        thread.start()
        probe.observer.wait_for_frames(1)
        probe.stop()
        thread.join(10)
        assert not thread.is_alive()
    assert events(probe)[-1] == ("client left", "")


def test_a_huge_frame_is_one_chunk_and_the_kept_body_is_bounded():
    size = 64 * 1024 * 1024

    def huge(peer):
        peer.sendall(CHUNKED + b"%x\r\n" % size)
        for _ in range(size // 65536):
            peer.sendall(b"x" * 65536)
        peer.sendall(b"\r\n0\r\n\r\n")

    with Scripted(huge) as server:
        probe = Probe(server.url, Trace(("client",)), timeout=10.0)
        probe.run()
    lane = probe.trace.lanes["client"]
    assert (len(lane), lane.size, probe.response.complete) == (1, size, True)
    assert len(lane.body.head + lane.body.tail[1]) < 200_000


def test_waiting_for_the_user_in_step_mode_is_not_a_timeout():
    seen = threading.Event()

    class Asked(Gate):
        """Tells that the probe has asked about a pause."""

        def held_within(self, seconds):
            seen.set()
            return super().held_within(seconds)

    gate = Asked("step")
    waiting = threading.Thread(target=gate.pass_through, daemon=True)

    def send_after_a_step(peer):
        assert seen.wait(20)
        gate.step()
        waiting.join(20)
        peer.sendall(CHUNKED + HELLO + LAST)

    waiting.start()
    probe = probed(send_after_a_step, trace=Trace(("client",), gate=gate), timeout=0.3)
    assert (probe.error, probe.response.complete) == (None, True)


def test_silence_without_a_pause_is_a_timeout():
    probe = probed(lambda peer: peer.recv(1), timeout=0.05)
    assert (type(probe.error), probe.error.kind) == (LimitError, "read timeout")
    assert probe.timed_out
