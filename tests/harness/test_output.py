"""What a view and its generator print is in `exchange.output`, with its time."""

# ruff: noqa: T201 - it is tested what happens to printed text
from __future__ import annotations

import sys
import threading
from queue import Queue

import pytest
from flask import Flask

from streamlab import App, Scenario, observe, stream_with_context
from streamlab.harness.harness import Harness
from streamlab.server import SERVERS
from tests.harness.gates import arrivals_at_gate
from tests.kernel import started_kernel

IN_THIS_PROCESS = [name for name, kind in SERVERS.items() if not kind.own_process]
EXPECTED = ["the view", "before a", "before b", "closed"]


def printing_app(make):
    app = make("app")

    @app.route("/")
    def view():
        print("the", "view")

        def generate():
            try:
                print("before a")
                yield "a"
                print("before ", end="")
                print("b")
                yield "b"
            finally:
                sys.stderr.write("closed\n")

        return app.response_class(generate())

    return app


def texts(exchange):
    return [line.text for line in exchange.output]


@pytest.mark.parametrize("make", [App, Flask])
@pytest.mark.parametrize("server", IN_THIS_PROCESS)
def test_it_is_recorded_and_still_printed(make, server, capsys):
    before = sys.stdout, sys.stderr
    exchange = observe(printing_app(make), server=server, lockstep=True)
    assert texts(exchange) == EXPECTED
    assert [line.stream for line in exchange.output] == ["stdout"] * 3 + ["stderr"]
    first, second = (chunk.seconds for chunk in exchange.lanes["generator"])
    times = [line.seconds for line in exchange.output]
    assert 0 < times[0] < times[1] < first < times[2] < second < times[3]
    assert capsys.readouterr() == ("the view\nbefore a\nbefore b\n", "closed\n")
    assert (sys.stdout, sys.stderr) == before


def in_a_thread(inner):
    """Middleware that iterates in its own thread, as some gateways do."""

    def wrapped(environ, start_response):
        items = Queue()

        def read(body):
            for item in body:
                items.put(item)
            body.close()
            items.put(None)

        threading.Thread(target=read, args=(inner(environ, start_response),), daemon=True).start()
        yield from iter(items.get, None)

    return wrapped


@pytest.mark.parametrize("middleware", ["gzip", "profiler", "debugger", in_a_thread])
def test_middleware_does_not_lose_it(middleware):
    exchange = observe(printing_app(App), middleware=middleware)
    assert texts(exchange) == EXPECTED


def test_an_async_view_is_recorded_too():
    app = App()

    @app.get("/")
    async def view():
        print("in the coroutine")
        return stream_with_context(text for text in ["a"])

    assert texts(observe(app)) == ["in the coroutine"]


def test_a_bare_app_that_fails_is_recorded_too():
    def app(environ, start_response):
        print("before it fails")
        raise ValueError("no")

    exchange = observe(app)
    assert texts(exchange) == ["before it fails"]
    assert isinstance(exchange.error, ValueError)


@pytest.mark.parametrize("server", IN_THIS_PROCESS)
def test_output_is_as_before_even_if_the_server_does_not_close_the_iterable(server):
    before = sys.stdout, sys.stderr
    observe(lambda environ, start_response: [b"without start_response"], "/", server=server)
    assert (sys.stdout, sys.stderr) == before


def test_what_others_print_meanwhile_is_not_recorded():
    with Harness(printing_app(App), remembered=False) as harness:
        exchange = harness.exchange(Scenario("/", pace="step"))
        arrivals, gate = arrivals_at_gate(exchange), exchange.trace.gate
        thread = threading.Thread(target=exchange.make)
        thread.start()
        arrivals.get(timeout=10)
        print("the main thread")
        other = harness.exchange(Scenario("/"))
        other.make()
        for _ in range(2):
            gate.step()
            arrivals.get(timeout=10)
        gate.step()
        thread.join(10)
    assert texts(exchange) == texts(other) == EXPECTED


MODULE = """
from streamlab import App
app = App()
@app.get("/")
def view():
    print("the view")
    def generate():
        print("before a")
        yield "a"
    return generate()
"""


@pytest.mark.parametrize("server", ["gunicorn", "gunicorn-gthread"])
def test_another_process_sends_it(server, tmp_path, monkeypatch):
    (tmp_path / "printing_module.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    import printing_module

    exchange = observe(printing_module.app, server=server, lockstep=True)
    assert texts(exchange) == ["the view", "before a"]
    times = [line.seconds for line in exchange.output]
    assert times[0] < times[1] < exchange.lanes["generator"][0].seconds
    del sys.modules["printing_module"]


def test_it_is_kept_when_run_was_pressed_in_the_panel():
    with started_kernel() as kernel:
        kernel.run(
            "from streamlab import App, Lab\n"
            "app = App()\n"
            "@app.get('/')\n"
            "def view():\n"
            "    def generate():\n"
            "        print('Hello from the generator')\n"
            "        yield 'a'\n"
            "    return generate()\n"
            "lab = Lab(app, '/')\n"
        )
        kernel.press(kernel.run("lab.panel.model_id").strip("'"), "run")
        value = kernel.run("lab.exchange.wait(30).output[0].text")
        assert value.endswith("'Hello from the generator'")
        kernel.run("lab.panel.shown.refresh()")
        marks = [mark for batch in kernel.batches() for mark in batch.get("events", [])]
        assert [text for _, kind, text in marks if kind == "printed"][-1:] == [
            "Hello from the generator"
        ]
        assert kernel.run("import sys\ntype(sys.stdout).__name__") == "'OutStream'"
