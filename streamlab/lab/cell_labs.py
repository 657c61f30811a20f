"""The Labs of a notebook: what happens to them when cells run.

A cell that runs again closes the Labs that it made before. Any cell may change the view that an
open Lab has shown.
"""

from __future__ import annotations

import sys
import weakref
from typing import Any, Protocol

from streamlab.notebook_cell import CellSlot, CellSlots


class CellLab(Protocol):
    """What a Lab does when a cell has run."""

    def replaced(self) -> None:
        """Close the Lab: its cell has made another one."""

    def notice_new_code(self) -> None:
        """Look whether the view has changed."""


_labs: dict[CellSlot, CellLab] = {}
_open: weakref.WeakSet[CellLab] = weakref.WeakSet()
_watching: weakref.WeakSet[Any] = weakref.WeakSet()
"""The shells of IPython that call `_cell_has_run`."""


def register(lab: CellLab) -> CellSlot | None:
    """Remember a new Lab.

    :param lab: a Lab that the running cell has made.
    :return: its slot; None outside of a notebook.
    """
    _open.add(lab)
    _watch_cells()
    slot = _slots.next_slot()
    if slot:
        _labs[slot] = lab
    return slot


def forget(lab: CellLab, slot: CellSlot | None) -> None:
    """Forget a Lab that is closed.

    :param lab: the Lab.
    :param slot: what `register` has returned.
    """
    _open.discard(lab)
    if slot and _labs.get(slot) is lab:
        del _labs[slot]


def _close_labs_of(cell: str) -> None:
    for slot in [slot for slot in _labs if slot.cell == cell]:
        _labs.pop(slot).replaced()  # IPython keeps the Lab itself in `Out`


_slots = CellSlots(on_rerun=_close_labs_of)


def _watch_cells() -> None:
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    if shell is not None and shell not in _watching:
        shell.events.register("post_run_cell", _cell_has_run)
        _watching.add(shell)


def _cell_has_run(_result: object = None) -> None:
    for lab in list(_open):
        lab.notice_new_code()
