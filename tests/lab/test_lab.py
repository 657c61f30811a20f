"""The Lab in Python: runs do not block, the controls follow, and close() leaves nothing."""

from __future__ import annotations

import asyncio
import gc
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import ipywidgets
import pytest

from streamlab import App, Lab, request, stream_with_context
from streamlab.lab.flusher import MESSAGES_PER_SECOND

LATEST = 30
"""Seconds after which a wait fails. It only prevents that a broken test hangs."""


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


def send(lab, kind, **controls):
    """Do what the view does when the user presses a button, with values of the controls."""
    lab.panel.receive({"type": kind, "controls": controls})


def snapshot(lab):
    """Return what the view would get if it asked now."""
    content, _ = lab.panel.shown.feed.message(reset=True)
    return content


def test_the_first_run_starts_when_the_panel_is_shown_and_only_once(lab):
    send(lab, "shown")
    exchange = lab.exchange
    assert exchange.scenario.time_limit == 30
    assert exchange.wait(LATEST).verdict.outcome == "streamed"
    send(lab, "shown")  # another view, or a page that was loaded again
    assert lab.exchanges == [exchange]


def test_without_autorun_nothing_starts_by_itself(app):
    with Lab(app, "/stream?name=World", autorun=False) as lab:
        send(lab, "shown")
        assert lab.exchange is None


def test_a_run_in_code_comes_before_the_first_run(lab):
    exchange = lab.run().wait(LATEST)
    send(lab, "shown")
    assert lab.exchanges == [exchange]


