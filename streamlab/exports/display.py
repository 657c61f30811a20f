"""The display of an exchange as the value of a cell: a picture in a notebook, else a table."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from streamlab.exports.svg.document import to_svg
from streamlab.exports.table import to_html_table, to_terminal
from streamlab.wording import encodable

if TYPE_CHECKING:
    from streamlab.trace.record import Record

_TERMINAL_SHELL = "TerminalInteractiveShell"
"""The class of IPython's shell in a terminal. A kernel has another one."""


def mime_bundle(record: Record) -> dict[str, str]:
    """Return the representations of an exchange that Jupyter and IPython choose from.

    See IPython's documentation of ``_repr_mimebundle_``. A notebook that is not trusted shows no
    SVG; the table inside the HTML remains.

    :param record: the exchange.
    :return: texts by MIME type: ``text/plain``, and in a notebook also ``text/html``.
    """
    if _in_terminal():
        return {"text/plain": encodable(to_terminal(record))}
    return {
        "text/plain": encodable(repr(record)),
        "text/html": encodable(
            f"<div>{to_svg(record)}<details><summary>Lanes as a table</summary>"
            f"{to_html_table(record)}</details></div>"
        ),
    }


def _in_terminal() -> bool:
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    return any(kind.__name__ == _TERMINAL_SHELL for kind in type(shell).__mro__)
