"""How a figure is measured here: beside its peer, by turns, and the best turn counts.

All measure the same machine in the same minutes, whatever else it has to do, and what disturbs
a measurement only ever makes it longer.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def by_turns(measures: Mapping[str, Callable[[], float]], turns: int) -> dict[str, float]:
    """The best, which is the least, of `turns` measurements of each, by name."""
    best = dict.fromkeys(measures, float("inf"))
    gc.collect()
    gc.disable()
    try:
        for turn in range(turns):
            # Whoever goes first might find a colder cache: swap at every turn.
            for name in sorted(measures, reverse=bool(turn % 2)):
                best[name] = min(best[name], measures[name]())
    finally:
        gc.enable()
    return best


@dataclass
class Bound:
    """A line of the table that says whether a bound holds."""

    text: str
    figure: str
    holds: bool

    def __str__(self) -> str:
        return f"  {self.text:62}{self.figure:>22}{'' if self.holds else '  BROKEN'}"


def report(title: str, bounds: Sequence[Bound]) -> int:
    """Print which bounds hold; the exit code is 1 where one does not."""
    print("\n".join([title, *map(str, bounds)]))  # noqa: T201 - what a script that measures is for
    return 0 if all(bound.holds for bound in bounds) else 1
