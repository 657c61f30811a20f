"""How the benchmarks measure: each figure and its peer in turns, and the best turn counts.

So both are measured on the same machine in the same minutes, under the same load. Interference
makes a measurement longer, never shorter.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def by_turns(measures: Mapping[str, Callable[[], float]], turns: int) -> dict[str, float]:
    """Return the shortest of `turns` measurements of each, by name."""
    best = dict.fromkeys(measures, float("inf"))
    gc.collect()
    gc.disable()
    try:
        for turn in range(turns):
            # The first one may find a colder cache, so the order changes with every turn.
            for name in sorted(measures, reverse=bool(turn % 2)):
                best[name] = min(best[name], measures[name]())
    finally:
        gc.enable()
    return best


@dataclass
class Bound:
    """A line of the table: a bound, and whether it holds."""

    text: str
    figure: str
    holds: bool

    def __str__(self) -> str:
        return f"  {self.text:62}{self.figure:>22}{'' if self.holds else '  BROKEN'}"


def report(title: str, bounds: Sequence[Bound]) -> int:
    """Print which bounds hold, and return the exit code: 1 if one does not."""
    print("\n".join([title, *map(str, bounds)]))  # noqa: T201 - a benchmark prints its results
    return 0 if all(bound.holds for bound in bounds) else 1
