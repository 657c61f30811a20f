"""An exchange as a small table, a row for each lane: of HTML for a page, of rich for a terminal."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from streamlab.exports.formatting import (
    OUTCOME_SIGNS,
    duration,
    heading,
    location_of,
    marked_up,
    sentence,
)
from streamlab.exports.svg.axis import axis_for, counted_in_cells

if TYPE_CHECKING:
    from rich.table import Table

    from streamlab.trace.lane import Lane
    from streamlab.trace.record import Record

COLUMNS = ("lane", "chunks", "bytes", "first", "last")
_AXIS_CELLS = 24
"""Leaves room for the other columns in a terminal of 80."""


def to_html_table(record: Record) -> str:
    """The picture in numbers, for who does not see it, and for all who want them."""
    head = "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)
    body = "".join(
        f'<tr><th scope="row">{marked_up(name)}</th>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
        for name, *cells in (_cells(lane, record.trace.origin) for lane in record.visible_lanes)
    )
    caption = f"{marked_up(heading(record))}. {marked_up(sentence(record))}"
    return (
        f"<table><caption>{caption}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def to_rich_table(record: Record) -> Table:
    """The same for a terminal, with a dot where chunks passed."""
    from rich.box import SIMPLE  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415 - a notebook shows the picture
    from rich.text import Text  # noqa: PLC0415

    axis = axis_for(record)
    caption = Text(f"{_sign(record)} {sentence(record)}")
    if record.failure is not None:
        caption.append(f"\n{location_of(record.failure)}", style="red")
    table = Table(
        title=Text(heading(record), style="bold"),
        caption=caption,
        title_justify="left",
        caption_justify="left",
        caption_style="",
        title_style="",
        box=SIMPLE,
    )
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == "lane" else "right", no_wrap=True)
    table.add_column("in order of events" if axis.kind == "order" else "in time", no_wrap=True)
    for lane in record.visible_lanes:
        counts = counted_in_cells(axis, lane, _AXIS_CELLS)
        dots = "".join("●" if count else " " for count in counts)
        table.add_row(*map(Text, _cells(lane, record.trace.origin)), Text(dots, style="cyan"))
    return table


def to_terminal(record: Record) -> str:
    """The table as text with the colours of a terminal."""
    from rich.console import Console  # noqa: PLC0415

    text = StringIO()
    Console(file=text, force_terminal=True).print(to_rich_table(record))
    return text.getvalue().rstrip("\n")


def _cells(lane: Lane, origin: int) -> tuple[str, ...]:
    if not len(lane):
        return lane.name, "0", "0", "", ""
    first, last = lane[0].time - origin, lane[-1].last - origin
    return lane.name, f"{lane.chunks:,}", f"{lane.size:,}", duration(first), duration(last)


def _sign(record: Record) -> str:
    return OUTCOME_SIGNS[record.verdict.outcome] if record.verdict else "…"
