"""A server in a process of its own: what its taps see comes back, as if it had been here."""

from __future__ import annotations

import importlib
import os
import pickle
import subprocess
import sys
import threading

import pytest

from streamlab.harness.harness import Harness
from streamlab.harness.observe import observe
from streamlab.harness.remote_trace import RemoteTraces, import_path
from streamlab.harness.scenario import Scenario
from streamlab.middleware import buffer
from streamlab.trace.failure import Failure
from tests.apps import app, bare, flask_app, shout
from tests.server.rawclient import RawClient, get


@pytest.fixture(scope="module")
def stage():
    with Harness(app, remembered=False) as made:
        yield made


def make(stage, path="/stream?name=World", **scenario):
    exchange = stage.exchange(Scenario(path, **{"server": "gunicorn", **scenario}), lockstep=True)
    exchange.make()
    return exchange


def test_lanes_lines_and_spans_come_back(stage):
    exchange = make(stage)
    for lane in exchange.lanes.values():
        assert [chunk.data for chunk in lane] == [b"Hello ", b"World", b"!"]
    source = exchange.trace.sources[0]
    texts = [
        source.text.splitlines()[chunk.line - source.first].strip()
        for chunk in exchange.lanes["generator"]
    ]
    assert texts == ['yield "Hello "', 'yield request.args["name"]', 'yield "!"']
    [span] = exchange.trace.spans
    made = exchange.lanes["generator"].times
    assert span.start < made[0] < made[-1] < span.end
    kinds = [event.kind for event in exchange.trace.events]
    for kind in ("response started", "view returned", "generator finished", "response finished"):
        assert kinds.count(kind) == 1


def test_its_times_are_on_the_clock_of_this_process(stage):
    exchange = make(stage)
    # The server's lane is not compared with the client's: gunicorn does not tell when it sends,
    # so its chunks are noted when it asks for the next one, and by then the client may have them.
    for before, behind in (("generator", "app"), ("app", "server"), ("app", "client")):
        for one, next_one in zip(exchange.lanes[before], exchange.lanes[behind], strict=True):
            assert one.seconds < next_one.seconds
    connected = next(e.time for e in exchange.trace.events if e.kind == "client connected")
    assert connected < exchange.lanes["generator"].times[0]


def test_an_exception_comes_back_with_its_lines(stage):
    exchange = make(stage, stream_with_context=False)
    assert isinstance(exchange.error, RuntimeError)
    assert exchange.failure.user_frame.code == 'yield request.args["name"]'
    assert exchange.verdict.outcome == "truncated"


@pytest.mark.parametrize("layer", ["gzip", "get_data", buffer(5), shout], ids=str)
def test_middleware_goes_along(stage, layer):
    exchange = make(stage, middleware=layer)
    expected = {"get_data": 4}.get(layer, 5)
    assert len(exchange.lanes) == expected
    assert all(lane.chunks for lane in exchange.lanes.values())


def test_middleware_that_no_module_has_stays_here(stage):
    with pytest.raises(ValueError, match="Put yours into a module"):
        make(stage, middleware=lambda inner: inner)


def test_one_process_serves_all_exchanges(stage):
    make(stage)
    first = stage._server("gunicorn")._server._process._guard.pid
    make(stage)
    assert stage._server("gunicorn")._server._process._guard.pid == first


def test_a_step_is_taken_here_and_felt_there(stage):
    exchange = stage.exchange(Scenario("/stream?name=x", server="gunicorn-gthread", pace="step"))
    thread = threading.Thread(target=exchange.make)
    thread.start()
    gate, pause = exchange.trace.gate, threading.Event()
    for count in range(3):
        while not gate.waiting or exchange.lanes["client"].chunks < count:
            pause.wait(0.001)
        assert exchange.lanes["generator"].chunks == count
        gate.step()
        while exchange.lanes["client"].chunks <= count:
            pause.wait(0.001)
    gate.step()
    thread.join(10)
    assert exchange.verdict.outcome == "streamed"


