"""The messages between the kernel and the view, as types.

The kernel sends a `Batch` with binary buffers. The view sends ``{"type": "ack", "seq": 3}`` when it
has batch 3, and ``{"type": "snapshot"}`` when it needs everything again, both with the name of the
channel.
`frontend/src/model/protocol.js` declares the same types for the view, and
`tests/lab/test_protocol.py` compares both.

All times are nanoseconds since the run began, all offsets are bytes since the body began.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

from streamlab.trace.gate import Pace  # noqa: TC001 - the test reads the types at run time
from streamlab.trace.verdict import Outcome  # noqa: TC001

ChannelName: TypeAlias = Literal["shown", "beside"]
"""``beside``: the exchange that is compared with the shown one."""
State: TypeAlias = Literal["idle", "running", "waiting", "done"]
"""``waiting``: in step mode, the generator is suspended until the user continues it."""
WireEnd: TypeAlias = Literal["", "complete", "FIN", "RST", "left", "error"]
"""How the connection ended: "" while it is open, ``left`` if the client closed it."""
Span: TypeAlias = tuple[int, int | None]
"""Start and end of an interval in which a request context was active; None while it lasts."""
Part: TypeAlias = tuple[int, int, int, int, int, bool]
"""Rows of a lane: the lane's index, number of the first row, how many rows, time and end of the
first row, whether the rows have locations."""
EventMark: TypeAlias = tuple[int, str, str]
"""Time, kind and text of an event."""
PrintedLine: TypeAlias = tuple[int, str, str]
"""Time at which a line began, its text, and ``stdout`` or ``stderr``."""
Variable: TypeAlias = tuple[str, str]
"""Name and value of a local variable, both as text."""


class Run(TypedDict):
    """One run: which request was sent, and how."""

    id: int
    method: str
    path: str
    stream_with_context: bool
    pace: Pace
    time_limit: float | None
    lanes: list[str]
    middleware: list[str]
    server: str
    external: bool


class SourceText(TypedDict):
    """A piece of code to show: a view function, a generator function or a template."""

    title: str
    kind: Literal["python", "jinja"]
    first: int
    text: str


class Location(TypedDict):
    """A line of one of the sources: the source's index in ``sources``, and the line's number."""

    source: int
    line: int


class Verdict(TypedDict):
    """The result of the exchange."""

    outcome: Outcome
    culprit: str | None
    text: str
    advice: str


class HttpHead(TypedDict):
    """The status line and the headers of the response."""

    status_code: int
    reason: str
    headers: list[tuple[str, str]]


class Wire(TypedDict):
    """What the client received, as far as it is not in a buffer."""

    size: int
    framing: str
    end: WireEnd
    how: str


class TracebackEntry(TypedDict):
    """One call of a traceback."""

    file: str
    line: int
    name: str
    code: str
    own: bool


class Fix(TypedDict):
    """A change that removes the cause of an error."""

    title: str
    code: str
    change: str


class Failure(TypedDict):
    """An exception on the server's side."""

    last: str
    sentence: str
    fixes: list[Fix]
    advice: str
    traceback: list[TracebackEntry]


class Facts(TypedDict):
    """The small part of a batch, which is sent whole each time."""

    run: Run
    totals: list[int]
    strides: list[int]
    recoded: list[str]
    heads: list[int]
    holders: list[str]
    send_confirmed: bool
    page_size: int
    at: Location | None
    locals: list[Variable]
    error_line: Location | None
    state: State
    status: str
    verdict: Verdict | None
    http: HttpHead | None
    wire: Wire | None
    error: Failure | None


class Lists(TypedDict, total=False):
    """The lists in a batch. Each is sent only if it has changed."""

    sources: list[SourceText]
    spans: list[Span]
    events: list[EventMark]
    output: list[PrintedLine]


class ListStarts(TypedDict):
    """How many items of the known lists stay before those that a batch has."""

    events_from: int
    output_from: int


class BatchContent(Facts, Lists, ListStarts):
    """A batch without its number."""

    type: Literal["batch"]
    reset: bool
    parts: list[Part]
    body: tuple[int] | None
    page: tuple[int] | None
    tail: tuple[int] | None
    raw: tuple[int] | None
    raw_tail: tuple[int] | None
    now: int


class Batch(BatchContent):
    """What the kernel sends: everything (``reset``), or what is new since the batch before."""

    channel: ChannelName
    seq: int
