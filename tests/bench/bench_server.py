"""Measure what the server and the observation cost, each together with a peer in the same run.

Prints tables and exits with 1 if a bound is broken::

    python tests/bench/bench_server.py

Chunks have 100 bytes. Every server runs in another process, as gunicorn must, and sends to the same
raw client, which only counts bytes. The client sleeps until many bytes are available. A client that
wakes up for each chunk would make every server wait for the scheduler, and that time depends on the
load of the machine. When an exchange is observed, client and server are threads of this process, as
in a notebook.
"""
# ruff: noqa: T201 - a benchmark prints its results

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from time import perf_counter, sleep
from urllib.parse import urlsplit

import requests
from pairing import Bound, by_turns, report

from streamlab import App, observe, stream_with_context
from streamlab.server.server_kinds import process_server_for, server_for

CHUNK = b"x" * 100
FRAME = b"64\r\n" + CHUNK + b"\r\n"

# Servers alone

# Many short measurements: on a busy machine a quiet tenth of a second is likelier than a quiet second.
SERVED, SERVED_TURNS = 30_000, 20
WAKE_BYTES = 8192
HERE = ["werkzeug", "werkzeug-stock", "waitress", "cheroot"]
APART = ["gunicorn-gthread"]
BARE = "a bare sendall loop"
OURS, STOCK = "werkzeug", "werkzeug-stock"


