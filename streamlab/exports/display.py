"""The display of an exchange as the value of a cell: a picture in a notebook, else a table."""

from __future__ import annotations

import sys
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from streamlab.exports import theme
from streamlab.exports.formatting import heading, verdict_sentence, xml_text
from streamlab.exports.svg.document import to_svg
from streamlab.exports.table import to_html_table, to_terminal
from streamlab.wording import encodable

if TYPE_CHECKING:
    from streamlab.trace.record import Record

_TERMINAL_SHELL = "TerminalInteractiveShell"
"""The class of IPython's shell in a terminal. A kernel has another one."""


def mime_bundle(record: Record) -> dict[str, str]:
    """Return the representations of an exchange that Jupyter and IPython choose from.

    See IPython's documentation of ``_repr_mimebundle_``.

    :param record: the exchange.
    :return: texts by MIME type: ``text/plain``, and in a notebook also ``text/html``.
    """
    if _in_terminal():
        return {"text/plain": encodable(to_terminal(record))}
    return {
        "text/plain": encodable(repr(record)),
        "text/html": encodable(f"<div>{to_image(record)}{_table(record)}</div>"),
    }


def to_image(record: Record) -> str:
    """Return the animated picture as an HTML image.

    GitHub, and Jupyter in a notebook that is not trusted, remove an ``<svg>`` element, but show an
    ``<img>`` whose data is in its URL. No script can run in it.

    :param record: the exchange.
    """
    picture = encodable(to_svg(record, animated=True))
    data = b64encode(picture.encode()).decode()
    text = xml_text(f"{heading(record)}. {verdict_sentence(record)}")
    return (
        f'<img src="data:image/svg+xml;base64,{data}" alt="{text}" width="{theme.WIDTH}" '
        'style="max-width:100%;height:auto">'
    )


def to_html(record: Record) -> str:
    """Return the animated picture and the table as HTML, for a page that is not sanitized.

    :param record: the exchange.
    """
    return f"<div>{to_svg(record, animated=True)}{_table(record)}</div>"


def _table(record: Record) -> str:
    return f"<details><summary>Lanes as a table</summary>{to_html_table(record)}</details>"


def _in_terminal() -> bool:
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    return any(kind.__name__ == _TERMINAL_SHELL for kind in type(shell).__mro__)
