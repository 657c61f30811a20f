"""Count the messages in a body: server-sent events, or JSON lines.

One read can bring many messages, or only a part of one. So messages are counted, not reads.
"""

from __future__ import annotations

import json
import re

_LINE_END = re.compile(rb"\r\n|\n|\r")
_MAX_LINE_BYTES = 64 * 1024
"""How many bytes of a line are kept. The rest of a longer line is only counted."""
_PARSED_LINES = 1_000
"""How many lines are parsed as JSON. The others are only counted, so that counting does not slow
down what is observed."""
_EVENT_FIELDS = {b"data", b"event", b"id", b"retry"}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
EVENT_STREAM = "text/event-stream"
JSON_LINES = {
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/jsonlines",
    "application/x-jsonlines",
    "application/json-lines",
    "application/json-seq",
    "application/stream+json",
}
"""Content types of JSON lines. Only ``application/json-seq`` is registered."""


class Lines:
    r"""Divides a body into lines that end with CR LF, LF or CR.

    >>> lines = Lines()
    >>> lines.feed(b"one\r\ntwo\nthr"), lines.feed(b"ee\n"), lines.rest
    ([b'one', b'two'], [b'three'], b'')
    """

    def __init__(self) -> None:
        self.rest = b""
        """The line that has no end yet."""
        self._began = False

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that the next bytes complete.

        :param data: the bytes that come next.
        """
        data = self.rest + data
        held = b""
        if data.endswith(b"\r"):  # a line feed may follow
            data, held = data[:-1], b"\r"
        *lines, rest = _LINE_END.split(data)
        self.rest = rest[:_MAX_LINE_BYTES] + held
        if lines and not self._began:
            self._began = True
            lines[0] = lines[0].removeprefix(_BYTE_ORDER_MARK)
        return lines

    def end(self) -> list[bytes]:
        """Return the last line, which has no end or ends with CR."""
        rest, self.rest = self.rest, b""
        if not rest:
            return []
        return self.feed(rest + b"\n")


class EventCounter:
    """Counts server-sent events, by the rules of the HTML standard (section 9.2.6).

    >>> counter = EventCounter()
    >>> counter.feed([b": hello", b"", b"data: 1", b"", b"data: 2"])
    >>> counter.events, counter.comments, counter.open_lines
    (1, 1, 1)
    """

    def __init__(self) -> None:
        self.events = 0
        """Events that are complete: their data is followed by a blank line."""
        self.comments = 0
        """Lines that begin with a colon. Servers send them to keep a connection open."""
        self.data_lines = 0
        """Lines with the field ``data``."""
        self.open_lines = 0
        """Lines of data since the last blank line."""
        self.unknown = 0
        """Lines that are neither a field of an event nor a comment."""
        self.first_unknown = b""
        """The first of them."""

    def feed(self, lines: list[bytes]) -> None:
        """Count complete lines.

        :param lines: the lines that come next, without their ends.
        """
        for line in lines:
            if not line:
                self.events += bool(self.open_lines)
                self.open_lines = 0
            elif line.startswith(b"data"):
                self._count_field(line)
            elif line.startswith(b":"):
                self.comments += 1
            else:
                self._count_field(line)

    def _count_field(self, line: bytes) -> None:
        name = line.partition(b":")[0]
        if name == b"data":
            self.data_lines += 1
            self.open_lines += 1
        elif name not in _EVENT_FIELDS:
            self.first_unknown = self.first_unknown or line
            self.unknown += 1


class JSONLineCounter:
    """Counts lines of JSON (https://jsonlines.org) and JSON text sequences (RFC 7464).

    >>> counter = JSONLineCounter()
    >>> counter.feed([b'{"n": 1}', b"", b"{'n': 2}"])
    >>> counter.lines, counter.malformed, counter.first_malformed
    (2, 1, (2, b"{'n': 2}"))
    """

    def __init__(self) -> None:
        self.lines = 0
        """Lines that are not blank."""
        self.malformed = 0
        """Lines that are not JSON, of those that were parsed."""
        self.first_malformed = (0, b"")
        """The number and the bytes of the first line that is not JSON."""
        self.structures = 0
        """Lines with an object or an array."""

    def feed(self, lines: list[bytes]) -> None:
        """Count complete lines.

        :param lines: the lines that come next, without their ends.
        """
        for line in lines:
            text = line.strip(b" \t\x1e")  # U+001E begins an item of a JSON text sequence
            if not text:
                continue
            self.lines += 1
            if self.lines <= _PARSED_LINES and len(line) < _MAX_LINE_BYTES:
                self._parse(text)

    def _parse(self, text: bytes) -> None:
        try:
            self.structures += isinstance(json.loads(text), (dict, list))
        except (ValueError, RecursionError):
            self.malformed += 1
            if self.malformed == 1:
                self.first_malformed = (self.lines, text)


class Messages:
    r"""The messages of one body.

    The content type says what they are. If it names neither format, a body is recognised when every
    line is a field of an event, or every line is JSON.

    :param content_type: the value of the Content-Type header; "" without the header.

    >>> messages = Messages("text/event-stream; charset=utf-8")
    >>> messages.feed(b": hello\n\ndata: 1\n\ndata: 2")
    >>> messages.kind, messages.count, messages.events.comments
    ('event', 1, 1)
    """

    def __init__(self, content_type: str) -> None:
        self.content_type = content_type.partition(";")[0].strip(" \t").lower()
        """The media type, without its parameters."""
        self.events = EventCounter()
        self.json_lines = JSONLineCounter()
        self._lines = Lines()

    @property
    def is_event_stream(self) -> bool:
        """Whether the content type says that the body consists of events."""
        return self.content_type == EVENT_STREAM

    @property
    def is_json_lines(self) -> bool:
        """Whether the content type says that the body consists of JSON lines."""
        return self.content_type in JSON_LINES

    @property
    def kind(self) -> str:
        """What a message is: ``"event"``, ``"line"`` of JSON, or "" for other bodies."""
        events, lines = self.events, self.json_lines
        if self.is_event_stream:
            return "event" if events.data_lines or events.comments or not events.unknown else ""
        if self.is_json_lines:
            return "line"
        if not events.unknown and (events.data_lines > 1 or (events.events and events.comments)):
            return "event"
        return "line" if lines.structures > 1 and not lines.malformed else ""

    @property
    def noun(self) -> str:
        """The name of one message, such as ``"event"``; "" for a body without messages."""
        return "data line" if self.kind == "event" and not self.events.events else self.kind

    @property
    def count(self) -> int:
        """How many messages are complete."""
        return self.count_of(self.marks)

    @property
    def marks(self) -> tuple[int, int, int]:
        """Events, lines of event data, and JSON lines so far."""
        return self.events.events, self.events.data_lines, self.json_lines.lines

    def count_of(self, marks: tuple[int, int, int]) -> int:
        """Return the number of messages in `marks`.

        If no event is complete because the blank lines are missing, lines of data are counted.

        :param marks: a value that `marks` had, or the difference of two.
        """
        events, data_lines, lines = marks
        if self.kind == "event":
            return events if self.events.events else data_lines
        return lines if self.kind else 0

    def feed(self, content: bytes) -> None:
        """Count the messages in the next bytes of the body.

        :param content: the bytes after the content coding has been decoded.
        """
        # Without a fitting content type, counting stops at the first line that does not fit.
        events = self._events_fit
        json_lines = self._json_lines_fit
        if events or json_lines:
            lines = self._lines.feed(content)
            if events:
                self.events.feed(lines)
            if json_lines:
                self.json_lines.feed(lines)

    @property
    def _events_fit(self) -> bool:
        return self.is_event_stream or not (self.is_json_lines or self.events.unknown)

    @property
    def _json_lines_fit(self) -> bool:
        return self.is_json_lines or not (self.is_event_stream or self.json_lines.malformed)

    def end(self) -> None:
        """Count the last line of a complete body, even if it has no line end."""
        lines = self._lines.end()
        if self._events_fit:
            self.events.feed(lines)
        if self._json_lines_fit:
            self.json_lines.feed(lines)

    def problems(self) -> list[str]:
        """Return a sentence about each way in which the messages are malformed.

        Call it after `end`.
        """
        if self.kind == "line":
            return self._json_problems()
        return self._event_problems() if self.kind == "event" or self.is_event_stream else []

    def _event_problems(self) -> list[str]:
        events = self.events
        found = []
        if not self.is_event_stream:
            found.append(
                "The body looks like server-sent events, but its Content-Type is "
                f"{self.content_type or 'missing'}. An EventSource accepts only {EVENT_STREAM}."
            )
        if events.open_lines and not events.events:
            found.append(
                "No blank line follows the data, so a browser sees no event at all. Each event "
                "must end with a blank line: `data: ...\\n\\n`."
            )
        elif events.open_lines:
            found.append("The last event has no blank line at its end, so a browser discards it.")
        if events.unknown:
            known = "No line" if not (events.data_lines or events.comments) else "Not every line"
            found.append(
                f"{known} is a field of an event, such as `data: ...`. A browser ignores "
                f"{_shown(events.first_unknown)}."
            )
        return found

    def _json_problems(self) -> list[str]:
        found, lines = [], self.json_lines
        if lines.malformed:
            number, line = lines.first_malformed
            found.append(f"Line {number} is not JSON: {_shown(line)}.")
        if not self.is_json_lines and self.content_type in {"application/json", "text/html"}:
            found.append(
                "The body has one JSON document in each line, but its Content-Type is "
                f"{self.content_type}. Usual is application/x-ndjson."
            )
        return found


def _shown(line: bytes) -> str:
    """Return the start of a line as a Python literal, without control characters."""
    text = line[:40].decode("utf-8", "backslashreplace")
    return ascii(text) + ("..." if len(line) > 40 else "")
