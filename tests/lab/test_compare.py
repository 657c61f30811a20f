"""Compare, the history and the matrix of a Lab, without a page."""

from __future__ import annotations

import threading

import pytest

from streamlab import App, Lab, observe, request, stream_with_context
from streamlab.lab.history import MAX_ENTRIES
from tests.apps import flask_app

LATEST = 30
"""Seconds after which a wait fails. It only prevents that a broken test hangs."""
PATH = "/stream?name=World"


class Stepped:
    """An app whose generator can be held, and its Lab."""

    def __init__(self):
        app = App()
        self.go_on = threading.Event()
        self.go_on.set()

        @app.get("/stream")
        def stream():
            def generate():
                yield "Hello "
                self.go_on.wait(LATEST)
                yield request.args["name"]

            return stream_with_context(generate())

        self.lab = Lab(app, PATH)

    def send(self, kind, **fields):
        """Do what the view does when the user presses a button."""
        self.lab.panel.receive({"type": kind, **fields})

    def wait_until(self, condition, *names):
        """Wait until a condition of the panel holds after a change of one of its traits."""
        changed = threading.Event()
        look = lambda _: condition() and changed.set()  # noqa: E731
        self.lab.panel.observe(look, list(names))
        look(None)
        assert changed.wait(LATEST), {name: getattr(self.lab.panel, name) for name in names}

    def wait_for_text(self):
        self.wait_until(lambda: self.lab.panel.comparison.get("text"), "comparison")
        return self.lab.panel.comparison

    def outcomes(self):
        return {entry["run"]["id"]: entry["outcome"] for entry in self.lab.panel.history}


@pytest.fixture
def stepped():
    stepped = Stepped()
    yield stepped
    stepped.go_on.set()
    stepped.lab.close()


def numbers(lab):
    return lab.panel.beside.feed._run["id"], lab.panel.shown.feed._run["id"]


def test_one_press_makes_a_run_with_the_context_and_then_one_without(stepped):
    lab = stepped.lab
    stepped.send("compare", controls={"stream_with_context": False, "middleware": ["buffer"]})
    facts = stepped.wait_for_text()
    kept, without = lab.exchanges
    assert [one.scenario.stream_with_context for one in (kept, without)] == [True, False]
    assert [layer.name for layer in without.scenario.layers] == ["buffer"]
    assert kept.client.response.status_code == 200
    assert (lab.panel.beside.feed.exchange, lab.panel.shown.feed.exchange) == (kept, without)
    assert (facts["first"], facts["second"]) == numbers(lab) == (1, 2)
    assert facts["names"] == ["with `stream_with_context`", "without it"]
    assert facts["text"].startswith("With `stream_with_context`, the bytes arrive together")
    assert "Without it, the generator fails at line" in facts["text"]
    assert lab.panel.lower == "compare"
    assert lab.exchange is without


def test_the_second_run_begins_when_the_first_is_done(stepped):
    lab = stepped.lab
    stepped.go_on.clear()
    stepped.send("compare")
    assert lab.panel.lower == "compare"
    assert lab.panel.comparison["second"] == 0
    assert lab.panel.shown.feed.exchange is lab.exchange
    assert lab.exchange.scenario.time_limit == 30
    stepped.go_on.set()
    stepped.wait_for_text()
    assert len(lab.exchanges) == 2


def test_stop_ends_the_comparison(stepped):
    lab = stepped.lab
    stepped.send("compare", controls={"pace": "step"})
    assert lab.exchange.scenario.time_limit is None
    stepped.send("stop")
    stepped.wait_until(lambda: lab.panel.lower == "timeline", "lower")
    assert lab.panel.comparison == {}
    assert len(lab.exchanges) == 1


def test_a_run_ends_the_comparison(stepped):
    stepped.send("compare")
    stepped.wait_for_text()
    stepped.send("run")
    assert stepped.lab.panel.lower == "timeline"
    assert stepped.lab.panel.comparison == {}


def test_an_app_without_the_switch_says_why_it_is_not_compared():
    with Lab(flask_app, PATH) as lab:
        lab.panel.receive({"type": "compare"})
        assert lab.exchanges == []
        first, second = (lab.run(middleware=name).wait(LATEST) for name in ((), "buffer"))
        assert "With `buffer`, the bytes arrive together" in str(lab.compare(first, second))


