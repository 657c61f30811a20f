"""The trace: what is recorded, read and restored, and who may change it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import streamlab
from streamlab.trace.columns import Columns
from streamlab.trace.events import MAX_EVENTS, Event, Span
from streamlab.trace.failure import Failure
from streamlab.trace.gate import Gate
from streamlab.trace.lane import Chunk, Lane, pack_location
from streamlab.trace.source import Source
from streamlab.trace.stored_body import StoredBody
from streamlab.trace.trace import Trace

PACKAGE = Path(streamlab.__file__).parent
SOURCE = Source("shop.py", "python", "/home/ada/shop.py", 1, "def view(): ...")


class TestTimes:
    def test_seconds_of_chunks_and_events_count_from_the_request(self):
        trace = Trace()
        lane = trace.lanes["generator"]
        lane.record_at(b"a", trace.origin + 1_500_000_000)
        trace.record_event("warning", "text", time=trace.origin + 250_000_000)
        assert lane[0].seconds == lane[0].last_seconds == 1.5
        assert trace.events[0].seconds == 0.25

    def test_every_lane_has_the_origin_of_the_trace(self):
        trace = Trace()
        assert {lane.origin for lane in (*trace.lanes.values(), trace.reads)} == {trace.origin}

    def test_a_lane_alone_begins_when_it_is_made(self):
        lane = Lane("app")
        lane.record(b"a")
        assert lane.origin < lane.times[0]
        assert lane[0].seconds == (lane.times[0] - lane.origin) / 1e9

    def test_a_chunk_of_another_process_keeps_its_time_in_a_merged_row(self):
        lane = Lane("app", max_chunks=8, origin=0)
        for number in range(40):
            lane.record_at(b"x", 1_000_000_000 * number, pack_location(0, number))
        assert lane.stride == 16
        assert [(row.seconds, row.last_seconds) for row in lane] == [(0, 15), (16, 31), (32, 39)]


class TestEvents:
    def test_an_endless_stream_has_a_limited_number(self):
        trace = Trace()
        for _ in range(MAX_EVENTS + 5):
            trace.record_event("warning")
        assert len(trace.events) == MAX_EVENTS

    def test_of_nested_contexts_the_outermost_is_the_span(self):
        trace = Trace()
        trace.context_pushed()
        trace.context_pushed()
        trace.context_popped()
        [span] = trace.spans
        assert span.end is None
        trace.context_popped()
        assert trace.origin < span.start < span.end
        assert [event.kind for event in trace.events] == ["context pushed", "context popped"]

    def test_only_the_first_exception_counts(self):
        trace = Trace()
        trace.record_exception(ValueError("first"), "generator")
        trace.record_exception(ValueError("second"), "app")
        assert (trace.failure.last, trace.failure.raised_by) == ("ValueError: first", "generator")
        assert [event.text for event in trace.events] == ["ValueError: first"]

    def test_it_is_closed_once(self):
        trace = Trace()
        calls = []
        trace.when_closed(lambda: calls.append(trace.closed.is_set()))
        trace.close()
        trace.close()
        assert calls == [True]


class TestSends:
    def test_a_server_that_reports_a_send_is_believed(self):
        trace = Trace()
        trace.unsent = b"a"
        trace.report_send()
        trace.report_send()
        assert [chunk.data for chunk in trace.lanes["server"]] == [b"a"]
        assert trace.send_confirmed

    def test_a_server_that_asks_for_more_must_have_sent(self):
        trace = Trace()
        trace.unsent = b"a"
        trace.assume_sent()
        trace.assume_sent()
        assert [chunk.data for chunk in trace.lanes["server"]] == [b"a"]
        assert not trace.send_confirmed

    def test_behind_a_proxy_and_in_lockstep_the_client_is_asked_instead(self):
        for change in (lambda trace: trace.add_unobserved("client", "proxy"), Trace.use_lockstep):
            trace = Trace()
            trace.reports_sends = True
            assert trace.send_confirmed
            change(trace)
            assert not trace.send_confirmed


class TestSetUp:
    def test_a_lane_can_be_removed(self):
        trace = Trace()
        trace.remove_lane("client")
        assert list(trace.lanes) == ["generator", "app", "server"]

    def test_no_bytes_are_kept_if_none_are_wanted(self):
        trace = Trace()
        lane = trace.lanes["app"]
        lane.record(b"before")
        trace.keep_no_bytes()
        lane.record(b"after")
        assert [(chunk.offset, chunk.size, chunk.data) for chunk in lane] == [
            (0, 6, None),
            (6, 5, None),
        ]
        assert lane.body.head == b""
        assert not lane.body.complete

    def test_lanes_can_be_of_another_kind(self):
        class OtherLane(Lane):
            pass

        trace = Trace(make_lane=OtherLane)
        assert {type(lane) for lane in trace.lanes.values()} == {OtherLane}

    def test_after_request_functions_are_called_in_their_order(self):
        trace = Trace()
        trace.add_after_request(str.upper)
        trace.add_after_request(str.strip)
        assert trace.after_request == (str.upper, str.strip)


class TestRestored:
    def test_it_has_what_it_was_given_and_is_over(self):
        columns = Columns.restored(stride=1, times=[110, 120], ends=[1, 3])
        body = StoredBody.restored(b"abb", (HEAD, b""), size=3, limits=(HEAD, 0))
        lane = Lane.restored("client", columns=columns, chunks=2, body=body, origin=100)
        failure = Failure(None, "ValueError: on purpose", "", (), "generator")
        trace = Trace.restored(
            origin=100,
            began_ns=5,
            lanes=[lane],
            reads=Lane("recv", origin=100),
            events=[Event(105, "request")],
            spans=[Span(101, 102)],
            sources=[SOURCE],
            failure=failure,
            unobserved={"client": "proxy"},
            lockstep=True,
            reports_sends=True,
        )
        assert [chunk.data for chunk in trace.lanes["client"]] == [b"a", b"bb"]
        assert [chunk.seconds for chunk in lane] == [10e-9, 20e-9]
        assert (trace.origin, trace.began_ns, trace.lockstep) == (100, 5, True)
        assert (trace.failure, trace.sources, trace.reports_sends) == (failure, [SOURCE], True)
        assert trace.holder("client") == "proxy"
        assert trace.closed.is_set()
        trace.gate.pass_through()

    @pytest.mark.parametrize(
        "rows",
        [
            {"times": [1], "ends": [1, 2]},
            {"times": [1, 2], "ends": [1, 2], "lasts": [1]},
            {"times": [1, 2], "ends": [1, 2], "locations": [1]},
        ],
    )
    def test_rows_with_missing_values_are_refused(self, rows):
        with pytest.raises(ValueError, match="different lengths"):
            Columns.restored(stride=4, **rows)

    def test_offsets_above_four_gibibytes_are_restored(self):
        columns = Columns.restored(stride=1, times=[1], ends=[2**40])
        assert columns.ends[0] == 2**40


HEAD = 8


class TestRepr:
    def test_of_a_trace_an_event_and_a_span(self):
        trace = Trace(("app", "client"))
        trace.lanes["app"].record(b"a")
        trace.start_span(trace.origin + 500_000_000)
        trace.record_event("warning", "late", time=trace.origin + 250_000_000)
        assert repr(trace) == "<Trace: app 1 chunk, client 0 chunks, 1 event>"
        assert repr(trace.events[0]) == "<Event warning at 0.250000 s: late>"
        assert repr(trace.spans[0]) == "<Span from 0.500000 s to now>"
        trace.end_span(trace.origin + 750_000_000)
        assert repr(trace.spans[0]) == "<Span from 0.500000 s to 0.750000 s>"

    def test_of_a_trace_that_failed(self):
        trace = Trace(("app",))
        trace.record_exception(ValueError("on purpose"))
        assert repr(trace) == ("<Trace: app 0 chunks, 1 event, failed with ValueError: on purpose>")

    def test_of_a_lane(self):
        lane = Lane("app", origin=0)
        assert repr(lane) == "<Lane 'app': 0 chunks, 0 bytes>"
        lane.record_at(b"ab", 500_000_000)
        lane.record_at(b"c", 1_000_000_000)
        assert repr(lane) == "<Lane 'app': 2 chunks, 3 bytes, from 0.500000 s to 1.000000 s>"

    def test_of_a_chunk(self):
        assert repr(Chunk(3, 0.5, 12, 2, 7, b"ab")) == (
            "<Chunk 3 at 0.500000 s: 2 bytes from offset 12, line 7: b'ab'>"
        )
        assert repr(Chunk(0, 0.5, 0, 9_000, None, None, 4, 0.75)) == (
            "<Chunk 0 at 0.500000 s: 9000 bytes from offset 0, 4 chunks merged: data not kept>"
        ).replace("9000", "9,000")
        assert repr(Chunk(0, 0.5, 0, 100, None, b"x" * 100)).endswith(f"b'{'x' * 40}'...>")

    def test_of_kept_bytes(self):
        assert repr(StoredBody()) == "<StoredBody: 0 bytes, all kept>"


def test_a_trace_that_is_not_given_a_gate_has_an_open_one():
    assert Trace().gate.pace is None
    gate = Gate("step")
    assert Trace(gate=gate).gate is gate


def written_attributes(code):
    """The attributes of something called ``trace`` that a piece of code assigns or deletes."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Attribute | ast.Subscript):
            continue
        if isinstance(node.ctx, ast.Load):
            continue
        written = ast.unparse(node)
        parts = written.partition("[")[0].split(".")
        if {"trace", "_trace"} & set(parts[:-1]) and "gate" not in parts:
            yield written


def test_other_packages_change_a_trace_only_through_its_methods():
    files = [
        file
        for file in PACKAGE.rglob("*.py")
        if file.parent.name != "trace" and "node_modules" not in file.parts
    ]
    assert len(files) > 50
    written = {
        f"{file.relative_to(PACKAGE)}: {attribute}"
        for file in files
        for attribute in written_attributes(file.read_text(encoding="utf-8"))
    }
    assert written == set()


@pytest.mark.parametrize(
    "code",
    [
        "trace.lockstep = True",
        "self._trace.lanes['app'] = lane",
        "exchange.trace.unobserved['app'] = name",
        "del trace.lanes['client']",
        "trace.origin, trace.began_ns = 1, 2",
        "trace.counts += 1",
    ],
)
def test_a_change_of_an_attribute_would_be_noticed(code):
    assert list(written_attributes(code))


@pytest.mark.parametrize(
    "code", ["trace.use_lockstep()", "self.trace = trace", "trace.gate.pace = 1"]
)
def test_reading_and_calling_methods_is_allowed(code):
    assert not list(written_attributes(code))