def test_a_request_that_nobody_waits_for_is_served_unobserved(stage):
    make(stage)
    port = int(stage._server("gunicorn").url.rstrip("/").rpartition(":")[2])
    for extra in ("", "X-Streamlab-Trace: 999\r\n"):
        with RawClient(port, get("/stream?name=x", extra=extra)) as client:
            assert b"200 OK" in client.read_to_end()


def test_a_flask_app_goes_there_too():
    exchange = observe(flask_app, "/stream?name=x", server="gunicorn", lockstep=True)
    assert exchange.verdict.outcome == "streamed"
    assert exchange.lanes["generator"].chunks == 3


class Unsendable(Exception):
    def __init__(self, one, two):
        super().__init__("on purpose")


def test_an_exception_that_cannot_be_sent_leaves_its_words():
    from streamlab.harness.remote_trace import _portable

    failure = Failure.of(Unsendable(1, 2))
    portable = pickle.loads(pickle.dumps(_portable(failure)))
    assert portable.last == failure.last
    assert "on purpose" in str(portable.exception)
    fine = Failure.of(ValueError("fine"))
    assert _portable(fine) is fine


def test_who_does_not_know_the_key_is_not_heard():
    from multiprocessing import AuthenticationError
    from multiprocessing.connection import Client

    asked = []
    traces = RemoteTraces(asked.append)
    address = traces.environment["STREAMLAB_TRACE_ADDRESS"]
    with pytest.raises(AuthenticationError):
        Client(address, authkey=b"guessed")
    with Client(address, authkey=traces._key) as known:  # and the next one is served
        known.send("7")
        assert known.recv() is None
    assert asked == ["7"]
    traces.stop()


def test_where_an_app_is_imported_from():
    assert import_path(app) == "tests.apps:app"
    assert import_path(flask_app) == "tests.apps:flask_app"
    assert import_path(bare) == "tests.apps:bare"


def test_the_programs_own_module_cannot_be_imported_under_its_alias_either():
    code = (
        "import multiprocessing\n"  # makes the alias __mp_main__
        "from streamlab.harness.remote_trace import import_path\n"
        "def app(environ, start_response): ...\n"
        "try: import_path(app)\n"
        "except ValueError as error: print(error)"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert "is in no module that another process could import" in said


IMPORTED_WHEN_TOLD = """
import os
from streamlab import App
app = App()
if "STREAMLAB_APP" in os.environ:  # in the process of the server
    open({told!r}).read()
@app.get("/")
def hello():
    return iter(["Hello ", "World"])
"""


@pytest.fixture
def imported_when_told(tmp_path, monkeypatch):
    """An app that another process cannot import before somebody opens the pipe, and the pipe."""
    told = tmp_path / "told"
    os.mkfifo(told)
    (tmp_path / "imported_when_told.py").write_text(IMPORTED_WHEN_TOLD.format(told=str(told)))
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("imported_when_told").app, told
    del sys.modules["imported_when_told"]


def test_nobody_waits_for_its_process_but_the_client(imported_when_told):
    app, told = imported_when_told
    with Harness(app, remembered=False) as stage:
        exchange = stage.exchange(Scenario("/", server="gunicorn"))
        client = threading.Thread(target=exchange.make)
        client.start()
        assert not exchange.lanes["client"].chunks  # it is not even there yet
        told.write_text("")
        client.join(30)
    assert exchange.body == b"Hello World"


def test_that_it_does_not_start_is_the_verdict(monkeypatch):
    monkeypatch.setattr("streamlab.harness.remote.import_path", lambda _: "tests.apps:no_such_app")
    exchange = observe(app, "/stream?name=x", server="gunicorn")
    assert exchange.verdict.outcome == "failed"
    assert "gunicorn did not start" in str(exchange.verdict)
    assert "no_such_app" in str(exchange.verdict)


def test_one_that_has_ended_by_itself_is_started_again(stage):
    make(stage)
    stage._servers["gunicorn"]._server._process.stop()
    assert make(stage).verdict.outcome == "streamed"
