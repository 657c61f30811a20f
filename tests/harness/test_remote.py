"""A server in another process: what is observed there is recorded here."""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from streamlab.harness.harness import Harness
from streamlab.harness.import_path import import_path
from streamlab.harness.observe import observe
from streamlab.harness.remote_receiver import TraceReceiver
from streamlab.harness.remote_sender import picklable_failure
from streamlab.harness.scenario import Scenario
from streamlab.middleware import buffer
from streamlab.server.gunicorn import GunicornSync
from streamlab.trace.failure import Failure
from tests.apps import app, bare, flask_app, shout
from tests.harness.gates import arrivals_at_gate
from tests.server.rawclient import RawClient, get


@pytest.fixture(scope="module")
def harness():
    with Harness(app, remembered=False) as made:
        yield made


def make(harness, path="/stream?name=World", **scenario):
    exchange = harness.exchange(Scenario(path, **{"server": "gunicorn", **scenario}), lockstep=True)
    exchange.make()
    return exchange


def test_lanes_lines_and_spans_are_recorded(harness):
    exchange = make(harness)
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


def test_its_times_can_be_compared_with_those_of_this_process(harness):
    exchange = make(harness)
    # The server's lane is not compared with the client's: gunicorn does not report when it sends,
    # so a chunk is recorded when gunicorn asks for the next one. The client may have it by then.
    for before, behind in (("generator", "app"), ("app", "server"), ("app", "client")):
        for one, next_one in zip(exchange.lanes[before], exchange.lanes[behind], strict=True):
            assert one.seconds < next_one.seconds
    connected = next(e.time for e in exchange.trace.events if e.kind == "client connected")
    assert connected < exchange.lanes["generator"].times[0]


def test_an_exception_is_recorded_with_its_lines(harness):
    exchange = make(harness, stream_with_context=False)
    assert isinstance(exchange.error, RuntimeError)
    assert exchange.failure.user_frame.code == 'yield request.args["name"]'
    assert exchange.verdict.outcome == "truncated"


@pytest.mark.parametrize("layer", ["gzip", "get_data", buffer(5), shout], ids=str)
def test_middleware_runs_in_the_other_process(harness, layer):
    exchange = make(harness, middleware=layer)
    expected = {"get_data": 4}.get(layer, 5)
    assert len(exchange.lanes) == expected
    assert all(lane.chunks for lane in exchange.lanes.values())


def test_middleware_that_cannot_be_sent_is_refused(harness):
    with pytest.raises(ValueError, match="Put your middleware into a module"):
        make(harness, middleware=lambda inner: inner)


def test_one_process_serves_all_exchanges(harness):
    first = make(harness, "/processes").text
    assert make(harness, "/processes").text == first
    assert str(os.getpid()) not in first.split()


def test_a_step_lets_the_generator_in_the_other_process_continue(harness):
    exchange = harness.exchange(Scenario("/stream?name=x", server="gunicorn-gthread", pace="step"))
    arrivals, gate = arrivals_at_gate(exchange), exchange.trace.gate
    thread = threading.Thread(target=exchange.make)
    thread.start()
    for count in range(3):
        arrivals.get(timeout=10)
        assert exchange.lanes["generator"].chunks == count
        gate.step()
    arrivals.get(timeout=10)
    gate.step()
    thread.join(10)
    assert exchange.lanes["client"].chunks == 3
    assert exchange.verdict.outcome == "streamed"


def test_a_request_without_an_exchange_is_served_unobserved(harness):
    make(harness)
    port = int(harness.start_server("gunicorn").url.rstrip("/").rpartition(":")[2])
    for extra in ("", "X-Streamlab-Trace: 999\r\n"):
        with RawClient(port, get("/stream?name=x", extra=extra)) as client:
            assert b"200 OK" in client.read_to_end()


def test_a_flask_app_is_observed_too():
    exchange = observe(flask_app, "/stream?name=x", server="gunicorn", lockstep=True)
    assert exchange.verdict.outcome == "streamed"
    assert exchange.lanes["generator"].chunks == 3


class Unpicklable(Exception):
    def __init__(self, one, two):
        super().__init__("on purpose")


def test_an_exception_that_cannot_be_pickled_is_sent_as_text():
    failure = Failure.of(Unpicklable(1, 2))
    sent = pickle.loads(pickle.dumps(picklable_failure(failure)))
    assert sent.last == failure.last
    assert "on purpose" in str(sent.exception)
    fine = Failure.of(ValueError("fine"))
    assert picklable_failure(fine) is fine


