"""Save an exchange or a matrix to a file, in the format of the file's suffix."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streamlab.exports.display import to_html

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streamlab.harness.exchange import Exchange
    from streamlab.harness.matrix import Matrix

# The policy comes before all content: nothing is loaded and no script runs.
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em }}
table {{ border-collapse: collapse }}
th, td {{ padding: 0.2em 0.8em; text-align: left; border-bottom: 1px solid #ccc }}
svg {{ max-width: 100%; height: auto }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def page(title: str, body: str) -> str:
    """Return a complete HTML page that loads nothing and runs no script.

    :param title: its title, as text.
    :param body: its content, as HTML.

    >>> "<title>1 &lt; 2</title>" in page("1 < 2", "<p>Hello</p>")
    True
    """
    return _PAGE.format(title=escape(title), body=body)


def matrix_json(table: Matrix) -> str:
    """Return the rows of a matrix as JSON.

    :param table: the matrix.
    """
    return json.dumps({"path": table.path, "rows": [_row(row) for row in table]}, indent=2)


def _row(row: Any) -> dict[str, Any]:
    exchange, scenario = row.exchange, row.scenario
    return {
        "server": scenario.server,
        "middleware": [layer.name for layer in scenario.layers],
        "stream_with_context": scenario.stream_with_context,
        "status_code": exchange and exchange.status_code,
        "bytes": exchange and exchange.lanes["client"].size,
        "complete": exchange and exchange.complete,
        "outcome": row.outcome,
        "culprit": row.culprit,
        "text": row.text,
    }


EXCHANGE_FORMATS: dict[str, Callable[[Exchange], str]] = {
    ".html": lambda exchange: page(repr(exchange), to_html(exchange)),
    ".svg": lambda exchange: exchange.to_svg(animated=True),
    ".har": lambda exchange: exchange.to_har(),
    ".json": lambda exchange: exchange.to_json(),
}
"""The formats of an exchange by the end of the file's name."""

MATRIX_FORMATS: dict[str, Callable[[Matrix], str]] = {
    ".html": lambda table: page(f"Matrix of {table.path}", table._repr_html_()),
    ".json": matrix_json,
}
"""The formats of a matrix by the end of the file's name."""


def check_name(path: str, formats: Mapping[str, Any]) -> None:
    """Raise an error if a file's name does not end like one of the formats.

    :param path: the file.
    :param formats: `EXCHANGE_FORMATS` or `MATRIX_FORMATS`.
    :raises ValueError: if no format has this end.

    >>> check_name("run.png", MATRIX_FORMATS)
    Traceback (most recent call last):
    ValueError: 'run.png': end the name of the file with .html, .json
    """
    if Path(path).suffix.lower() not in formats:
        raise ValueError(f"{path!r}: end the name of the file with {', '.join(formats)}")


def save(result: Any, formats: Mapping[str, Callable[[Any], str]], path: str) -> None:
    """Write an exchange or a matrix to a file.

    :param result: the exchange or the matrix.
    :param formats: `EXCHANGE_FORMATS` or `MATRIX_FORMATS`.
    :param path: the file. It is replaced if it exists.
    :raises OSError: if the file cannot be written.
    """
    text = formats[Path(path).suffix.lower()](result)
    # A lone surrogate, as an error's text can contain it, has no bytes in UTF-8.
    Path(path).write_text(text, encoding="utf-8", errors="backslashreplace")
