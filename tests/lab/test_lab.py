"""The Lab from Python's side: runs that do not block, controls that follow, nothing left over."""

from __future__ import annotations

import asyncio
import gc
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import pytest

from streamlab import App, Lab, request, stream_with_context
from streamlab.lab.view import MESSAGES_PER_SECOND

LATEST = 30
"""Seconds after which a wait is given up: a bound against hanging, never reached."""


@pytest.fixture
def app():
    app = App()

    @app.get("/stream")
    def stream():
        def generate():
            yield "Hello "
            yield request.args["name"]
            yield "!"

        return stream_with_context(generate())

    return app


@pytest.fixture
def lab(app):
    lab = Lab(app, "/stream?name=World")
    yield lab
    lab.close()


def named(lab, name):
    """The control with this name, as a learner finds it."""
    return next(control for control in controls(lab) if control.description == name)


def controls(lab):
    """The controls in their order, row by row."""
    return [control for row in lab.panel.children[0].children for control in row.children]


def told(lab):
    """What the view would be told if it asked now."""
    content, _ = lab._view._feed.message(reset=True)
    return content


def test_the_names_of_the_controls_are_the_contract(lab):
    assert [control.description for control in controls(lab)] == [
        *("Path", "Run", "Stop", "Next chunk"),
        *("stream_with_context", "Pace", "Middleware", "Server"),
    ]
    assert list(named(lab, "Pace").options) == ["at once", "0.1 s", "0.5 s", "1 s", "step"]


def test_a_run_does_not_block_and_can_be_waited_for(lab):
    exchange = lab.run(pace="step")
    assert not exchange.done
    with pytest.raises(TimeoutError, match="still streams"):
        exchange.wait(0)
    for _ in range(4):
        lab.next_chunk()
    assert exchange.wait(LATEST) is exchange
    assert exchange.verdict.outcome == "streamed"
    assert exchange.body == b"Hello World!"


def test_a_run_can_be_awaited(lab):
    async def main():
        return await lab.run("/stream?name=Ada")

    assert in_a_loop(main).body == b"Hello Ada!"


def test_a_cancelled_await_stops_the_stream(lab):
    async def main():
        exchange = lab.run(pace="step")
        waiting = asyncio.ensure_future(_until(exchange))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return exchange

    assert in_a_loop(main).wait(LATEST).verdict.outcome == "stopped"


