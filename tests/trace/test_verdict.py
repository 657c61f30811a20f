"""The verdict: which outcome, who is to blame, and what is said. Table by table, no sockets."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from streamlab.trace.failure import Failure
from streamlab.trace.gate import Gate
from streamlab.trace.trace import Trace
from streamlab.trace.verdict import judge


@dataclass
class Got:
    """What a client got."""

    status_code: int | None = 200
    reason: str = "OK"
    headers: list = field(default_factory=list)
    framing: str | None = "chunked"
    complete: bool = True
    http_version: str = "1.1"
    missing: str = "the end marker (an empty chunk)"


@dataclass
class Client:
    response: Got = field(default_factory=Got)
    stopped: bool = False
    problem: str | None = None
    timed_out: bool = False


def trace_of(*lanes, pace=None, lockstep=False, reports_sends=False, unobserved=()):
    """A trace whose lanes have chunks at these times: ``("app", [1, 3])``, each of a byte.

    Joined ones are (time, bytes).
    """
    trace = Trace(tuple(name for name, _ in lanes), gate=Gate(pace))
    for name, times in lanes:
        for chunk in times:
            time, size = chunk if isinstance(chunk, tuple) else (chunk, 1)
            trace.lanes[name].record_at(b"x" * size, time)
    if lockstep:
        trace.use_lockstep()
    trace.reports_sends = reports_sends
    for lane, layer in dict(unobserved).items():
        trace.add_unobserved(lane, layer)
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
        (four(*ON_TIME, lockstep=True), "streamed", None, "Lockstep makes this a proof."),
        (four(*ON_TIME, reports_sends=True), "streamed", None, "Each was sent before the next"),
        # A client that reads late is not the server's fault: the bytes were sent.
        (four(*CLIENT_LATE, reports_sends=True), "streamed", None, "Each was sent"),
        # If the server does not report its sends, full speed shows nothing ...
        (four(*CLIENT_LATE), "inconclusive", None, "`server` held them or the client read late"),
        (
            four(*CLIENT_LATE, reports_sends=True, **PROXY),
            "inconclusive",
            None,
            "`proxy` held them or",
        ),
        # ... but a pace does, and lockstep is a proof.
        (
            four(*CLIENT_LATE, pace=0.1),
            "buffered",
            "server",
            "`server` kept the first chunk for less than 0.001 s and sent everything at the end.",
        ),
        (
            four(*CLIENT_LATE, pace=0.1, reports_sends=True, **PROXY),
            "buffered",
            "proxy",
            "`proxy` kept",
        ),
        (
            four(*CLIENT_LATE, lockstep=True, reports_sends=True, **PROXY),
            "buffered",
            "proxy",
            "proxy",
        ),
        (four(*CLIENT_LATE_ONCE, pace=0.1), "streamed", None, "2 of the first 3"),
        (four(*CLIENT_LATE_ONCE, lockstep=True), "buffered", "server", "1 of 4 chunks"),
        # Up to the server everything happens in one thread, so the order is a proof.
        (
            four([1, 11, 21], [2, 12, 22], [30, 31, 32], [33, 34, 35]),
            "buffered",
            "server",
            "`server` kept the first chunk for less than 0.001 s and sent everything at the end.",
        ),
        (
            four([1, 11, 21, 31], [2, 12, 22, 32], [(13, 2), (33, 2)], [(14, 2), (34, 2)]),
            "buffered",
            "server",
            "`server` kept 2 of 4 chunks until after the next one was made: up to 1 byte at once",
        ),
        (
            four([1, 11, 21], [(30, 3)], [(31, 3)], [(32, 3)], unobserved={"app": "get_data"}),
            "buffered",
            "get_data",
            "`get_data` kept the first chunk for less than 0.001 s and sent everything together",
        ),
        (
            four([1, 11, 21], [(30, 3)], [(31, 3)], [(32, 3)]),
            "buffered",
            "app",
            "`app` kept the first chunk",
        ),
        (four([1], [2], [3], [4]), "inconclusive", None, "One piece"),
        (four([], [], [], []), "empty", None, "200 OK without a body"),
    ],
)
def test_a_whole_response(trace, outcome, lane, said):
    verdict = judge(trace, Client())
    assert (verdict.outcome, verdict.culprit) == (outcome, lane)
    assert said in str(verdict)


def failing(trace, error=None, *, raised_by="generator", at=100, finished=None):
    """An exception at some time; `finished` is when the generator had reached its end."""
    trace.set_failure(Failure.of(error or ValueError("on purpose"), raised_by=raised_by))
    trace.record_event("exception", time=at)
    if finished is not None:
        trace.record_event("generator finished", time=finished)
    return trace


@pytest.mark.parametrize(
    ("trace", "client", "outcome", "lane", "said"),
    [
        (
            failing(four([], [], [], [])),
            Client(Got(500, "Internal Server Error")),
            "failed",
            None,
            "the generator raised ValueError: on purpose before the first byte",
        ),
        (
            failing(trace_of(("generator", [1]), ("app", [2]), ("profiler", []), ("client", []))),
            Client(Got(500, "Internal Server Error")),
            "failed",
            "profiler",
            "`profiler` still held all of it",
        ),
        (four([], [], [], []), Client(Got(404, "Not Found")), "failed", None, "404 Not Found"),
        (
            four([], [], [], []),
            Client(Got(None, complete=False), problem="Nothing arrived for 3 s."),
            "failed",
            None,
            "no response arrived. Nothing arrived for 3 s.",
        ),
        (
            failing(four([1], [2], [3], [4])),
            Client(Got(complete=False)),
            "truncated",
            None,
            (
                "the client received 200 and 1 chunk (1 byte), then the connection was cut, because "
                "the generator raised ValueError: on purpose. The end marker (an empty chunk) never "
                "arrived."
            ),
        ),
        (
            failing(four([1], [2], [3], [4])),
            Client(Got(framing="close", http_version="1.0")),
            "truncated",
            None,
            "cannot tell. In HTTP/1.0 a response that was cut looks like a complete one.",
        ),
        (
            failing(four([1], [2], [3], [4])),
            Client(Got(framing="close")),
            "truncated",
            None,
            "cannot tell. Without chunks or Content-Length, a response that was cut looks like",
        ),
        (
            failing(four([1], [2], [3], [4])),
            Client(),
            "truncated",
            None,
            "the client cannot tell. The response ended as if it were complete.",
        ),
        (
            four([1], [2], [3], [4]),
            Client(Got(complete=False, missing="5 of 9 bytes", framing="length")),
            "truncated",
            None,
            "The connection was closed. 5 of 9 bytes never arrived.",
        ),
        (
            four(*ON_TIME),
            Client(Got(complete=False), stopped=True),
            "stopped",
            None,
            "left after 3 chunks (3 bytes)",
        ),
        # An error response whose body was cut is not a complete response,
        (
            failing(four([1, 2], [1, 2], [1, 2], [1, 2])),
            Client(Got(404, "Not Found", complete=False)),
            "truncated",
            None,
            "the client received 404 and 2 chunks",
        ),
        # and an error before the body, or after it, did not end the body.
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
            Client(Got(complete=False), problem="Nothing arrived for 3 s.", timed_out=True),
            "stopped",
            None,
            "left after 3 chunks (3 bytes). Nothing arrived for 3 s.",
        ),
        (
            four([1, 11, 21], [2, 12, 22], [3, 13, 23], []),
            Client(Got(204, "No Content", framing="none")),
            "empty",
            None,
            "so 3 chunks (3 bytes) could not be sent",
        ),
        (
            trace_of(("generator", [1, 3]), ("app", [2, 4]), ("eats", []), ("client", [])),
            Client(),
            "empty",
            "eats",
            "`eats` received 2 chunks (2 bytes) and did not pass them on",
        ),
        (
            four([1, 11, 21], [2, 12, 22], [3, 13, 23], [4, 14]),
            Client(Got(framing="length")),
            "truncated",
            "server",
            "Content-Length is 2, but 3 bytes were made",
        ),
        (
            trace_of(("generator", [1, 3]), ("app", [2, 4]), ("eats", [3]), ("client", [4])),
            Client(),
            "truncated",
            "eats",
            "`eats` passed on 1 of 2 bytes",
        ),
        # A client that leaves after the end has not left early.
        (four(*ON_TIME, lockstep=True), Client(stopped=True), "streamed", None, "proof"),
        (
            four(*ON_TIME, lockstep=True),
            Client(Got(framing="close")),
            "streamed",
            None,
            "a response that was cut looks like a complete one",
        ),
    ],
)
def test_a_response_that_is_not_whole(trace, client, outcome, lane, said):
    verdict = judge(trace, client)
    assert (verdict.outcome, verdict.culprit) == (outcome, lane)
    assert said in str(verdict)


def test_what_was_held_is_told_in_numbers():
    verdict = judge(four([1, 11, 21], [(30, 3)], [(31, 3)], [(32, 3)]), Client())
    assert (verdict.held_bytes, verdict.held_seconds) == (2, 29e-9)


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
        trace.lanes[lane].record_at(b"data: x", time)
    verdict = judge(trace, Client())
    assert verdict.outcome == "streamed"
    assert "proof" not in str(verdict)


def test_a_recoding_is_told():
    trace = trace_of(("app", [1, 3]), ("gzip", []), ("client", []))
    for lane, time in (("gzip", 2), ("client", 2), ("gzip", 4), ("client", 4)):
        trace.lanes[lane].record_at(b"\x1f\x8b" * 20, time)
    trace.use_lockstep()
    told = "`gzip` changes the bytes, so chunks after it are matched by time."
    assert str(judge(trace, Client())).endswith(told)
