"""Builds the messages to the view. Every message is built here, including the first one.

The fields are explained in `frontend/src/model/protocol.js`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamlab.lab.protocol import BatchContent, Facts, Lists, ListStarts, Run, SourceText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlab.harness.scenario import Scenario
    from streamlab.lab.protocol import (
        Failure,
        HttpHead,
        Location,
        Part,
        State,
        Variable,
        Verdict,
        Wire,
    )
    from streamlab.trace.source import Source

_FROM_THE_START: ListStarts = {"events_from": 0, "output_from": 0}
Message = tuple[BatchContent, list[bytes]]
"""A batch without its number, and its buffers: rows of chunks, body, page, end of the body, the
response as received, and the end of that."""


class Piece(NamedTuple):
    """Some bytes and their offset.

    >>> Piece(6, b"World")
    Piece(start=6, data=b'World')
    """

    start: int = 0
    data: bytes = b""


class Rows(NamedTuple):
    """Rows of chunks as packed numbers, and how they divide into lanes."""

    parts: Sequence[Part] = ()
    data: bytes = b""


class LaneFacts(NamedTuple):
    """The properties of a lane that the view needs besides its chunks."""

    holder: str
    """The name of what holds bytes that have not reached this lane."""
    chunks: int = 0
    stride: int = 1
    head: int = 0
    """Bytes that a content coding puts before all content."""


def describe_run(
    number: int, scenario: Scenario, lanes: list[str], *, external: bool = False
) -> Run:
    """Return what the view shows of a scenario.

    :param number: of the run, counted from 1; 0 before the first run.
    :param scenario: how the request is sent.
    :param lanes: the names of the lanes, in the order in which bytes pass them.
    :param external: whether another client sent the request, such as a browser.

    >>> from streamlab.harness.scenario import Scenario
    >>> run = describe_run(1, Scenario("/stream", middleware="gzip"), ["app", "gzip"])
    >>> run["path"], run["middleware"], run["server"]
    ('/stream', ['gzip'], 'werkzeug')
    """
    return {
        "id": number,
        "method": scenario.method,
        "path": scenario.path,
        "stream_with_context": scenario.stream_with_context,
        "pace": scenario.pace,
        "time_limit": scenario.time_limit,
        "lanes": lanes,
        "middleware": [layer.name for layer in scenario.layers],
        "server": scenario.server,
        "external": external,
    }


def describe_source(source: Source) -> SourceText:
    """Return what the view shows of a source.

    :param source: a view function, a generator function or a template.
    """
    return {
        "title": source.title,
        "kind": source.kind,
        "first": source.first,
        "text": source.text,
    }


def build_facts(
    run: Run,
    lanes: Sequence[LaneFacts],
    *,
    state: State,
    status: str,
    recoded: Sequence[str] = (),
    send_confirmed: bool = False,
    page_size: int = 0,
    at: Location | None = None,
    variables: Sequence[Variable] = (),
    error_line: Location | None = None,
    verdict: Verdict | None = None,
    http: HttpHead | None = None,
    wire: Wire | None = None,
    error: Failure | None = None,
) -> Facts:
    """Return the small part of a batch, which is sent whole each time.

    :param run: see `describe_run`.
    :param lanes: one entry for each lane of the run.
    :param state: of the exchange.
    :param status: the sentence in the panel's first line.
    :param recoded: names of the lanes with other bytes than the lane before.
    :param send_confirmed: whether the server reports when it sends.
    :param page_size: how many bytes of the body the client has received.
    :param at: the line at which the generator is suspended.
    :param variables: the local variables of the generator while it waits in step mode.
    :param error_line: the line of the user's code that raised.
    :param verdict: the result, once there is one.
    :param http: the head of the response, once it has arrived.
    :param wire: what the client received; None if that is not known.
    :param error: the exception on the server's side, if any.
    """
    return {
        "run": run,
        "totals": [lane.chunks for lane in lanes],
        "strides": [lane.stride for lane in lanes],
        "recoded": list(recoded),
        "heads": [lane.head for lane in lanes],
        "holders": [lane.holder for lane in lanes],
        "send_confirmed": send_confirmed,
        "page_size": page_size,
        "at": at,
        "locals": list(variables),
        "error_line": error_line,
        "state": state,
        "status": status,
        "verdict": verdict,
        "http": http,
        "wire": wire,
        "error": error,
    }


def build_message(
    facts: Facts,
    lists: Lists,
    starts: ListStarts = _FROM_THE_START,
    *,
    reset: bool,
    now: int = 0,
    rows: Rows = Rows(),  # noqa: B008 - immutable
    body: Piece = Piece(),  # noqa: B008
    page: Piece = Piece(),  # noqa: B008
    tail: Piece = Piece(),  # noqa: B008
    raw: Piece = Piece(),  # noqa: B008
    raw_tail: Piece = Piece(),  # noqa: B008
) -> Message:
    """Return a batch, still without its number, and its buffers.

    :param facts: see `build_facts`.
    :param lists: those lists that have changed.
    :param starts: how many items of the known lists stay.
    :param reset: whether the view must forget what it knows.
    :param now: nanoseconds since the run began.
    :param rows: new chunks.
    :param body: new bytes of the body as it was made.
    :param page: new bytes that the client received, decoded.
    :param tail: the end of a long body, of which the middle is not kept.
    :param raw: new bytes of the response as the client received it, framing included.
    :param raw_tail: the end of these bytes, if their middle is not kept.

    >>> from streamlab.harness.scenario import Scenario
    >>> run = describe_run(1, Scenario("/stream"), ["app", "client"])
    >>> lanes = [LaneFacts("app"), LaneFacts("server")]
    >>> facts = build_facts(run, lanes, state="running", status="")
    >>> batch, buffers = build_message(facts, {}, reset=False, body=Piece(6, b"World"))
    >>> batch["body"], buffers
    ((6,), [b'', b'World', b'', b'', b'', b''])
    """
    batch: BatchContent = {
        **facts,
        **lists,
        **starts,
        "type": "batch",
        "reset": reset,
        "parts": list(rows.parts),
        "body": (body.start,) if body.data else None,
        "page": (page.start,) if page.data else None,
        "tail": (tail.start,) if tail.data else None,
        "raw": (raw.start,) if raw.data else None,
        "raw_tail": (raw_tail.start,) if raw_tail.data else None,
        "now": now,
    }
    return batch, [rows.data, body.data, page.data, tail.data, raw.data, raw_tail.data]


def idle_message(scenario: Scenario, lanes: list[str], source: Source | None) -> Message:
    """Return what the view shows before the first run.

    :param scenario: what the controls show.
    :param lanes: the names of the lanes.
    :param source: the view function that will answer, if it is known.

    >>> from streamlab.harness.scenario import Scenario
    >>> batch, buffers = idle_message(Scenario("/stream"), ["app", "client"], None)
    >>> batch["status"]
    'Press Run to send GET /stream to the server in this kernel.'
    """
    facts = build_facts(
        describe_run(0, scenario, lanes),
        [LaneFacts(holder=name) for name in lanes],
        state="idle",
        status=f"Press Run to send {scenario.method} {scenario.path} to the server in this kernel.",
    )
    sources = [describe_source(source)] if source else []
    return build_message(
        facts, {"sources": sources, "spans": [], "events": [], "output": []}, reset=True
    )
