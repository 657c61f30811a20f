"""The feed: its messages are complete, in order, and contain only what is new."""

from __future__ import annotations

from array import array
from itertools import accumulate

import pytest

from streamlab import App, request, stream_with_context
from streamlab.harness.harness import Harness
from streamlab.harness.routes import view_source
from streamlab.harness.scenario import Scenario
from streamlab.lab import packed_rows
from streamlab.lab.feed import Feed
from streamlab.lab.message import idle_message
from streamlab.trace.lane import Lane, unpack_location

app = App()


@app.get("/stream")
def stream():
    def generate():
        yield "Hello "
        yield request.args["name"]
        yield "!"

    return stream_with_context(generate())


@app.get("/long")
def long():
    return (b"%06d\n" % n for n in range(40_000))


@app.get("/outside")
def outside():
    return another_generator()


def another_generator():
    yield "one"
    yield "two"


@pytest.fixture
def harness():
    with Harness(app) as harness:
        yield harness


def feed_of(harness, path, **keywords):
    scenario = Scenario(path, **keywords)
    exchange = harness.exchange(scenario)
    return Feed(1, exchange, view_source(app, scenario)), exchange


def rows(message):
    """Return the new rows of each lane, each as (time, end, source, line)."""
    content, (packed, *_) = message
    numbers, found, at = array("I", packed), {}, 0
    for lane, _start, count, time, end, located in content["parts"]:
        columns = [numbers[at + n * count : at + (n + 1) * count] for n in range(2 + located)]
        at += len(columns) * count
        times, ends = (
            list(accumulate(column[1:], initial=first))
            for column, first in zip(columns, (time, end), strict=False)
        )
        locations = array("i", columns[2].tobytes()) if located else [-1] * count
        found.setdefault(lane, []).extend(
            (time, end, *unpack_location(location))
            for time, end, location in zip(times, ends, locations, strict=True)
        )
    assert at == len(numbers)
    return found


def starts(message):
    """Return lane, number of the first row and number of rows of each part."""
    return [part[:3] for part in message[0]["parts"]]


def until_sent(feed, *, reset):
    """Return messages until no row is left out."""
    messages = [feed.message(reset=reset)]
    while feed.left_out:
        messages.append(feed.message(reset=False))
    return messages


class Viewer:
    """Keeps the rows as the view does."""

    def __init__(self):
        self.rows, self.strides, self.messages = {}, [], []

    def receive(self, message):
        content, _buffers = message
        self.messages.append(message)
        if content["reset"]:
            self.rows, self.strides = {}, content["strides"]
        for lane, (old, new) in enumerate(zip(self.strides, content["strides"], strict=True)):
            known, factor = self.rows.setdefault(lane, []), new // old
            if factor == 1:
                continue
            self.rows[lane] = [
                (known[row][0], known[min(row + factor, len(known)) - 1][1], *known[row][2:])
                for row in range(0, len(known), factor)
            ]
        self.strides = content["strides"]
        news = rows(message)
        for lane, news in rows(message).items():
            start = next(start for at, start, _ in starts(message) if at == lane)
            assert start <= len(self.rows[lane])
            self.rows[lane][start:] = news


def test_the_view_needs_no_more_rows_than_it_can_draw(harness, monkeypatch):
    monkeypatch.setattr(packed_rows, "MAX_ROWS", 32)
    feed, exchange = feed_of(harness, "/stream?name=World")
    lane = exchange.trace.lanes["app"] = Lane("app", origin=exchange.trace.origin)
    viewer = Viewer()
    viewer.receive(feed.message(reset=True))
    for chunk in range(1, 600):
        lane.record(b"x")
        if chunk % 7 == 0 or chunk == 599:
            viewer.receive(feed.message(reset=False))
            assert len(viewer.rows[1]) <= 32
    assert viewer.strides[1] == 64
    expected = [
        (lane.times[start] - lane.origin, min(start + 64, 599), None, None)
        for start in range(0, 599, 64)
    ]
    assert viewer.rows[1] == expected
    assert sum(len(buffers[0]) for _, buffers in viewer.messages) < 600 * 8
    late = Viewer()
    late.receive(feed.message(reset=True))
    assert late.rows == viewer.rows


