"""The verdict: outcome, culprit, sentence and advice, from traces with invented times."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from streamlab.trace import advice
from streamlab.trace.client import ExternalClient
from streamlab.trace.failure import Failure
from streamlab.trace.gate import Gate
from streamlab.trace.trace import Trace
from streamlab.trace.verdict import judge


@dataclass
class Received:
    """The response that a client received."""

    status_code: int | None = 200
    reason: str = "OK"
    headers: list = field(default_factory=list)
    framing: str | None = "chunked"
    complete: bool = True
    http_version: str = "1.1"
    missing: str = "the end marker (an empty chunk)"
    surplus: int = 0


@dataclass
class Client:
    response: Received = field(default_factory=Received)
    stopped: bool = False
    problem: str | None = None
    timed_out: bool = False
    limit_reached: str = ""


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
        (four(*ON_TIME, lockstep=True), "streamed", None, "Lockstep proves it."),
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
            "`server` kept the first chunk and sent everything at the end.",
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
            "`server` kept the first chunk and sent everything at the end.",
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
            "`get_data` kept the first chunk and sent everything together",
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
def test_a_complete_response(trace, outcome, lane, said):
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
            Client(Received(500, "Internal Server Error")),
            "failed",
            None,
            "before the first byte, the generator raised ValueError: on purpose. The client received",
        ),
        (
            failing(trace_of(("generator", [1]), ("app", [2]), ("profiler", []), ("client", []))),
            Client(Received(500, "Internal Server Error")),
            "failed",
            "profiler",
            "`profiler` still held all of it",
        ),
        (four([], [], [], []), Client(Received(404, "Not Found")), "failed", None, "404 Not Found"),
        (
            four([], [], [], []),
            Client(Received(None, complete=False), problem="Nothing arrived for 3 s."),
            "failed",
            None,
            "no response arrived. Nothing arrived for 3 s.",
        ),
        (
            failing(four([1], [2], [3], [4])),
            Client(Received(complete=False)),
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
            Client(Received(framing="close", http_version="1.0")),
            "truncated",
            None,
            "client cannot tell. In HTTP/1.0 a response that was cut looks like a complete one.",
        ),
        (
            failing(four([1], [2], [3], [4])),
            Client(Received(framing="close")),
            "truncated",
            None,
            "client cannot tell. Without chunks or Content-Length, a response that was cut looks like",
        ),
        (
            failing(four([1], [2], [3], [4])),
            Client(),
            "truncated",
            None,
            "The client cannot tell. The response ended as if it were complete.",
        ),
        (
            four([1], [2], [3], [4]),
            Client(Received(complete=False, missing="5 of 9 bytes", framing="length")),
            "truncated",
            None,
            "The connection was closed. 5 of 9 bytes never arrived.",
        ),
        (
            four(*ON_TIME),
            Client(Received(complete=False), stopped=True),
            "stopped",
            None,
            "left after 3 chunks (3 bytes)",
        ),
        # An error response whose body was cut is not a complete response,
        (
            failing(four([1, 2], [1, 2], [1, 2], [1, 2])),
            Client(Received(404, "Not Found", complete=False)),
            "truncated",
            None,
            "the client received 404 and 2 chunks",
        ),
        # and an error before the body, or after it, did not end the body.
        (
            failing(four(*ON_TIME, lockstep=True), at=0),
            Client(),
            "streamed",
            None,
            "Lockstep proves it",
        ),
        (
            failing(four(*ON_TIME, lockstep=True), at=90, finished=80),
            Client(),
            "streamed",
            None,
            "Lockstep proves it",
        ),
        (
            four(*ON_TIME),
            Client(Received(complete=False), problem="Nothing arrived for 3 s.", timed_out=True),
            "stopped",
            None,
            "left after 3 chunks (3 bytes). Nothing arrived for 3 s.",
        ),
        (
            four([1, 11, 21], [2, 12, 22], [3, 13, 23], []),
            Client(Received(204, "No Content", framing="none")),
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
            Client(Received(framing="length")),
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
        (
            four(*ON_TIME, lockstep=True),
            Client(stopped=True),
            "streamed",
            None,
            "Lockstep proves it",
        ),
        (
            four(*ON_TIME, lockstep=True),
            Client(Received(framing="close")),
            "streamed",
            None,
            "a response that was cut looks like a complete one",
        ),
    ],
)
def test_a_response_with_a_problem(trace, client, outcome, lane, said):
    verdict = judge(trace, client)
    assert (verdict.outcome, verdict.culprit) == (outcome, lane)
    assert said in str(verdict)


def test_held_bytes_and_seconds_are_numbers():
    verdict = judge(four([1, 11, 21], [(30, 3)], [(31, 3)], [(32, 3)]), Client())
    assert (verdict.held_bytes, verdict.held_seconds) == (2, 29e-9)


def test_of_several_holders_the_one_with_the_most_late_chunks_is_named():
    trace = trace_of(
        ("generator", [1, 11, 21, 31]),
        ("app", [2, 12, 22, 32]),
        ("once", [13, 13, 23, 33]),
        ("buffer", [(40, 4)]),
        ("client", [(41, 4)]),
        lockstep=True,
    )
    assert judge(trace, Client()).culprit == "buffer"


def test_after_a_recoding_lockstep_is_no_proof():
    trace = trace_of(("app", [1, 3]), ("sse", []), ("client", []), lockstep=True)
    for lane, time in (("sse", 2), ("client", 2), ("sse", 4), ("client", 4)):
        trace.lanes[lane].record_at(b"data: x", time)
    verdict = judge(trace, Client())
    assert verdict.outcome == "streamed"
    assert "Lockstep proves it" not in str(verdict)


def test_a_recoding_is_mentioned():
    trace = trace_of(("app", [1, 3]), ("gzip", []), ("client", []))
    for lane, time in (("gzip", 2), ("client", 2), ("gzip", 4), ("client", 4)):
        trace.lanes[lane].record_at(b"\x1f\x8b" * 20, time)
    trace.use_lockstep()
    told = "`gzip` changes the bytes, so chunks after it are matched by time."
    assert str(judge(trace, Client())).endswith(told)


OUTSIDE = "Working outside of request context.\n\nThe message goes on."


class TestAdvice:
    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("app", "`if response.is_streamed: return response`"),
            ("buffer", "`yield from iterable`"),
            ("gzip", "`compressor.flush(zlib.Z_SYNC_FLUSH)`"),
            ("profiler", "remove `app.wsgi_app = ProfilerMiddleware(app.wsgi_app)`"),
            (
                "unheard-of",
                "Let `unheard-of` pass each chunk on as it comes: `yield from iterable`",
            ),
        ],
    )
    def test_each_holder_has_its_own(self, name, code):
        middleware = () if name == "app" else ((name, [(30, 3)]),)
        app = [(30, 3)] if name == "app" else [2, 12, 22]
        lanes = (("generator", [1, 11, 21]), ("app", app), *middleware)
        trace = trace_of(*lanes, ("server", [(31, 3)]), ("client", [(32, 3)]))
        verdict = judge(trace, Client())
        assert (verdict.outcome, verdict.culprit) == ("buffered", name)
        assert code in verdict.advice

    def test_an_after_request_function_is_told_to_leave_streams_alone(self):
        unobserved = {"app": "get_data"}
        trace = four([1, 11, 21], [(30, 3)], [(31, 3)], [(32, 3)], unobserved=unobserved)
        assert "`if response.is_streamed: return response`" in judge(trace, Client()).advice

    def test_a_proxy_is_told_by_header_or_configuration(self):
        trace = four(*CLIENT_LATE, lockstep=True, reports_sends=True, **PROXY)
        tip = judge(trace, Client()).advice
        assert '`response.headers["X-Accel-Buffering"] = "no"`' in tip
        assert "`proxy_buffering off;`" in tip

    def test_a_server_is_replaced(self):
        assert "server='werkzeug'" in judge(four(*CLIENT_LATE, pace=0.1), Client()).advice

    @pytest.mark.parametrize(
        ("raised_by", "tip"), [("generator", advice.KEEP_CONTEXT), ("app", ""), (None, "")]
    )
    def test_a_missing_context_is_kept_for_the_generator(self, raised_by, tip):
        trace = failing(four([1], [2], [3], [4]), RuntimeError(OUTSIDE), raised_by=raised_by)
        verdict = judge(trace, Client(Received(complete=False)))
        assert (verdict.outcome, verdict.advice) == ("truncated", tip)

    def test_it_names_the_wrapper_and_the_argument(self):
        assert "`return stream_with_context(generate())`" in advice.KEEP_CONTEXT
        assert '`generate(request.args["name"])`' in advice.KEEP_CONTEXT

    def test_it_is_the_same_if_a_middleware_held_all_until_the_error(self):
        lanes = (("generator", [1]), ("app", [2]), ("profiler", []), ("client", []))
        trace = failing(trace_of(*lanes), RuntimeError(OUTSIDE))
        verdict = judge(trace, Client(Received(500, "Internal Server Error")))
        assert (verdict.culprit, verdict.advice) == ("profiler", advice.KEEP_CONTEXT)

    def test_another_exception_of_a_generator_cannot_change_the_status(self):
        trace = failing(four([1], [2], [3], [4]))
        verdict = judge(trace, Client(Received(complete=False)))
        assert verdict.advice == advice.RAISED_AFTER_THE_START

    def test_the_debugger_hides_an_error_from_the_client(self):
        lanes = (("generator", [1]), ("app", [2]), ("debugger", [3]), ("client", [4]))
        assert judge(failing(trace_of(*lanes)), Client()).advice == advice.DEBUGGER_COMPLETES

    def test_a_view_that_failed_before_its_response_needs_no_other_advice_than_its_error(self):
        trace = failing(four([], [], [], []), raised_by="app")
        assert judge(trace, Client(Received(500, "Internal Server Error"))).advice == ""

    def test_a_wrong_length_is_removed(self):
        trace = four([1, 11, 21], [2, 12, 22], [3, 13, 23], [4, 14])
        assert judge(trace, Client(Received(framing="length"))).advice == advice.WRONG_LENGTH

    def test_a_client_that_waited_too_long(self):
        left = Client(Received(complete=False), problem="Nothing arrived for 3 s.", timed_out=True)
        assert judge(four(*ON_TIME), left).advice == advice.TIMED_OUT

    def test_a_client_that_was_stopped_needs_none(self):
        left = Client(Received(complete=False), stopped=True)
        assert judge(four(*ON_TIME), left).advice == ""

    def test_a_cut_whose_cause_is_not_known_has_none(self):
        assert judge(four(*ON_TIME), Client(Received(complete=False))).advice == ""

    def test_too_fast_to_tell(self):
        tip = judge(four(*CLIENT_LATE), Client()).advice
        assert "`observe(app, path, pace=0.1)`" in tip
        assert "`observe(app, path, lockstep=True)`" in tip

    def test_one_piece(self):
        assert judge(four([1], [2], [3], [4]), Client()).advice == advice.ONE_PIECE

    def test_a_stream_needs_none(self):
        assert judge(four(*ON_TIME, reports_sends=True), Client()).advice == ""


@pytest.mark.parametrize(
    ("raised_by", "said"),
    [
        ("generator", "because the generator raised ValueError: on purpose. The"),
        ("app", "because the app raised ValueError: on purpose. The"),
        ("shout", "because `shout` raised ValueError: on purpose. The"),
        (None, "because ValueError: on purpose was raised. The"),
    ],
)
def test_what_raised_an_exception_is_named_if_it_is_known(raised_by, said):
    trace = failing(four([1], [2], [3], [4]), raised_by=raised_by)
    assert said in str(judge(trace, Client(Received(complete=False))))


def test_an_exception_that_was_answered_is_not_called_the_cause_of_a_later_cut():
    trace = failing(four(*ON_TIME), at=0)
    verdict = judge(trace, Client(Received(complete=False), problem="The connection broke."))
    assert verdict.outcome == "truncated"
    assert "because" not in str(verdict)
    assert "The connection broke. The end marker (an empty chunk) never arrived." in str(verdict)


def test_everything_at_the_end_is_only_said_if_nothing_came_before():
    trace = four([1, 11, 21], [2, 12, 22], [(14, 1), (24, 2)], [(15, 1), (25, 2)])
    verdict = judge(trace, Client())
    assert str(verdict) == (
        "Buffered: `server` kept 2 of 3 chunks until after the next one was made: up to 1 byte at "
        "once."
    )


class TestTimeOfBuffering:
    """The time is mentioned if it says something: not for a generator without a pause."""

    SECOND = 1_000_000_000

    def verdict_after(self, *server, step=SECOND):
        made = [step, 2 * step, 3 * step]
        arrivals = [(int(time * step), size) for time, size in server]
        return str(judge(four(made, [time + 1 for time in made], arrivals, arrivals), Client()))

    def test_everything_together(self):
        assert self.verdict_after((4, 3)) == (
            "Buffered: `server` kept the first chunk for 3 s and sent everything together at the "
            "end."
        )

    def test_everything_in_pieces(self):
        assert self.verdict_after((4, 1), (5, 2)) == (
            "Buffered: `server` kept the first chunk for 3 s and sent everything at the end."
        )

    def test_some_chunks(self):
        assert self.verdict_after((2.5, 2), (4, 1)) == (
            "Buffered: `server` kept 1 of 3 chunks until after the next one was made: up to 1 byte "
            "at once, the first for 1.5 s."
        )

    def test_without_a_pause(self):
        assert self.verdict_after((4, 3), step=1_000) == (
            "Buffered: `server` kept the first chunk and sent everything together at the end."
        )

    def test_a_header_of_gzip_before_the_end_is_not_content(self):
        trace = trace_of(("app", [1, 11, 21]), ("gzip", []), ("client", []))
        for lane in ("gzip", "client"):
            trace.lanes[lane].record_at(bytes.fromhex("1f8b0800000000000003"), 2)
            trace.lanes[lane].record_at(b"content", 30)
        assert str(judge(trace, Client())) == (
            "Buffered: `gzip` kept the first chunk and sent all content at the end. `gzip` changes "
            "the bytes, so chunks after it are matched by time."
        )


class TestSlowGenerator:
    """A generator that pauses gives the client enough time, as a pace does."""

    TICK = 400_000_000

    def late(self, tick, **facts):
        made = [tick, 2 * tick, 3 * tick]
        arrivals = [(4 * tick, 3)]
        sent = [time + 2 for time in made]
        return four(made, [time + 1 for time in made], sent, arrivals, **facts)

    def test_what_comes_behind_a_proxy_at_the_end_was_buffered(self):
        verdict = judge(self.late(self.TICK, reports_sends=True, **PROXY), Client())
        assert (verdict.outcome, verdict.culprit) == ("buffered", "proxy")

    def test_at_full_speed_it_cannot_be_told(self):
        verdict = judge(self.late(1_000, reports_sends=True, **PROXY), Client())
        assert verdict.outcome == "inconclusive"


def test_an_external_head_request_has_no_body():
    trace = Trace()
    trace.start_response("200 OK", [("Content-Length", "9")])
    trace.set_head("app", ("200 OK", [("Content-Length", "9")]))
    trace.end_lane("app")
    trace.record_event("response finished")
    verdict = judge(trace, ExternalClient(trace, cut=print, method="HEAD"))
    assert (verdict.outcome, verdict.culprit) == ("empty", None)
    assert judge(trace, ExternalClient(trace, cut=print)).culprit == "app"