def test_a_run_does_not_block_and_has_wait(lab):
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
    """Run `main` in an event loop in another thread: Playwright may use one in this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(main())).result(LATEST)


async def _until(exchange):
    return await exchange


def test_the_toggle_changes_one_run_and_not_the_code(lab):
    broken = lab.run(stream_with_context=False).wait(LATEST)
    assert str(broken.error).startswith("Working outside of request context.")
    assert broken.verdict.outcome == "truncated"
    assert lab.run().wait(LATEST).verdict.outcome == "streamed"


def test_run_uses_what_the_controls_show(lab):
    send(lab, "run", path="/stream?name=Ada", stream_with_context=False)
    exchange = lab.exchange.wait(LATEST)
    assert (exchange.path, exchange.verdict.outcome) == ("/stream?name=Ada", "truncated")


def test_the_controls_show_what_code_has_run(lab):
    lab.run("/stream?name=Ada", stream_with_context=False, pace=0.25).wait(LATEST)
    panel = lab.panel
    assert (panel.path, panel.stream_with_context) == ("/stream?name=Ada", False)
    assert panel.pace == 0.25


def test_a_trait_can_be_set_and_linked(lab):
    slider = ipywidgets.FloatSlider(value=0.5, max=2)
    link = ipywidgets.link((slider, "value"), (lab.panel, "pace"))
    slider.value = 1.5
    assert lab.panel.pace == 1.5
    link.unlink()
    slider.close()
    with pytest.raises(ValueError, match="pace"):
        lab.panel.pace = -1


def test_another_pace_has_an_effect_during_a_stream(lab):
    send(lab, "run", pace="step")
    send(lab, "next")
    lab.panel.pace = None
    assert lab.exchange.wait(LATEST).verdict.outcome == "streamed"


def test_a_new_run_stops_the_one_before(lab):
    first = lab.run(pace="step")
    second = lab.run()
    assert first.wait(LATEST).verdict.outcome == "stopped"
    assert second.wait(LATEST).verdict.outcome == "streamed"


def test_the_error_for_a_wrong_keyword_names_the_right_one(lab):
    with pytest.raises(TypeError, match="did you mean 'stream_with_context'"):
        lab.run(stream_with_contxt=False)
    with pytest.raises(TypeError, match="did you mean 'pace'"):
        Lab(App(), pase=1)


def test_a_view_that_asks_gets_a_snapshot_with_the_next_number(lab):
    sent = []
    lab.panel.send = lambda content, _buffers: sent.append(content)
    lab.run().wait(LATEST)
    lab.panel._handle_custom_msg({"type": "snapshot"}, [])
    lab.panel._handle_custom_msg({"type": "snapshot"}, [])
    assert [message["seq"] for message in sent] == list(range(1, len(sent) + 1))
    assert sent[-1]["reset"]
    assert {**sent[-1], "seq": 0, "now": 0} == {**sent[-2], "seq": 0, "now": 0}


def test_the_status_names_the_line_at_which_the_generator_is_suspended(lab):
    exchange = lab.run(pace="step")
    lab.next_chunk()
    lane = exchange.lanes["client"]
    wait_until(lambda: lane.chunks == 1 and exchange.trace.gate.waiting)
    content = snapshot(lab)
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


def test_the_first_path_is_a_route_without_arguments():
    app = App()

    @app.route("/users/<int:number>")
    def user(number):
        return str(number)

    @app.route("/hello")
    def hello():
        return "hi"

    lab = Lab(app)
    assert lab.panel.path == "/hello"
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
    with pytest.raises(ValueError, match="needs an app made by"):
        lab.run("/", stream_with_context=False)
    lab.close()


def wait_until(holds):
    """Wait until `holds()` is true, for a condition that has no event."""
    turn = threading.Event()
    for _ in range(LATEST * 100):
        if holds():
            return
        turn.wait(0.01)
    pytest.fail("the condition never became true")


def test_middleware_is_chosen_and_shown(lab):
    send(lab, "run", middleware=["profiler"])
    exchange = lab.exchange.wait(LATEST)
    assert list(exchange.lanes) == ["generator", "app", "profiler", "server", "client"]
    assert exchange.verdict.outcome == "buffered"
    assert exchange.verdict.culprit == "profiler"
    assert snapshot(lab)["run"]["lanes"] == list(exchange.lanes)
    lab.run(middleware=("gzip", "buffer")).wait(LATEST)
    assert lab.panel.middleware == ["gzip", "buffer"]


def test_another_server_answers(lab):
    send(lab, "run", server="wsgiref")
    exchange = lab.exchange.wait(LATEST)
    assert ("Server", "WSGIServer") in [(k, v.split("/")[0]) for k, v in exchange.headers]
    assert exchange.body == b"Hello World!"


def test_a_wrong_choice_is_explained_in_the_panel(lab):
    sent = []
    lab.panel.send = lambda content, _buffers: sent.append(content)
    send(lab, "run", path="stream")
    assert "does not begin with a slash" in sent[-1]["status"]


def test_middleware_of_ones_own_can_be_chosen_again(lab):
    def upper(app):
        return lambda environ, start_response: (
            item.upper() for item in app(environ, start_response)
        )

    lab.run(middleware=upper).wait(LATEST)
    assert lab.panel.middleware == ["upper"]
    send(lab, "run")
    assert lab.exchange.wait(LATEST).body == b"HELLO WORLD!"


def test_a_server_that_cannot_import_the_app_is_not_offered(lab):
    # Another process cannot import an app that is made inside of a function.
    missing = {option["value"]: option["missing"] for option in lab.panel.choices["servers"]}
    assert "another process" in missing["gunicorn"]
    assert missing["werkzeug"] == ""
    with pytest.raises(ValueError, match="in no module that another process can import"):
        lab.run(server="gunicorn")


def test_a_request_of_another_client_is_shown(lab):
    with urllib.request.urlopen(lab.url_for("/stream?name=Ada")) as response:
        assert response.read() == b"Hello Ada!"
    (exchange,) = lab.exchanges
    assert exchange.wait(LATEST).path == "/stream?name=Ada"
    content = snapshot(lab)
    assert content["run"]["path"] == "/stream?name=Ada"
    assert [lane.chunks for lane in exchange.lanes.values()] == [3, 3, 3, 0]


def test_a_request_of_another_client_does_not_hide_a_running_exchange(lab):
    exchange = lab.run(pace="step")
    with urllib.request.urlopen(lab.url_for("/stream?name=Ada")) as response:
        response.read()
    assert snapshot(lab)["run"]["path"] == "/stream?name=World"
    assert len(lab.exchanges) == 2
    exchange.stop()


def test_the_matrix_is_measured(lab):
    table = lab.matrix(middleware=["profiler"], servers=["werkzeug"])
    assert [(row.outcome, row.culprit) for row in table.rows if row.scenario.layers] == [
        ("buffered", "profiler"),
        ("failed", "profiler"),
    ]


def test_a_fast_stream_is_sent_in_few_messages(app, lab):
    @app.get("/fast")
    def fast():
        return (b"x" for _ in iter(int, 1))

    sent = []
    lab.panel.send = lambda content, _buffers: sent.append(content)
    begun = perf_counter()
    exchange = lab.run("/fast")
    wait_until(lambda: exchange.lanes["client"].chunks > 50_000)
    exchange.stop()
    exchange.wait(LATEST)
    wait_until(lambda: sent[-1]["state"] == "done")
    elapsed = perf_counter() - begun
    # One at the start, one at the end, and between them as many as the rate allows.
    assert 2 <= len(sent) <= 3 + elapsed * MESSAGES_PER_SECOND
    assert sent[-1]["totals"][3] > 50_000


def test_the_parts_of_the_panel_have_a_useful_repr(lab):
    assert repr(lab.panel).startswith("<Panel path='/stream?name=World', ")
    lab.run().wait(LATEST)
    assert repr(lab.panel.shown.feed) == "<Feed of run 1, GET /stream?name=World>"
