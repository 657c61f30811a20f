"""Export to an HTTP Archive (HAR 1.2), which the developer tools of browsers open.

The format is described at http://www.softwareishard.com/blog/har-12-spec/. It has no field for
chunks, lanes and a verdict. They are in the field ``_streamlab``: the format allows additional
fields whose names begin with an underscore.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime, timedelta, timezone
from email.message import Message
from http.cookies import CookieError, SimpleCookie
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from streamlab.exports.formatting import json_text, verdict_sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streamlab.trace.events import EventKind
    from streamlab.trace.record import Record

_UNKNOWN = -1
"""The format's value for a time or a size that is not known."""
_HEAD_END = b"\r\n\r\n"
CHUNK_COLUMNS = ("time_ms", "offset", "size", "count", "line")

Object = dict[str, Any]
Fields = list[tuple[str, str]]


def to_har(record: Record) -> str:
    """Return an exchange as JSON for a ``.har`` file.

    Drop the file into the Network panel of a browser's developer tools. Times are in
    milliseconds. Of a long body the archive has the part that was kept, and a comment says so.

    :param record: the exchange.
    :return: JSON text.
    """
    timings = _timings(record)
    began = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(
        microseconds=record.trace.began_ns // 1_000
    )
    entry = {
        "startedDateTime": began.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "time": round(sum(time for time in timings.values() if time > 0), 6),
        "request": _request(record),
        "response": _response(record),
        "cache": {},
        "timings": timings,
        "comment": verdict_sentence(record),
        "_streamlab": _streamlab_fields(record),
    }
    log = {
        "version": "1.2",
        "creator": {"name": "streamlab", "version": _streamlab_version()},
        "entries": [entry],
    }
    return json_text({"log": log})


def _streamlab_version() -> str:
    try:
        return version("streamlab")
    except PackageNotFoundError:  # imported from a folder, not installed
        return ""


def _request(record: Record) -> Object:
    request = record.client.request
    head, _, body = request.partition(_HEAD_END)
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    method, target, http_version = (
        first.split(" ", 2) if request else (record.method, record.path, "")
    )
    url = urljoin(f"http://{_field(fields, 'host') or 'localhost'}", target)
    described: Object = {
        "method": method,
        "url": url,
        "httpVersion": http_version,
        "cookies": _cookies(value for name, value in fields if name.lower() == "cookie"),
        "headers": _pairs(fields),
        "queryString": _pairs(parse_qsl(urlsplit(url).query, keep_blank_values=True)),
        "headersSize": len(head) + len(_HEAD_END) if request else _UNKNOWN,
        "bodySize": len(body) if request else _UNKNOWN,
    }
    if body:
        described["postData"] = {
            "mimeType": _field(fields, "content-type") or "application/octet-stream",
            "text": body.decode("utf-8", "backslashreplace"),
        }
    return described


def _response(record: Record) -> Object:
    response = record.client.response
    head_size, body_size = _sizes(record)
    return {
        "status": response.status_code or 0,  # browsers write 0 if there was no response
        "statusText": response.reason,
        "httpVersion": f"HTTP/{response.http_version}" if response.http_version else "",
        "cookies": _cookies(
            value for name, value in response.headers if name.lower() == "set-cookie"
        ),
        "headers": _pairs(response.headers),
        "content": _content(record),
        "redirectURL": _field(response.headers, "location"),
        "headersSize": head_size,
        "bodySize": body_size,
    }


def _content(record: Record) -> Object:
    lane = record.lanes["server" if record.external else "client"]
    mime_type = record.headers.get("Content-Type") or "application/octet-stream"
    content: Object = {"size": lane.size, "mimeType": mime_type}
    data = lane.body.whole if lane.body.complete else lane.body.head
    if not lane.body.complete:
        content["comment"] = (
            f"The first {len(data):,} of {lane.size:,} bytes. The rest was not kept."
        )
    parsed = Message()
    parsed["Content-Type"] = mime_type
    try:
        text = data.decode(parsed.get_content_charset("utf-8"))
    except (ValueError, LookupError):  # not text, cut within a character, or an unknown charset
        return {**content, "text": b64encode(data).decode("ascii"), "encoding": "base64"}
    return {**content, "text": text}


def _sizes(record: Record) -> tuple[int, int]:
    """Return the bytes of the head, and of the body with its chunked coding, as received."""
    received = record.trace.reads
    head = received.body.head
    end = 0
    while (found := head.find(_HEAD_END, end)) >= 0:
        start, end = end, found + len(_HEAD_END)
        status = head[start:end].partition(b" ")[2]
        if not status.startswith(b"1"):  # 1xx is an interim response: the final one follows
            return end - start, received.size - end
    return _UNKNOWN, _UNKNOWN


def _timings(record: Record) -> Object:
    """Return the phases of the exchange, in milliseconds.

    ``send`` is 0, because the request is sent in one call; its time is part of ``wait``.
    """
    trace = record.trace
    requested, connected = _time_of(record, "request"), _time_of(record, "client connected")
    start = connected if connected is not None else requested
    lane = trace.lanes["server"] if record.external else trace.reads
    first = lane.times[0] if len(lane) else None
    last = (lane.lasts or lane.times)[-1] if len(lane) else None
    return {
        "blocked": _UNKNOWN,
        "dns": _UNKNOWN,
        "connect": _ms(requested, connected),
        "ssl": _UNKNOWN,
        "send": 0 if record.client.request and connected is not None else _UNKNOWN,
        "wait": _ms(start, first),
        "receive": _ms(first, last),
    }


def _time_of(record: Record, kind: EventKind) -> int | None:
    return next((event.time for event in list(record.trace.events) if event.kind == kind), None)


def _ms(start: int | None, end: int | None) -> float:
    return _UNKNOWN if start is None or end is None else max(0, end - start) / 1e6


def _streamlab_fields(record: Record) -> Object:
    origin = record.trace.origin
    verdict, response = record.verdict, record.client.response
    return {
        "path": record.path,
        "outcome": verdict.outcome if verdict else None,
        "culprit": verdict.culprit if verdict else None,
        "error": record.failure.last if record.failure else None,
        "complete": response.complete,
        "framing": response.framing,
        "chunkColumns": CHUNK_COLUMNS,
        "lanes": [
            {
                "name": lane.name,
                "chunks": [
                    (chunk.seconds * 1e3, chunk.offset, chunk.size, chunk.count, chunk.line)
                    for chunk in lane[:]
                ],
            }
            for lane in record.visible_lanes
        ],
        "events": [
            {"time_ms": (event.time - origin) / 1e6, "kind": event.kind, "text": event.text}
            for event in list(record.trace.events)
        ],
    }


def _pairs(fields: Iterable[tuple[str, str]]) -> list[Object]:
    return [{"name": name, "value": value} for name, value in fields]


def _field(fields: Fields, lower_name: str) -> str:
    return next((value for name, value in fields if name.lower() == lower_name), "")


def _cookies(values: Iterable[str]) -> list[Object]:
    return [cookie for value in values for cookie in _parsed_cookies(value)]


def _parsed_cookies(value: str) -> Iterator[Object]:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(value)
    except CookieError:  # the invalid value is still in the list of headers
        return
    for name, morsel in jar.items():
        yield {
            "name": name,
            "value": morsel.value,
            **{key: morsel[key] for key in ("path", "domain") if morsel[key]},
            "httpOnly": bool(morsel["httponly"]),
            "secure": bool(morsel["secure"]),
        }
