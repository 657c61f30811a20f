"""Asserts for anybody's tests: that a response streams, is closed, and fits into memory.

They take any WSGI application: an `App`, one of Flask, Django or Bottle, a bare callable. None of
them looks at a clock. `assert_streams` and `assert_buffered` make a request over a real socket in
lockstep (see `streamlab.harness.lockstep`); the others call the application as a server would.
"""

from __future__ import annotations

import gc
import linecache
import tracemalloc
from itertools import islice
from typing import TYPE_CHECKING

from streamlab.exports.formatting import shortened
from streamlab.harness.keyword_hints import hint_keywords
from streamlab.harness.observe import observe
from streamlab.harness.scenario import Scenario
from streamlab.testing.in_process import InProcessRequest, NothingComesOutError, ready_made
from streamlab.testing.report import failure_text, last_location, way_of_bytes
from streamlab.trace.failure import Failure
from streamlab.trace.find_generator import is_user_code
from streamlab.trace.source import title_of
from streamlab.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed.wsgi import WSGIApplication

    from streamlab.harness.exchange import Exchange
    from streamlab.harness.scenario import HTTPVersion, MiddlewareArgument
    from streamlab.http1.request import RequestHeaders
    from streamlab.trace.trace import Trace


_ALLOCATIONS_SHOWN = 3
_LOCKSTEP_REASONS = dict.fromkeys(
    ("pace", "lockstep"),
    "an assertion always runs in lockstep, so that its result does not depend on time. Leave it out",
)
_NO_SERVER_REASONS = dict.fromkeys(
    ("server", "pace", "lockstep", "http_version", "timeout"),
    "it would make no difference, because this assertion calls the application directly, without "
    "a server. Leave it out",
)


@hint_keywords(**_LOCKSTEP_REASONS)
def assert_streams(
    app: WSGIApplication,
    path: str = "/",
    *,
    method: str = "GET",
    headers: RequestHeaders = (),
    data: bytes | str = b"",
    stream_with_context: bool = True,
    middleware: MiddlewareArgument = (),
    server: str = "werkzeug",
    http_version: HTTPVersion = "1.1",
    timeout: float = 30.0,
) -> Exchange:
    """Each chunk reaches the client before the next one is made.

    :param app: any WSGI callable.
    :param path: path and query.
    :param scenario: see `streamlab.harness.scenario.Scenario`: `middleware`, `server`, `headers`...
    :returns: the exchange, for further asserts.
    :raises AssertionError: where it does not, saying what held the bytes back.

    >>> from streamlab import App
    >>> app = App()
    >>> @app.get("/count")
    ... def count():
    ...     return (f"{number} " for number in range(3))
    >>> assert_streams(app, "/count").body
    b'0 1 2 '
    >>> assert_streams(app, "/count", middleware="profiler")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    AssertionError: GET /count does not stream.
    ...

    Where nothing shows which line makes the chunks, a second request is made, to see whether they
    were all there before the first was sent.
    """
    __tracebackhide__ = True
    exchange = observe(
        app,
        path,
        method=method,
        headers=headers,
        data=data,
        stream_with_context=stream_with_context,
        middleware=middleware,
        server=server,
        lockstep=True,
        http_version=http_version,
        timeout=timeout,
    )
    verdict = exchange.verdict
    if verdict is None or verdict.outcome != "streamed":
        raise AssertionError(_does_not_stream(exchange))
    if not any(place >= 0 for place in exchange.lanes["generator"].locations):
        ready = ready_made(app, exchange.scenario)
        if ready is not None:
            raise AssertionError(_was_ready(exchange, ready))
    return exchange


