"""Export to JSON, and back: a format that keeps everything that is known of an exchange.

The document is one object. A lane is a set of columns of numbers, times are nanoseconds since the
exchange began, and bytes are written in base64. Reading the document returns an equal record, with
one difference: the exception is only text and traceback, because an object from a file could not be
trusted.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import asdict, fields, is_dataclass
from operator import le
from types import SimpleNamespace
from typing import Any, TypeAlias, TypedDict

from streamlab.exports.formatting import json_text
from streamlab.exports.json_shape import check_shape, one_line
from streamlab.exports.recorded_client import RecordedClient
from streamlab.trace.columns import Columns
from streamlab.trace.events import Event, EventKind, Span
from streamlab.trace.failure import Failure, TracebackEntry
from streamlab.trace.lane import Lane, unpack_location
from streamlab.trace.output import OutputLine
from streamlab.trace.record import Record
from streamlab.trace.source import Source
from streamlab.trace.stored_body import StoredBody
from streamlab.trace.trace import Trace
from streamlab.trace.verdict import Verdict

FORMAT = "streamlab exchange"
VERSION = 1
"""The version of the format. A change that older files do not survive increases it."""

MAX_CHARACTERS = 256 * 1024 * 1024
"""The longest text that is read. A record with a million chunks on each lane is shorter."""
MAX_OBJECTS = 1_000_000
"""How many objects and lists a text may have."""
MAX_LANES = 1_000

Object = dict[str, Any]


def to_json(record: Record) -> str:
    """Return everything that is known of an exchange, as JSON.

    :param record: an exchange that is done.
    :return: JSON text, which `from_json` reads.
    :raises ValueError: if the exchange is still streaming.

    >>> from streamlab import App, observe
    >>> app = App()
    >>> @app.get("/")
    ... def hello():
    ...     return iter(["Hello ", "World"])
    >>> record = from_json(to_json(observe(app, "/")))
    >>> record.status, record.body, len(record.lanes["client"])
    ('200 OK', b'Hello World', 2)
    """
    verdict = record.verdict
    if verdict is None:
        raise ValueError(
            f"{record.path} is still streaming, so it has no verdict yet and cannot be saved. "
            "Call exchange.wait() first, or exchange.stop()."
        )
    trace, client, failure = record.trace, record.client, record.failure
    response = client.response
    origin = trace.origin
    document = {
        "format": FORMAT,
        "version": VERSION,
        "path": record.path,
        "external": record.external,
        "scenario": _scenario(record.scenario),
        "origin_ns": origin,
        "began_ns": trace.began_ns,
        "verdict": asdict(verdict),
        "client": {
            "url": client.url,
            "request": _base64(client.request),
            "status_code": response.status_code,
            "reason": response.reason,
            "http_version": response.http_version,
            "headers": response.headers,
            "framing": response.framing,
            "complete": response.complete,
            "missing": response.missing,
            "stopped": client.stopped,
            "problem": client.problem,
            "timed_out": client.timed_out,
            "limit_reached": client.limit_reached,
        },
        "lanes": [_lane(lane, origin) for lane in trace.lanes.values()],
        "reads": _lane(trace.reads, origin),
        "events": [
            {"time": event.time - origin, "kind": event.kind, "text": event.text}
            for event in trace.events
        ],
        "spans": [
            {"start": span.start - origin, "end": None if span.end is None else span.end - origin}
            for span in trace.spans
        ],
        "output": [asdict(line) for line in trace.output],
        "sources": [asdict(source) for source in trace.sources],
        "failure": failure
        and {
            "last": failure.last,
            "advice": failure.advice,
            "raised_by": failure.raised_by,
            "traceback": [asdict(entry) for entry in failure.frames],
        },
        "unobserved": trace.unobserved,
        "lockstep": trace.lockstep,
        "reports_sends": trace.reports_sends,
    }
    return json_text(document)


def from_json(text: str | bytes) -> Record:
    """Return the record of an exchange that `to_json` wrote.

    :param text: the JSON, as text or as UTF-8 bytes.
    :return: a record that is done.
    :raises ValueError: if the text is something else, was changed, or was written by a newer
        version of streamlab.

    >>> from_json("<svg/>")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: This is not the JSON of an exchange: ...
    """
    try:
        document = json.loads(_checked_text(text))
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"This is not the JSON of an exchange: {error}. Pass the text that "
            "exchange.to_json() returned."
        ) from error
    found = document.get("format") if isinstance(document, dict) else None
    if found != FORMAT:
        raise ValueError(
            "This is JSON, but not a saved exchange. Pass the text that exchange.to_json() "
            f'returned: it begins with {{"format": "{FORMAT}"'
        )
    if document.get("version") != VERSION:
        raise ValueError(
            f"This exchange was saved in version {document.get('version')!r:.20} of the format, "
            f"and this streamlab reads version {VERSION}. Update it: pip install -U streamlab"
        )
    try:
        check_shape(document, _Document, "the document")
        return _record(document)
    except (KeyError, TypeError, AttributeError, OverflowError, ValueError) as error:
        raise ValueError(
            "This exchange was changed after to_json() wrote it, and cannot be read: "
            f"{repr(error)[:500]}. Save it again with exchange.to_json()."
        ) from error


def _checked_text(text: str | bytes) -> str:
    """Return the text, if reading it takes a limited amount of memory."""
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"it has more than {MAX_CHARACTERS:,} characters")
    decoded = text if isinstance(text, str) else text.decode("utf-8-sig")
    if decoded.count("[") + decoded.count("{") > MAX_OBJECTS:
        raise ValueError(f"it has more than {MAX_OBJECTS:,} objects and lists")
    return decoded


_Scalar: TypeAlias = str | int | float | bool | None


class _ScenarioObject(TypedDict):
    path: str
    method: str
    headers: list[tuple[str, str]]
    data: str
    middleware: list[str]


class _BodyObject(TypedDict):
    size: int
    limits: tuple[int, int]
    head: str
    tail_start: int
    tail: str


class _LaneObject(TypedDict):
    name: str
    chunks: int
    stride: int
    times: list[int]
    ends: list[int]
    lasts: list[int]
    locations: list[int]
    body: _BodyObject


class _EventObject(TypedDict):
    time: int
    kind: EventKind
    text: str


class _SpanObject(TypedDict):
    start: int
    end: int | None


class _FailureObject(TypedDict):
    last: str
    advice: str
    raised_by: str | None
    traceback: list[TracebackEntry]


class _Document(TypedDict):
    path: str
    external: bool
    scenario: _ScenarioObject | None
    origin_ns: int
    began_ns: int
    verdict: Verdict
    client: RecordedClient
    lanes: list[_LaneObject]
    reads: _LaneObject
    events: list[_EventObject]
    spans: list[_SpanObject]
    output: list[OutputLine]
    sources: list[Source]
    failure: _FailureObject | None
    unobserved: dict[str, str]
    lockstep: bool
    reports_sends: bool


def _record(document: Object) -> Record:
    trace = _trace(document)
    client = dict(document["client"])
    client["request"] = _bytes(client["request"])
    client["headers"] = [(name, one_line(value)) for name, value in client["headers"]]
    scenario = document["scenario"]
    if scenario:
        checked = {"headers", "middleware"}
        others = {key: item for key, item in scenario.items() if key not in checked}
        check_shape(others, dict[str, _Scalar], "the scenario")
    record = Record(
        document["path"],
        trace,
        RecordedClient(**client),
        scenario=scenario and SimpleNamespace(**{**scenario, "data": _bytes(scenario["data"])}),
        external=document["external"],
    )
    record.set_verdict(Verdict(**document["verdict"]))
    return record


def _trace(document: Object) -> Trace:
    origin = document["origin_ns"]
    failure = None
    if described := document["failure"]:
        entries = tuple(TracebackEntry(**entry) for entry in described["traceback"])
        failure = Failure(
            None, described["last"], described["advice"], entries, described["raised_by"]
        )
    return Trace.restored(
        origin=origin,
        began_ns=document["began_ns"],
        lanes=_lanes_of(document, origin),
        reads=_lane_of(document["reads"], origin, sources=0),
        events=[
            Event(event["time"] + origin, event["kind"], event["text"], event["time"] / 1e9)
            for event in document["events"]
        ],
        spans=[
            Span(
                span["start"] + origin,
                None if span["end"] is None else span["end"] + origin,
                origin,
            )
            for span in document["spans"]
        ],
        output=[OutputLine(**line) for line in document["output"]],
        sources=[Source(**source) for source in document["sources"]],
        failure=failure,
        unobserved=document["unobserved"],
        lockstep=document["lockstep"],
        reports_sends=document["reports_sends"],
    )


def _scenario(scenario: Any) -> Object | None:
    """Return the arguments of the scenario; middleware by name, because it may be a function."""
    if not is_dataclass(scenario):
        return dict(vars(scenario), data=_base64(scenario.data)) if scenario else None
    asked: Object = {one.name: getattr(scenario, one.name) for one in fields(scenario) if one.init}
    headers = asked["headers"]
    asked["headers"] = list(headers.items() if hasattr(headers, "items") else headers)
    asked["middleware"] = [layer.name for layer in getattr(scenario, "layers", ())]
    asked["data"] = _base64(asked["data"])
    return asked


def _lane(lane: Lane, origin: int) -> Object:
    columns, body = lane.columns, lane.body
    tail_start, tail = body.tail
    return {
        "name": lane.name,
        "chunks": lane.chunks,
        "stride": columns.stride,
        "times": [time - origin for time in columns.times],
        "ends": list(columns.ends),
        "lasts": [time - origin for time in columns.lasts],
        "locations": list(columns.locations),
        "body": {
            "size": body.size,
            "limits": [body.head_bytes, body.tail_bytes],
            "head": _base64(body.head),
            "tail_start": tail_start,
            "tail": _base64(tail),
        },
    }


def _lanes_of(document: Object, origin: int) -> list[Lane]:
    names = [lane["name"] for lane in document["lanes"]]
    if not {"server", "client"} <= set(names) or len(set(names)) != len(names):
        raise ValueError("a lane is missing, or there are two with one name")
    if len(names) > MAX_LANES:
        raise ValueError(f"it has more than {MAX_LANES:,} lanes")
    sources = len(document["sources"])
    return [_lane_of(lane, origin, sources=sources) for lane in document["lanes"]]


def _check_columns(document: Object, sources: int) -> None:
    body, ends = document["body"], document["ends"]
    counts = (document["chunks"], document["stride"] - 1, body["size"], body["tail_start"])
    if min(*counts, *body["limits"], *ends[:1], *document["times"][:1]) < 0:
        raise ValueError("a lane has a negative number")
    for column in (document["times"], ends, document["lasts"]):
        if not all(map(le, column, column[1:])):
            raise ValueError("the rows of a lane are not in their order")
    if ends and ends[-1] > body["size"]:
        raise ValueError("a chunk lies behind the end of the body")
    highest, _ = unpack_location(max(document["locations"], default=-1))
    if highest is not None and highest >= sources:
        raise ValueError("a chunk was made by a source that is missing")


def _lane_of(document: Object, origin: int, *, sources: int) -> Lane:
    _check_columns(document, sources)
    columns = Columns.restored(
        stride=document["stride"],
        times=[time + origin for time in document["times"]],
        ends=document["ends"],
        lasts=[time + origin for time in document["lasts"]],
        locations=document["locations"],
    )
    body = document["body"]
    head_bytes, tail_bytes = body["limits"]
    kept = StoredBody.restored(
        _bytes(body["head"]),
        (body["tail_start"], _bytes(body["tail"])),
        size=body["size"],
        limits=(head_bytes, tail_bytes),
    )
    return Lane.restored(
        document["name"], columns=columns, chunks=document["chunks"], body=kept, origin=origin
    )


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return b64decode(text, validate=True)