def app(environ, start_response):
    """A WSGI application that sends as many chunks as the query says."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    count = int(environ["QUERY_STRING"] or 1)
    return (CHUNK for _ in range(count))


def serve_bare(listening):
    """Do only what every server must do: call `sendall` for each chunk."""
    while True:
        connection, _ = listening.accept()
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(SERVED):
                connection.sendall(FRAME)
            connection.sendall(b"0\r\n\r\n")


def serve(name):
    """Print the port, and serve until the standard input ends."""
    if name == BARE:
        listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=serve_bare, args=[listening], daemon=True).start()
        port = listening.getsockname()[1]
    else:
        server = server_for(name, app, remembered=False).start()
        port = server.port
    print(port, flush=True)
    sys.stdin.read()


@contextmanager
def in_own_process(name):
    """Run the server `name` in another process, and yield its port."""
    if name in APART:
        path = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
        gunicorn = process_server_for(name, "bench_server:app", environment=path).start()
        try:
            gunicorn.wait_until_ready()
            yield urlsplit(gunicorn.url).port
        finally:
            gunicorn.stop()
        return
    command = [sys.executable, __file__, "serve", name]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as process:
        yield int(process.stdout.readline())
        process.stdin.close()


def raw_seconds(port):
    """Return the seconds until all chunks have arrived, per chunk."""
    room = bytearray(1 << 18)
    start = perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /?%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % SERVED)
        missing = SERVED * len(FRAME)
        # Some servers keep the connection open, so the end of the connection is no sign.
        while missing > 0:
            wake = min(WAKE_BYTES, missing)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, wake)
            size = connection.recv_into(room)
            assert size, "cut off"
            missing -= size
    return (perf_counter() - start) / SERVED


def servers_table():
    with ExitStack() as stack:
        ports = {n: stack.enter_context(in_own_process(n)) for n in [*HERE, *APART, BARE]}
        best = by_turns(
            {name: partial(raw_seconds, port) for name, port in ports.items()}, SERVED_TURNS
        )
    speed = {name: 1 / seconds for name, seconds in best.items()}
    print(
        f"a server alone, raw client, {SERVED:,} chunks{'chunks/s':>22}{'x stock':>12}{'x bare':>10}"
    )
    for name, chunks in sorted(speed.items(), key=lambda item: -item[1]):
        print(
            f"  {'streamlab' if name == OURS else name:44}{chunks:>18,.0f}"
            f"{chunks / speed[STOCK]:>12.2f}{chunks / speed[BARE]:>10.2f}"
        )
    ours = speed[OURS]
    others = {name: speed[name] for name in ("waitress", "cheroot", "gunicorn-gthread")}
    fastest = max(others, key=others.get)
    return [
        Bound(
            "streamlab >= 3 x stock werkzeug",
            f"{ours / speed[STOCK]:.2f}",
            ours >= 3 * speed[STOCK],
        ),
        Bound(
            f"streamlab > {fastest}, the fastest of the others",
            f"{ours / others[fastest]:.2f}",
            ours > others[fastest],
        ),
        Bound(
            "streamlab >= 0.6 x a bare sendall loop",
            f"{ours / speed[BARE]:.2f}",
            ours >= 0.6 * speed[BARE],
        ),
    ]


# Observed

OBSERVED = 200_000
PACED, PACE_SECONDS = 300, 0.002
LATENCY_BOUND_MS = 0.15
SHORT, LONG, PIECE, GROWTH_TURNS = 1_000, 1_000_000, 100_000, 3
# On a busy machine two measurements of the same code, seconds apart, differ by this factor.
GROWTH_NOISE = 1.25
streaming = App("bench")


@streaming.get("/chunks/<int:count>")
def chunks(count):
    def generate():
        for _ in range(count):
            yield CHUNK

    return stream_with_context(generate())


@streaming.get("/paced")
def paced():
    def generate():
        for _ in range(PACED):
            sleep(PACE_SECONDS)
            yield CHUNK

    return stream_with_context(generate())


def observed_seconds(count):
    """Return the seconds that a chunk takes through four lanes, with context and lines."""
    start = perf_counter()
    trace = observe(streaming, f"/chunks/{count}").trace
    seconds = perf_counter() - start
    assert [lane.chunks for lane in trace.lanes.values()] == [count] * 4
    assert trace.spans
    assert trace.lanes["generator"][-1].line
    return seconds / count


def unobserved_seconds(url, count):
    """Return the seconds that a chunk takes from stock werkzeug to `requests`."""
    start = perf_counter()
    with requests.get(f"{url}chunks/{count}", stream=True) as response:
        size = sum(map(len, response.iter_content(None)))
    seconds = perf_counter() - start
    assert size == count * len(CHUNK)
    return seconds / count


def observed_table():
    with server_for(STOCK, streaming, remembered=False) as stock:
        best = by_turns(
            {
                "streamlab, observed": partial(observed_seconds, OBSERVED),
                "stock werkzeug and requests, not observed": partial(
                    unobserved_seconds, stock.url, OBSERVED
                ),
            },
            7,
        )
    print(f"\nan exchange, {OBSERVED:,} chunks{'chunks/s':>35}")
    for name, seconds in best.items():
        print(f"  {name:44}{1 / seconds:>18,.0f}")
    ours, theirs = best.values()
    return [Bound("observed >= 1.5 x not observed", f"{theirs / ours:.2f}", theirs >= 1.5 * ours)]


def latency_seconds(server):
    """Return the median time from a `yield` to the client, in seconds."""
    lanes = observe(streaming, "/paced", server=server).lanes
    made, came = lanes["generator"].times, lanes["client"].times
    assert len(made) == len(came) == PACED
    return median(came[i] - made[i] for i in range(PACED)) / 1e9


def latency_table():
    best = by_turns({name: partial(latency_seconds, name) for name in (OURS, STOCK)}, 5)
    print(f"\nfrom yield to client, a chunk every {PACE_SECONDS * 1000:g} ms{'median':>28}")
    for name, seconds in best.items():
        print(f"  {'streamlab' if name == OURS else name:44}{seconds * 1e3:>15.3f} ms")
    ours = best[OURS] * 1e3
    return [Bound(f"latency <= {LATENCY_BOUND_MS} ms", f"{ours:.3f} ms", ours <= LATENCY_BOUND_MS)]


def growth_table():
    """Compare the cost of a chunk in a long exchange and in short ones, for the same number."""
    short, long = [], []
    for _ in range(GROWTH_TURNS):
        short += [mean(short_seconds() for _ in range(PIECE // SHORT)) for _ in range(4)]
        long += piece_seconds(observe(streaming, f"/chunks/{LONG}").lanes["client"])
    few, many = median(short), median(long)
    print(f"\nan observed exchange, medians{'a chunk':>37}")
    for count, seconds in ((SHORT, few), (LONG, many)):
        print(f"  {f'{count:,} chunks':44}{seconds * 1e6:>15.2f} µs")
    text = f"a chunk of {LONG:,} costs the same as one of {SHORT:,}"
    return [Bound(text, f"{many / few:.2f}", many <= few * GROWTH_NOISE)]


def short_seconds():
    """Return the seconds from chunk to chunk, without the cost of an exchange without chunks."""
    lanes = observe(streaming, f"/chunks/{SHORT}").lanes
    return (lanes["client"].times[-1] - lanes["generator"].times[0]) / SHORT / 1e9


def piece_seconds(lane):
    """Return the seconds from chunk to chunk, for each piece of a long exchange."""
    times = lane.times[:: PIECE // lane.stride]
    return [(end - start) / PIECE / 1e9 for start, end in pairwise(times)]


def main():
    bounds = [*servers_table(), *observed_table(), *latency_table(), *growth_table()]
    return report("\nbounds", bounds)


if __name__ == "__main__":
    sys.exit(serve(sys.argv[2]) if sys.argv[1:2] == ["serve"] else main())
