"""Whether a notebook cell runs. Messages of the front end then wait for its end."""

from __future__ import annotations

import sys
import weakref
from typing import Any

_running: weakref.WeakKeyDictionary[Any, bool] = weakref.WeakKeyDictionary()
"""For each shell of IPython whether it runs a cell."""


def watch() -> None:
    """Begin to notice which cells run. A view that is made calls this."""
    shell = _shell()
    if shell is None or shell in _running:
        return
    _running[shell] = True  # a view is made by a cell
    shell.events.register("pre_run_cell", _begins)
    shell.events.register("post_run_cell", _ends)


def front_end_may_wait() -> bool:
    """Whether messages of the front end may have to wait. True if that is not known."""
    shell = _shell()
    return shell is None or _running.get(shell, True)


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def _begins(_info: object = None) -> None:
    _running[_shell()] = True


def _ends(_result: object = None) -> None:
    _running[_shell()] = False
