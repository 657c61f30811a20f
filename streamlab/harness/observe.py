"""`observe`: make one request to an app and return everything that was observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlab.arguments import checked_flag
from streamlab.harness.harness import Harness
from streamlab.harness.keyword_hints import hint_keywords
from streamlab.harness.scenario import Scenario
from streamlab.server.descriptors import explained

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from streamlab.harness.exchange import Exchange
    from streamlab.harness.scenario import HTTPVersion, MiddlewareArgument
    from streamlab.http1.request import RequestHeaders


@hint_keywords()
def observe(
    app: WSGIApplication,
    path: str = "/",
    *,
    method: str = "GET",
    headers: RequestHeaders = (),
    data: bytes | str = b"",
    stream_with_context: bool = True,
    middleware: MiddlewareArgument = (),
    server: str = "werkzeug",
    pace: float | None = None,
    lockstep: bool = False,
    http_version: HTTPVersion = "1.1",
    timeout: float = 30.0,
    chunks: int | None = None,
    time_limit: float | None = 60.0,
) -> Exchange:
    """Make one request to `app` over a socket and return everything that was observed.

    Blocks until the exchange is done. The server runs only during this call.

    :param app: any WSGI application. With streamlab's `App` and with Flask also the request
        context is observed.
    :param path: path and query, such as ``"/stream?name=World"``.
    :param method: the request's method.
    :param headers: header fields of the request, as a mapping or as pairs.
    :param data: the request's body; text is sent as UTF-8.
    :param stream_with_context: False switches off `stream_with_context` for this exchange; only
        for an app made by streamlab's `App`.
    :param middleware: one layer or several, the one nearest to the app first: names of
        `streamlab.middleware.MIDDLEWARE`, or callables that take a WSGI application and return one.
    :param server: a name of `streamlab.server.SERVERS`.
    :param pace: seconds between two chunks; None lets the generator continue at once.
    :param lockstep: whether the generator continues only when its previous chunk has reached the
        client, or is certain to be held. The verdict is then independent of time.
    :param http_version: ``"1.1"``, or ``"1.0"`` for a response without chunks.
    :param timeout: the most seconds between two reads of the client. If the generator takes
        longer, the client disconnects.
    :param chunks: after how many chunks the client leaves; None reads to the end. For a stream
        that does not end.
    :param time_limit: the most seconds for the whole exchange (default 60); then the client leaves.
        None sets no limit.
    :raises TypeError: if a keyword does not exist. The message names the nearest one.
    :raises ValueError: if a value is not valid, or if the app, the server or the middleware do
        not work together.
    :raises ModuleNotFoundError: if the server is not installed.
    :raises FileNotFoundError: if the proxy is not installed.

    >>> from streamlab import App, observe
    >>> app = App()
    >>> @app.get("/")
    ... def hello():
    ...     return (text for text in ("Hello ", "World", "!"))
    >>> exchange = observe(app, "/", lockstep=True)
    >>> exchange.verdict.outcome, exchange.text
    ('streamed', 'Hello World!')
    >>> [chunk.data for chunk in exchange.lanes["client"]]
    [b'Hello ', b'World', b'!']
    >>> observe(app, "/", lockstep=True, middleware="gzip").verdict.culprit
    'gzip'
    """
    scenario = Scenario(
        path,
        method=method,
        headers=headers,
        data=data,
        stream_with_context=stream_with_context,
        middleware=middleware,
        server=server,
        pace=pace,
        http_version=http_version,
        timeout=timeout,
        chunks=chunks,
        time_limit=time_limit,
    )
    if scenario.pace == "step":
        raise ValueError(
            'pace="step" waits for lab.next_chunk(), which only a Lab has. Use '
            "observe(app, path, lockstep=True): the generator continues when its previous chunk "
            "has reached the client."
        )
    checked_flag("lockstep", lockstep)
    with explained("make the request"), Harness(app, remembered=False) as harness:
        exchange = harness.exchange(scenario, lockstep=lockstep)
        exchange.make()
    exchange.judge_again()  # the server has stopped since
    return exchange
