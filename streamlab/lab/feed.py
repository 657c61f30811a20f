"""The feed: what the view has not yet been told of an exchange, packed into one message.

The view pulls. Nothing on the way of the bytes waits for it: a flusher asks the feed a few times
a second, and the feed reads from the columns of the trace what is new since its cursors. The
message is described in `frontend/src/protocol.js`.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from streamlab.clock import now_ns
from streamlab.lab.decoded_body import Page
from streamlab.trace.buffering import coding_head
from streamlab.trace.lane import Lane, unpack_location
from streamlab.trace.verdict import counted

if TYPE_CHECKING:
    from streamlab.harness.exchange import Exchange
    from streamlab.harness.scenario import Scenario
    from streamlab.trace.source import Source
    from streamlab.trace.trace import Trace

ROW = 4
"""Numbers a row: time in ns since the run began, end offset in bytes, source, line."""
_GENERATOR_ENDS = {"generator finished", "generator closed", "exception"}

Message = tuple[dict[str, Any], list[bytes]]


class Feed:
    """What is known of one exchange, handed out piece by piece.

    :param view_source: the source of the view function, which the learner sees from the start;
        generators defined inside of it are shown there.
    """

    def __init__(self, number: int, exchange: Exchange, view_source: Source | None) -> None:
        self.exchange = exchange
        self._run = {
            **run_of(number, exchange.scenario, list(exchange.lanes)),
            "external": exchange.external,
        }
        self._view_source = view_source
        self._cursors: dict[str, int] = {}
        self._strides: dict[str, int] = {}
        self._body_sent = 0
        self._tail_sent = False
        self._page = Page(exchange)
        self._told: dict[str, Any] = {}

    def message(self, *, reset: bool) -> Message | None:
        """All there is (`reset`), or what is new; None where nothing is.

        Not for two threads at a time.
        """
        exchange, trace = self.exchange, self.exchange.trace
        done = exchange.done  # asked first: what happens meanwhile goes into the next message
        reset = reset or self._merged(trace)
        if reset:
            self._cursors = dict.fromkeys(trace.lanes, 0)
            self._strides = {name: lane.stride for name, lane in trace.lanes.items()}
            self._body_sent, self._tail_sent, self._told = 0, False, {}
            self._page = Page(exchange)
        sources, location_of = self._sources(trace)
        rows, counts = self._rows(trace, location_of)
        body, body_start = self._body(trace)
        tail, tail_start = self._tail(trace) if done else (b"", 0)
        page, page_start = self._page.news()
        lists = self._changed_lists(trace, sources)
        at = None if done else _current_yield(trace, location_of)
        state = _state(done, trace)
        content = {
            "run": self._run,
            "at": at,
            "error_line": _guilty(trace, sources),
            "state": state,
            "status": _status(state, exchange, at),
            "verdict": _verdict(exchange),
            "http": _http(exchange),
            "error": _error(exchange),
            "totals": [lane.chunks for lane in trace.lanes.values()],
            "strides": [lane.stride for lane in trace.lanes.values()],
            "recoded": list(trace.recoded),
            "heads": [coding_head(lane) for lane in trace.lanes.values()],
            "holders": [trace.holder(name) for name in trace.lanes],
            "send_confirmed": trace.send_confirmed,
            "page_size": exchange.lanes["client"].size,
        }
        if not (
            reset or counts or body or tail or page or lists or content != self._told.get("content")
        ):
            return None
        self._told["content"] = content
        now = now_ns() - trace.origin
        return (
            {
                "type": "batch",
                "reset": reset,
                "counts": counts,
                "body": [body_start] if body else None,
                "page": [page_start] if page else None,
                "tail": [tail_start] if tail else None,
                "now": now,
                **content,
                **lists,
            },
            [rows, body, page, tail],
        )

    def _merged(self, trace: Trace) -> bool:
        """Whether a lane had its rows merged since they were sent: they have other numbers now."""
        return any(trace.lanes[name].stride != stride for name, stride in self._strides.items())

    def _rows(
        self, trace: Trace, location_of: list[int]
    ) -> tuple[bytes, list[tuple[int, int, int]]]:
        parts: list[bytes] = []
        counts: list[tuple[int, int, int]] = []
        for index, (name, lane) in enumerate(trace.lanes.items()):
            stop = len(lane)
            # The last row of a merged lane still grows: it is sent again.
            start = max(0, self._cursors[name] - (lane.stride > 1))
            if stop > start:
                parts.append(_pack(lane, start, stop, trace.origin, location_of))
                counts.append((index, start, stop - start))
                self._cursors[name] = stop
        return b"".join(parts), counts

    def _body(self, trace: Trace) -> tuple[bytes, int]:
        made = trace.source_lane
        if made is None:
            return b"", 0
        start = self._body_sent
        piece = made.body.head[start:]
        self._body_sent += len(piece)
        return piece, start

    def _tail(self, trace: Trace) -> tuple[bytes, int]:
        """The end of a body of which not all was kept, once."""
        made = trace.source_lane
        if self._tail_sent or made is None or made.body.complete:
            return b"", 0
        self._tail_sent = True
        start, tail = made.body.tail
        return tail, start

    def _changed_lists(self, trace: Trace, sources: list[Source]) -> dict[str, Any]:
        """The lists that are sent whole, those of them that have changed."""
        origin = trace.origin
        lists: dict[str, Any] = {
            "sources": [_shown(source) for source in sources],
            "spans": [
                (span.start - origin, None if span.end is None else span.end - origin)
                for span in list(trace.spans)
            ],
            "events": [(e.time - origin, e.kind, e.text) for e in list(trace.events)],
        }
        changed = {key: value for key, value in lists.items() if value != self._told.get(key)}
        self._told.update(changed)
        return changed

    def _sources(self, trace: Trace) -> tuple[list[Source], list[int]]:
        """The sources to show, and for each source of the trace which of them it is in."""
        shown = [self._view_source] if self._view_source else []
        location_of = []
        for source in list(trace.sources):
            inside = next((i for i, outer in enumerate(shown) if _contains(outer, source)), None)
            if inside is None:
                inside = len(shown)
                shown.append(source)
            location_of.append(inside)
        return shown, location_of


def run_of(number: int, scenario: Scenario, lanes: list[str]) -> dict[str, Any]:
    """What the view shows of a scenario."""
    return {
        "id": number,
        "method": scenario.method,
        "path": scenario.path,
        "stream_with_context": scenario.stream_with_context,
        "pace": scenario.pace,
        "lanes": lanes,
        "middleware": [layer.name for layer in scenario.layers],
        "server": scenario.server,
        "external": False,
    }


def idle_message(scenario: Scenario, lanes: list[str], source: Source | None) -> Message:
    """What the view shows before anything has run."""
    text = f"Press Run to send {scenario.method} {scenario.path} to the server in this kernel."
    content: dict[str, Any] = {
        "type": "batch",
        "reset": True,
        "run": run_of(0, scenario, lanes),
        "counts": [],
        "body": None,
        "page": None,
        "tail": None,
        "page_size": 0,
        "totals": [0] * len(lanes),
        "strides": [1] * len(lanes),
        "recoded": [],
        "heads": [0] * len(lanes),
        "holders": lanes,
        "send_confirmed": False,
        "sources": [_shown(source)] if source else [],
        "at": None,
        "error_line": None,
        "spans": [],
        "events": [],
        "now": 0,
        "state": "idle",
        "status": text,
        "verdict": None,
        "http": None,
        "error": None,
    }
    return content, [b"", b"", b"", b""]


def _pack(lane: Lane, start: int, stop: int, origin: int, location_of: list[int]) -> bytes:
    rows = array("d", bytes(8 * ROW * (stop - start)))
    rows[0::ROW] = array("d", [time - origin for time in lane.times[start:stop]])
    rows[1::ROW] = array("d", lane.ends[start:stop])
    places = [unpack_location(place) for place in lane.locations[start:stop]]
    if not places:
        places = [(None, None)] * (stop - start)
    rows[2::ROW] = array(
        "d", [-1 if source is None else location_of[source] for source, _ in places]
    )
    rows[3::ROW] = array("d", [-1 if line is None else line for _, line in places])
    return rows.tobytes()


def _shown(source: Source) -> dict[str, Any]:
    """What the view shows of a source."""
    return {
        "title": source.title,
        "kind": source.kind,
        "first": source.first,
        "text": source.text,
    }


def _contains(outer: Source, inner: Source) -> bool:
    """Whether `inner` is a part of `outer`: a function defined inside of another."""
    if outer.filename != inner.filename or outer.kind != inner.kind:
        return False
    return outer.first <= inner.first < outer.first + max(1, outer.text.count("\n"))


def _state(done: bool, trace: Trace) -> str:
    if done:
        return "done"
    return "waiting" if trace.gate.waiting else "running"


def _status(state: str, exchange: Exchange, at: dict[str, int] | None) -> str:
    if exchange.done and exchange.verdict:
        return str(exchange.verdict)
    if state == "waiting" and at is None:
        return "The generator waits before its first line. Press Next chunk to let it start."
    if state == "waiting" and at is not None:
        return (
            f"The generator is suspended at line {at['line']}, alive, with all its variables. "
            "Press Next chunk to let it go on."
        )
    client = exchange.lanes["client"]
    return f"Streaming: {counted(client.chunks, 'chunk')} so far."


def _current_yield(trace: Trace, location_of: list[int]) -> dict[str, int] | None:
    """Where the generator is suspended; None before it has yielded, and when it has ended."""
    places = trace.lanes["generator"].locations if "generator" in trace.lanes else None
    if not places or any(event.kind in _GENERATOR_ENDS for event in list(trace.events)):
        return None
    source, line = unpack_location(places[-1])
    if source is None or line is None or source >= len(location_of):
        return None
    return {"source": location_of[source], "line": line}


def _guilty(trace: Trace, sources: list[Source]) -> dict[str, int] | None:
    """The line to blame, where the view shows its source."""
    if trace.failure is None or (frame := trace.failure.user_frame) is None:
        return None
    for index, source in enumerate(sources):
        last = source.first + source.text.count("\n")
        if source.filename == frame.filename and source.first <= frame.line <= last:
            return {"source": index, "line": frame.line}
    return None


def _verdict(exchange: Exchange) -> dict[str, Any] | None:
    verdict = exchange.verdict
    if verdict is None:
        return None
    return {"outcome": verdict.outcome, "lane": verdict.culprit, "text": str(verdict)}


def _http(exchange: Exchange) -> dict[str, Any] | None:
    if exchange.status_code is None:
        return None
    return {"status": exchange.status_code, "reason": exchange.reason, "headers": exchange.headers}


def _error(exchange: Exchange) -> dict[str, Any] | None:
    failure = exchange.failure
    if failure is None:
        return None
    frames = [
        {"file": f.title, "line": f.line, "name": f.name, "code": f.code, "own": f.own}
        for f in failure.frames
    ]
    return {"last": failure.last, "advice": failure.advice, "frames": frames}
