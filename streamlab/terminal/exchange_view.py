"""The view of one exchange in a terminal: its code, and the chunks on each lane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from streamlab.exports.formatting import error_line
from streamlab.terminal.drawing import (
    AXIS_COLUMNS,
    bytes_in_cells,
    dots,
    interval,
    preview,
    unwrapped,
    verdict_text,
)
from streamlab.wording import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from streamlab.harness.exchange import Exchange
    from streamlab.trace.lane import Chunk
    from streamlab.trace.trace import Trace

MAX_LINES = 50
"""The number of chunks that are printed as plain lines."""
_CODE_LINES = 14
"""The number of lines of code in the picture: those around the current one."""
_PAGE_COLUMNS = 60


class ExchangeView:
    """The view of one exchange: the code of the generator, and the chunks on all lanes.

    :param exchange: the exchange; it may be running.
    :param min_seconds: the length of the time axis at the start. An axis that has room for the
        whole exchange does not jump.
    """

    def __init__(self, exchange: Exchange, *, min_seconds: float = 0.001) -> None:
        self._exchange = exchange
        self._trace: Trace = exchange.trace
        self._min_span = int(min_seconds * 1e9)
        self._printed = dict.fromkeys(exchange.lanes, 0)

    def __repr__(self) -> str:
        return f"<ExchangeView of {self._exchange!r}>"

    def picture(self) -> RenderableType:
        """Return the code with the current ``yield``, and the lanes on one time axis."""
        return Group(Text(), *self._code(), Text(), self._lanes())

    def lines(self, *, done: bool) -> Iterator[Text]:  # noqa: ARG002 - see `result_lines`
        """Return a line for each new chunk on each lane, in the order of time.

        :param done: whether this is the last call.
        """
        room = MAX_LINES - sum(self._printed.values())
        if room <= 0:
            return
        new: list[tuple[Chunk, str]] = []
        for name, lane in self._exchange.lanes.items():
            first = self._printed[name]
            new += [(chunk, name) for chunk in lane[first : first + room]]
        for chunk, name in sorted(new, key=lambda pair: pair[0].seconds)[:room]:
            self._printed[name] += 1
            line = f"  {self._source_line(chunk)}" if chunk.line else ""
            data = f"'{preview(chunk.data, 20)}'"
            yield Text(f"{chunk.seconds:7.3f} s  {printable(name):<9}  {data:<14}{line}")
        if sum(self._printed.values()) == MAX_LINES:
            yield Text("... more chunks are not printed. Use --json to get them.")

    def _source_line(self, chunk: Chunk) -> str:
        source = self._trace.sources[chunk.source or 0]
        lines = source.text.splitlines()
        return lines[(chunk.line or 0) - source.first].strip()

    def _code(self) -> Iterator[Text]:
        """Return the generator's code, with a mark at the current ``yield``, or at the error."""
        if not self._trace.sources:
            return
        source = self._trace.sources[0]
        generator = self._exchange.lanes["generator"]
        failure = self._exchange.failure
        current = generator[-1].line if generator else None
        for entry in failure.frames if failure else ():
            if entry.filename == source.filename:
                current = entry.line
        lines = source.text.expandtabs().splitlines()
        margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
        above = max(0, (current or source.first) - source.first - _CODE_LINES // 2)
        begin = max(0, min(above, len(lines) - _CODE_LINES))
        for number, line in enumerate(lines[begin : begin + _CODE_LINES], source.first + begin):
            style, sign = "dim", " "
            if number == current:
                style, sign = ("bold red", "✗") if failure else ("bold green", "▶")
            yield Text(f" {sign} {printable(line[margin:].split('  #')[0])}", style)

    def _lanes(self) -> Table:
        trace = self._trace
        lasts = [lane.times[-1] for lane in self._exchange.lanes.values() if lane]
        lasts += [span.end for span in trace.spans if span.end]
        span = max(self._min_span, max(lasts, default=trace.origin) - trace.origin)
        table = Table.grid(padding=(0, 1))
        table.add_column(min_width=9, no_wrap=True)
        table.add_column(width=AXIS_COLUMNS, no_wrap=True)
        table.add_column(no_wrap=True)
        if trace.spans:
            active = Text("request context is active", "dim")
            table.add_row(Text("context", "dim"), self._context(span), active)
        for name, lane in self._exchange.lanes.items():
            axis = dots(bytes_in_cells(lane.columns, trace.origin, span))
            count = f"{counted(lane.chunks, 'chunk')}, {counted(lane.size, 'byte')}"
            table.add_row(printable(name), Text(axis, "bold cyan"), count)
        page = preview(self._exchange.body, _PAGE_COLUMNS)
        table.add_row("page", Text(page, "bold"), "")
        return table

    def _context(self, span: int) -> Text:
        context = self._trace.spans[0]
        origin = self._trace.origin
        end = context.end - origin if context.end else span
        return Text(interval(context.start - origin, end, span), "magenta")


def result_lines(exchange: Exchange) -> Iterator[Text]:
    """Return the error with its line and the advice, if there are any, and the verdict.

    :param exchange: an exchange that is done.
    """
    if exchange.failure is not None:
        yield Text(printable(error_line(exchange.failure)), "bold red")
        if exchange.failure.advice:
            yield Text(unwrapped(exchange.failure.advice))
        yield Text()
    if exchange.verdict is not None:
        # The error's own advice is printed above.
        with_advice = exchange.failure is None
        yield verdict_text(exchange.verdict, with_advice=with_advice)
