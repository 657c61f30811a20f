"""An exchange as a small table, a row for each lane: of HTML for a page, of rich for a terminal."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from streamlab.trace.exports.axis import axis_for, counted_in_cells
from streamlab.trace.exports.matching import shown_lanes
from streamlab.trace.exports.words import (
    OUTCOME_SIGNS,
    duration,
    heading,
    marked_up,
    place_of,
    sentence,
)

if TYPE_CHECKING:
    from rich.table import Table

    from streamlab.trace.exchange import Exchange
    from streamlab.trace.lane import Lane

COLUMNS = ("lane", "chunks", "bytes", "first", "last")
_AXIS_CELLS = 24
"""Leaves room for the other columns in a terminal of 80."""


def to_html_table(exchange: Exchange) -> str:
    """The picture in numbers, for who does not see it, and for all who want them."""
    head = "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)
    body = "".join(
        f'<tr><th scope="row">{marked_up(name)}</th>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
        for name, *cells in (_cells(lane, exchange.trace.origin) for lane in shown_lanes(exchange))
    )
    caption = f"{marked_up(heading(exchange))}. {marked_up(sentence(exchange))}"
    return (
        f"<table><caption>{caption}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def to_rich_table(exchange: Exchange) -> Table:
    """The same for a terminal, with a dot where chunks passed."""
    from rich.box import SIMPLE  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415 - a notebook shows the picture
    from rich.text import Text  # noqa: PLC0415

    axis = axis_for(exchange)
    caption = Text(f"{_sign(exchange)} {sentence(exchange)}")
    if exchange.failure is not None:
        caption.append(f"\n{place_of(exchange.failure)}", style="red")
    table = Table(
        title=Text(heading(exchange), style="bold"),
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
    for lane in shown_lanes(exchange):
        counts = counted_in_cells(axis, lane, _AXIS_CELLS)
        dots = "".join("●" if count else " " for count in counts)
        table.add_row(*map(Text, _cells(lane, exchange.trace.origin)), Text(dots, style="cyan"))
    return table


def to_terminal(exchange: Exchange) -> str:
    """The table as text with the colours of a terminal."""
    from rich.console import Console  # noqa: PLC0415

    text = StringIO()
    Console(file=text, force_terminal=True).print(to_rich_table(exchange))
    return text.getvalue().rstrip("\n")


def _cells(lane: Lane, origin: int) -> tuple[str, ...]:
    if not len(lane):
        return lane.name, "0", "0", "", ""
    first, last = lane[0].time - origin, lane[-1].last - origin
    return lane.name, f"{lane.chunks:,}", f"{lane.size:,}", duration(first), duration(last)


def _sign(exchange: Exchange) -> str:
    return OUTCOME_SIGNS[exchange.verdict.outcome] if exchange.verdict else "…"