def test_a_client_without_the_key_is_refused():
    from multiprocessing import AuthenticationError
    from multiprocessing.connection import Client

    asked = []
    receiver = TraceReceiver(asked.append)
    address = receiver.environment["STREAMLAB_TRACE_ADDRESS"]
    key = bytes.fromhex(receiver.environment["STREAMLAB_TRACE_KEY"])
    with pytest.raises(AuthenticationError):
        Client(address, authkey=b"guessed")
    with Client(address, authkey=key) as known:  # the next client is served
        known.send("7")
        assert known.recv() is None
    assert asked == ["7"]
    receiver.stop()


def test_the_import_path_of_an_app():
    assert import_path(app) == "tests.apps:app"
    assert import_path(flask_app) == "tests.apps:flask_app"
    assert import_path(bare) == "tests.apps:bare"


def test_the_main_module_is_no_import_path_under_its_alias_either():
    code = (
        "import multiprocessing\n"  # makes the alias __mp_main__
        "from streamlab.harness.import_path import import_path\n"
        "def app(environ, start_response): ...\n"
        "try: import_path(app)\n"
        "except ValueError as error: print(error)"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert "is in no module that another process can import" in said


SLOW_IMPORT = """
import os
from streamlab import App
app = App()
if "STREAMLAB_APP" in os.environ:  # in the other process
    open({pipe!r}).read()
@app.get("/")
def hello():
    return iter(["Hello ", "World"])
"""


@pytest.fixture
def slow_import(tmp_path, monkeypatch):
    """An app that the other process cannot import before the test writes to a pipe; the pipe."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "slow_import.py").write_text(SLOW_IMPORT.format(pipe=str(pipe)))
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("slow_import").app, pipe
    del sys.modules["slow_import"]


def test_only_the_client_waits_for_the_process(slow_import):
    app, pipe = slow_import
    with Harness(app, remembered=False) as harness:
        exchange = harness.exchange(Scenario("/", server="gunicorn"))
        client = threading.Thread(target=exchange.make)
        client.start()
        assert not exchange.lanes["client"].chunks  # the process has not imported the app
        pipe.write_text("")
        client.join(30)
    assert exchange.body == b"Hello World"


def test_a_process_that_does_not_start_is_in_the_verdict(monkeypatch):
    monkeypatch.setattr(
        "streamlab.harness.remote_server.import_path", lambda _: "tests.apps:no_such_app"
    )
    exchange = observe(app, "/stream?name=x", server="gunicorn")
    assert exchange.verdict.outcome == "failed"
    assert "gunicorn did not start" in str(exchange.verdict)
    assert "no_such_app" in str(exchange.verdict)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs the /proc of Linux")
def test_a_process_that_has_ended_is_started_again(harness):
    first = make(harness, "/processes").text
    main_process = int(first.split()[1])
    stat = Path(f"/proc/{main_process}/stat").read_text()
    guard = int(stat.rpartition(")")[2].split()[1])  # its parent, a child of this process
    os.kill(main_process, signal.SIGTERM)
    os.waitid(os.P_PID, guard, os.WEXITED | os.WNOWAIT)
    second = make(harness, "/processes")
    assert second.status_code == 200
    assert second.text.split()[1] != str(main_process)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_after_a_kill_of_gunicorn_in_the_middle_of_a_stream_the_next_run_works():
    with Harness(app, remembered=False) as harness:
        streaming = harness.exchange(Scenario("/stream?name=x", server="gunicorn", pace="step"))
        arrivals = arrivals_at_gate(streaming)
        making = threading.Thread(target=streaming.make)
        making.start()
        arrivals.get(timeout=10)
        guard = harness.start_server("gunicorn")._server._process._guard.pid
        [gunicorn] = Path(f"/proc/{guard}/task/{guard}/children").read_text().split()
        os.kill(int(gunicorn), signal.SIGKILL)
        making.join(10)
        assert not making.is_alive()
        assert make(harness).body == b"Hello World!"


def test_a_port_that_is_taken_in_the_meantime_is_replaced():
    server = GunicornSync("tests.apps:bare")
    server.start()
    first = server.port
    server.stop()
    with socket.create_server(("127.0.0.1", first)):
        server.start()
        try:
            server.wait_until_ready()
            assert server.port not in {0, first}
        finally:
            server.stop()
