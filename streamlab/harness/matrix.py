"""The matrix: one app under many scenarios, as a table of what the client receives and why.

Nothing in the table is written by hand: each row is a request over a socket, in lockstep.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING

from streamlab.arguments import checked_choice, checked_flag, checked_items
from streamlab.harness.harness import Harness
from streamlab.harness.keyword_hints import hint_keywords
from streamlab.harness.scenario import Scenario
from streamlab.harness.stack import context_can_be_switched
from streamlab.middleware import MIDDLEWARE
from streamlab.server import SERVERS
from streamlab.wording import counted, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from _typeshed.wsgi import WSGIApplication

    from streamlab.harness.exchange import Exchange
    from streamlab.harness.scenario import HTTPVersion, MiddlewareLayer
    from streamlab.http1.request import RequestHeaders
    from streamlab.trace.verdict import Verdict

COLUMNS = ("server", "middleware", "context", "client receives", "verdict")
"""The headings of the table."""
MATRIX_REASONS = {
    "server": 'use servers=["werkzeug"], a list of names',
    "pace": "all rows are made in lockstep, so that the table does not depend on time",
    "lockstep": "all rows are made in lockstep anyway",
}
"""Why `matrix` does not have some keywords of `Scenario`."""
_SHOWN_CHARACTERS = 24
"""How much of a body is shown."""


@dataclass(frozen=True, repr=False)
class Row:
    """One scenario and its outcome.

    :param scenario: how the exchange was made.
    :param exchange: the exchange; None if it could not be made.
    :param text: the verdict's sentence; without an exchange, the reason.
    :param missing: what to show in the column ``verdict`` if there is no exchange.
    """

    scenario: Scenario
    exchange: Exchange | None
    text: str
    missing: str = ""

    @property
    def verdict(self) -> Verdict | None:
        """The verdict; None without an exchange."""
        return self.exchange.verdict if self.exchange else None

    @property
    def outcome(self) -> str:
        """The outcome of the verdict, such as ``"streamed"``; "" without an exchange."""
        return self.verdict.outcome if self.verdict else ""

    @property
    def culprit(self) -> str | None:
        """The name of what held the bytes back or lost them; None if nothing did."""
        return self.verdict.culprit if self.verdict else None

    @property
    def cells(self) -> tuple[str, ...]:
        """The texts of the row in the table, one for each of `COLUMNS`."""
        scenario = self.scenario
        culprit = f", {self.culprit}" if self.culprit else ""
        return (
            scenario.server,
            " + ".join(layer.name for layer in scenario.layers) or "-",
            "kept" if scenario.stream_with_context else "not kept",
            client_receives(self.exchange) if self.exchange else "-",
            f"{self.outcome}{culprit}" if self.exchange else self.missing,
        )

    def __repr__(self) -> str:
        return printable(f"<Row {' | '.join(self.cells)}>")


class Matrix:
    """The rows of a table of outcomes. `len()` and iteration work; `repr()` is the table.

    In a notebook the value of a cell is shown as an HTML table.

    :param path: path and query that all rows have in common.
    :param rows: the rows, in the order of the table.

    >>> Matrix("/stream", [Row(Scenario("/stream"), None, "It is not installed.", "missing")])
    server    middleware  context  client receives  verdict
    --------  ----------  -------  ---------------  -------
    werkzeug  -           kept     -                missing
    werkzeug: It is not installed.
    """

    def __init__(self, path: str, rows: Iterable[Row]) -> None:
        self.path = path
        self.rows = tuple(rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __repr__(self) -> str:
        table = [COLUMNS, *(row.cells for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [
            printable(
                "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            ).rstrip()
            for cells in table
        ]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([*lines, *self._notes()])

    def _notes(self) -> list[str]:
        """Return why rows have no exchange, each reason once with the names that it applies to."""
        names: dict[str, dict[str, None]] = {}
        for row in self.rows:
            if row.exchange is None:
                server, middleware, *_ = row.cells
                names.setdefault(row.text, {})[server if middleware == "-" else middleware] = None
        return [f"{', '.join(which)}: {text}" for text, which in names.items()]

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{column}</th>" for column in COLUMNS)
        body = "".join(
            f'<tr title="{escape(row.text)}">'
            + "".join(f"<td>{escape(cell)}</td>" for cell in row.cells)
            + "</tr>"
            for row in self.rows
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._notes())
        return (
            f"<table><caption>{escape(self.path)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"
        )


def client_receives(exchange: Exchange) -> str:
    """Return in a few words what the client received: the status, the body and how it ended.

    :param exchange: an exchange that is done.

    >>> from streamlab import App, observe
    >>> app = App()
    >>> @app.get("/")
    ... def hello():
    ...     return "Hello World"
    >>> client_receives(observe(app, "/")), client_receives(observe(app, "/nowhere"))
    ("200 'Hello World'", '404 NOT FOUND')
    """
    if exchange.status_code is None:
        return "no response"
    if exchange.status_code >= HTTPStatus.BAD_REQUEST:
        shown = exchange.reason
    elif exchange.trace.recoded:
        shown = f"{counted(exchange.lanes['client'].size, 'byte')}, recoded"
    else:
        shown = repr(exchange.body.decode(errors="replace"))
        if len(shown) > _SHOWN_CHARACTERS:
            shown = f"{shown[:_SHOWN_CHARACTERS]}..."
    if not exchange.complete:
        return f"{exchange.status_code} {shown}, then cut off"
    truncated = exchange.verdict is not None and exchange.verdict.outcome == "truncated"
    return f"{exchange.status_code} {shown}{', and no error' if truncated else ''}"


@hint_keywords(**MATRIX_REASONS)
def matrix(
    app: WSGIApplication | Harness,
    path: str = "/",
    *,
    middleware: Sequence[MiddlewareLayer] | None = None,
    servers: Sequence[str] | None = None,
    method: str = "GET",
    headers: RequestHeaders = (),
    data: bytes | str = b"",
    stream_with_context: bool | None = None,
    http_version: HTTPVersion = "1.1",
    timeout: float = 30.0,
    chunks: int | None = None,
    time_limit: float | None = 60.0,
) -> Matrix:
    """Request `path` with each server and each middleware, and return the table of outcomes.

    Blocks until all exchanges are done. What is not installed becomes a row that says so.

    :param app: any WSGI application, or a running `Harness` that serves one.
    :param path: path and query, such as ``"/stream?name=World"``.
    :param middleware: the middleware to try, one row each; None tries all of
        `streamlab.middleware.MIDDLEWARE`.
    :param servers: names of the servers to try without middleware, one row each; None tries all
        of `streamlab.server.SERVERS`. The first one also serves the rows with middleware.
    :param method: the request's method.
    :param headers: header fields of the request, as a mapping or as pairs.
    :param data: the request's body; text is sent as UTF-8.
    :param stream_with_context: True keeps the request context, False switches
        `stream_with_context` off, None tries both if the app has the switch.
    :param http_version: ``"1.1"``, or ``"1.0"`` for responses without chunks.
    :param timeout: the most seconds between two reads of the client.
    :param chunks: after how many chunks the client leaves; None reads to the end. For a stream
        that does not end.
    :param time_limit: the most seconds for the whole exchange (default 60); then the client leaves.
        None sets no limit.
    :raises TypeError: if a keyword does not exist. The message names the nearest one.
    :raises ValueError: if a value is not valid.

    >>> from streamlab import App, matrix, request, stream_with_context
    >>> app = App()
    >>> @app.get("/stream")
    ... def stream():
    ...     def generate():
    ...         yield "Hello "
    ...         yield request.args["name"]
    ...     return stream_with_context(generate())
    >>> matrix(app, "/stream?name=World", middleware=["profiler"], servers=["werkzeug"])
    server    middleware  context   client receives             verdict
    --------  ----------  --------  --------------------------  ------------------
    werkzeug  -           kept      200 'Hello World'           streamed
    werkzeug  -           not kept  200 'Hello ', then cut off  truncated
    werkzeug  profiler    kept      200 'Hello World'           buffered, profiler
    werkzeug  profiler    not kept  500 INTERNAL SERVER ERROR   failed, profiler
    """
    if not isinstance(app, Harness):
        with Harness(app, remembered=False) as harness:
            return matrix(
                harness,
                path,
                middleware=middleware,
                servers=servers,
                method=method,
                headers=headers,
                data=data,
                stream_with_context=stream_with_context,
                http_version=http_version,
                timeout=timeout,
                chunks=chunks,
                time_limit=time_limit,
            )
    common = Scenario(
        path,
        method=method,
        headers=headers,
        data=data,
        http_version=http_version,
        timeout=timeout,
        chunks=chunks,
        time_limit=time_limit,
    )
    scenarios = combinations(
        app.app,
        common,
        middleware=middleware,
        servers=servers,
        stream_with_context=stream_with_context,
    )
    return Matrix(path, (make_row(app, scenario) for scenario in scenarios))


def combinations(
    app: WSGIApplication,
    common: Scenario,
    *,
    middleware: Sequence[MiddlewareLayer] | None = None,
    servers: Sequence[str] | None = None,
    stream_with_context: bool | None = None,
) -> list[Scenario]:
    """Return the scenarios of a matrix, one for each row.

    :param app: any WSGI application.
    :param common: what all rows have in common.
    :param middleware: see `matrix`.
    :param servers: see `matrix`.
    :param stream_with_context: see `matrix`.
    :raises ValueError: if a value is not valid.

    >>> rows = combinations(print, Scenario("/"), middleware=["gzip"], servers=["waitress"])
    >>> [(row.server, len(row.layers)) for row in rows]
    [('waitress', 0), ('waitress', 1)]
    """
    names = list(SERVERS) if servers is None else _server_names(servers)
    layers = list(MIDDLEWARE.values())
    if middleware is not None:
        layers = list(common.replace(middleware=middleware).layers)
    scenarios = [
        *(common.replace(server=name) for name in names),
        *(common.replace(server=names[0], middleware=layer) for layer in layers),
    ]
    if stream_with_context is not None:
        contexts = [checked_flag("stream_with_context", stream_with_context)]
    else:
        contexts = [True, False] if context_can_be_switched(app) else [True]
    return [
        scenario.replace(stream_with_context=kept) for scenario in scenarios for kept in contexts
    ]


def _server_names(servers: object) -> list[str]:
    """Return the names of servers: one, or several."""
    if isinstance(servers, str):
        servers = [servers]
    hint = f"None for all, or a list of names: {', '.join(SERVERS)}"
    given = checked_items("servers", servers, 100, hint)
    if not given:
        raise ValueError(f"servers=[] has no server to ask. Use {hint}")
    return [checked_choice("servers", name, SERVERS) for name in given]


def make_row(
    harness: Harness,
    scenario: Scenario,
    *,
    started: Callable[[Exchange], object] | None = None,
) -> Row:
    """Make one exchange in lockstep and return its row, or a row that says why there is none.

    :param harness: serves the app.
    :param scenario: how the exchange is made.
    :param started: is called with the exchange before its request is sent.
    """
    try:
        exchange = harness.exchange(scenario, lockstep=True)
    except ModuleNotFoundError as error:
        return Row(scenario, None, str(error), 'not installed: pip install "streamlab[servers]"')
    except FileNotFoundError as error:
        return Row(scenario, None, str(error), "not installed")
    except ValueError as error:
        return Row(scenario, None, str(error), "not possible")
    if started:
        started(exchange)
    exchange.make()
    return Row(scenario, exchange, str(exchange.verdict))
