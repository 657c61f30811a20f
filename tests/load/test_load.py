"""Many streams at once, and many repetitions: nothing starves, and nothing is left."""

from __future__ import annotations

import selectors
import socket
import sys
import threading
from statistics import median
from urllib.parse import urlsplit

import pytest

from streamlab import App, Lab
from tests.kernel import started_kernel
from tests.load.usage import Usage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

LATEST = 60
"""Seconds after which a wait fails. It only prevents that a broken test hangs."""


@pytest.fixture
def app():
    app = App()

    @app.get("/short")
    def short():
        return (text for text in ["Hello ", "World"])

    @app.get("/endless")
    def endless():
        pause = threading.Event()

        def ticks():
            while True:
                yield "tick"
                pause.wait(0.1)

        return ticks()

    return app


STREAMS = 200
ENOUGH = 20
"""How many chunks half of the streams get."""


def test_many_endless_streams_get_their_share(app):
    counts = dict.fromkeys(range(STREAMS), 0)
    with Lab(app, "/short") as lab, selectors.DefaultSelector() as selector:
        url = urlsplit(lab.url_for("/endless"))
        for number in counts:
            connection = socket.create_connection((url.hostname, url.port), LATEST)
            connection.sendall(f"GET {url.path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            selector.register(connection, selectors.EVENT_READ, number)
        while median(counts.values()) < ENOUGH:
            ready = selector.select(LATEST)
            assert ready
            for key, _ in ready:
                counts[key.data] += key.fileobj.recv(65536).count(b"tick")
        for key in list(selector.get_map().values()):
            key.fileobj.close()
    assert min(counts.values()) >= median(counts.values()) / 2, sorted(counts.values())


def repeat(once, times, *, warm_up):
    """Call a function, and check that the calls after the first ones leave nothing.

    The first ones fill what is bounded: the kept exchanges, caches, and the pools of the allocator.
    """
    for _ in range(warm_up):
        once()
    before = Usage.now()
    for _ in range(times):
        once()
    Usage.now().check_flat(before)


def test_a_thousand_labs_leave_nothing(app):
    def once():
        Lab(app, "/short").close()

    repeat(once, 850, warm_up=150)


def test_a_thousand_runs_leave_nothing(app):
    with Lab(app, "/short") as lab:
        repeat(lambda: lab.run().wait(LATEST), 1000, warm_up=1000)


CELL = """
from streamlab import App, Lab
app = App()

@app.get("/short")
def short():
    return (text for text in ["Hello ", "World"])

lab = Lab(app, "/short")
await lab.run()
lab
"""
MEASURE = """
import sys
sys.path.insert(0, {root!r})
from tests.load.usage import Usage
print("|", *Usage.now())
"""


def test_a_cell_that_runs_again_leaves_nothing(request):
    with started_kernel() as kernel:

        def usage():
            printed = kernel.run(MEASURE.format(root=str(request.config.rootpath)), "measure")
            return Usage(*map(int, printed.rpartition("|")[2].split()))

        def run(times):
            for _ in range(times):
                kernel.run(CELL, "lesson")
                kernel.messages.clear()

        run(50)
        usage()
        before = usage()
        run(250)
        usage().check_flat(before)
