"""The verdict: what an exchange shows, in one word, one lane to blame and one plain sentence.

It rests on the order of events and on counts of bytes, never on how long something took.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.trace.probe import Probe
    from streamlab.trace.trace import Trace

Outcome = Literal["streamed", "buffered", "truncated", "failed", "stopped", "empty", "inconclusive"]


@dataclass(frozen=True)
class Verdict:
    """What an exchange shows.

    ``lane`` is the name of the lane that held the bytes back, or None. `str()` is the sentence.
    """

    outcome: Outcome
    text: str
    lane: str | None = None

    def __str__(self) -> str:
        return self.text


def judge(trace: Trace, probe: Probe) -> Verdict:
    """The verdict on an exchange that has ended."""
    return next(verdict for rule in _RULES if (verdict := rule(trace, probe)))


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "chunk"), counted(3, "chunk")
    ('1 chunk', '3 chunks')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _got(trace: Trace) -> str:
    client = trace.lanes["client"]
    return f"{counted(client.chunks, 'chunk')} ({counted(client.size, 'byte')})"


def _stopped(trace: Trace, probe: Probe) -> Verdict | None:
    if not probe.stopped or probe.response.complete:
        return None
    return Verdict("stopped", f"Stopped: the client left after {_got(trace)}.")


def _failed(trace: Trace, probe: Probe) -> Verdict | None:
    response, failure = probe.response, trace.failure
    if response.status is None:
        return Verdict(
            "failed", f"Failed: no response came; {probe.problem or 'the connection was closed'}."
        )
    if response.status < 400:
        return None
    answer = f"{response.status} {response.reason}".strip()
    if failure is None:
        return Verdict("failed", f"Failed: the answer was {answer}.")
    return Verdict(
        "failed",
        f"Failed: {failure.last} before the first byte, so the answer is a clean {answer}.",
    )


def _truncated(trace: Trace, probe: Probe) -> Verdict | None:
    response, failure = probe.response, trace.failure
    if response.complete and failure is None:
        return None
    cause = failure.last if failure else probe.problem or "the connection was closed"
    if not response.complete:
        return Verdict(
            "truncated",
            f"Truncated: the client got {response.status} and {_got(trace)}, then a cut: {cause}"
            f"{'' if cause.endswith('.') else '.'} It misses {response.missing}.",
        )
    return Verdict(
        "truncated",
        f"Truncated: the generator broke off ({cause.rstrip('.')}) after {_got(trace)}, and the "
        "client cannot tell: the response ended as if it were whole.",
    )


def _empty(trace: Trace, probe: Probe) -> Verdict | None:
    if trace.lanes["client"].size:
        return None
    return Verdict(
        "empty", f"Empty: {probe.response.status} {probe.response.reason} without a body."
    )


def _buffered(trace: Trace, probe: Probe) -> Verdict | None:  # noqa: ARG001 - a rule
    lanes = [lane for lane in trace.lanes.values() if lane.chunks]
    for before, behind in itertools.pairwise(lanes):
        # The client reads when its thread gets its turn: that it is late proves nothing.
        if before.chunks > 1 and behind.name != "client" and behind.times[0] > before.times[-1]:
            return Verdict(
                "buffered",
                f"Buffered: all of the {counted(before.chunks, 'chunk')} from {before.name} were "
                f"held back, and {behind.name} passed them on only after the last one.",
                behind.name,
            )
    return None


def _one_piece(trace: Trace, probe: Probe) -> Verdict | None:  # noqa: ARG001 - a rule
    first = next(lane for lane in trace.lanes.values() if lane.chunks)
    if first.chunks > 1:
        return None
    return Verdict(
        "inconclusive",
        f"One piece: the body was made as a single chunk of {counted(first.size, 'byte')}, so "
        "there was nothing to stream.",
    )


def _streamed(trace: Trace, probe: Probe) -> Verdict | None:  # noqa: ARG001 - a rule
    lanes = [lane for lane in trace.lanes.values() if lane.chunks]
    first, client = lanes[0], trace.lanes["client"]
    proof = (
        "the first had arrived before the second was made"
        if client.times[0] < first.times[1]
        else "each was sent before the next was made"
    )
    return Verdict("streamed", f"Streamed: {_got(trace)} reached the client one by one; {proof}.")


_RULES: tuple[Callable[[Trace, Probe], Verdict | None], ...] = (
    _stopped,
    _failed,
    _truncated,
    _empty,
    _buffered,
    _one_piece,
    _streamed,
)
"""Asked in this order; the first that knows an answer has it."""
