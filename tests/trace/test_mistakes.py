"""Mistakes of an application: what it did, and what to write instead."""

from __future__ import annotations

import array

import pytest

from streamlab.trace.mistakes import (
    hop_by_hop_header,
    no_start_response,
    not_bytes,
    not_iterable,
    wrong_length,
)
from streamlab.trace.trace import Trace
from tests.trace.test_verdict import Received


def trace_with(headers, size=6, *, ended=True, lane="app"):
    trace = Trace()
    trace.set_head(lane, ("200 OK", headers))
    if size:
        trace.lanes[lane].record(b"x" * size)
    if ended:
        trace.end_lane(lane)
    return trace


class TestNotBytes:
    @pytest.mark.parametrize(
        ("item", "advice"),
        [
            (memoryview(b"a"), "`yield bytes(chunk)`"),
            (array.array("b", [1]), "`yield bytes(chunk)`"),
            ("text", "`yield text.encode()`"),
            (None, "A bare `yield`"),
            (("a",), "`yield from`"),
            ((x for x in "a"), "`yield from`"),
            (1.5, "`yield str(value).encode()`"),
            ({"a": 1}, "`yield str(value).encode()`"),
        ],
    )
    def test_what_to_write(self, item, advice):
        assert advice in not_bytes("app", item).advice

    def test_an_item_that_cannot_be_shown(self):
        class Odd:
            def __repr__(self):
                raise ValueError("no text")

        assert "an Odd, and WSGI allows only bytes" in not_bytes("app", Odd()).text

    def test_a_huge_item_is_cut(self):
        assert len(not_bytes("app", "x" * 10_000_000).text) < 200
        assert len(not_bytes("app", bytearray(10_000_000)).text) < 500

    def test_quotes_in_the_bytes_of_the_example(self):
        found = not_bytes("app", 34, b'"')
        assert "return [b'\"']" in found.advice


def test_what_can_be_iterated_over_is_no_mistake():
    error = TypeError("raised inside")
    assert not_iterable("app", iter("a"), error) is None
    assert not_iterable("app", None, ValueError("something else")) is None
    assert "await" in not_iterable("app", type("Agen", (), {"__await__": iter})(), error).advice


class TestWrongLength:
    def test_a_body_that_has_not_ended_may_be_short(self):
        assert wrong_length(trace_with([("Content-Length", "9")], ended=False), Received()) is None
        mistake = wrong_length(trace_with([("Content-Length", "9")]), Received())
        assert (mistake.lane, mistake.lost) == ("app", 3)

    def test_a_body_that_has_not_ended_may_be_too_long(self):
        mistake = wrong_length(trace_with([("Content-Length", "4")], ended=False), Received())
        assert "at least 6 bytes were made" in mistake.text

    def test_a_response_without_a_body_may_promise_any(self):
        trace = trace_with([("Content-Length", "9")], size=0)
        assert wrong_length(trace, Received(framing="none")) is None

    def test_headers_of_other_types_are_passed_over(self):
        assert (
            wrong_length(trace_with(["Content-Length", ("Content-Length",), 5]), Received()) is None
        )


def test_transfer_encoding_is_not_blamed_for_an_unrelated_exception():
    trace = trace_with([("transfer-encoding", "chunked")])
    assert hop_by_hop_header(trace).lane == "app"
    trace.record_exception(ValueError("on purpose"), "app")
    assert hop_by_hop_header(trace) is None


def test_start_response_is_missed_only_if_the_application_was_called():
    trace = Trace()
    assert no_start_response(trace) is None
    trace.record_event("app returned")
    assert no_start_response(trace).lane == "app"
    trace.set_head("app", ("200 OK", []))
    assert no_start_response(trace) is None