@hint_keywords(**_LOCKSTEP_REASONS)
def assert_buffered(
    app: WSGIApplication,
    path: str = "/",
    *,
    by: str | None = None,
    method: str = "GET",
    headers: RequestHeaders = (),
    data: bytes | str = b"",
    stream_with_context: bool = True,
    middleware: MiddlewareArgument = (),
    server: str = "werkzeug",
    http_version: HTTPVersion = "1.1",
    timeout: float = 30.0,
) -> Exchange:
    """Something holds the bytes back, as a test of a middleware or a proxy may want it.

    :param by: the name of the lane that holds them; any where None.
    :raises AssertionError: where it streams, or another holds the bytes.

    The other parameters are those of `assert_streams`.

    >>> from streamlab import App
    >>> app = App()
    >>> @app.get("/count")
    ... def count():
    ...     return (f"{number} " for number in range(3))
    >>> assert_buffered(app, "/count", middleware="buffer", by="buffer").verdict.held_bytes
    4
    """
    __tracebackhide__ = True
    exchange = observe(
        app,
        path,
        method=method,
        headers=headers,
        data=data,
        stream_with_context=stream_with_context,
        middleware=middleware,
        server=server,
        lockstep=True,
        http_version=http_version,
        timeout=timeout,
    )
    verdict = exchange.verdict
    asked = _request_line(exchange.scenario)
    if verdict is None or verdict.outcome != "buffered":
        raise AssertionError(
            f"{asked} is not buffered.\n\n{verdict}\n\n{way_of_bytes(exchange.trace)}"
        )
    if by is not None and verdict.culprit != by:
        raise AssertionError(
            f"{asked} is buffered by {verdict.culprit}, not by {by}.\n\n{verdict}\n\n"
            f"{way_of_bytes(exchange.trace, verdict.culprit)}"
        )
    return exchange


@hint_keywords(**_NO_SERVER_REASONS)
def assert_closes_generator(
    app: WSGIApplication,
    path: str = "/",
    *,
    after: int = 1,
    method: str = "GET",
    headers: RequestHeaders = (),
    data: bytes | str = b"",
    stream_with_context: bool = True,
    middleware: MiddlewareArgument = (),
) -> None:
    """A client leaves in the middle of the response, and the generator is closed.

    So its ``finally`` and ``with`` blocks run, and files and connections are given back. A server
    calls `close()` on what the application returned (PEP 3333); who wraps that must pass it on.

    :param after: chunks that the client gets before it leaves.
    :param scenario: `method`, `headers`, `data`, `stream_with_context`, `middleware`.
    :raises AssertionError: where the generator stays open, saying where it waits, and who kept
        the `close()` to itself.

    >>> from streamlab import App
    >>> app = App()
    >>> @app.get("/rows")
    ... def rows():
    ...     def generate():
    ...         try:
    ...             yield from ("a row ", "another ")
    ...         finally:
    ...             print("closed")
    ...     return generate()
    >>> assert_closes_generator(app, "/rows")
    closed
    """
    __tracebackhide__ = True
    scenario = Scenario(
        path,
        method=method,
        headers=headers,
        data=data,
        stream_with_context=stream_with_context,
        middleware=middleware,
    )
    with InProcessRequest(app, scenario) as drive:
        _check_closing(drive, after)


