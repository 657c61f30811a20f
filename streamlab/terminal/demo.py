"""``streamlab demo``: one stream with `stream_with_context`, and once more without it.

The app is the example of Flask's page "Streaming Contents". It is served and observed in this
process, with a pause between two chunks, so that each chunk can be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import escape
from rich.text import Text

from streamlab import App, request, stream_with_context
from streamlab.harness.harness import Harness
from streamlab.harness.scenario import Scenario
from streamlab.terminal.drawing import OUTCOME_STYLES, watch
from streamlab.terminal.exchange_view import ExchangeView, result_lines
from streamlab.wording import counted

if TYPE_CHECKING:
    from rich.console import Console

    from streamlab.harness.exchange import Exchange

PATH = "/stream?name=World"
TITLES = {
    True: "With stream_with_context: the request stays until the stream ends",
    False: "Without stream_with_context: the request ends before the stream begins",
}
"""What is printed above each exchange, by the value of `Scenario.stream_with_context`."""

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
    watch(
        exchange.make,
        exchange.stop,
        ExchangeView(exchange, min_seconds=3 * pace),
        console,
        live=live,
    )
    console.print()
    for line in result_lines(exchange):
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
