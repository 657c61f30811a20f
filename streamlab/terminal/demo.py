"""``streamlab demo``: one stream with `stream_with_context`, and once more without it.

The app is the example of Flask's page "Streaming Contents". It is served and observed in this
process, with a pause between two chunks, so that each chunk can be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import escape
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from streamlab import App, request, stream_with_context
from streamlab.harness.harness import Harness
from streamlab.harness.scenario import Scenario
from streamlab.terminal.drawing import (
    AXIS_COLUMNS,
    OUTCOME_STYLES,
    bytes_in_cells,
    dots,
    interval,
    preview,
    unwrapped,
    verdict_text,
    watch,
)
from streamlab.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.harness.exchange import Exchange
    from streamlab.trace.lane import Chunk
    from streamlab.trace.trace import Trace

PATH = "/stream?name=World"
TITLES = {
    True: "With stream_with_context: the request stays until the stream ends",
    False: "Without stream_with_context: the request ends before the stream begins",
}
"""What is printed above each exchange, by the value of `Scenario.stream_with_context`."""
_PAGE_COLUMNS = 60

app = App()


@app.route("/stream")
def streamed_response():  # type: ignore[no-untyped-def]  # noqa: ANN201 - as in Flask's docs
    """Greet the visitor, in three chunks."""

    def generate():  # type: ignore[no-untyped-def]  # noqa: ANN202
        yield "<p>Hello "
        yield escape(request.args["name"])
        yield "!</p>"

    return stream_with_context(generate())  # type: ignore[no-untyped-call]


def demo(console: Console, pace: float, *, live: bool) -> None:
    """Make the two exchanges, draw them while they happen, and print a summary.

    :param console: where to print.
    :param pace: seconds between two chunks.
    :param live: True to draw pictures that change, False to print plain lines.
    """
    with Harness(app, remembered=False) as harness:
        exchanges = {kept: _run(console, harness, pace, kept=kept, live=live) for kept in TITLES}
    for kept, exchange in exchanges.items():
        console.print(_summary(exchange, kept=kept), soft_wrap=not live)


def _run(console: Console, harness: Harness, pace: float, *, kept: bool, live: bool) -> Exchange:
    exchange = harness.exchange(Scenario(path=PATH, stream_with_context=kept, pace=pace))
    console.rule(Text(TITLES[kept], "bold"), align="left")
    watch(exchange.make, exchange.stop, ExchangeView(exchange, pace), console, live=live)
    console.print()
    for line in _result(exchange):
        console.print(line, soft_wrap=not live)
    console.print()
    return exchange


def _summary(exchange: Exchange, *, kept: bool) -> Text:
    client = exchange.lanes["client"]
    outcome = exchange.verdict.outcome if exchange.verdict else "stopped"
    cause = f", {exchange.failure.last.partition(':')[0]}" if exchange.failure else ""
    return Text.assemble(
        f"{'with' if kept else 'without':<8} stream_with_context  ",
        (f"{outcome:<10}", OUTCOME_STYLES.get(outcome, "")),
        f" {counted(client.chunks, 'chunk')}, {counted(client.size, 'byte')}{cause}",
    )


class ExchangeView:
    """The view of one exchange: the code of the generator, and the chunks on all lanes.

    :param exchange: the exchange; it may be running.
    :param pace: seconds between two chunks.
    """

    def __init__(self, exchange: Exchange, pace: float) -> None:
        self._exchange = exchange
        self._trace: Trace = exchange.trace
        # From the start the axis has room for all three chunks, so that it does not jump.
        self._min_span = int(3 * pace * 1e9)
        self._printed = dict.fromkeys(exchange.lanes, 0)

    def __repr__(self) -> str:
        return f"<ExchangeView of {self._exchange!r}>"

    def picture(self) -> RenderableType:
        """Return the code with the current ``yield``, and the lanes on one time axis."""
        return Group(Text(), *self._code(), Text(), self._lanes())

    def lines(self, *, done: bool) -> Iterator[Text]:  # noqa: ARG002 - `_result` prints the end
        """Return a line for each new chunk on each lane, in the order of time.

        :param done: whether this is the last call.
        """
        new: list[tuple[Chunk, str]] = []
        for name, lane in self._exchange.lanes.items():
            chunks = lane[self._printed[name] :]
            self._printed[name] += len(chunks)
            new += [(chunk, name) for chunk in chunks]
        for chunk, name in sorted(new, key=lambda pair: pair[0].seconds):
            line = f"  {self._source_line(chunk)}" if chunk.line else ""
            data = f"'{preview(chunk.data, 20)}'"
            yield Text(f"{chunk.seconds:7.3f} s  {name:<9}  {data:<14}{line}")

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
        lines = source.text.splitlines()
        margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
        for number, line in enumerate(lines, source.first):
            style, sign = "dim", " "
            if number == current:
                style, sign = ("bold red", "✗") if failure else ("bold green", "▶")
            yield Text(f" {sign} {line[margin:].split('  #')[0]}", style)

    def _lanes(self) -> Table:
        trace = self._trace
        lasts = [lane.times[-1] for lane in self._exchange.lanes.values() if lane]
        lasts += [span.end for span in trace.spans if span.end]
        span = max(self._min_span, max(lasts, default=trace.origin) - trace.origin)
        table = Table.grid(padding=(0, 1))
        table.add_column(width=9)
        table.add_column(width=AXIS_COLUMNS, no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_row(
            Text("context", "dim"), self._context(span), Text("request context is active", "dim")
        )
        for name, lane in self._exchange.lanes.items():
            axis = dots(bytes_in_cells(lane.columns, trace.origin, span))
            count = f"{counted(lane.chunks, 'chunk')}, {counted(lane.size, 'byte')}"
            table.add_row(name, Text(axis, "bold cyan"), count)
        page = preview(self._exchange.body, _PAGE_COLUMNS)
        table.add_row("page", Text(page, "bold"), "")
        return table

    def _context(self, span: int) -> Text:
        if not self._trace.spans:
            return Text()
        context = self._trace.spans[0]
        origin = self._trace.origin
        end = context.end - origin if context.end else span
        return Text(interval(context.start - origin, end, span), "magenta")


def _result(exchange: Exchange) -> Iterator[Text]:
    """Return the error and the advice, if there are any, and the verdict."""
    if exchange.failure is not None:
        yield Text(exchange.failure.last, "bold red")
        yield Text(unwrapped(exchange.failure.advice))
        yield Text()
    if exchange.verdict is not None:
        # The error's own advice is printed above.
        with_advice = exchange.failure is None
        yield verdict_text(exchange.verdict, with_advice=with_advice)
