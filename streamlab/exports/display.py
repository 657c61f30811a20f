"""How an exchange shows itself as the value of a cell: a picture, or in a terminal a table."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from streamlab.exports.svg.document import to_svg
from streamlab.exports.table import to_html_table, to_terminal

if TYPE_CHECKING:
    from streamlab.trace.record import Record

_TERMINAL_SHELL = "TerminalInteractiveShell"
"""IPython's class where it runs in a terminal; a kernel has another."""


def mime_bundle(record: Record) -> dict[str, str]:
    """What Jupyter and IPython choose from.

    A page that does not trust the notebook strips the picture, and the table stays.
    """
    if _in_terminal():
        return {"text/plain": to_terminal(record)}
    return {
        "text/plain": repr(record),
        "text/html": (
            f"<div>{to_svg(record)}<details><summary>Lanes as a table</summary>"
            f"{to_html_table(record)}</details></div>"
        ),
    }


def _in_terminal() -> bool:
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    return any(kind.__name__ == _TERMINAL_SHELL for kind in type(shell).__mro__)
