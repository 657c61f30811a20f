"""Texts, sizes and times as a reader of an export sees them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from streamlab.trace.failure import Failure
    from streamlab.trace.record import Record

_TIME_UNITS = (("s", 1e9), ("ms", 1e6), ("µs", 1e3))
_DATA_SHOWN = 40
"""Bytes of a chunk."""

OUTCOME_SIGNS = {
    "streamed": "✓",
    "buffered": "▣",
    "truncated": "✂",
    "failed": "✖",
    "stopped": "■",
    "empty": "∅",
    "inconclusive": "?",
}
"""So that no colour is needed to tell them apart; the same as in the live view."""


def marked_up(text: str) -> str:
    r"""`text` as it may stand in XML, which has no characters that cannot be seen.

    >>> marked_up("<p>\x1b")
    '&lt;p&gt;\\x1b'
    """
    seen = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return escape(seen, {'"': "&quot;"})


def shortened(text: str, most: int) -> str:
    """`text`, or its beginning and dots.

    >>> shortened("Hello World", 8)
    'Hello...'
    """
    return text if len(text) <= most else text[: most - 3] + "..."


def duration(nanoseconds: float) -> str:
    """A time in the first unit that it fills, with three digits.

    >>> duration(1_234_567), duration(800), duration(0)
    ('1.23 ms', '800 ns', '0')
    """
    for unit, length in _TIME_UNITS:
        if nanoseconds >= length * 0.9995:
            value = nanoseconds / length
            return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f} {unit}"
    return f"{nanoseconds:.0f} ns" if nanoseconds else "0"


def quoted(data: bytes | None) -> str:
    r"""The beginning of a chunk's bytes, as Python would write the text.

    >>> quoted(b"Hello\n"), quoted(b"\xff"), quoted(None)
    ("'Hello\\n'", "b'\\xff'", 'not kept')
    """
    if data is None:
        return "not kept"
    head = data[:_DATA_SHOWN]
    more = "..." if len(data) > _DATA_SHOWN else ""
    try:
        return repr(head.decode()) + more
    except UnicodeDecodeError:
        return repr(head) + more


def heading(record: Record) -> str:
    """What was asked for, and the answer's first line."""
    method = record.scenario.method if record.scenario else "GET"
    answer = (
        "" if record.status_code is None else f" → {record.status_code} {record.reason}".rstrip()
    )
    return f"{method} {record.path}{answer}"


def sentence(record: Record) -> str:
    """The verdict's, or that there is none yet."""
    return str(record.verdict) if record.verdict else "It still streams."


def location_of(failure: Failure) -> str:
    """The error's last line, and the learner's own line that it comes from."""
    guilty = failure.user_frame
    if guilty is None:
        return failure.last
    code = f": {guilty.code}" if guilty.code else ""
    return f"{failure.last}  ({guilty.title}, line {guilty.line}{code})"


def as_text(document: Any) -> str:
    r"""JSON that can be written into a file as UTF-8, whatever characters there are.

    >>> print(as_text(["\u00fc", "\udc80"]))
    ["ü", "\udc80"]
    """
    # Half a surrogate pair has no bytes in UTF-8; as an escape it comes back as it was.
    text = json.dumps(document, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode()
