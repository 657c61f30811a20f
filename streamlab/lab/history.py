"""The history of a Lab: the number of each run that was shown, and the view's code at that time."""

from __future__ import annotations

import threading
import weakref
from itertools import count
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from streamlab.lab.feed import Feed
from streamlab.lab.message import describe_run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamlab.harness.exchange import Exchange
    from streamlab.lab.protocol import Run
    from streamlab.trace.source import Source

MAX_ENTRIES = 20
"""How many runs the panel offers. Others that are kept can be compared in Python."""


class Entry(TypedDict):
    """A run that the panel offers to show again."""

    run: Run
    outcome: str
    """The outcome of its verdict; "" while it streams."""


class NumberedRun(NamedTuple):
    """What is remembered of a run besides its exchange."""

    number: int
    source: Source | None
    """The source of the view as it was when the run was first shown."""


class History:
    """Numbers runs in the order in which they are first shown. Any thread may call it.

    It keeps no exchange alive.

    >>> from streamlab import App, observe
    >>> history, exchange = History(), observe(App(), "/")
    >>> history.add(exchange, None).number, history.add(exchange, None).number
    (1, 1)
    >>> [entry["outcome"] for entry in history.entries([exchange])]
    ['failed']
    >>> history.find(1, [exchange]) is exchange
    True
    """

    def __init__(self) -> None:
        self._runs: weakref.WeakKeyDictionary[Exchange, NumberedRun] = weakref.WeakKeyDictionary()
        self._numbers = count(1)
        self._lock = threading.Lock()

    def add(self, exchange: Exchange, source: Source | None) -> NumberedRun:
        """Number a run, unless it has a number.

        :param exchange: of the run.
        :param source: of the view that answers.
        """
        with self._lock:
            run = self._runs.get(exchange)
            if run is None:
                run = self._runs[exchange] = NumberedRun(next(self._numbers), source)
            return run

    def feed(self, exchange: Exchange) -> Feed:
        """Return a new feed of a run.

        :param exchange: has a number.
        """
        number, source = self._runs[exchange]
        return Feed(number, exchange, source)

    def number_of(self, exchange: Exchange) -> int:
        """Return the number of a run; 0 if it has none.

        :param exchange: of the run.
        """
        run = self._runs.get(exchange)
        return run.number if run else 0

    def find(self, number: int, kept: Iterable[Exchange]) -> Exchange | None:
        """Return the run with a number; None if it is not kept.

        :param number: of the run.
        :param kept: the exchanges to look at.
        """
        return next((exchange for exchange in kept if self.number_of(exchange) == number), None)

    def entries(self, kept: Iterable[Exchange]) -> list[Entry]:
        """Return the latest runs, the newest first.

        :param kept: the exchanges that can be shown again.
        """
        numbers = {exchange: self.number_of(exchange) for exchange in kept}
        shown = sorted((one for one in numbers if numbers[one]), key=numbers.__getitem__)
        return [
            {
                "run": describe_run(
                    numbers[one], one.scenario, list(one.lanes), external=one.external
                ),
                "outcome": one.verdict.outcome if one.verdict else "",
            }
            for one in reversed(shown[-MAX_ENTRIES:])
        ]

    def __repr__(self) -> str:
        return f"<History of {len(self._runs)} runs>"
