"""The feed: reads from a trace what is new, and packs it into one message for the view.

The view pulls. A flusher asks the feed a few times a second, and the feed reads the rows that each
lane got since the last time. The threads that carry the bytes never wait for a view.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from streamlab.clock import now_ns
from streamlab.lab.decoded_body import DecodedBody
from streamlab.lab.message import (
    LaneFacts,
    Piece,
    build_facts,
    build_message,
    describe_run,
    describe_source,
)
from streamlab.lab.packed_rows import PackedRows
from streamlab.lab.wire import WireReader
from streamlab.trace.content_coding import CODING_BYTES, coding_head
from streamlab.trace.lane import unpack_location
from streamlab.trace.output import MAX_LINES
from streamlab.wording import counted, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlab.harness.exchange import Exchange
    from streamlab.lab.message import Message
    from streamlab.lab.protocol import (
        EventMark,
        Facts,
        Failure,
        HttpHead,
        Lists,
        ListStarts,
        Location,
        State,
        Verdict,
    )
    from streamlab.trace.output import OutputLine
    from streamlab.trace.source import Source
    from streamlab.trace.trace import Trace

MAX_CHARACTERS = 1_000
"""How many characters of a printed line are shown. The list is sent whole each time it grows."""
_GENERATOR_ENDS = {"generator finished", "generator closed", "exception"}
_NOTHING = Piece()


class Feed:
    """Packs the news of one exchange into messages.

    :param number: of the run, counted from 1.
    :param exchange: may still be running, or not have started.
    :param view_source: the source of the view function, which the panel shows from the start.
        Lines of generators that are defined inside of it are marked there.
    """

    def __init__(self, number: int, exchange: Exchange, view_source: Source | None) -> None:
        self.exchange = exchange
        self._run = describe_run(
            number, exchange.scenario, list(exchange.lanes), external=exchange.external
        )
        self._view_source = view_source
        self._rows = PackedRows(exchange.trace.lanes, origin=exchange.trace.origin)
        self._sent_facts: Facts | None = None
        self._sent_lists: Lists = {}
        self._start_over()

    def message(self, *, reset: bool) -> Message | None:
        """Return everything (`reset`), or what is new since the last call.

        It must not be called by two threads at a time.

        A message has only so many rows. While rows are `left_out`, it shows the run as if it still
        went on, and the next message has more of them.

        :param reset: whether to return everything.
        :return: the message, or None if there is nothing new.

        >>> from streamlab import App, observe
        >>> app = App()
        >>> @app.get("/hello")
        ... def hello():
        ...     return "Hello"
        >>> feed = Feed(1, observe(app, "/hello"), None)
        >>> batch, (rows, body, page, tail, raw, raw_tail) = feed.message(reset=True)
        >>> batch["state"], body
        ('done', b'Hello')
        >>> feed.message(reset=False) is None
        True
        """
        exchange, trace = self.exchange, self.exchange.trace
        done = exchange.done  # read first: later changes belong to the next message
        if reset:
            self._start_over()
        # Read before the sources: a row that comes later may have a new source.
        readings = self._rows.look()
        sources, shown_index = self._sources(trace)
        rows = self._rows.news(shown_index, readings)
        done = done and not self.left_out
        body = self._body(trace)
        tail = self._tail(trace) if done else _NOTHING
        page = self._page.next_piece()
        raw = self._wire.next_piece()
        raw_tail = self._wire.tail() if done else _NOTHING
        lists, starts = self._changed_lists(trace, sources, done=done)
        facts = self._facts(sources, shown_index, done=done)
        news = rows.parts or body.data or tail.data or page.data or raw.data or lists
        if not (reset or news or facts != self._sent_facts):
            return None
        self._sent_facts = facts
        now = now_ns() - trace.origin
        return build_message(
            facts,
            lists,
            starts,
            reset=reset,
            now=now,
            rows=rows,
            body=body,
            page=page,
            tail=tail,
            raw=raw,
            raw_tail=raw_tail,
        )

    @property
    def left_out(self) -> bool:
        """Whether the latest message had no room for all rows."""
        return self._rows.left_out

    def _start_over(self) -> None:
        """Forget what was sent, so that the next message has everything."""
        self._rows.start_over()
        self._body_sent = 0
        self._tail_sent = False
        self._page = DecodedBody(self.exchange)
        self._wire = WireReader(self.exchange)
        self._sent_facts = None
        self._sent_lists = {}

    def _facts(self, sources: list[Source], shown_index: list[int], *, done: bool) -> Facts:
        exchange, trace = self.exchange, self.exchange.trace
        at = None if done else _current_yield(trace, shown_index)
        state = _state(trace, done=done)
        lanes = [
            LaneFacts(
                trace.holder(name),
                self._rows.sent[name],
                self._rows.strides[name],
                coding_head(lane.body[:CODING_BYTES] or b""),
            )
            for name, lane in trace.lanes.items()
        ]
        return build_facts(
            self._run,
            lanes,
            state=state,
            status=_status(state, exchange, at),
            recoded=trace.recoded,
            send_confirmed=trace.send_confirmed,
            page_size=exchange.lanes["client"].size,
            at=at,
            variables=trace.gate.variables if state == "waiting" else (),
            error_line=_error_line(trace, sources),
            verdict=_verdict(exchange) if done else None,
            http=_http(exchange),
            wire=self._wire.facts(done=done),
            error=_error(exchange),
        )

    def _body(self, trace: Trace) -> Piece:
        made = trace.source_lane
        if made is None:
            return _NOTHING
        start = self._body_sent
        piece = made.body.head[start:]
        self._body_sent += len(piece)
        return Piece(start, piece)

    def _tail(self, trace: Trace) -> Piece:
        """Return the end of a body whose middle is not kept. It is sent once."""
        made = trace.source_lane
        if self._tail_sent or made is None or made.body.complete:
            return _NOTHING
        self._tail_sent = True
        return Piece(*made.body.tail)

    def _changed_lists(
        self, trace: Trace, sources: list[Source], *, done: bool
    ) -> tuple[Lists, ListStarts]:
        origin = trace.origin
        # While the run goes on, without the number of lines that are not kept: it rises, and each
        # time the whole list would be sent.
        printed = list(trace.output) if done else trace.output[:MAX_LINES]
        lists: Lists = {
            "sources": [describe_source(source) for source in sources],
            "spans": [
                (span.start - origin, None if span.end is None else span.end - origin)
                for span in list(trace.spans)
            ],
            "events": _events(trace, printed),
            "output": [
                (round(line.seconds * 1e9), line.text[:MAX_CHARACTERS], line.stream)
                for line in printed
            ],
        }
        sent = self._sent_lists
        changed: Lists = {}
        for key in ("sources", "spans", "events", "output"):
            if lists[key] != sent.get(key):
                changed[key] = lists[key]
        # Of the lists that become long, only what is new.
        events_from = _common(lists["events"], sent.get("events", []))
        output_from = _common(lists["output"], sent.get("output", []))
        if "events" in changed:
            changed["events"] = lists["events"][events_from:]
        if "output" in changed:
            changed["output"] = lists["output"][output_from:]
        self._sent_lists = lists
        return changed, {"events_from": events_from, "output_from": output_from}

    def _sources(self, trace: Trace) -> tuple[list[Source], list[int]]:
        """Return the sources to show, and the index in them for each source of the trace."""
        shown = [self._view_source] if self._view_source else []
        indices = []
        for source in list(trace.sources):
            inside = next((i for i, outer in enumerate(shown) if _contains(outer, source)), None)
            if inside is None:
                inside = len(shown)
                shown.append(source)
            indices.append(inside)
        return shown, indices

    def __repr__(self) -> str:
        request = printable(f"{self._run['method']} {self._run['path']}")
        return f"<Feed of run {self._run['id']}, {request}>"


def _events(trace: Trace, output: list[OutputLine]) -> list[EventMark]:
    """Return the events and the printed lines, in the order of their times."""
    marks: list[EventMark] = [
        (event.time - trace.origin, event.kind, event.text) for event in list(trace.events)
    ]
    printed = [
        (round(line.seconds * 1e9), "printed", line.text[:MAX_CHARACTERS])
        for line in output[:MAX_LINES]
    ]
    return sorted(marks + printed, key=itemgetter(0)) if printed else marks


def _contains(outer: Source, inner: Source) -> bool:
    """Whether `inner` is a part of `outer`, such as a function defined inside of another."""
    if outer.filename != inner.filename or outer.kind != inner.kind:
        return False
    return outer.first <= inner.first < outer.first + max(1, outer.text.count("\n"))


def _common(items: Sequence[object], earlier: Sequence[object]) -> int:
    """Return how many items at the start of two lists are equal."""
    pairs = enumerate(zip(items, earlier, strict=False))
    return next(
        (index for index, (one, other) in pairs if one != other), min(len(items), len(earlier))
    )


def _state(trace: Trace, *, done: bool) -> State:
    if done:
        return "done"
    return "waiting" if trace.gate.waiting else "running"


def _status(state: State, exchange: Exchange, at: Location | None) -> str:
    if state == "done" and exchange.verdict:
        return str(exchange.verdict)
    if state == "waiting" and at is None:
        return "The generator has not started. Press Next chunk to run it to its first yield."
    if state == "waiting" and at is not None:
        return (
            f"The generator is suspended at line {at['line']}. It keeps its variables. "
            "Press Next chunk to continue."
        )
    client = exchange.lanes["client"]
    return f"Streaming: {counted(client.chunks, 'chunk')} so far."


def _current_yield(trace: Trace, shown_index: list[int]) -> Location | None:
    """Return where the generator is suspended; None before its first yield and after its end."""
    locations = trace.lanes["generator"].locations if "generator" in trace.lanes else None
    if not locations or any(event.kind in _GENERATOR_ENDS for event in list(trace.events)):
        return None
    source, line = unpack_location(locations[-1])
    if source is None or line is None or source >= len(shown_index):
        return None
    return {"source": shown_index[source], "line": line}


def _error_line(trace: Trace, sources: list[Source]) -> Location | None:
    """Return the line of the user's code that raised, if one of `sources` contains it."""
    if trace.failure is None or (entry := trace.failure.user_frame) is None:
        return None
    for index, source in enumerate(sources):
        last = source.first + source.text.count("\n")
        if source.filename == entry.filename and source.first <= entry.line <= last:
            return {"source": index, "line": entry.line}
    return None


def _verdict(exchange: Exchange) -> Verdict | None:
    verdict = exchange.verdict
    if verdict is None:
        return None
    return {
        "outcome": verdict.outcome,
        "culprit": verdict.culprit,
        "text": str(verdict),
        "advice": verdict.advice,
    }


def _http(exchange: Exchange) -> HttpHead | None:
    if exchange.status_code is None:
        return None
    return {
        "status_code": exchange.status_code,
        "reason": exchange.reason,
        "headers": list(exchange.headers),
    }


def _error(exchange: Exchange) -> Failure | None:
    failure = exchange.failure
    if failure is None:
        return None
    return {
        "last": failure.last,
        "sentence": failure.sentence or f"{failure.cause[:1].upper()}{failure.cause[1:]}."[:300],
        "fixes": [
            {"title": fix.title, "code": fix.code, "change": fix.change} for fix in failure.fixes
        ],
        "advice": failure.advice,
        "traceback": [
            {
                "file": entry.title,
                "line": entry.line,
                "name": entry.name,
                "code": entry.code,
                "own": entry.own,
            }
            for entry in failure.frames
        ],
    }
