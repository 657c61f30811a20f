"""An exchange in a file, and back: a format of our own that keeps all there is.

JSON, so that any program can read it: a lane is columns of numbers, times in nanoseconds since
the exchange began, bytes in base64. What is read back has the same face as what was written, but
for the exception, of which there are words: no object can be trusted that comes out of a file.
"""

from __future__ import annotations

import json
from array import array
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, fields, is_dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from streamlab.exports.formatting import as_text
from streamlab.trace.failure import Failure, TracebackEntry
from streamlab.trace.kept_bytes import KeptBytes
from streamlab.trace.lane import Columns, Lane
from streamlab.trace.record import Record
from streamlab.trace.source import Source
from streamlab.trace.trace import Event, Span, Trace
from streamlab.trace.verdict import Verdict

if TYPE_CHECKING:
    from streamlab.trace.client import ClientResponse

FORMAT = "streamlab exchange"
VERSION = 1
"""Raised when what an older streamlab wrote can no longer be read as it is."""

Object = dict[str, Any]


def to_json(record: Record) -> str:
    """All of an exchange that has ended.

    :raises ValueError: while it still streams.
    """
    verdict = record.verdict
    if verdict is None:
        raise ValueError(
            f"{record.path} still streams, and half an exchange would be saved without a "
            "verdict. Call wait() first, or end it with stop()."
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
            "request": _packed(client.request),
            "status_code": response.status_code,
            "reason": response.reason,
            "http_version": response.http_version,
            "headers": response.headers,
            "framing": response.framing,
            "complete": response.complete,
            "missing": response.missing,
            "stopped": client.stopped,
            "problem": client.problem,
        },
        "lanes": [_lane(lane, origin) for lane in trace.lanes.values()],
        "reads": _lane(trace.reads, origin),
        "events": [{**asdict(event), "time": event.time - origin} for event in trace.events],
        "spans": [
            {"start": span.start - origin, "end": None if span.end is None else span.end - origin}
            for span in trace.spans
        ],
        "sources": [asdict(source) for source in trace.sources],
        "failure": failure
        and {
            "last": failure.last,
            "advice": failure.advice,
            "frames": [asdict(frame) for frame in failure.frames],
        },
        "unobserved": trace.unobserved,
        "lockstep": trace.lockstep,
        "sends_told": trace.sends_told,
    }
    return as_text(document)


def from_json(text: str | bytes) -> Record:
    """The exchange that `to_json` has written.

    :raises ValueError: where `text` is something else, or was written by a later streamlab.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ValueError(f"this is no JSON, and so no saved exchange: {error}") from error
    found = document.get("format") if isinstance(document, dict) else None
    if found != FORMAT:
        raise ValueError(
            "this is JSON, but no exchange that to_json() wrote: that one begins with "
            f'{{"format": "{FORMAT}"'
        )
    if document.get("version") != VERSION:
        raise ValueError(
            f"this exchange was saved in version {document.get('version')} of the format, and "
            f"this streamlab reads version {VERSION}. Read it with the streamlab that wrote it, "
            "or a later one."
        )
    try:
        return _record(document)
    except (KeyError, TypeError, AttributeError, OverflowError, ValueError) as error:
        raise ValueError(
            f"this exchange was changed since to_json() wrote it, and cannot be read: {error!r}"
        ) from error


@dataclass(frozen=True)
class Recorded:
    """A client that is past: client and response in one, as they were written down."""

    request: bytes
    url: str
    status_code: int | None
    reason: str
    http_version: str
    headers: list[tuple[str, str]]
    framing: str | None
    complete: bool
    missing: str
    stopped: bool
    problem: str | None
    timed_out = False

    @property
    def response(self) -> ClientResponse:
        return self

    def run(self) -> None:
        """It has run."""

    def stop(self) -> None:
        """It has ended."""


def _record(document: Object) -> Record:
    trace = _trace(document)
    client = dict(document["client"])
    client["request"] = _unpacked(client["request"])
    client["headers"] = [(name, value) for name, value in client["headers"]]
    scenario = document["scenario"]
    record = Record(
        document["path"],
        trace,
        Recorded(**client),
        scenario=scenario and SimpleNamespace(**{**scenario, "data": _unpacked(scenario["data"])}),
        external=document["external"],
    )
    record.set_verdict(Verdict(**document["verdict"]))
    return record


def _trace(document: Object) -> Trace:
    origin = document["origin_ns"]
    trace = Trace(())
    trace.origin, trace.began_ns = origin, document["began_ns"]
    trace.lanes = {lane["name"]: _lane_of(lane, origin) for lane in document["lanes"]}
    trace.reads = _lane_of(document["reads"], origin)
    trace.events = [
        Event(**{**event, "time": event["time"] + origin}) for event in document["events"]
    ]
    trace.spans = [
        Span(span["start"] + origin, None if span["end"] is None else span["end"] + origin)
        for span in document["spans"]
    ]
    trace.sources = [Source(**source) for source in document["sources"]]
    if failure := document["failure"]:
        frames = tuple(TracebackEntry(**frame) for frame in failure["frames"])
        trace.failure = Failure(None, failure["last"], failure["advice"], frames)
    trace.unobserved = dict(document["unobserved"])
    trace.lockstep = document["lockstep"]
    trace.sends_told = document["sends_told"]
    trace.closed.set()
    trace.gate.open()
    return trace


def _scenario(scenario: Any) -> Object | None:
    """How the exchange was made, as it was asked for; middleware by name."""
    if not is_dataclass(scenario):
        return dict(vars(scenario), data=_packed(scenario.data)) if scenario else None
    asked: Object = {one.name: getattr(scenario, one.name) for one in fields(scenario) if one.init}
    headers = asked["headers"]
    asked["headers"] = list(headers.items() if hasattr(headers, "items") else headers)
    asked["middleware"] = [layer.name for layer in getattr(scenario, "layers", ())]
    asked["data"] = _packed(asked["data"])
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
            "head": _packed(body.head),
            "tail_start": tail_start,
            "tail": _packed(tail),
        },
    }


def _lane_of(saved: Object, origin: int) -> Lane:
    columns = Columns(saved["stride"])
    columns.times = array("q", [time + origin for time in saved["times"]])
    columns.ends = array("q", saved["ends"])
    columns.lasts = array("q", [time + origin for time in saved["lasts"]])
    columns.locations = array("q", saved["locations"])
    rows = {len(columns.times), len(columns.ends)}
    if len(rows) > 1:
        raise ValueError(f"the columns of the lane {saved['name']!r} have different lengths")
    lane = Lane(saved["name"])
    lane.columns = columns
    lane.chunks = saved["chunks"]
    body = saved["body"]
    lane.size = body["size"]
    head_bytes, tail_bytes = body["limits"]
    lane.body = KeptBytes.kept(
        _unpacked(body["head"]),
        (body["tail_start"], _unpacked(body["tail"])),
        size=body["size"],
        limits=(head_bytes, tail_bytes),
    )
    return lane


def _packed(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _unpacked(text: str) -> bytes:
    return b64decode(text, validate=True)