@hint_keywords(**_NO_SERVER_REASONS)
def assert_peak_memory(
    app: WSGIApplication,
    path: str = "/",
    max_bytes: int = 1_000_000,
    *,
    chunks: int | None = None,
    method: str = "GET",
    headers: RequestHeaders = (),
    data: bytes | str = b"",
    stream_with_context: bool = True,
    middleware: MiddlewareArgument = (),
) -> int:
    """The response is made and handed out within `max_bytes` of memory, however long it is.

    Counted is what Python allocates (`tracemalloc`) on top of what was there, the chunk in hand
    included. A first request, ended after its first chunk, pays for what is made once.

    :param chunks: after how many to leave, for a stream without an end.
    :param scenario: `method`, `headers`, `data`, `stream_with_context`, `middleware`.
    :returns: the peak, in bytes.
    :raises AssertionError: where it takes more, saying which lines hold it.

    >>> from streamlab import App
    >>> app = App()
    >>> @app.get("/report")
    ... def report():
    ...     return ("x" * 10_000 for _ in range(1_000))
    >>> assert_peak_memory(app, "/report", max_bytes=500_000) < 500_000
    True
    """
    __tracebackhide__ = True
    scenario = Scenario(
        path,
        method=method,
        headers=headers,
        data=data,
        stream_with_context=stream_with_context,
        middleware=middleware,
    )
    with InProcessRequest(app, scenario) as warm:
        _first_chunks(warm, 1, _request_line(warm.scenario))
        warm.close()
    del warm
    with InProcessRequest(app, scenario) as drive:
        drive.keep_no_bytes()
        try:
            peak, got, snapshot = _peak(drive, max_bytes, chunks)
        except NothingComesOutError:
            raise _nothing_comes_out(drive) from None
    if snapshot is None:
        return peak
    held = "\n".join(_allocations(snapshot))
    raise AssertionError(
        f"{_request_line(drive.scenario)} took {peak:,} bytes of memory, and {max_bytes:,} were "
        f"allowed.\n\nThat was when {counted(got, 'chunk')} had come out. What holds it:\n{held}"
        f"\n\n{way_of_bytes(drive.trace)}\n\n"
        "A stream takes as much as its largest chunk if each is made when it is asked for: no "
        "list of all rows, no join, no middleware that collects."
    )


def _check_closing(drive: InProcessRequest, after: int) -> None:
    __tracebackhide__ = True
    asked = _request_line(drive.scenario)
    got = _first_chunks(drive, after, asked)
    if any(event.kind == "generator finished" for event in drive.trace.events):
        raise AssertionError(_finished_too_soon(drive, asked, got))
    at = last_location(drive.trace)
    waits = f"It still waits at {at}.\n" if at else ""
    try:
        drive.close()
    except RuntimeError as error:
        raise AssertionError(
            f"{asked} does not close its generator: {error}.\n\n{waits}A generator is told to end "
            "by GeneratorExit at its yield. Something around the yield catches that and goes on: "
            "write `except Exception`, not `except BaseException` or a bare `except`.\n\n"
            f"{way_of_bytes(drive.trace)}"
        ) from error
    keeper = drive.holds_close
    if keeper is not None:
        raise AssertionError(
            f"{asked} does not close its generator: {keeper} does not pass close() on.\n\n{waits}"
            "The server calls close() on the iterable that it was given (PEP 3333). Middleware "
            "that wraps an iterable calls that one's close() in its own: "
            "werkzeug.wsgi.ClosingIterator(items, iterable.close) does.\n\n"
            f"{way_of_bytes(drive.trace, keeper, 'did not pass close() on')}"
        )
    if drive.left_open:
        raise AssertionError(
            f"{asked} does not close its generator.\n\n{waits}"
            "What the app returns was closed, and did not close the generator inside. Return the "
            "generator itself, or give what you wrap it in a close() that calls the generator's."
            f"\n\n{way_of_bytes(drive.trace, 'app', 'close() came here')}"
        )
    if drive.made_of_none:
        raise AssertionError(
            f"{asked} has no generator to close: the app returned "
            f"{drive.kind_of_body}.\n\n{way_of_bytes(drive.trace)}"
        )


def _peak(
    drive: InProcessRequest, max_bytes: int, chunks: int | None
) -> tuple[int, int, tracemalloc.Snapshot | None]:
    """The peak, after how many chunks it was, and a snapshot where it is over the limit."""
    gc.collect()
    traced_before = tracemalloc.is_tracing()
    if not traced_before:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        got = 0
        for got, _chunk in enumerate(islice(drive.chunks(), chunks), 1):  # noqa: B007
            if tracemalloc.get_traced_memory()[1] - before > max_bytes:
                break
        peak = tracemalloc.get_traced_memory()[1] - before
        snapshot = tracemalloc.take_snapshot() if peak > max_bytes else None
        drive.close()
        return peak, got, snapshot
    finally:
        if not traced_before:
            tracemalloc.stop()


