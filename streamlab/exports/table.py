"""An exchange as a small table with a row for each lane: in HTML, and with rich for a terminal."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from streamlab.exports.formatting import (
    OUTCOME_SIGNS,
    duration,
    error_line,
    heading,
    verdict_sentence,
    xml_text,
)
from streamlab.exports.svg.axis import axis_for, count_in_cells
from streamlab.wording import printable

if TYPE_CHECKING:
    from rich.table import Table

    from streamlab.trace.lane import Lane
    from streamlab.trace.record import Record

COLUMNS = ("lane", "chunks", "bytes", "first", "last")
_AXIS_CELLS = 24
"""Characters of the time axis; the other columns need the rest of 80."""


def to_html_table(record: Record) -> str:
    """Return the numbers of the SVG picture as an HTML table, which a screen reader can read.

    :param record: the exchange.
    :return: a ``<table>`` whose caption is the request and the verdict. Times are since the
        request.
    """
    head = "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)
    body = "".join(
        f'<tr><th scope="row">{xml_text(name)}</th>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
        for name, *cells in (_row(lane, record.trace.origin) for lane in record.visible_lanes)
    )
    caption = f"{xml_text(heading(record))}. {xml_text(verdict_sentence(record))}"
    return (
        f"<table><caption>{caption}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def to_rich_table(record: Record) -> Table:
    """Return the table for a terminal, with a dot on an axis for each time that chunks passed.

    :param record: the exchange.
    :return: a `rich.table.Table`, 80 columns wide or less.
    """
    from rich.box import SIMPLE  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415 - not needed in a notebook
    from rich.text import Text  # noqa: PLC0415

    axis = axis_for(record)
    caption = Text(f"{_sign(record)} {printable(verdict_sentence(record), lines=True)}")
    if record.failure is not None:
        caption.append(f"\n{printable(error_line(record.failure))}", style="red")
    table = Table(
        title=Text(printable(heading(record)), style="bold"),
        caption=caption,
        title_justify="left",
        caption_justify="left",
        caption_style="",
        title_style="",
        box=SIMPLE,
    )
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == "lane" else "right", no_wrap=True)
    table.add_column("order of events" if axis.kind == "order" else "time", no_wrap=True)
    for lane in record.visible_lanes:
        counts = count_in_cells(axis, lane, _AXIS_CELLS)
        dots = "".join("●" if count else " " for count in counts)
        cells = map(printable, _row(lane, record.trace.origin))
        table.add_row(*map(Text, cells), Text(dots, style="cyan"))
    return table


def to_terminal(record: Record) -> str:
    """Return the table of `to_rich_table` as text, with the escape codes of a terminal's colours.

    :param record: the exchange.
    """
    from rich.console import Console  # noqa: PLC0415 - not needed in a notebook

    text = StringIO()
    Console(file=text, force_terminal=True).print(to_rich_table(record))
    return text.getvalue().rstrip("\n")


def _row(lane: Lane, origin: int) -> tuple[str, ...]:
    columns = lane.columns
    if not columns.ends:
        return lane.name, "0", "0", "", ""
    first, last = columns.times[0] - origin, (columns.lasts or columns.times)[-1] - origin
    return lane.name, f"{lane.chunks:,}", f"{lane.size:,}", duration(first), duration(last)


def _sign(record: Record) -> str:
    return OUTCOME_SIGNS[record.verdict.outcome] if record.verdict else "…"
