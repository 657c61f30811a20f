"""Recognises a notebook cell that runs again.

A cell that runs again creates new objects, for example a new server. The learner expects the new
server to replace the old one and to keep its port. JupyterLab, Notebook 7 and VS Code send the id
of the cell with each execution. This id and a running number identify the object: a `CellSlot`.
Outside of a notebook there are no slots.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class CellSlot(NamedTuple):
    """Identifies an object across the executions of the cell that creates it.

    The first server that a cell creates always has the same slot, the second one another.

    >>> CellSlot("5a3c", 0)
    CellSlot(cell='5a3c', ordinal=0)
    """

    cell: str
    """The id of the cell."""
    ordinal: int
    """How many slots the same execution of the cell has taken before."""


@dataclass
class _Execution:
    """One execution of a cell."""

    number: int
    slots_taken: int = 0


class CellSlots:
    """Assigns slots to the objects of one type, such as all servers.

    :param on_rerun: called with the id of a cell when a new execution of it takes its first slot.
        It can dispose of the objects that the previous execution has left.
    """

    def __init__(self, on_rerun: Callable[[str], object]) -> None:
        self._on_rerun = on_rerun
        self._latest: dict[str, _Execution] = {}

    def next_slot(self) -> CellSlot | None:
        """Return the next free slot of the cell that runs.

        Each execution of a cell starts with ordinal 0.

        :return: the slot, or None outside of a notebook or if the front end sends no cell id.

        >>> slots = CellSlots(on_rerun=print)
        >>> slots.next_slot() is None  # this example does not run in a notebook
        True
        """
        running = _running_cell()
        if running is None:
            return None
        cell, number = running
        execution = self._latest.get(cell)
        if execution is None or execution.number != number:
            execution = self._latest[cell] = _Execution(number)
            self._on_rerun(cell)
        slot = CellSlot(cell, execution.slots_taken)
        execution.slots_taken += 1
        return slot


def _running_cell() -> tuple[str, int] | None:
    """Return the id and the execution count of the cell that runs in this kernel."""
    ipython = sys.modules.get("IPython")  # if IPython is not imported, no cell runs
    shell: Any = ipython.get_ipython() if ipython else None
    if shell is None:
        return None
    try:
        parent: dict[str, Any] = shell.get_parent()
    except AttributeError:  # IPython in a terminal has no front end, so no parent message
        return None
    cell = parent.get("metadata", {}).get("cellId")
    return (cell, shell.execution_count) if cell else None
