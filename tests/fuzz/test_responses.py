"""Mutated responses: the client ends, with the same result however the bytes were divided."""

from __future__ import annotations

import os
import random
import threading
import time
import tracemalloc

import pytest

from streamlab.http1.client import HTTPClient
from tests.fuzz.mutations import cut, mutated
from tests.fuzz.raw_client import LATEST
from tests.http1.reading import Reading
from tests.http1.scripted import Scripted

CASES = int(os.environ.get("STREAMLAB_FUZZ_RESPONSES", "20000"))
FIRST_SEED = int(os.environ.get("STREAMLAB_FUZZ_SEED", "0"))
_BATCH = 2_000
_OVER_SOCKETS = 20
"""One case in so many is also sent over a connection."""
_MAX_BYTES = 1_000_000
"""How much Python may allocate at once for a response, besides ten times its size."""

RESPONSES = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n1;ext=1\r\n!\r\n0\r\n\r\n",
    (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Digest\r\n\r\n"
        b"a\r\n0123456789\r\n00A\r\n0123456789\r\n0\r\nDigest: x\r\n\r\n"
    ),
    b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\n" + b"data " * 100,
    (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    ),
    b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05Hello",
    b"HTTP/1.1 200 \xc3\xa9t\xc3\xa9\nX-Folded: a\n  b\n\tc\nContent-Length: 1\n\nx",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"".join(b"c\r\ndata: %04d\n\n\r\n" % number for number in range(60))
    + b"0\r\n\r\n",
)


class Case:
    """A mutated response, and how its bytes are divided."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)
        self.data = mutated(draw, RESPONSES)
        self.pieces = cut(draw, self.data)
        self.method = draw.choice(("GET", "GET", "GET", "HEAD", "POST"))

    def __str__(self) -> str:
        return f"{self.method}, in {len(self.pieces)} pieces: {self.data[:300]}"


def check(case: Case) -> Reading:
    reading = Reading(*case.pieces, method=case.method)
    assert reading.facts == Reading(case.data, method=case.method).facts
    protocol = reading.protocol
    assert not (protocol.complete and reading.cut)
    assert protocol.complete or reading.error or reading.cut
    assert len(reading.body) + protocol.surplus <= len(case.data)
    # Everything that was kept was sent.
    for name, value in [*protocol.headers, *protocol.trailers]:
        assert name.encode("latin-1") in case.data
        assert not {"\r", "\n", "\0"} & {*name, *value}
    assert str(reading.error or "").isprintable()
    return reading


@pytest.mark.parametrize("start", range(FIRST_SEED, FIRST_SEED + CASES, _BATCH))
def test_mutated_responses_are_read_the_same_in_all_divisions(start):
    tracemalloc.start()
    try:
        for seed in range(start, min(start + _BATCH, FIRST_SEED + CASES)):
            case = Case(seed)
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            began = time.thread_time()
            try:
                check(case)
            except Exception as error:
                raise AssertionError(f"seed {seed}: {case}") from error
            _, peak = tracemalloc.get_traced_memory()
            assert peak - before < _MAX_BYTES + 10 * len(case.data), f"seed {seed}: {case}"
            assert time.thread_time() - began < LATEST, f"seed {seed}: {case}"
    finally:
        tracemalloc.stop()


def test_a_client_gets_from_a_connection_what_the_protocol_reads():
    threads = threading.active_count()
    current = Case(FIRST_SEED)

    def play(peer):
        for piece in current.pieces:
            peer.sendall(piece)

    with Scripted(play) as server:
        for seed in range(FIRST_SEED, FIRST_SEED + CASES, _OVER_SOCKETS):
            current = Case(seed)
            told = f"seed {seed}: {current}"
            client = HTTPClient(server.url, method=current.method, time_limit=LATEST)
            client.run()
            read, response = Reading(current.data, method=current.method), client.response
            assert not client.timed_out, told
            assert response.complete == read.protocol.complete, told
            assert (response.status_code, response.headers, response.trailers) == (
                read.protocol.status_code,
                read.protocol.headers,
                read.protocol.trailers,
            ), told
            wrong = read.error or read.cut
            # A connection that the client leaves with unread bytes is reset.
            assert (client.error and client.error.kind) in {wrong and wrong.kind, "lost"}, told
    assert threading.active_count() <= threads
