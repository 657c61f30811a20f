"""Assertions for tests of streamed responses, for pytest and unittest.

They take any WSGI application, such as one of streamlab, Flask, Django or Bottle. No result
depends on time. `assert_streams` and `assert_buffered` send a request over a socket in lockstep
(see `streamlab.harness.lockstep`). The others call the application without a server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlab.arguments import checked_number, checked_text
from streamlab.harness.keyword_hints import hint_keywords
from streamlab.harness.observe import observe
from streamlab.harness.scenario import Scenario
from streamlab.testing.closing import check_closing, nothing_sent, read_chunks, request_line
from streamlab.testing.in_process import InProcessRequest, NothingSentError
from streamlab.testing.memory import largest_allocations, measure_peak
from streamlab.testing.report import failure_text, lanes_text
from streamlab.wording import counted

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from streamlab.harness.exchange import Exchange
    from streamlab.harness.scenario import HTTPVersion, MiddlewareArgument
    from streamlab.http1.request import RequestHeaders


_LOCKSTEP_REASONS = dict.fromkeys(
    ("pace", "lockstep"),
    "an assertion always runs in lockstep, so that its result does not depend on time. Leave it "
    "out",
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
    chunks: int | None = None,
    time_limit: float | None = 60.0,
) -> Exchange:
    """Assert that each chunk reaches the client before the next one is made.

    :param app: any WSGI application.
    :param path: path and query, such as ``"/stream?name=World"``.
    :param method: the request's method.
    :param headers: header fields of the request, as a mapping or as pairs.
    :param data: the request's body; text is sent as UTF-8.
    :param stream_with_context: False switches off `stream_with_context` for this request; only
        for an app made by streamlab's `App`.
    :param middleware: one layer or several, the one nearest to the app first: names of
        `streamlab.middleware.MIDDLEWARE`, or callables that take a WSGI application and return one.
    :param server: a name of `streamlab.server.SERVERS`.
    :param http_version: ``"1.1"``, or ``"1.0"`` for a response without chunks.
    :param timeout: the most seconds between two reads of the client.
    :param chunks: after how many chunks the client leaves; None reads to the end. For a stream
        that does not end.
    :param time_limit: the most seconds for the whole exchange (default 60); then the client leaves.
        None sets no limit.
    :return: the exchange, for further assertions.
    :raises AssertionError: if the response does not stream. The message names what held the bytes.
    :raises TypeError: if a keyword does not exist.
    :raises ValueError: if a value is not valid.

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
        chunks=chunks,
        time_limit=time_limit,
    )
    verdict = exchange.verdict
    if verdict is None or verdict.outcome != "streamed":
        raise AssertionError(_does_not_stream(exchange))
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
    chunks: int | None = None,
    time_limit: float | None = 60.0,
) -> Exchange:
    """Assert that a layer holds bytes back, for example in a test of a middleware or a proxy.

    :param app: any WSGI application.
    :param path: path and query, such as ``"/stream?name=World"``.
    :param by: the name of the layer that must hold the bytes; None accepts any layer.
    :param method: the request's method.
    :param headers: header fields of the request, as a mapping or as pairs.
    :param data: the request's body; text is sent as UTF-8.
    :param stream_with_context: False switches off `stream_with_context` for this request; only
        for an app made by streamlab's `App`.
    :param middleware: one layer or several, the one nearest to the app first: names of
        `streamlab.middleware.MIDDLEWARE`, or callables that take a WSGI application and return one.
    :param server: a name of `streamlab.server.SERVERS`.
    :param http_version: ``"1.1"``, or ``"1.0"`` for a response without chunks.
    :param timeout: the most seconds between two reads of the client.
    :param chunks: after how many chunks the client leaves; None reads to the end. For a stream
        that does not end.
    :param time_limit: the most seconds for the whole exchange (default 60); then the client leaves.
        None sets no limit.
    :return: the exchange, for further assertions.
    :raises AssertionError: if the response streams, or if another layer holds the bytes.
    :raises TypeError: if a keyword does not exist.
    :raises ValueError: if a value is not valid.

    >>> from streamlab import App
    >>> app = App()
    >>> @app.get("/count")
    ... def count():
    ...     return (f"{number} " for number in range(3))
    >>> assert_buffered(app, "/count", middleware="buffer", by="buffer").verdict.held_bytes
    4
    """
    __tracebackhide__ = True
    if by is not None:
        checked_text("by", by)
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
        chunks=chunks,
        time_limit=time_limit,
    )
    verdict = exchange.verdict
    line = request_line(exchange.scenario)
    if verdict is None or verdict.outcome != "buffered":
        raise AssertionError(
            f"{line} is not buffered.\n\n{verdict}\n\n{lanes_text(exchange.trace)}"
        )
    if by is not None and verdict.culprit != by:
        raise AssertionError(
            f"{line} is buffered by {verdict.culprit}, not by {by}.\n\n{verdict}\n\n"
            f"{lanes_text(exchange.trace, verdict.culprit)}"
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
    """Assert that the generator is closed when the client disconnects in the middle.

    Then its ``finally`` and ``with`` blocks run, and files and connections are released. The server
    calls ``close()`` on the iterable that the application returned (PEP 3333). A layer that wraps
    the iterable must pass the call on.

    :param app: any WSGI application.
    :param path: path and query, such as ``"/stream?name=World"``.
    :param after: how many chunks the client gets before it disconnects.
    :param method: the request's method.
    :param headers: header fields of the request, as a mapping or as pairs.
    :param data: the request's body; text is sent as UTF-8.
    :param stream_with_context: False switches off `stream_with_context` for this request; only
        for an app made by streamlab's `App`.
    :param middleware: one layer or several, the one nearest to the app first: names of
        `streamlab.middleware.MIDDLEWARE`, or callables that take a WSGI application and return one.
    :raises AssertionError: if the generator stays open. The message shows the line at which it is
        suspended, and names the layer that did not pass ``close()`` on.
    :raises TypeError: if a keyword does not exist.
    :raises ValueError: if a value is not valid.

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
    with InProcessRequest(app, scenario) as request:
        check_closing(request, checked_number("after", after, "chunks"))


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
    """Assert that the response is made within a limit of memory, however long it is.

    `tracemalloc` measures what Python allocates during the request, the current chunk included. A
    first request is made before the measurement, so that memory that is allocated once does not
    count.

    :param app: any WSGI application.
    :param path: path and query, such as ``"/stream?name=World"``.
    :param max_bytes: the limit, in bytes.
    :param chunks: how many chunks to read; None reads all. Needed for a stream without an end.
    :param method: the request's method.
    :param headers: header fields of the request, as a mapping or as pairs.
    :param data: the request's body; text is sent as UTF-8.
    :param stream_with_context: False switches off `stream_with_context` for this request; only
        for an app made by streamlab's `App`.
    :param middleware: one layer or several, the one nearest to the app first: names of
        `streamlab.middleware.MIDDLEWARE`, or callables that take a WSGI application and return one.
    :return: the peak, in bytes.
    :raises AssertionError: if more is allocated. The message has the lines that hold the memory.
    :raises TypeError: if a keyword does not exist.
    :raises ValueError: if a value is not valid.

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
    checked_number("max_bytes", max_bytes, "bytes", least=0)
    if chunks is not None:
        checked_number("chunks", chunks, "chunks")
    with InProcessRequest(app, scenario) as first:
        read_chunks(first, 1, request_line(first.scenario))
        first.close()
    del first
    with InProcessRequest(app, scenario) as request:
        request.keep_no_bytes()
        try:
            peak, got, snapshot = measure_peak(request, max_bytes, chunks)
        except NothingSentError:
            raise nothing_sent(request) from None
    if snapshot is None:
        return peak
    held = "\n".join(largest_allocations(snapshot))
    raise AssertionError(
        f"{request_line(request.scenario)} took {peak:,} bytes of memory, and {max_bytes:,} were "
        f"allowed.\n\nThis was after {counted(got, 'chunk')}. These lines hold the memory:\n{held}"
        f"\n\n{lanes_text(request.trace)}\n\n"
        "A stream needs memory for one chunk if each chunk is made when it is needed. Do not make "
        "a list of all rows, do not join them, and use no middleware that collects them."
    )


def _does_not_stream(exchange: Exchange) -> str:
    verdict, trace = exchange.verdict, exchange.trace
    lane = verdict.culprit if verdict else None
    parts = [
        f"{request_line(exchange.scenario)} does not stream.",
        str(verdict),
        lanes_text(trace, lane),
    ]
    if exchange.failure is not None:
        parts.append(failure_text(exchange.failure))
    if verdict is not None and verdict.advice:
        parts.append(verdict.advice)
    return "\n\n".join(parts)
