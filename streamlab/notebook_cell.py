"""Where in a notebook code runs: what makes a re-run cell recognisable.

Running a cell again makes new objects, yet the learner means the same server. Jupyter Lab,
Notebook 7 and VS Code send the id of the cell with each execution; that id, and the how manieth
server of that execution it is, is a *slot*. Outside of a notebook there are no places.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class CellSlot(NamedTuple):
    """The ``ordinal``-th thing of its kind made by one execution of the cell ``cell``."""

    cell: str
    ordinal: int


@dataclass
class _Execution:
    """One run of one cell: what counts the things made in it."""

    number: int
    made: int = 0


class CellSlots:
    """Hands out places, and tells when a cell runs anew.

    One `CellSlots` counts one kind of thing; servers have theirs.

    :param on_rerun: called with a cell's id when that cell, in a new execution, makes its first
        thing: time to clear away what the execution before has left.
    """

    def __init__(self, on_rerun: Callable[[str], object]) -> None:
        self._on_rerun = on_rerun
        self._latest: dict[str, _Execution] = {}

    def here(self) -> CellSlot | None:
        """The slot of the thing that is being made now; None outside of a notebook's cell.

        The first call in a new execution of a cell starts again at ordinal 0, so that the
        things of the run before are met again in their order.
        """
        running = _running_cell()
        if running is None:
            return None
        cell, number = running
        execution = self._latest.get(cell)
        if execution is None or execution.number != number:
            execution = self._latest[cell] = _Execution(number)
            self._on_rerun(cell)
        slot = CellSlot(cell, execution.made)
        execution.made += 1
        return slot


def _running_cell() -> tuple[str, int] | None:
    """Id and execution count of the cell that runs in this kernel, where a front end tells them."""
    ipython = sys.modules.get("IPython")  # never imported for this: no IPython, no cell
    shell: Any = ipython.get_ipython() if ipython else None
    if shell is None:
        return None
    try:
        parent: dict[str, Any] = shell.get_parent()
    except AttributeError:  # a terminal's IPython has no front end and so no parent message
        return None
    cell = parent.get("metadata", {}).get("cellId")
    return (cell, shell.execution_count) if cell else None