def in_a_loop(main):
    """What `main` gives in an event loop of its own; pytest's thread may have one, a browser's."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(main())).result(LATEST)


async def _until(exchange):
    return await exchange


def test_the_toggle_changes_one_run_and_not_the_code(lab):
    broken = lab.run(stream_with_context=False).wait(LATEST)
    assert str(broken.error).startswith("Working outside of request context.")
    assert broken.verdict.outcome == "truncated"
    assert lab.run().wait(LATEST).verdict.outcome == "streamed"


def test_what_is_pressed_is_what_runs(lab):
    named(lab, "Path").value = "/stream?name=Ada"
    named(lab, "stream_with_context").value = False
    named(lab, "Run").click()
    exchange = lab.exchange.wait(LATEST)
    assert (exchange.path, exchange.verdict.outcome) == ("/stream?name=Ada", "truncated")


def test_what_runs_from_code_is_what_the_controls_show(lab):
    lab.run("/stream?name=Ada", stream_with_context=False, pace=0.25).wait(LATEST)
    assert named(lab, "Path").value == "/stream?name=Ada"
    assert named(lab, "stream_with_context").value is False
    assert named(lab, "Pace").value == "0.25 s"


def test_next_chunk_is_shown_with_the_pace_step_only(lab):
    button = named(lab, "Next chunk")
    assert button.layout.display == "none"
    named(lab, "Pace").value = "step"
    assert button.layout.display is None


def test_another_pace_takes_effect_in_the_middle_of_a_stream(lab):
    named(lab, "Pace").value = "step"
    named(lab, "Run").click()
    named(lab, "Next chunk").click()
    named(lab, "Pace").value = "at once"
    assert lab.exchange.wait(LATEST).verdict.outcome == "streamed"


def test_a_new_run_stops_the_one_before(lab):
    first = lab.run(pace="step")
    second = lab.run()
    assert first.wait(LATEST).verdict.outcome == "stopped"
    assert second.wait(LATEST).verdict.outcome == "streamed"


def test_a_wrong_keyword_is_told_with_the_right_one(lab):
    with pytest.raises(TypeError, match="did you mean 'stream_with_context'"):
        lab.run(stream_with_contxt=False)
    with pytest.raises(TypeError, match="did you mean 'pace'"):
        Lab(App(), pase=1)


def test_a_view_that_asks_gets_a_snapshot_and_numbers_count_on(lab):
    sent = []
    lab._view.send = lambda content, _buffers: sent.append(content)
    lab.run().wait(LATEST)
    lab._view._handle_custom_msg({"type": "snapshot"}, [])
    lab._view._handle_custom_msg({"type": "snapshot"}, [])
    assert [message["seq"] for message in sent] == list(range(1, len(sent) + 1))
    assert sent[-1]["reset"]
    assert {**sent[-1], "seq": 0, "now": 0} == {**sent[-2], "seq": 0, "now": 0}


def test_the_status_tells_where_the_generator_stands(lab):
    exchange = lab.run(pace="step")
    lab.next_chunk()
    lane = exchange.lanes["client"]
    wait_until(lambda: lane.chunks == 1 and exchange.trace.gate.waiting)
    content = told(lab)
    line = exchange.lanes["generator"][0].line
    assert content["state"] == "waiting"
    assert content["at"] == {"source": 0, "line": line}
    assert f"suspended at line {line}" in content["status"]


def test_a_stopped_lab_runs_again_at_the_same_address(lab):
    url = lab.url
    lab.stop()
    assert lab.run().wait(LATEST).verdict.outcome == "streamed"
    assert lab.url == url


def test_closing_leaves_no_thread(app):
    def ours():
        return {t for t in threading.enumerate() if t.name.startswith("streamlab")}

    before = ours()
    lab = Lab(app, "/stream?name=World")
    exchange = lab.run(pace="step")
    lab.close()
    exchange.wait(LATEST)
    for thread in ours() - before:
        thread.join(LATEST)
    assert ours() - before == set()
    gc.collect()


def test_the_first_path_is_one_that_can_be_asked_for():
    app = App()

    @app.route("/users/<int:number>")
    def user(number):
        return str(number)

    @app.route("/hello")
    def hello():
        return "hi"

    lab = Lab(app)
    assert named(lab, "Path").value == "/hello"
    lab.close()


def test_any_wsgi_callable_has_a_panel():
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"one "
        yield b"two"

    lab = Lab(app)
    exchange = lab.run("/").wait(LATEST)
    assert exchange.verdict.outcome == "streamed"
    assert exchange.lanes["generator"].chunks == 2
    with pytest.raises(ValueError, match="has one of its own"):
        lab.run("/", stream_with_context=False)
    lab.close()


def wait_until(holds):
    """Wait for something that no event tells of; gives up where it never comes."""
    turn = threading.Event()
    for _ in range(LATEST * 100):
        if holds():
            return
        turn.wait(0.01)
    pytest.fail("what was waited for never came")


def test_what_stands_in_the_way_is_chosen_and_shown(lab):
    named(lab, "Middleware").value = "profiler"
    named(lab, "Run").click()
    exchange = lab.exchange.wait(LATEST)
    assert list(exchange.lanes) == ["generator", "app", "profiler", "server", "client"]
    assert exchange.verdict.outcome == "buffered"
    assert exchange.verdict.culprit == "profiler"
    assert told(lab)["run"]["lanes"] == list(exchange.lanes)
    lab.run(middleware=("gzip", "buffer")).wait(LATEST)
    assert named(lab, "Middleware").value == "gzip + buffer"


def test_another_server_answers(lab):
    named(lab, "Server").value = "wsgiref"
    named(lab, "Run").click()
    exchange = lab.exchange.wait(LATEST)
    assert ("Server", "WSGIServer") in [(k, v.split("/")[0]) for k, v in exchange.headers]
    assert exchange.body == b"Hello World!"


def test_what_cannot_be_had_is_said_in_the_panel(lab):
    def complaint():
        sent = []
        lab._view.send = lambda content, _buffers: sent.append(content)
        named(lab, "Run").click()
        return sent[-1]["status"]

    named(lab, "Path").value = "stream"
    assert "starts with a slash" in complaint()


def test_a_server_that_cannot_have_the_app_is_not_offered(lab):
    # A process of its own cannot import an app that is made inside of a function.
    assert "gunicorn" not in named(lab, "Server").options
    with pytest.raises(ValueError, match="no module that another process could import"):
        lab.run(server="gunicorn")


def test_a_request_from_elsewhere_shows_up(lab):
    with urllib.request.urlopen(lab.url_for("/stream?name=Ada")) as response:
        assert response.read() == b"Hello Ada!"
    (exchange,) = lab.exchanges
    assert exchange.wait(LATEST).path == "/stream?name=Ada"
    content = told(lab)
    assert content["run"]["path"] == "/stream?name=Ada"
    assert [lane.chunks for lane in exchange.lanes.values()] == [3, 3, 3, 0]


def test_a_request_from_elsewhere_does_not_hide_an_exchange_of_ours(lab):
    exchange = lab.run(pace="step")
    with urllib.request.urlopen(lab.url_for("/stream?name=Ada")) as response:
        response.read()
    assert told(lab)["run"]["path"] == "/stream?name=World"
    assert len(lab.exchanges) == 2
    exchange.stop()


def test_the_matrix_is_measured(lab):
    table = lab.matrix(middleware=["profiler"], servers=["werkzeug"])
    assert [(row.outcome, row.lane) for row in table.rows if row.scenario.layers] == [
        ("buffered", "profiler"),
        ("failed", "profiler"),
    ]


def test_a_fast_stream_is_told_in_few_messages(app, lab):
    @app.get("/fast")
    def fast():
        return (b"x" for _ in iter(int, 1))

    sent = []
    lab._view.send = lambda content, _buffers: sent.append(content)
    begun = perf_counter()
    exchange = lab.run("/fast")
    wait_until(lambda: exchange.lanes["client"].chunks > 50_000)
    exchange.stop()
    exchange.wait(LATEST)
    lab._view.refresh()  # behind the flusher's last message, or in its place
    elapsed = perf_counter() - begun
    # One to begin with and two to end with, and between them as many as the rate allows.
    assert 3 <= len(sent) <= 3 + elapsed * MESSAGES_PER_SECOND
    assert {lane: n for lane, _, n in sent[-1]["counts"]}[3] > 50_000
