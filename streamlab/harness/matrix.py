"""One app under many circumstances, as a table: what the client sees, and who is to blame.

None of it is written down anywhere: each cell is a request over a real socket, in lockstep.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from streamlab.harness.harness import Harness
from streamlab.harness.scenario import Scenario
from streamlab.harness.stack import signals_of
from streamlab.middleware import MIDDLEWARE
from streamlab.middleware.available import as_middleware
from streamlab.server import SERVERS
from streamlab.trace.verdict import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from _typeshed.wsgi import WSGIApplication

    from streamlab.harness.exchange import Exchange
    from streamlab.middleware import Middleware

COLUMNS = ("server", "middleware", "context", "client sees", "verdict")
_SHOWN = 24
"""Characters of a body."""


@dataclass(frozen=True)
class Row:
    """One scenario and its outcome.

    ``exchange`` is None where the scenario cannot be had here, and ``text`` then says why:
    something is not installed, or this kind of app has no such thing.
    """

    scenario: Scenario
    exchange: Exchange | None
    text: str

    @property
    def outcome(self) -> str:
        """The verdict's word; "" where there is none."""
        return self.exchange.verdict.outcome if self.exchange and self.exchange.verdict else ""

    @property
    def lane(self) -> str | None:
        """What held the bytes back."""
        return self.exchange.verdict.culprit if self.exchange and self.exchange.verdict else None

    @property
    def cells(self) -> tuple[str, ...]:
        """What the table shows, by `COLUMNS`."""
        scenario = self.scenario
        blame = f", {self.lane}" if self.lane else ""
        return (
            scenario.server,
            " + ".join(layer.name for layer in scenario.layers) or "-",
            "kept" if scenario.stream_with_context else "not kept",
            client_sees(self.exchange) if self.exchange else "-",
            f"{self.outcome}{blame}" if self.exchange else "not here",
        )


class Matrix:
    """The outcomes of many scenarios; shown as a table, in a notebook as one of HTML."""

    def __init__(self, path: str, rows: Iterable[Row]) -> None:
        self.path = path
        self.rows = tuple(rows)

    def __repr__(self) -> str:
        table = [COLUMNS, *(row.cells for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
            for cells in table
        ]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([*lines, *(f"not here: {note}" for note in self._notes())])

    def _notes(self) -> list[str]:
        """Why some rows have no outcome, each reason once."""
        why: dict[str, dict[str, None]] = {}
        for row in self.rows:
            if row.exchange is None:
                server, middleware, *_ = row.cells
                why.setdefault(row.text, {})[server if middleware == "-" else middleware] = None
        return [f"{', '.join(what)}. {text}" for text, what in why.items()]

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{column}</th>" for column in COLUMNS)
        body = "".join(
            f'<tr title="{escape(row.text)}">'
            + "".join(f"<td>{escape(cell)}</td>" for cell in row.cells)
            + "</tr>"
            for row in self.rows
        )
        notes = "".join(f"<p>not here: {escape(note)}</p>" for note in self._notes())
        return (
            f"<table><caption>{escape(self.path)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"
        )

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


def client_sees(exchange: Exchange) -> str:
    """What arrives, in a few words: status, body, and how it ends.

    Of a body that was recoded, its size.
    """
    if exchange.status_code is None:
        return "no response"
    if exchange.status_code >= HTTPStatus.BAD_REQUEST:
        shown = exchange.reason
    elif exchange.trace.recoded:
        shown = f"{counted(exchange.lanes['client'].size, 'byte')}, recoded"
    else:
        shown = repr(exchange.body.decode(errors="replace"))
        if len(shown) > _SHOWN:
            shown = f"{shown[:_SHOWN]}..."
    if not exchange.complete:
        return f"{exchange.status_code} {shown}, then a cut"
    cut = exchange.verdict is not None and exchange.verdict.outcome == "truncated"
    return f"{exchange.status_code} {shown}{', and no error' if cut else ''}"


def matrix(
    app: WSGIApplication | Harness,
    path: str = "/",
    *,
    middleware: Sequence[Any] | None = None,
    servers: Sequence[str] | None = None,
    **scenario: Any,
) -> Matrix:
    """Ask `app` for `path` under many circumstances and show what came of it.

    :param app: a WSGI callable, or a stage that has one.
    :param middleware: what to put in the way, one after the other; all of the registry if None.
    :param servers: names of servers to try without middleware; all that are there if None. The
        first of them also serves the rows with middleware.
    :param scenario: further keywords of `Scenario`. Without `stream_with_context` an app whose
        context can be taken away is asked with it and without.

    >>> from streamlab import App, request, stream_with_context
    >>> app = App()
    >>> @app.get("/stream")
    ... def stream():
    ...     def generate():
    ...         yield "Hello "
    ...         yield request.args["name"]
    ...     return stream_with_context(generate())
    >>> matrix(app, "/stream?name=World", middleware=["profiler"], servers=["werkzeug"])
    server    middleware  context   client sees                verdict
    --------  ----------  --------  -------------------------  ------------------
    werkzeug  -           kept      200 'Hello World'          streamed
    werkzeug  -           not kept  200 'Hello ', then a cut   truncated
    werkzeug  profiler    kept      200 'Hello World'          buffered, profiler
    werkzeug  profiler    not kept  500 INTERNAL SERVER ERROR  failed, profiler
    """
    if not isinstance(app, Harness):
        with Harness(app, remembered=False) as stage:
            return matrix(stage, path, middleware=middleware, servers=servers, **scenario)
    asked = Scenario.of(path, {**scenario, "pace": "step"})
    names = list(SERVERS if servers is None else servers)
    layers = [
        as_middleware(one) for one in (MIDDLEWARE.values() if middleware is None else middleware)
    ]
    ways: list[tuple[str, tuple[Middleware, ...]]] = [
        *((name, ()) for name in names),
        *((names[0], (layer,)) for layer in layers),
    ]
    contexts = [asked.stream_with_context]
    namespace = getattr(signals_of(app.app), "__name__", "")
    if "stream_with_context" not in scenario and namespace == "streamlab.web":
        contexts = [True, False]
    return Matrix(
        path,
        (
            _row(app, replace(asked, server=server, middleware=given, stream_with_context=kept))
            for server, given in ways
            for kept in contexts
        ),
    )


def _row(stage: Harness, scenario: Scenario) -> Row:
    try:
        exchange = stage.exchange(scenario, lockstep=True)
    except (ModuleNotFoundError, FileNotFoundError, ValueError) as error:
        return Row(scenario, None, str(error))
    exchange.make()
    return Row(scenario, exchange, str(exchange.verdict))