def _allocations(snapshot: tracemalloc.Snapshot) -> Iterator[str]:
    """The lines that hold most, the learner's own first."""
    statistics = sorted(
        snapshot.statistics("lineno")[: 10 * _ALLOCATIONS_SHOWN],
        key=lambda one: (not is_user_code(one.traceback[0].filename), -one.size),
    )
    most = max((one.size for one in statistics), default=0)
    large = [one for one in statistics if one.size * _ALLOCATIONS_SHOWN >= most]
    for one in large[:_ALLOCATIONS_SHOWN]:
        frame = one.traceback[0]
        code = linecache.getline(frame.filename, frame.lineno).strip()
        yield (
            f"  {one.size:>12,} bytes  {title_of(frame.filename)}, line {frame.lineno}: "
            f"{shortened(code, 60)}"
        )


def _request_line(scenario: Scenario) -> str:
    return f"{scenario.method} {scenario.path}"


def _does_not_stream(exchange: Exchange) -> str:
    verdict, trace = exchange.verdict, exchange.trace
    lane = verdict.culprit if verdict else None
    parts = [
        f"{_request_line(exchange.scenario)} does not stream.",
        str(verdict),
        way_of_bytes(trace, lane),
    ]
    if exchange.failure is not None:
        parts.append(failure_text(exchange.failure))
    if verdict is not None and verdict.advice:
        parts.append(verdict.advice)
    return "\n\n".join(parts)


def _was_ready(exchange: Exchange, ready: int) -> str:
    return (
        f"{_request_line(exchange.scenario)} does not stream.\n\n"
        f"All {ready} chunks were there before the first was sent: the body is a list or a tuple, "
        "and it was sent piece by piece.\n\n"
        f"{way_of_bytes(exchange.trace)}\n\n"
        "Return the generator itself: Response(generate()), not Response(list(generate()))."
    )


def _first_chunks(drive: InProcessRequest, count: int, asked: str) -> int:
    """Take so many chunks, and leave the rest; how many there were."""
    got = 0
    trace: Trace = drive.trace
    try:
        for got, _ in enumerate(islice(drive.chunks(), count), 1):  # noqa: B007
            pass
    except NothingComesOutError:
        raise _nothing_comes_out(drive) from None
    except Exception as error:
        drive.close()
        raise AssertionError(
            f"{asked} failed.\n\n{failure_text(trace.failure or Failure.of(error))}\n\n"
            f"{way_of_bytes(trace)}"
        ) from error
    if drive.status[:1] in {"4", "5"}:
        drive.close()
        raise AssertionError(
            f"{asked} answered {drive.status}, so nothing can be said of its stream. Is the path "
            f"right, and what the view needs?\n\n{way_of_bytes(trace)}"
        )
    return got


def _nothing_comes_out(drive: InProcessRequest) -> AssertionError:
    trace = drive.trace
    made = max(lane.chunks for lane in trace.lanes.values())
    return AssertionError(
        f"{_request_line(drive.scenario)} hands nothing out: {counted(made, 'chunk')} were made "
        f"without one coming out, and so it was left.\n\n{way_of_bytes(trace, _keeper(trace))}"
    )


def _keeper(trace: Trace) -> str | None:
    """The first that was given chunks, and has handed none on."""
    return next((lane.name for lane in trace.lanes.values() if not lane.chunks), None)


def _finished_too_soon(drive: InProcessRequest, asked: str, got: int) -> str:
    return (
        f"{asked} could not be left in the middle: the generator had run to its end when the "
        f"client had {counted(got, 'chunk')} ({drive.status}).\n\n{way_of_bytes(drive.trace)}\n\n"
        "Either the response is too short for after=..., or something collects it before any of "
        "it comes out; assert_streams tells."
    )