def test_a_snapshot_has_everything(harness):
    feed, exchange = feed_of(harness, "/stream?name=World")
    exchange.make()
    content, (_, body, *_) = message = feed.message(reset=True)
    assert content["reset"]
    assert content["run"]["path"] == "/stream?name=World"
    assert content["run"]["lanes"] == ["generator", "app", "server", "client"]
    assert content["state"] == "done"
    assert content["verdict"]["outcome"] == "streamed"
    assert content["status"] == content["verdict"]["text"]
    assert content["http"]["status_code"] == 200
    assert body == b"Hello World!"
    lanes = rows(message)
    assert [[row[1] for row in lane] for lane in lanes.values()] == [[6, 11, 12]] * 4
    (source,) = content["sources"]
    first_yield = stream.__code__.co_firstlineno + 3
    assert [row[2:] for row in lanes[0]] == [(0, first_yield + n) for n in range(3)]
    assert source["text"].startswith('@app.get("/stream")')
    assert source["first"] == stream.__code__.co_firstlineno
    times = [row[0] for row in lanes[0]]
    assert times == sorted(times)
    assert times[0] > 0


def test_after_a_snapshot_a_message_has_only_what_is_new(harness):
    feed, exchange = feed_of(harness, "/stream?name=World")
    before = feed.message(reset=True)
    assert rows(before) == {}
    exchange.make()
    content, (_, body, *_) = message = feed.message(reset=False)
    assert not content["reset"]
    assert starts(message) == [(lane, 0, 3) for lane in range(4)]
    assert content["body"] == (0,)
    assert body == b"Hello World!"
    assert feed.message(reset=False) is None
    assert rows(feed.message(reset=True)) == rows(message)


def test_a_generator_outside_of_the_view_has_a_separate_source(harness):
    feed, exchange = feed_of(harness, "/outside")
    exchange.make()
    content, _ = message = feed.message(reset=True)
    assert [source["text"].split("\n")[0] for source in content["sources"]] == [
        '@app.get("/outside")',
        "def another_generator():",
    ]
    assert {row[2] for row in rows(message)[0]} == {1}


def test_an_error_comes_with_the_line_that_raised(harness):
    feed, exchange = feed_of(harness, "/stream?name=World", stream_with_context=False)
    exchange.make()
    content, _ = feed.message(reset=True)
    assert content["error"]["last"] == "RuntimeError: Working outside of request context."
    assert "stream_with_context(generate())" in content["error"]["advice"]
    assert content["error_line"] == {"source": 0, "line": stream.__code__.co_firstlineno + 4}
    first, *others = content["error"]["traceback"]
    assert (first["code"], first["own"]) == ('yield request.args["name"]', True)
    assert not any(entry["own"] for entry in others)


def test_a_lane_that_merges_its_rows_is_not_sent_again(harness):
    feed, exchange = feed_of(harness, "/stream?name=World")
    lane = exchange.trace.lanes["app"] = Lane("app", max_chunks=16)
    feed.message(reset=True)
    for _ in range(15):
        lane.record(b"x")
    assert feed.message(reset=False)[0]["strides"] == [1, 1, 1, 1]
    lane.record(b"x")
    content, _ = message = feed.message(reset=False)
    assert (content["reset"], content["strides"]) == (False, [1, 4, 1, 1])
    assert starts(message) == [(1, 3, 1)]
    assert [row[1] for row in rows(message)[1]] == [16]
    lane.record(b"x")
    assert [row[1] for row in rows(feed.message(reset=False))[1]] == [17]
    lane.record(b"x")  # the last row has grown: it is sent again
    content, _ = message = feed.message(reset=False)
    assert (starts(message), rows(message)[1][0][1]) == ([(1, 4, 1)], 18)
    assert content["totals"][1] == 18
    assert feed.message(reset=False) is None


def test_rows_that_do_not_fit_into_a_message_come_in_the_next(harness, monkeypatch):
    monkeypatch.setattr(packed_rows, "MAX_ROWS_A_MESSAGE", 40_000)
    feed, exchange = feed_of(harness, "/long")
    exchange.make()
    viewer = Viewer()
    viewer.receive(feed.message(reset=True))
    content, _ = viewer.messages[0]
    assert feed.left_out
    assert (content["state"], content["verdict"], content["tail"]) == ("running", None, None)
    assert max(content["totals"]) == 10_000
    # All lanes are cut at the same moment.
    latest = [lane[-1][0] for lane in viewer.rows.values() if lane]
    following = exchange.lanes["generator"].times[content["totals"][0]] - exchange.trace.origin
    assert max(latest) < following
    while feed.left_out:
        viewer.receive(feed.message(reset=False))
    assert len(viewer.messages) < 10
    content, _ = viewer.messages[-1]
    assert (content["state"], content["totals"]) == ("done", [40_000] * 4)
    assert [[row[1] for row in viewer.rows[lane]] for lane in range(4)] == [
        list(exchange.lanes[name].ends) for name in exchange.lanes
    ]
    assert feed.message(reset=False) is None


