"""The two runs that a panel compares, and what its view shows of their difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypedDict

from streamlab.harness.comparison import Comparison

if TYPE_CHECKING:
    from streamlab.harness.exchange import Exchange
    from streamlab.lab.history import History

_SWITCH = "`stream_with_context`"


class ComparisonFacts(TypedDict):
    """What the view shows of a comparison, besides the two runs."""

    first: int
    second: int
    """The numbers of the runs; 0 if the second has not begun."""
    names: list[str]
    """What tells the runs apart."""
    text: str
    """The difference in a sentence; "" while a run streams."""


class Compared(NamedTuple):
    """Two runs, one above the other. Without a second one, its turn comes when the first is done.

    :param first: the upper one.
    :param second: the lower one, which the other regions show too; None if it has not begun.
    """

    first: Exchange
    second: Exchange | None

    def facts(self, history: History) -> ComparisonFacts:
        """Return what the view shows.

        :param history: knows the numbers of the runs.
        """
        if self.second is None:
            names, text = [f"with {_SWITCH}", f"without {_SWITCH}"], ""
        else:
            comparison = Comparison(self.first, self.second)
            names, text = list(comparison.names), comparison.text if comparison.done else ""
        return {
            "first": history.number_of(self.first),
            "second": history.number_of(self.second) if self.second else 0,
            "names": names,
            "text": text,
        }
