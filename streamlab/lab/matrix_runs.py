"""The matrix in the panel. Its exchanges are made one by one in another thread."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Literal, TypedDict

from streamlab.harness.harness import Harness
from streamlab.harness.kept_exchanges import MAX_EXCHANGES, KeptExchanges
from streamlab.harness.matrix import client_receives, combinations, make_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication

    from streamlab.harness.exchange import Exchange
    from streamlab.harness.matrix import Row
    from streamlab.harness.scenario import Scenario

MAX_BYTES = 16 * 1024 * 1024
"""How many bytes the exchanges of the matrix may take."""
ROW_SECONDS = 10.0
"""The time limit of each exchange, if the Lab has none: the stream may be endless."""


class MatrixRow(TypedDict):
    """One scenario of the matrix and its outcome, for the view."""

    server: str
    middleware: list[str]
    stream_with_context: bool
    outcome: str
    """The outcome of the verdict; "" without an exchange."""
    culprit: str
    receives: str
    """What the client receives, in a few words; without an exchange, why it could not be sent."""
    text: str
    """The sentence of the verdict; without an exchange, what to do."""


class MatrixState(TypedDict):
    """What the view shows of a matrix."""

    state: Literal["running", "done", "stopped"]
    path: str
    total: int
    rows: list[MatrixRow]
    """The rows so far."""


class MatrixRuns:
    """Makes the exchanges of one matrix at a time.

    :param tell: gets the state after each row. It is called in the thread that makes the rows.
    """

    def __init__(self, tell: Callable[[MatrixState], object]) -> None:
        self.kept = KeptExchanges(MAX_EXCHANGES, MAX_BYTES)
        """The exchanges of the rows, as far as there is room for them."""
        self._tell = tell
        self._positions: weakref.WeakKeyDictionary[Exchange, int] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()
        self._current: Exchange | None = None
        self._matrix = 0
        """Rises when a matrix starts or is stopped: a thread with an older number ends."""
        self._begun = 0
        """The number of the latest matrix that has started."""

    def start(self, app: WSGIApplication, scenario: Scenario) -> None:
        """Make another matrix. One that is not complete is stopped.

        :param app: the app to request.
        :param scenario: what all rows have in common.
        """
        scenarios = combinations(
            app,
            scenario.replace(
                pace=None, middleware=(), time_limit=scenario.time_limit or ROW_SECONDS
            ),
        )
        self.stop()
        self._begun = self._matrix
        self.kept.clear()
        threading.Thread(
            target=self._make,
            args=(self._matrix, app, scenarios),
            name="streamlab matrix",
            daemon=True,
        ).start()

    def stop(self) -> None:
        """Make no further row."""
        with self._lock:
            self._matrix += 1
            if self._current:
                self._current.stop()

    def exchange(self, position: int) -> Exchange | None:
        """Return the exchange of a row; None if the row has no exchange or it is not kept.

        :param position: of the row, counted from 0.
        """
        return next((one for one in self.kept if self._positions.get(one) == position), None)

    def _make(self, matrix: int, app: WSGIApplication, scenarios: list[Scenario]) -> None:
        def tell(state: MatrixState) -> None:
            if self._begun == matrix:
                self._tell(state)

        rows: list[MatrixRow] = []
        state: MatrixState = {
            "state": "running",
            "path": scenarios[0].path,
            "total": len(scenarios),
            "rows": rows,
        }
        tell(state)
        with Harness(app, remembered=False) as harness:
            for scenario in scenarios:
                row = make_row(harness, scenario, started=lambda one: self._started(matrix, one))
                if self._matrix != matrix:
                    break
                if row.exchange is not None:
                    self._positions[row.exchange] = len(rows)
                    self.kept.append(row.exchange)
                rows.append(_described(row))
                state = {**state, "rows": list(rows)}
                tell(state)
        with self._lock:
            self._current = None
        ended: Literal["done", "stopped"] = "done" if len(rows) == len(scenarios) else "stopped"
        tell({**state, "state": ended})

    def _started(self, matrix: int, exchange: Exchange) -> None:
        with self._lock:
            self._current = exchange
            if self._matrix != matrix:
                exchange.stop()

    def __repr__(self) -> str:
        return f"<MatrixRuns, {len(self.kept)} exchanges kept>"


def _described(row: Row) -> MatrixRow:
    exchange = row.exchange
    return {
        "server": row.scenario.server,
        "middleware": [layer.name for layer in row.scenario.layers],
        "stream_with_context": row.scenario.stream_with_context,
        "outcome": row.outcome,
        "culprit": row.culprit or "",
        "receives": client_receives(exchange) if exchange else row.missing.partition(":")[0],
        "text": row.text,
    }