def test_a_difference_that_is_too_large_begins_another_part(harness):
    feed, exchange = feed_of(harness, "/stream?name=World")
    trace = exchange.trace
    lane = trace.lanes["generator"] = Lane("generator", has_locations=True, origin=trace.origin)
    times = [0, 1, 5_000_000_000, 5_000_000_001, 90_000_000_000]
    for time in times:
        lane.record_at(b"x", trace.origin + time)
    message = feed.message(reset=True)
    assert [row[0] for row in rows(message)[0]] == times
    assert starts(message) == [(0, 0, 2), (0, 2, 2), (0, 4, 1)]


def test_the_source_is_shown_before_the_first_run():
    scenario = Scenario("/stream?name=World")
    content, buffers = idle_message(scenario, ["generator"], view_source(app, scenario))
    assert content["state"] == "idle"
    assert "Press Run" in content["status"]
    assert "GET /stream?name=World" in content["status"]
    assert [source["title"] for source in content["sources"]] == ["test_feed.py"]
    assert buffers == [b""] * 6


def test_the_page_has_the_bytes_that_the_client_received_decoded(harness):
    feed, exchange = feed_of(harness, "/stream?name=World", middleware="gzip-flushed")
    exchange.make()
    content, (_, body, page, *_) = feed.message(reset=True)
    assert content["recoded"] == ["gzip-flushed"]
    assert page == body == b"Hello World!"
    assert content["page_size"] == exchange.lanes["client"].size != len(page)


def test_the_page_has_no_bytes_that_were_held(harness):
    feed, exchange = feed_of(
        harness, "/stream?name=World", middleware="buffer", stream_with_context=False
    )
    exchange.make()
    _, (_, body, page, *_) = feed.message(reset=True)
    assert body == b"Hello "
    assert b"Internal Server Error" in page


def test_a_lane_that_merges_its_rows_has_the_true_number_of_chunks(harness):
    feed, exchange = feed_of(harness, "/stream?name=World")
    lane = exchange.trace.lanes["app"] = Lane("app", max_chunks=16)
    for _ in range(17):
        lane.record(b"x")
    content, _ = feed.message(reset=True)
    assert (content["totals"][1], content["strides"][1]) == (17, 4)


def test_the_end_of_a_long_body_is_sent_once_at_the_end(harness):
    feed, exchange = feed_of(harness, "/long")
    content, (_, _, _, tail, *_) = feed.message(reset=True)
    assert (content["tail"], tail) == (None, b"")
    exchange.make()
    *before, (content, (_, _, _, tail, *_)) = until_sent(feed, reset=False)
    assert [content["tail"] for content, _ in before] == [None] * len(before)
    [start] = content["tail"]
    assert start + len(tail) == 7 * 40_000
    assert tail.endswith(b"039999\n")
    assert feed.message(reset=False) is None
    assert until_sent(feed, reset=True)[-1][0]["tail"] == (start,)


def test_a_short_body_has_no_separate_end(harness):
    feed, exchange = feed_of(harness, "/stream?name=World")
    exchange.make()
    assert feed.message(reset=True)[0]["tail"] is None


def test_a_holder_without_a_lane_is_named(harness):
    feed, exchange = feed_of(harness, "/stream?name=World", middleware="get_data")
    assert feed.message(reset=True)[0]["holders"] == ["generator", "get_data", "server", "server"]
    exchange.make()


def test_rows_that_come_while_a_message_is_made_are_in_the_next(harness):
    feed, exchange = feed_of(harness, "/outside")
    find_sources = feed._sources

    def find_sources_then_make(trace):
        found = find_sources(trace)
        if not exchange.done:
            exchange.make()
        return found

    feed._sources = find_sources_then_make
    early = rows(feed.message(reset=True))
    later = rows(feed.message(reset=False))
    assert not any(early.values()), early
    assert len(later[0]) == 2


def test_of_the_printed_lines_only_the_new_ones_are_sent(harness):
    feed, exchange = feed_of(harness, "/stream?name=World")
    trace = exchange.trace
    trace.record_output("one\n", "stdout")
    content, _ = feed.message(reset=True)
    assert [line[1] for line in content["output"]] == ["one"]
    trace.record_output("two\nthree\n", "stderr")
    content, _ = feed.message(reset=False)
    assert (content["output_from"], content["events_from"]) == (1, 1)
    assert [line[1:] for line in content["output"]] == [("two", "stderr"), ("three", "stderr")]
    assert [mark[2] for mark in content["events"]] == ["two", "three"]
    # A line that is not complete yet grows.
    trace.record_output("fo", "stdout")
    feed.message(reset=False)
    trace.record_output("ur\n", "stdout")
    content, _ = feed.message(reset=False)
    assert (content["output_from"], [line[1] for line in content["output"]]) == (3, ["four"])
