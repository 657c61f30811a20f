"""An exchange in the Trace Event Format, which Perfetto and chrome://tracing open.

The format is that of https://github.com/google/trace-viewer ("Trace Event Format"), in its form of
a JSON object. A lane is a thread, a chunk an instant, a context a slice; arrows join the same bytes
on neighbouring lanes, and counters tell how many of them are held between two.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from streamlab.trace.exports.axis import marked_events
from streamlab.trace.exports.matching import joined_lanes, same_bytes_rows, shown_lanes
from streamlab.trace.exports.words import heading, quoted, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.trace.exchange import Exchange

_PROCESS = 1
_CONTEXT_THREAD, _EVENTS_THREAD, _FIRST_LANE = 1, 2, 3

MOST_ARROWS = MOST_COUNTS = 50_000
"""More would make a file that no viewer opens, and a picture that nobody reads."""

Row = dict[str, Any]


def to_trace_events(exchange: Exchange) -> str:
    """JSON to be written into a file and dropped into https://ui.perfetto.dev.

    Times are in microseconds since the exchange began. The first `MOST_ARROWS` joins are arrows.
    """
    origin = exchange.trace.origin
    verdict = exchange.verdict
    document = {
        "traceEvents": [
            *_names(exchange),
            *_spans(exchange, origin),
            *_events(exchange, origin),
            *_chunks(exchange, origin),
            *islice(_held(exchange, origin), MOST_COUNTS),
            *islice(_flows(exchange, origin), 2 * MOST_ARROWS),
        ],
        "displayTimeUnit": "ns",
        "otherData": {
            "request": heading(exchange),
            "outcome": verdict.outcome if verdict else "",
            "verdict": sentence(exchange),
        },
    }
    return json.dumps(document, separators=(",", ":"))


def _row(phase: str, thread: int, name: str, **rest: Any) -> Row:
    return {"ph": phase, "pid": _PROCESS, "tid": thread, "name": name, **rest}


def _threads(exchange: Exchange) -> dict[str, int]:
    return {
        lane.name: thread for thread, lane in enumerate(shown_lanes(exchange), start=_FIRST_LANE)
    }


def _names(exchange: Exchange) -> Iterator[Row]:
    yield _row("M", 0, "process_name", args={"name": heading(exchange)})
    threads = {
        "request context": _CONTEXT_THREAD,
        "events": _EVENTS_THREAD,
        **_threads(exchange),
    }
    for name, thread in threads.items():
        yield _row("M", thread, "thread_name", args={"name": name})
        yield _row("M", thread, "thread_sort_index", args={"sort_index": thread})


def _spans(exchange: Exchange, origin: int) -> Iterator[Row]:
    for span in list(exchange.trace.spans):
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


def _events(exchange: Exchange, origin: int) -> Iterator[Row]:
    for event in marked_events(exchange):
        yield _row(
            "i",
            _EVENTS_THREAD,
            event.kind,
            cat="event",
            s="p" if event.kind == "exception" else "t",
            ts=_micro(event.time - origin),
            args={"text": event.text},
        )


def _chunks(exchange: Exchange, origin: int) -> Iterator[Row]:
    threads = _threads(exchange)
    for lane in shown_lanes(exchange):
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


def _held(exchange: Exchange, origin: int) -> Iterator[Row]:
    for holding in exchange.held:
        name = f"held by {holding.holder}"
        for step in holding.steps():
            yield _row("C", 0, name, ts=_micro(step.time - origin), args={"bytes": step.size})


def _flows(exchange: Exchange, origin: int) -> Iterator[Row]:
    threads = _threads(exchange)
    number = 0
    for before, behind in joined_lanes(exchange):
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
