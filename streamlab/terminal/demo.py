"""`streamlab demo`: the first lesson in a terminal. One stream, with and without the context.

The app is the example of Flask's page "Streaming Contents". It is served and observed here; what
is drawn is what really happens, at a pace that eyes can follow.
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
    cells,
    dots,
    interval,
    preview,
    reflowed,
    verdict_text,
    watch,
)
from streamlab.trace.verdict import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.harness.exchange import Exchange
    from streamlab.trace.lane import Chunk
    from streamlab.trace.trace import Trace

PATH = "/stream?name=World"
TITLES = {
    True: "with stream_with_context: the request is kept until the stream ends",
    False: "without it: the request is gone before the stream begins",
}
_PAGE_COLUMNS = 60

app = App()


@app.route("/stream")
def streamed_response():  # type: ignore[no-untyped-def]  # noqa: ANN201 - as a learner writes it
    def generate():  # type: ignore[no-untyped-def]  # noqa: ANN202
        yield "<p>Hello "
        yield escape(request.args["name"])
        yield "!</p>"

    return stream_with_context(generate())  # type: ignore[no-untyped-call]


def demo(console: Console, pace: float, *, live: bool) -> None:
    """Make the two exchanges, draw them as they happen, and sum them up in two lines.

    :param pace: seconds between two chunks.
    :param live: whether to draw pictures that change, instead of plain lines.
    """
    with Harness(app, remembered=False) as stage:
        exchanges = {kept: _act(console, stage, pace, kept=kept, live=live) for kept in TITLES}
    for kept, exchange in exchanges.items():
        console.print(_summary(exchange, kept=kept), soft_wrap=not live)


def _act(console: Console, stage: Harness, pace: float, *, kept: bool, live: bool) -> Exchange:
    scenario = Scenario(path=PATH, stream_with_context=kept, pace=pace)
    exchange = stage.exchange(scenario)
    console.rule(Text(TITLES[kept], "bold"), align="left")
    watch(exchange.make, exchange.stop, ExchangeShow(exchange, pace), console, live=live)
    console.print()
    for line in _end(exchange):
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


class ExchangeShow:
    """An exchange on all its lanes, with the code that makes it."""

    def __init__(self, exchange: Exchange, pace: float) -> None:
        self._exchange = exchange
        self._trace: Trace = exchange.trace
        # The axis is there before the chunks are: room for one more pause than there will be.
        self._least_span = int(3 * pace * 1e9)
        self._told = dict.fromkeys(exchange.lanes, 0)

    def picture(self) -> RenderableType:
        """The code with its current yield, and the lanes on one time axis."""
        return Group(Text(), *self._code(), Text(), self._lanes())

    def lines(self, *, ended: bool) -> Iterator[Text]:  # noqa: ARG002 - the end is told apart
        """A line a chunk and lane, in the order of time."""
        new: list[tuple[Chunk, str]] = []
        for name, lane in self._exchange.lanes.items():
            chunks = lane[self._told[name] :]
            self._told[name] += len(chunks)
            new += [(chunk, name) for chunk in chunks]
        for chunk, name in sorted(new, key=lambda pair: pair[0].time):
            time = (chunk.time - self._trace.origin) / 1e9
            line = f"  {self._source_line(chunk)}" if chunk.line else ""
            yield Text(f"{time:7.3f} s  {name:<9}  {preview(chunk.data, 20)!r:<14}{line}")

    def _source_line(self, chunk: Chunk) -> str:
        source = self._trace.sources[chunk.source or 0]
        lines = source.text.splitlines()
        return lines[(chunk.line or 0) - source.first].strip()

    def _code(self) -> Iterator[Text]:
        """The generator; the line of the yield it stands at, or broke at, is marked."""
        if not self._trace.sources:
            return
        source = self._trace.sources[0]
        generator = self._exchange.lanes["generator"]
        failure = self._exchange.failure
        current = generator[-1].line if generator else None
        for frame in failure.frames if failure else ():
            if frame.filename == source.filename:
                current = frame.line
        lines = source.text.splitlines()
        margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
        for number, line in enumerate(lines, source.first):
            here = number == current
            style = ("bold red" if failure else "bold green") if here else "dim"
            sign = ("✗" if failure else "▶") if here else " "
            yield Text(f" {sign} {line[margin:].split('  #')[0]}", style)

    def _lanes(self) -> Table:
        trace = self._trace
        lasts = [lane.times[-1] for lane in self._exchange.lanes.values() if lane]
        lasts += [span.end for span in trace.spans if span.end]
        span = max(self._least_span, max(lasts, default=trace.origin) - trace.origin)
        table = Table.grid(padding=(0, 1))
        table.add_column(width=9)
        table.add_column(width=AXIS_COLUMNS, no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_row(Text("context", "dim"), self._context(span), Text("request is active", "dim"))
        for name, lane in self._exchange.lanes.items():
            axis = dots(cells(lane.columns, trace.origin, span))
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


def _end(exchange: Exchange) -> Iterator[Text]:
    """What went wrong and what to do, where it did, and the verdict."""
    if exchange.failure is not None:
        yield Text(exchange.failure.last, "bold red")
        yield Text(reflowed(exchange.failure.advice))
        yield Text()
    if exchange.verdict is not None:
        yield verdict_text(exchange.verdict)
