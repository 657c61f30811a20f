"""Times, counts and texts as a reader of an export sees them.

The live view formats the same values in JavaScript (`streamlab/lab/frontend`). Both are tested
with the cases in ``tests/vectors``.
"""

from __future__ import annotations

import json
from codecs import getincrementaldecoder
from decimal import ROUND_HALF_UP, Decimal
from math import floor, log10
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from streamlab.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.trace.failure import Failure
    from streamlab.trace.record import Record

_TIME_UNITS = (("s", 1e9), ("ms", 1e6), ("µs", 1e3))
"""Units of time and their length in nanoseconds, the largest first."""
_COUNT_UNITS = (("T", 1e12), ("B", 1e9), ("M", 1e6))
_QUOTED_BYTES = 40
_MINUS, _EN_DASH = "\u2212", "\u2013"

OUTCOME_SIGNS = {
    "streamed": "✓",
    "buffered": "▣",
    "truncated": "✂",
    "failed": "✖",
    "stopped": "■",
    "empty": "∅",
    "inconclusive": "?",
}
"""A sign for each outcome of a verdict, so that no outcome is shown by colour alone."""


def escaped(text: str) -> str:
    r"""Return text as Python's `repr` writes it, without the quotes.

    Like `printable`, but a backslash is doubled, so the text can be read back without doubt.

    :param text: text of a response body.

    >>> print(escaped("C:\\new\n"))
    C:\\new\n
    """
    return printable(text.replace("\\", "\\\\"))


def xml_text(text: str) -> str:
    r"""Return text for the content or an attribute of an XML or HTML element.

    XML 1.0 does not allow control characters, so they are replaced as in `printable`.

    :param text: any text.

    >>> xml_text("<p>\x1b")
    '&lt;p&gt;\\x1b'
    """
    return escape(printable(text), {'"': "&quot;"})


def shortened(text: str, limit: int) -> str:
    """Return text, cut after `limit` characters if it is longer.

    :param text: any text.
    :param limit: the most characters to return, the three dots included; at least 3.

    >>> shortened("Hello World", 8)
    'Hello...'
    """
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _fixed(value: float, decimals: int) -> str:
    """Round to a number of decimals, halves up, as JavaScript's ``toFixed`` does."""
    return str(Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def duration(nanoseconds: float) -> str:
    """Return a time in the largest unit that it fills, with three digits.

    More digits would show a precision that the clock does not have.

    :param nanoseconds: the time; if it is below 0, the result begins with U+2212, a minus sign.

    >>> duration(1_234_567), duration(800), duration(0)
    ('1.23 ms', '800 ns', '0')
    """
    size, sign = abs(nanoseconds), _MINUS if nanoseconds < 0 else ""
    for unit, length in _TIME_UNITS:
        if size >= length * 0.9995:  # 999.6 µs would be rounded to "1000 µs"
            value = size / length
            decimals = 0 if value >= 99.95 else 1 if value >= 9.995 else 2
            return f"{sign}{_fixed(value, decimals)} {unit}"
    return f"{sign}{_fixed(size, 0)} ns" if size >= 0.5 else "0"


def tick_format(step: float, end: float) -> Callable[[float], str]:
    """Return a function that labels the ticks of a time axis.

    All labels have the same unit, and as many decimals as the step needs.

    :param step: the distance of two ticks, in nanoseconds.
    :param end: the largest time on the axis, in nanoseconds.
    :return: a function from nanoseconds to the label.

    >>> label = tick_format(500_000_000, 2_000_000_000)
    >>> label(0), label(1_500_000_000)
    ('0.0 s', '1.5 s')
    """
    unit, length = next((pair for pair in _TIME_UNITS if end >= pair[1]), ("ns", 1.0))
    decimals = max(0, -floor(log10(step / length) + 1e-9))
    return lambda time: f"{_fixed(time / length, decimals)} {unit}"


def tally(number: int) -> str:
    """Return a number for a narrow column: exact below a million, else with one decimal.

    :param number: how many there are, 0 or more. For 0 the result is an en dash.

    >>> tally(1234), tally(12_345_678)
    ('1,234', '12.3M')
    """
    if not number:
        return _EN_DASH
    for unit, size in _COUNT_UNITS:
        if number >= max(1e6, size * 0.99995):
            return _fixed(number / size, 1).removesuffix(".0") + unit
    return f"{number:,}"


def quoted(data: bytes | None) -> str:
    r"""Return the beginning of a chunk's bytes as a Python literal.

    :param data: the bytes, or None if they were not kept.
    :return: a literal of `str`; of `bytes` if the data is not UTF-8.

    >>> quoted(b"Hello\n"), quoted(b"\xff"), quoted(None)
    ("'Hello\\n'", "b'\\xff'", 'not kept')
    """
    if data is None:
        return "not kept"
    head, cut = data[:_QUOTED_BYTES], len(data) > _QUOTED_BYTES
    more = "..." if cut else ""
    try:
        # If the data is cut within a character, the decoder leaves its first bytes out.
        return repr(getincrementaldecoder("utf-8")().decode(head, final=not cut)) + more
    except UnicodeDecodeError:
        return repr(head) + more


def heading(record: Record) -> str:
    """Return the request and the status of the response, such as ``GET /stream → 200 OK``.

    :param record: the exchange.
    """
    status = f" → {record.status}" if record.status else ""
    return f"{record.method} {record.path}{status}"


def verdict_sentence(record: Record) -> str:
    """Return the sentence of the verdict, or that there is no verdict yet.

    :param record: the exchange.
    """
    return str(record.verdict) if record.verdict else "The response is still streaming."


def error_line(failure: Failure) -> str:
    """Return the error's last line, followed by the line of the user's code that raised it.

    :param failure: the exception on the server's side.

    >>> from streamlab.trace.failure import Failure, TracebackEntry
    >>> entry = TracebackEntry("Cell 3", "<ipython-3>", 5, "generate", "yield 1 / 0", own=True)
    >>> error_line(Failure(None, "ZeroDivisionError: division by zero", "", (entry,)))
    'ZeroDivisionError: division by zero  (Cell 3, line 5: yield 1 / 0)'
    """
    entry = failure.user_frame
    if entry is None:
        return failure.last
    code = f": {entry.code}" if entry.code else ""
    return f"{failure.last}  ({entry.title}, line {entry.line}{code})"


def json_text(document: Any) -> str:
    r"""Return a document as JSON that can always be written to a file as UTF-8.

    A lone surrogate has no bytes in UTF-8. It becomes an escape, from which a reader of the JSON
    gets it back.

    :param document: what `json.dumps` takes.

    >>> print(json_text(["\u00fc", "\udc80"]))
    ["ü", "\udc80"]
    """
    text = json.dumps(document, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode()