def test_two_exchanges_are_compared_in_python(stepped):
    lab = stepped.lab
    runs = [lab.run(stream_with_context=kept).wait(LATEST) for kept in (False, True, False)]
    comparison = lab.compare(runs[2], runs[1])
    assert (comparison.first, comparison.second) == (runs[2], runs[1])
    assert lab.panel.comparison["text"] == str(comparison)
    assert numbers(lab) == (3, 2)
    other = observe(lab.app, PATH, middleware="buffer")
    assert str(lab.compare(runs[1], other)).startswith("Without middleware, all 2 chunks arrive.")
    assert numbers(lab) == (2, 4)
    with pytest.raises(TypeError, match="takes two exchanges"):
        lab.compare(PATH, runs[0])


def test_runs_that_still_stream_can_be_compared(stepped):
    lab = stepped.lab
    first = lab.run().wait(LATEST)
    stepped.go_on.clear()
    second = lab.run(middleware="buffer")
    assert "the response still streams" in str(lab.compare(first, second))
    assert lab.panel.comparison["text"] == ""
    stepped.go_on.set()
    assert "With `buffer`" in stepped.wait_for_text()["text"]


def test_an_earlier_run_is_shown_again_with_its_number_and_its_settings(stepped):
    lab = stepped.lab
    first = lab.run(stream_with_context=False).wait(LATEST)
    lab.run(middleware="gzip").wait(LATEST)
    stepped.wait_until(lambda: len(stepped.outcomes()) == 2, "history")
    stepped.wait_until(lambda: stepped.outcomes()[2] == "buffered", "history")
    assert stepped.outcomes()[1] == "truncated"
    stepped.send("show_run", number=1)
    assert lab.panel.shown.feed.exchange is first
    assert (lab.panel.stream_with_context, lab.panel.middleware) == (False, [])
    assert [entry["run"]["id"] for entry in lab.panel.history] == [2, 1]
    stepped.send("compare_with", number=2)
    assert numbers(lab) == (2, 1)


def test_the_history_has_the_latest_runs_and_keeps_none_alive(stepped):
    lab = stepped.lab
    for _ in range(MAX_ENTRIES + 2):
        lab.run().wait(LATEST)
    newest = MAX_ENTRIES + 2
    ids = [entry["run"]["id"] for entry in lab.panel.history]
    assert ids == list(range(newest, 2, -1))
    lab._runs.harness.exchanges.clear()
    stepped.send("show_run", number=1)
    content, _ = lab.panel.shown.feed.message(reset=True)
    assert content["run"]["id"] == newest


def test_a_run_made_with_other_code_says_so(stepped, monkeypatch):
    lab = stepped.lab
    lab.run().wait(LATEST)
    monkeypatch.setattr("streamlab.lab.runs.view_source", lambda *_: None)
    stepped.send("show_run", number=1)
    assert "code has changed" in lab.panel.old
    content, _ = lab.panel.shown.feed.message(reset=True)
    assert "yield" in content["sources"][0]["text"]


def test_the_matrix_is_made_in_a_thread_and_each_cell_opens_its_run(stepped):
    lab = stepped.lab
    stepped.go_on.clear()
    stepped.send("matrix")
    assert lab.panel.lower == "matrix"
    stepped.go_on.set()
    stepped.wait_until(lambda: lab.panel.matrix.get("state") == "done", "matrix")
    rows = lab.panel.matrix["rows"]
    assert len(rows) == lab.panel.matrix["total"]
    assert lab.exchanges == []
    found = {(row["server"], *row["middleware"], row["stream_with_context"]): row for row in rows}
    assert found["werkzeug", "buffer", True]["culprit"] == "buffer"
    assert found["werkzeug", False]["outcome"] == "truncated"
    assert "then cut off" in found["werkzeug", False]["receives"]
    stepped.send("cell", number=rows.index(found["werkzeug", "buffer", True]))
    shown = lab.panel.shown.feed.exchange
    assert [layer.name for layer in shown.scenario.layers] == ["buffer"]
    assert (lab.panel.lower, lab.panel.middleware) == ("matrix", ["buffer"])
    assert stepped.outcomes() == {1: "buffered"}
    missing = [n for n, row in enumerate(rows) if not row["outcome"]]
    for number in missing[:1]:
        assert rows[number]["text"]
        stepped.send("cell", number=number)
        assert lab.panel.shown.feed.exchange is shown


def test_the_matrix_can_be_stopped(stepped):
    lab = stepped.lab
    stepped.go_on.clear()
    stepped.send("matrix")
    stepped.wait_until(lambda: lab.panel.matrix.get("state") == "running", "matrix")
    stepped.send("stop_matrix")
    stepped.wait_until(lambda: lab.panel.matrix["state"] == "stopped", "matrix")
    assert len(lab.panel.matrix["rows"]) < lab.panel.matrix["total"]
