"""Export to the Trace Event Format, which Perfetto and chrome://tracing open.

The format is described in "Trace Event Format", in its form of a JSON object, linked from
https://github.com/google/trace-viewer. A lane is a thread, a chunk an instant event, and a context
span a slice. Flow arrows join the same bytes on neighbouring lanes, and counters show how many
bytes are held between two lanes.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from streamlab.exports.alignment import lanes_with_same_bytes, rows_with_same_bytes
from streamlab.exports.formatting import heading, quoted, verdict_sentence
from streamlab.exports.svg.axis import marked_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.trace.record import Record

_PROCESS = 1
_CONTEXT_THREAD, _EVENTS_THREAD, _FIRST_LANE_THREAD = 1, 2, 3

MAX_ARROWS = MAX_COUNTS = 50_000
"""The most flow arrows and counter values: the viewers fail on much larger files."""

TraceEvent = dict[str, Any]


def to_trace_events(record: Record) -> str:
    """Return an exchange as JSON for a file that https://ui.perfetto.dev opens.

    Times are in microseconds since the exchange began. Of the arrows and of the counter values
    only the first 50,000 are written.

    :param record: the exchange.
    :return: JSON text.
    """
    origin = record.trace.origin
    verdict = record.verdict
    document = {
        "traceEvents": [
            *_names(record),
            *_spans(record, origin),
            *_events(record, origin),
            *_chunks(record),
            *islice(_held(record, origin), MAX_COUNTS),
            *islice(_flows(record, origin), 2 * MAX_ARROWS),
        ],
        "displayTimeUnit": "ns",
        "otherData": {
            "request": heading(record),
            "outcome": verdict.outcome if verdict else "",
            "verdict": verdict_sentence(record),
        },
    }
    return json.dumps(document, separators=(",", ":"))


def _trace_event(phase: str, thread: int, name: str, **rest: Any) -> TraceEvent:
    return {"ph": phase, "pid": _PROCESS, "tid": thread, "name": name, **rest}


def _threads(record: Record) -> dict[str, int]:
    return {
        lane.name: thread
        for thread, lane in enumerate(record.visible_lanes, start=_FIRST_LANE_THREAD)
    }


def _names(record: Record) -> Iterator[TraceEvent]:
    yield _trace_event("M", 0, "process_name", args={"name": heading(record)})
    threads = {
        "request context": _CONTEXT_THREAD,
        "events": _EVENTS_THREAD,
        **_threads(record),
    }
    for name, thread in threads.items():
        yield _trace_event("M", thread, "thread_name", args={"name": name})
        yield _trace_event("M", thread, "thread_sort_index", args={"sort_index": thread})


def _spans(record: Record, origin: int) -> Iterator[TraceEvent]:
    for span in list(record.trace.spans):
        start = _micro(span.start - origin)
        if span.end is None:  # still active: a begin event without an end event
            yield _trace_event("B", _CONTEXT_THREAD, "context active", cat="context", ts=start)
        else:
            yield _trace_event(
                "X",
                _CONTEXT_THREAD,
                "context active",
                cat="context",
                ts=start,
                dur=_micro(span.end - span.start),
            )


def _events(record: Record, origin: int) -> Iterator[TraceEvent]:
    for event in marked_events(record):
        yield _trace_event(
            "i",
            _EVENTS_THREAD,
            event.kind,
            cat="event",
            s="p" if event.kind == "exception" else "t",
            ts=_micro(event.time - origin),
            args={"text": event.text},
        )


def _chunks(record: Record) -> Iterator[TraceEvent]:
    threads = _threads(record)
    for lane in record.visible_lanes:
        thread = threads[lane.name]
        for chunk in lane[:]:
            args = {
                "index": chunk.index,
                "offset": chunk.offset,
                "size": chunk.size,
                "count": chunk.count,
                "line": chunk.line,
                "data": quoted(chunk.data),
            }
            time = _micro(round(chunk.seconds * 1e9))
            name = f"chunk {chunk.index}"
            yield _trace_event("i", thread, name, cat="chunk", s="t", ts=time, args=args)


def _held(record: Record, origin: int) -> Iterator[TraceEvent]:
    for holding in record.held:
        name = f"held by {holding.holder}"
        for step in holding.steps():
            yield _trace_event(
                "C", 0, name, ts=_micro(step.time - origin), args={"bytes": step.size}
            )


def _flows(record: Record, origin: int) -> Iterator[TraceEvent]:
    threads = _threads(record)
    number = 0
    for upper, lower in lanes_with_same_bytes(record):
        a, b = upper.columns, lower.columns
        for row, other in rows_with_same_bytes(a, b):
            number += 1
            flow = {"cat": "bytes", "id": number}
            start, end = _micro(a.times[row] - origin), _micro(b.times[other] - origin)
            yield _trace_event("s", threads[upper.name], "bytes", ts=start, **flow)
            # bp="e": the arrow ends at the event of the same time, not at the next one.
            yield _trace_event("f", threads[lower.name], "bytes", ts=end, bp="e", **flow)


def _micro(nanoseconds: int) -> float:
    return round(nanoseconds / 1_000, 3)
