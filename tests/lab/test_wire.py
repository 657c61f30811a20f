"""The wire: what the client received, byte by byte, and how the connection ended."""

from __future__ import annotations

import socket
import struct

import pytest

from streamlab import App, request
from streamlab.harness.harness import Harness
from streamlab.http1.client import HTTPClient
from streamlab.lab.wire import TAIL_BYTES, WireReader
from streamlab.trace.client import ExternalClient
from streamlab.trace.probe import Probe
from streamlab.trace.record import Record
from streamlab.trace.stored_body import HEAD_BYTES
from streamlab.trace.trace import Trace
from tests.http1.scripted import Scripted
from tests.lab.test_facts import feed_of

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HELLO = b"5\r\nHello\r\n"
LAST = b"0\r\n\r\n"

app = App()


@app.get("/stream")
def stream():
    def generate():
        yield "Hello "
        yield request.args["name"]

    return generate()


@app.get("/long")
def long():
    return (b"%07d\n" % n * 1_000 for n in range(20))


@pytest.fixture
def harness():
    with Harness(app) as harness:
        yield harness


def ended(script, **options):
    """Return what a reader says after a server has played a script."""
    with Scripted(script) as server:
        probe = Probe(server.url, Trace(("client",)), **options)
        probe.run()
    return WireReader(Record("/", probe.trace, probe)).facts(done=True)


def reset(data):
    """Return a script that breaks the connection (TCP's RST)."""

    def send_and_reset(peer):
        peer.sendall(data)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()

    return send_and_reset


@pytest.mark.parametrize(
    ("script", "end", "how"),
    [
        (CHUNKED + HELLO + LAST, "complete", "The end chunk, a chunk of size 0, arrived"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHi", "complete", "Content-Length says"),
        (b"HTTP/1.0 200 OK\r\n\r\nHi", "complete", "The server closed the connection (FIN)."),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "complete", "no body"),
        (CHUNKED + LAST + b"xyz", "complete", "complete. 3 bytes came after that."),
        (CHUNKED + HELLO, "FIN", "(FIN) after 57 bytes. Missing: the end marker"),
        (b"", "FIN", "(FIN) after 0 bytes. Missing: the response."),
        (reset(b""), "RST", "The server reset the connection (RST) after 0 bytes."),
        (CHUNKED + b"no size\r\n", "error", "stopped reading after 56 bytes. A chunk must begin"),
    ],
)
def test_how_the_connection_ended(script, end, how):
    facts = ended(script)
    assert facts["end"] == end
    assert how in facts["how"]


def test_a_client_that_leaves_says_why():
    def send_and_wait(peer):
        peer.sendall(CHUNKED + HELLO)
        assert peer.recv(1) == b""  # the client has closed the connection

    facts = ended(send_and_wait, timeout=0.05)
    assert facts["end"] == "left"
    assert "closed the connection after 57 bytes. Nothing arrived for 0.05 s." in facts["how"]


def test_without_a_server_there_is_no_connection():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    probe = Probe(f"http://127.0.0.1:{port}/", Trace(("client",)))
    probe.run()
    facts = WireReader(Record("/", probe.trace, probe)).facts(done=True)
    assert (facts["size"], facts["end"]) == (0, "error")
    assert "Nothing is listening" in facts["how"]


def test_the_bytes_are_those_that_the_socket_gave(harness, monkeypatch):
    read = []
    receive = HTTPClient._receive

    def keep(self, data):
        read.append(data)
        receive(self, data)

    monkeypatch.setattr(HTTPClient, "_receive", keep)
    feed, exchange = feed_of(harness, "/stream?name=Ada", stream_with_context=False)
    exchange.make()
    content, (*_, raw, raw_tail) = feed.message(reset=True)
    assert raw == b"".join(read)
    assert raw.startswith(b"HTTP/1.1 200 OK\r\n")
    assert raw.endswith(b"\r\n\r\n6\r\nHello \r\n")
    assert (content["raw"], content["raw_tail"], raw_tail) == ((0,), None, b"")
    assert content["wire"]["size"] == len(raw)
    assert content["wire"]["framing"] == "chunked"
    assert content["wire"]["end"] == "FIN"


def test_only_what_is_new_is_sent(harness):
    feed, exchange = feed_of(harness, "/stream")
    reads = exchange.trace.reads
    reads.record(b"HTTP/1.1 ")
    assert feed.message(reset=True)[1][4] == b"HTTP/1.1 "
    reads.record(b"200 OK\r\n")
    content, buffers = feed.message(reset=False)
    assert (content["raw"], buffers[4]) == ((9,), b"200 OK\r\n")
    assert (content["wire"]["size"], content["wire"]["end"]) == (17, "")
    assert feed.message(reset=True)[1][4] == b"HTTP/1.1 200 OK\r\n"
    exchange.make()


def test_of_a_long_response_start_and_end_are_sent(harness):
    feed, exchange = feed_of(harness, "/long")
    exchange.make()
    content, (*_, raw, raw_tail) = feed.message(reset=True)
    size = content["wire"]["size"]
    assert size > 20 * len("1f40\r\n\r\n") + 160_000
    assert len(raw) == HEAD_BYTES
    assert len(raw_tail) == TAIL_BYTES
    assert content["raw_tail"] == (size - TAIL_BYTES,)
    assert raw_tail.endswith(b"0000019\n\r\n" + LAST)
    assert feed.message(reset=False) is None


def test_of_a_client_outside_nothing_is_known():
    trace = Trace()
    trace.reads.record(b"HTTP/1.1 ")
    record = Record("/", trace, ExternalClient(trace, cut=print), external=True)
    assert WireReader(record).facts(done=True) is None
