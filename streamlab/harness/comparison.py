"""The comparison of two exchanges: what differs in their scenarios and in their outcomes, in words.

Like a verdict it rests on the order of events and on numbers of bytes, never on milliseconds.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, NamedTuple

from streamlab.trace.outcome import received_lane
from streamlab.wording import counted, printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.harness.exchange import Exchange
    from streamlab.harness.scenario import Scenario
    from streamlab.trace.failure import Failure

_SWITCH = "`stream_with_context`"


class Names(NamedTuple):
    """What tells two exchanges apart, as the begin of a sentence about each."""

    first: str
    second: str


class Comparison:
    """Two exchanges, and the difference between them in a sentence.

    `str()` is the sentence. In a notebook the value of a cell is shown as a table of both verdicts.

    :param first: an exchange. It may still stream.
    :param second: another one.

    >>> from streamlab import App, observe, request, stream_with_context
    >>> app = App()
    >>> @app.get("/stream")
    ... def stream():
    ...     def generate():
    ...         yield "Hello "
    ...         yield request.args["name"]
    ...     return stream_with_context(generate())
    >>> kept = observe(app, "/stream?name=World", lockstep=True)
    >>> buffered = observe(app, "/stream?name=World", middleware="buffer", lockstep=True)
    >>> print(Comparison(kept, buffered))
    Without middleware, all 2 chunks arrive. With `buffer`, the bytes arrive together at the end.
    """

    def __init__(self, first: Exchange, second: Exchange) -> None:
        self.first = first
        self.second = second

    @property
    def names(self) -> Names:
        """What tells the exchanges apart, such as ``with `gzip` `` and ``without middleware``."""
        return _names(self.first.scenario, self.second.scenario)

    @property
    def text(self) -> str:
        """The difference in a sentence. While an exchange streams, it says so."""
        names = self.names
        clauses = _clause(self.first), _clause(self.second)
        if clauses[0] == clauses[1] and self.done:
            return f"No difference: {names.first} and {names.second}, {clauses[0]}."
        return " ".join(
            f"{name[:1].upper()}{name[1:]}, {clause}."
            for name, clause in zip(names, clauses, strict=True)
        )

    @property
    def done(self) -> bool:
        """Whether both exchanges are done."""
        return self.first.done and self.second.done

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Comparison: {self.text}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(str(verdict or 'still streams'))}</td></tr>"
            for name, verdict in zip(
                self.names, (self.first.verdict, self.second.verdict), strict=True
            )
        )
        return f"<p>{escape(self.text)}</p><table>{rows}</table>"


def _names(first: Scenario, second: Scenario) -> Names:
    pairs = [
        (words(first), words(second))
        for field, words in _WORDS.items()
        if getattr(first, field) != getattr(second, field)
    ]
    if not pairs:
        return Names("in the first run", "in the second run")
    if first.stream_with_context != second.stream_with_context and len(pairs) == 1:
        return Names(
            f"{'with' if first.stream_with_context else 'without'} {_SWITCH}",
            f"{'with' if second.stream_with_context else 'without'} it",
        )
    one, other = zip(*pairs, strict=True)
    return Names(printable(", ".join(one)), printable(", ".join(other)))


def _context_words(scenario: Scenario) -> str:
    return f"{'with' if scenario.stream_with_context else 'without'} {_SWITCH}"


def _layer_words(scenario: Scenario) -> str:
    names = " and ".join(f"`{layer.name}`" for layer in scenario.layers)
    return f"with {names}" if names else "without middleware"


def _pace_words(scenario: Scenario) -> str:
    if scenario.pace == "step":
        return "step by step"
    return f"with a pause of {scenario.pace:g} s" if scenario.pace else "without a pause"


_WORDS: dict[str, Callable[[Scenario], str]] = {
    "path": lambda scenario: f"with the path {scenario.path}",
    "method": lambda scenario: f"with {scenario.method}",
    "stream_with_context": _context_words,
    "layers": _layer_words,
    "server": lambda scenario: f"on {scenario.server}",
    "pace": _pace_words,
    "http_version": lambda scenario: f"in HTTP/{scenario.http_version}",
}
"""The fields of a scenario that a name mentions if they differ, and how."""


def _clause(exchange: Exchange) -> str:
    """Return what happened, as a clause without a full stop."""
    verdict = exchange.verdict
    if verdict is None:
        return "the response still streams"
    received = received_lane(exchange.trace, exchange.client)
    if exchange.failure is not None:
        return _failure_clause(exchange, exchange.failure)
    if verdict.outcome == "empty":
        return "the response has no body"
    if verdict.outcome == "buffered" and exchange.complete:
        return "the bytes arrive together at the end"
    if verdict.outcome in {"streamed", "inconclusive", "stopped"} and received.chunks:
        return _amount_clause(received.chunks, complete=exchange.complete)
    _, _, text = verdict.text.partition(": ")
    said = text.partition(". ")[0].removesuffix(".")
    return said[:1].lower() + said[1:]


def _amount_clause(chunks: int, *, complete: bool) -> str:
    verb = "arrives" if chunks == 1 else "arrive"
    if not complete:
        return f"{counted(chunks, 'chunk')} {verb} until the client leaves"
    return "the only chunk arrives" if chunks == 1 else f"all {counted(chunks, 'chunk')} {verb}"


def _failure_clause(exchange: Exchange, failure: Failure) -> str:
    made = exchange.trace.source_lane
    chunks = made.chunks if made else 0
    entry = failure.user_frame
    who = failure.raised_by or "server"
    subject = f"the {who}" if who in {"generator", "app", "server"} else f"`{who}`"
    where = f" at line {entry.line}" if entry else ""
    after = f"after {counted(chunks, 'chunk')}" if chunks else "before its first chunk"
    fails = f"{subject} fails{where} {after}"
    if not failure.sentence:
        return f"{fails} with {failure.last.removesuffix('.')}"
    reason = failure.sentence.removesuffix(".")
    begin = f"The {who} "
    said = (
        f"it {reason[len(begin) :]}"
        if reason.startswith(begin)
        else reason[:1].lower() + reason[1:]
    )
    return f"{fails}, because {said}"
