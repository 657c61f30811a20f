"""The verdict: which outcome, who is to blame, and what is said. Table by table, no sockets."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from streamlab.trace.gate import Gate
from streamlab.trace.trace import Event, Trace
from streamlab.trace.verdict import judge


@dataclass
class Got:
    """What a client got."""

    status_code: int | None = 200
    reason: str = "OK"
    headers: list = field(default_factory=list)
    framing: str | None = "chunked"
    complete: bool = True
    missing: str = "the chunk of size 0 that marks the end"


@dataclass
class Client:
    response: Got = field(default_factory=Got)
    stopped: bool = False
    problem: str | None = None
    timed_out: bool = False


def trace_of(*lanes, pace=None, **facts):
    """A trace whose lanes have chunks at these times: ``("app", [1, 3])``, each of a byte.

    Joined ones are (time, bytes).
    """
    trace = Trace(tuple(name for name, _ in lanes), gate=Gate(pace))
    for name, times in lanes:
        for chunk in times:
            time, size = chunk if isinstance(chunk, tuple) else (chunk, 1)
            trace.lanes[name].record(b"x" * size)
            trace.lanes[name].columns.times[-1] = time
    for name, value in facts.items():
        setattr(trace, name, value)
    return trace


def four(generator, app, server, client, **facts):
    return trace_of(
        ("generator", generator), ("app", app), ("server", server), ("client", client), **facts
    )


ON_TIME = ([1, 11, 21], [2, 12, 22], [3, 13, 23], [4, 14, 24])
CLIENT_LATE = ([1, 11, 21], [2, 12, 22], [3, 13, 23], [30, 31, 32])
CLIENT_LATE_ONCE = ([1, 11, 21, 31], [2, 12, 22, 32], [3, 13, 23, 33], [4, 24, 25, 34])
PROXY = {"unobserved": {"client": "proxy"}}


@pytest.mark.parametrize(
    ("trace", "outcome", "lane", "said"),
    [
        (four(*ON_TIME), "streamed", None, "2 of the first 2 before the next was made"),
        (four(*ON_TIME, lockstep=True), "streamed", None, "That is proof."),
        (four(*ON_TIME, sends_told=True), "streamed", None, "each was sent before the next"),
        # Sent is sent: a client that is slow to look is no fault of anybody.
        (four(*CLIENT_LATE, sends_told=True), "streamed", None, "each was sent"),
        # Without that word nothing can be told at full speed ...
        (four(*CLIENT_LATE), "inconclusive", None, "pace=0.1 would tell"),
        (four(*CLIENT_LATE, sends_told=True, **PROXY), "inconclusive", None, "proxy held them or"),
        # ... with a pace it can, and in lockstep it is proof.
        (four(*CLIENT_LATE, pace=0.1), "buffered", "server", "server held back every chunk"),
        (four(*CLIENT_LATE, pace=0.1, sends_told=True, **PROXY), "buffered", "proxy", "proxy held"),
        (four(*CLIENT_LATE, lockstep=True, sends_told=True, **PROXY), "buffered", "proxy", "proxy"),
        (four(*CLIENT_LATE_ONCE, pace=0.1), "streamed", None, "2 of the first 3"),
        (four(*CLIENT_LATE_ONCE, lockstep=True), "buffered", "server", "1 of 4 chunks"),
        # Up to the server all is in one thread: order alone is proof.
        (
            four([1, 11, 21], [2, 12, 22], [30, 31, 32], [33, 34, 35]),
            "buffered",
            "server",
            "up to 2 bytes at once",
        ),
        (
            four([1, 11, 21], [(30, 3)], [(31, 3)], [(32, 3)], unobserved={"app": "get_data"}),
            "buffered",
            "get_data",
            "get_data held back every chunk but the last",
        ),
        (four([1, 11, 21], [(30, 3)], [(31, 3)], [(32, 3)]), "buffered", "app", "app held back"),
        (four([1], [2], [3], [4]), "inconclusive", None, "One piece"),
        (four([], [], [], []), "empty", None, "200 OK without a body"),
    ],
)
def test_a_whole_response(trace, outcome, lane, said):
    verdict = judge(trace, Client())
    assert (verdict.outcome, verdict.culprit) == (outcome, lane)
    assert said in str(verdict)


def failing(trace, message="on purpose", *, at=100, finished=None):
    """An exception at some time; `finished` is when the generator had come to its end."""
    trace.failed(ValueError(message))
    kinds = [event.kind for event in trace.events]
    trace.events = [Event(at, kind) for kind in kinds]
    if finished is not None:
        trace.events.append(Event(finished, "generator finished"))
    return trace


@pytest.mark.parametrize(
    ("trace", "client", "outcome", "lane", "said"),
    [
        (
            failing(four([], [], [], [])),
            Client(Got(500, "Internal Server Error")),
            "failed",
            None,
            "ValueError: on purpose before the first byte",
        ),
        (
            failing(trace_of(("generator", [1]), ("app", [2]), ("profiler", []), ("client", []))),
            Client(Got(500, "Internal Server Error")),
            "failed",
            "profiler",
            "profiler still held all of it",
        ),
        (four([], [], [], []), Client(Got(404, "Not Found")), "failed", None, "404 Not Found"),
        (
            four([], [], [], []),
            Client(Got(None, complete=False), problem="nothing came for 3 s"),
            "failed",
            None,
            "no response came; nothing came for 3 s",
        ),
        (
            failing(four([1], [2], [3], [4])),
            Client(Got(complete=False)),
            "truncated",
            None,
            "then a cut: ValueError: on purpose. It misses the chunk of size 0 that marks the end.",
        ),
        (
            failing(four([1], [2], [3], [4])),
            Client(Got(framing="close")),
            "truncated",
            None,
            "the client cannot tell: the body ends with the connection, as in HTTP/1.0",
        ),
        (
            failing(four([1], [2], [3], [4])),
            Client(),
            "truncated",
            None,
            "the client cannot tell: the response ended as if it were whole",
        ),
        (
            four([1], [2], [3], [4]),
            Client(Got(complete=False, missing="5 of 9 bytes", framing="length")),
            "truncated",
            None,
            "It misses 5 of 9 bytes",
        ),
        (
            four(*ON_TIME),
            Client(Got(complete=False), stopped=True),
            "stopped",
            None,
            "left after 3 chunks (3 bytes)",
        ),
        # An error status is no clean answer where its body was cut,
        (
            failing(four([1, 2], [1, 2], [1, 2], [1, 2])),
            Client(Got(404, "Not Found", complete=False)),
            "truncated",
            None,
            "the client got 404 and 2 chunks",
        ),
        # and an error that came before the body, or after it, has broken nothing off.
        (failing(four(*ON_TIME, lockstep=True), at=0), Client(), "streamed", None, "proof"),
        (
            failing(four(*ON_TIME, lockstep=True), at=90, finished=80),
            Client(),
            "streamed",
            None,
            "proof",
        ),
        (
            four(*ON_TIME),
            Client(Got(complete=False), problem="nothing came for 3 s", timed_out=True),
            "stopped",
            None,
            "left after 3 chunks (3 bytes): nothing came for 3 s",
        ),
        (
            four([1, 11, 21], [2, 12, 22], [3, 13, 23], []),
            Client(Got(204, "No Content", framing="none")),
            "empty",
            None,
            "none of the 3 chunks (3 bytes) that were made could be sent",
        ),
        (
            trace_of(("generator", [1, 3]), ("app", [2, 4]), ("eats", []), ("client", [])),
            Client(),
            "empty",
            "eats",
            "eats let none of 2 chunks (2 bytes) pass",
        ),
        (
            four([1, 11, 21], [2, 12, 22], [3, 13, 23], [4, 14]),
            Client(Got(framing="length")),
            "truncated",
            "server",
            "its Content-Length says 2 bytes, and 3 were made",
        ),
        (
            trace_of(("generator", [1, 3]), ("app", [2, 4]), ("eats", [3]), ("client", [4])),
            Client(),
            "truncated",
            "eats",
            "eats let 1 of 2 bytes pass",
        ),
        # Who left after everything had come has not left early.
        (four(*ON_TIME, lockstep=True), Client(stopped=True), "streamed", None, "proof"),
        (
            four(*ON_TIME, lockstep=True),
            Client(Got(framing="close")),
            "streamed",
            None,
            "had it been cut, nobody could tell",
        ),
    ],
)
def test_a_response_that_is_not_whole(trace, client, outcome, lane, said):
    verdict = judge(trace, client)
    assert (verdict.outcome, verdict.culprit) == (outcome, lane)
    assert said in str(verdict)


def test_what_was_held_is_told_in_numbers():
    verdict = judge(four([1, 11, 21], [(30, 3)], [(31, 3)], [(32, 3)]), Client())
    assert (verdict.held_bytes, verdict.held_ns) == (2, 29)


def test_of_several_holders_the_one_that_held_most_is_named():
    trace = trace_of(
        ("generator", [1, 11, 21, 31]),
        ("app", [2, 12, 22, 32]),
        ("once", [13, 13, 23, 33]),
        ("buffer", [(40, 4)]),
        ("client", [(41, 4)]),
        lockstep=True,
    )
    assert judge(trace, Client()).culprit == "buffer"


def test_behind_a_recoding_there_is_no_proof():
    trace = trace_of(("app", [1, 3]), ("sse", []), ("client", []), lockstep=True)
    for lane, time in (("sse", 2), ("client", 2), ("sse", 4), ("client", 4)):
        trace.lanes[lane].record(b"data: x")
        trace.lanes[lane].columns.times[-1] = time
    verdict = judge(trace, Client())
    assert verdict.outcome == "streamed"
    assert "proof" not in str(verdict)


def test_a_recoding_is_told():
    trace = trace_of(("app", [1, 3]), ("gzip", []), ("client", []))
    for lane, time in (("gzip", 2), ("client", 2), ("gzip", 4), ("client", 4)):
        trace.lanes[lane].record(b"\x1f\x8b" * 20)
        trace.lanes[lane].columns.times[-1] = time
    trace.lockstep = True
    assert "From gzip on the bytes are others" in str(judge(trace, Client()))
