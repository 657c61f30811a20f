"""What a batch says besides the chunks: advice, printed lines, the error and its fixes."""

# ruff: noqa: T201 - it is tested what happens to printed text

from __future__ import annotations

import sys

import pytest

from streamlab import App, request
from streamlab.harness.harness import Harness
from streamlab.harness.scenario import Scenario
from streamlab.lab.feed import MAX_CHARACTERS, Feed
from streamlab.trace.output import MAX_LINES
from tests.apps import app as app_of_a_module
from tests.harness.gates import when_waiting

app = App()


@app.get("/stream")
def stream():
    def generate():
        yield "Hello "
        yield request.args["name"]
        yield "!"

    return generate()


@app.get("/printing")
def printing():
    def generate():
        print("first")
        yield "a"
        print("second", file=sys.stderr)
        print("x" * 2_000)
        yield "b"

    return generate()


@app.get("/broken")
def broken():
    def generate():
        yield "a"
        raise ValueError("no rows")

    return generate()


@pytest.fixture
def harness():
    with Harness(app) as harness:
        yield harness


def feed_of(harness, path, **keywords):
    exchange = harness.exchange(Scenario(path, **keywords))
    return Feed(1, exchange, None), exchange


def test_the_verdict_comes_with_its_advice(harness):
    feed, exchange = feed_of(harness, "/stream?name=Ada")
    exchange.make()
    verdict = feed.message(reset=True)[0]["verdict"]
    assert verdict["advice"] == exchange.verdict.advice
    assert "stream_with_context(" in verdict["advice"]


def test_printed_lines_come_in_their_order(harness):
    feed, exchange = feed_of(harness, "/printing")
    assert feed.message(reset=True)[0]["output"] == []
    exchange.make()
    content, _ = feed.message(reset=False)
    times, texts, streams = zip(*content["output"], strict=True)
    assert texts == ("first", "second", "x" * MAX_CHARACTERS)
    assert streams == ("stdout", "stderr", "stdout")
    assert list(times) == sorted(times)
    marks = [(time, text) for time, kind, text in content["events"] if kind == "printed"]
    assert marks == list(zip(times, texts, strict=True))


def test_printed_lines_are_sent_only_when_there_are_more(harness):
    feed, exchange = feed_of(harness, "/printing")
    exchange.make()
    assert "output" in feed.message(reset=False)[0]
    exchange.trace.lanes["app"].record(b"news")
    assert "output" not in feed.message(reset=False)[0]


def test_a_stream_that_prints_without_end_does_not_send_the_whole_list_each_time(harness):
    feed, exchange = feed_of(harness, "/stream")
    exchange.trace.record_output("line\n" * (MAX_LINES + 1), "stdout")
    assert len(feed.message(reset=True)[0]["output"]) == MAX_LINES
    exchange.trace.record_output("line\n", "stdout")
    assert feed.message(reset=False) is None
    exchange.make()
    _, text, _ = feed.message(reset=False)[0]["output"][-1]
    assert text == "(2 more lines not kept)"


def test_an_error_comes_with_its_sentence_and_fixes(harness):
    feed, exchange = feed_of(harness, "/stream?name=Ada")
    exchange.make()
    error = feed.message(reset=True)[0]["error"]
    assert error["sentence"] == exchange.failure.sentence != ""
    assert [fix["title"] for fix in error["fixes"]] == ["Wrap it", "Pass the value in"]
    assert [fix["code"] for fix in error["fixes"]] == [f.code for f in exchange.failure.fixes]
    assert 'return generate(request.args["name"])' in error["fixes"][1]["change"]


def test_an_error_that_nothing_is_known_of_has_a_sentence(harness):
    feed, exchange = feed_of(harness, "/broken")
    exchange.make()
    error = feed.message(reset=True)[0]["error"]
    assert (error["sentence"], error["fixes"]) == ("The generator raised ValueError: no rows.", [])


@pytest.mark.parametrize("server", ["werkzeug", "gunicorn-gthread"])
def test_the_variables_of_a_generator_that_waits_for_a_step(server):
    with Harness(app_of_a_module) as harness:
        feed, exchange = feed_of(harness, "/numbers/2", server=server, pace="step")
        seen = []
        when_waiting(exchange, lambda: seen.append(feed.message(reset=True)[0]))
        exchange.make()
    assert [content["state"] for content in seen] == ["waiting"] * 3
    assert [dict(content["locals"]).get("number") for content in seen] == [None, "0", "1"]
    assert dict(seen[-1]["locals"])["stop"] == "2"
    assert feed.message(reset=True)[0]["locals"] == []


def test_without_steps_no_variables_are_shown(harness):
    feed, exchange = feed_of(harness, "/printing")
    seen = []
    exchange.trace.lanes["app"].record = lambda data: seen.append(feed.message(reset=True)[0])
    exchange.make()
    assert [content["locals"] for content in seen] == [[], []]


def test_the_run_says_when_its_client_leaves(harness):
    feed, _ = feed_of(harness, "/stream", time_limit=30)
    assert feed.message(reset=True)[0]["run"]["time_limit"] == 30
    feed, _ = feed_of(harness, "/stream", time_limit=None)
    assert feed.message(reset=True)[0]["run"]["time_limit"] is None
