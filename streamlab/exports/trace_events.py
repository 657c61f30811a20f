"""An exchange in the Trace Event Format, which Perfetto and chrome://tracing open.

The format is that of https://github.com/google/trace-viewer ("Trace Event Format"), in its form of
a JSON object. A lane is a thread, a chunk an instant, a context a slice; arrows join the same bytes
on neighbouring lanes, and counters tell how many of them are held between two.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from streamlab.exports.alignment import joined_lanes, same_bytes_rows
from streamlab.exports.formatting import heading, quoted, sentence
from streamlab.exports.svg.axis import marked_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.trace.record import Record

_PROCESS = 1
_CONTEXT_THREAD, _EVENTS_THREAD, _FIRST_LANE = 1, 2, 3

MOST_ARROWS = MOST_COUNTS = 50_000
"""More would make a file that no viewer opens, and a picture that nobody reads."""

Row = dict[str, Any]


def to_trace_events(record: Record) -> str:
    """JSON to be written into a file and dropped into https://ui.perfetto.dev.

    Times are in microseconds since the exchange began. The first `MOST_ARROWS` joins are arrows.
    """
    origin = record.trace.origin
    verdict = record.verdict
    document = {
        "traceEvents": [
            *_names(record),
            *_spans(record, origin),
            *_events(record, origin),
            *_chunks(record, origin),
            *islice(_held(record, origin), MOST_COUNTS),
            *islice(_flows(record, origin), 2 * MOST_ARROWS),
        ],
        "displayTimeUnit": "ns",
        "otherData": {
            "request": heading(record),
            "outcome": verdict.outcome if verdict else "",
            "verdict": sentence(record),
        },
    }
    return json.dumps(document, separators=(",", ":"))


def _row(phase: str, thread: int, name: str, **rest: Any) -> Row:
    return {"ph": phase, "pid": _PROCESS, "tid": thread, "name": name, **rest}


def _threads(record: Record) -> dict[str, int]:
    return {
        lane.name: thread for thread, lane in enumerate(record.visible_lanes, start=_FIRST_LANE)
    }


def _names(record: Record) -> Iterator[Row]:
    yield _row("M", 0, "process_name", args={"name": heading(record)})
    threads = {
        "request context": _CONTEXT_THREAD,
        "events": _EVENTS_THREAD,
        **_threads(record),
    }
    for name, thread in threads.items():
        yield _row("M", thread, "thread_name", args={"name": name})
        yield _row("M", thread, "thread_sort_index", args={"sort_index": thread})


def _spans(record: Record, origin: int) -> Iterator[Row]:
    for span in list(record.trace.spans):
        start = _micro(span.start - origin)
        if span.end is None:  # it goes on: a beginning without an end
            yield _row("B", _CONTEXT_THREAD, "context active", cat="context", ts=start)
        else:
            yield _row(
                "X",
                _CONTEXT_THREAD,
                "context active",
                cat="context",
                ts=start,
                dur=_micro(span.end - span.start),
            )


def _events(record: Record, origin: int) -> Iterator[Row]:
    for event in marked_events(record):
        yield _row(
            "i",
            _EVENTS_THREAD,
            event.kind,
            cat="event",
            s="p" if event.kind == "exception" else "t",
            ts=_micro(event.time - origin),
            args={"text": event.text},
        )


def _chunks(record: Record, origin: int) -> Iterator[Row]:
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
            time = _micro(chunk.time - origin)
            name = f"chunk {chunk.index}"
            yield _row("i", thread, name, cat="chunk", s="t", ts=time, args=args)


def _held(record: Record, origin: int) -> Iterator[Row]:
    for holding in record.held:
        name = f"held by {holding.holder}"
        for step in holding.steps():
            yield _row("C", 0, name, ts=_micro(step.time - origin), args={"bytes": step.size})


def _flows(record: Record, origin: int) -> Iterator[Row]:
    threads = _threads(record)
    number = 0
    for before, behind in joined_lanes(record):
        a, b = before.columns, behind.columns
        for row, other in same_bytes_rows(a, b):
            number += 1
            flow = {"cat": "bytes", "id": number}
            yield _row("s", threads[before.name], "bytes", ts=_micro(a.times[row] - origin), **flow)
            yield _row(
                "f",
                threads[behind.name],
                "bytes",
                ts=_micro(b.times[other] - origin),
                bp="e",  # at what it coincides with, and not at what comes next
                **flow,
            )


def _micro(nanoseconds: int) -> float:
    return round(nanoseconds / 1_000, 3)
