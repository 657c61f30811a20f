"""The verdict: what an exchange shows, in one word, one lane to blame and one plain sentence.

It rests on the order of events and on counts of bytes, never on how long something took.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from streamlab.trace.buffering import Held, held_between
from streamlab.trace.client import ExternalClient
from streamlab.trace.trace import same_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.trace.client import Client
    from streamlab.trace.lane import Lane
    from streamlab.trace.trace import Trace

Outcome = Literal["streamed", "buffered", "truncated", "failed", "stopped", "empty", "inconclusive"]


@dataclass(frozen=True)
class Verdict:
    """What an exchange shows.

    ``culprit`` is the name of what held the bytes back, or None: the name of a lane, but for
    those in whose place there is none: `get_data` and a proxy. ``held_bytes`` is how much it held
    at most, ``held_ns`` for how many nanoseconds it held the first of it. `str()` is the sentence.
    """

    outcome: Outcome
    text: str
    culprit: str | None = None
    held_bytes: int = 0
    held_ns: int = 0

    def __str__(self) -> str:
        return self.text


def judge(trace: Trace, client: Client) -> Verdict:
    """The verdict on an exchange that has ended."""
    return next(verdict for rule in _RULES if (verdict := rule(trace, client)))


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "chunk"), counted(3, "chunk")
    ('1 chunk', '3 chunks')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _came(trace: Trace, client: Client) -> Lane:
    """The lane that tells what the client has got."""
    return trace.lanes["server" if isinstance(client, ExternalClient) else "client"]


def _got(trace: Trace, client: Client) -> str:
    lane = _came(trace, client)
    return f"{counted(lane.chunks, 'chunk')} ({counted(lane.size, 'byte')})"


def _stopped(trace: Trace, client: Client) -> Verdict | None:
    response, got = client.response, _got(trace, client)
    if response.complete:
        return None
    if client.stopped:
        return Verdict("stopped", f"Stopped: the client left after {got}.")
    if client.timed_out and response.status_code is not None:
        return Verdict("stopped", f"Stopped: the client left after {got}: {client.problem}.")
    return None


def _failed(trace: Trace, client: Client) -> Verdict | None:
    response, failure = client.response, trace.failure
    if response.status_code is None:
        why = failure.last if failure else client.problem or "the connection was closed"
        return Verdict("failed", f"Failed: no response came; {_said(why)}.")
    if response.status_code < 400 or (_came(trace, client).size and not response.complete):
        return None
    answer = f"{response.status_code} {response.reason}".strip()
    if failure is None:
        return Verdict("failed", f"Failed: the answer was {answer}.")
    made = trace.source_lane
    holder = _first_without_bytes(trace)
    if made is None or made.name != "generator" or not (holder or _broke_off(trace)):
        return Verdict(
            "failed",
            f"Failed: {_said(failure.last)} before the first byte, so the answer is a clean "
            f"{answer}.",
        )
    if holder is None:
        return None  # what was made for this answer has come, as far as it was made
    return Verdict(
        "failed",
        f"Failed: {_said(failure.last)} after {counted(made.chunks, 'chunk')}. {holder} still held "
        f"all of it, so the answer could be a clean {answer}.",
        holder,
        held_bytes=made.size,
    )


def _first_without_bytes(trace: Trace) -> str | None:
    """Who was given the bytes that were made, and let none of them pass; None where they passed."""
    made = next(iter(trace.lanes.values()))
    for before, behind in pairwise(trace.lanes.values()):
        if not behind.chunks or not _begins_like(behind.body.head, made.body.head):
            return trace.holder(behind.name) if before.chunks else behind.name
    return None


def _begins_like(body: bytes, made: bytes) -> bool:
    shared = min(len(body), len(made))
    return body[:shared] == made[:shared]


def _truncated(trace: Trace, client: Client) -> Verdict | None:
    response, failure = client.response, trace.failure
    got = _got(trace, client)
    if not response.complete:
        cause = failure.last if failure else client.problem or "the connection was closed"
        return Verdict(
            "truncated",
            f"Truncated: the client got {response.status_code} and {got}, then a cut: "
            f"{_said(cause)}. It misses {response.missing}.",
        )
    if failure is None or not _broke_off(trace):
        return None
    why = (
        "the body ends with the connection, as in HTTP/1.0, and so does one that is cut"
        if response.framing == "close"
        else "the response ended as if it were whole"
    )
    return Verdict(
        "truncated",
        f"Truncated: the generator broke off ({_said(failure.last)}) after {got}, and the client "
        f"cannot tell: {why}.",
    )


def _broke_off(trace: Trace) -> bool:
    """Whether an exception ended the making of the body.

    Not one that came before, and was answered; nor one that came when all had been made, such as
    one in a `close()`.
    """
    raised = next((event.time for event in trace.events if event.kind == "exception"), None)
    finished = next((e.time for e in trace.events if e.kind == "generator finished"), None)
    made = trace.source_lane
    if raised is None or made is None or (finished is not None and finished <= raised):
        return False
    return made.columns.times[-1] <= raised


def _empty(trace: Trace, client: Client) -> Verdict | None:
    response = client.response
    if _came(trace, client).size:
        return None
    answer = f"{response.status_code} {response.reason}".rstrip()
    made = trace.source_lane
    if made is None:
        return Verdict("empty", f"Empty: {answer} without a body.")
    what = f"{counted(made.chunks, 'chunk')} ({counted(made.size, 'byte')})"
    if response.framing == "none":
        return Verdict(
            "empty",
            f"Empty: {answer}. This response has no body by its method or status (RFC 9112 "
            f"section 6.3), so none of the {what} that were made could be sent.",
        )
    holder = _first_without_bytes(trace)
    return Verdict(
        "empty", f"Empty: {answer} without a body: {holder} let none of {what} pass.", holder
    )


def _lost(trace: Trace, client: Client) -> Verdict | None:
    """Bytes that were made, and that a response which is whole by its framing does not have."""
    lanes = [lane for lane in trace.lanes.values() if lane.chunks]
    if isinstance(client, ExternalClient):
        lanes = [lane for lane in lanes if lane.name != "client"]
    for before, behind in pairwise(lanes):
        lost = before.size - behind.size
        if lost <= 0 or not same_bytes(before, behind):
            continue
        holder = trace.holder(behind.name)
        how = f"{holder} let {behind.size:,} of {counted(before.size, 'byte')} pass"
        if behind.name == "client" and client.response.framing == "length":
            how = (
                f"its Content-Length says {counted(behind.size, 'byte')}, and "
                f"{before.size:,} were made"
            )
        return Verdict(
            "truncated",
            f"Truncated: {counted(lost, 'byte')} did not come, and the client cannot tell: {how}.",
            holder,
            held_bytes=lost,
        )
    return None


def _unseen(trace: Trace, client: Client) -> Verdict | None:
    if any(lane.size for name, lane in trace.lanes.items() if name != "client"):
        return None
    return Verdict(
        "inconclusive",
        f"Inconclusive: {_got(trace, client)} reached the client, and none of it passed through "
        "the application. So it is with a file that the server sends by itself "
        "(wsgi.file_wrapper): there is no chunk to follow.",
    )


def _buffered(trace: Trace, client: Client) -> Verdict | None:  # noqa: ARG001 - a rule
    late = [
        held
        for held in held_between(trace, until="client" if trace.send_confirmed else None)
        if held.late and (held.behind != "client" or _counts_at_client(trace, held))
    ]
    # Several may hold something; of those that hold equally much, the first.
    return _buffered_by(trace, max(late, key=lambda held: held.late)) if late else None


def _counts_at_client(trace: Trace, held: Held) -> bool:
    """Whether lateness at the client means anything: it reads when its thread gets its turn.

    In lockstep it was waited for. With a pace it had its time, most of the time.
    """
    return trace.lockstep or (trace.gate.pace is not None and _mostly(held))


def _mostly(held: Held) -> bool:
    return 2 * held.late > held.chunks


def _buffered_by(trace: Trace, held: Held) -> Verdict:
    name = trace.holder(held.behind)
    what = (
        "every chunk but the last"
        if held.late == held.chunks
        else f"{held.late:,} of {counted(held.chunks + 1, 'chunk')}"
    )
    held_ns = max(0, held.until - held.since)
    return Verdict(
        "buffered",
        f"Buffered: {name} held back {what}, up to {counted(held.size, 'byte')} at once, while "
        f"more was made; the first for {held_ns / 1e9:.3f} s.{_recoding(trace)}",
        name,
        held_bytes=held.size,
        held_ns=held_ns,
    )


def _recoding(trace: Trace) -> str:
    if not (names := trace.recoded):
        return ""
    return (
        f" From {names[0]} on the bytes are others than before: offsets end there, and chunks are "
        "matched by time."
    )


def _one_piece(trace: Trace, client: Client) -> Verdict | None:  # noqa: ARG001 - a rule
    made = trace.source_lane
    if made is None or made.chunks > 1:
        return None
    return Verdict(
        "inconclusive",
        f"One piece: the body was made as a single chunk of {counted(made.size, 'byte')}, so "
        "there was nothing to stream.",
    )


def _too_fast(trace: Trace, client: Client) -> Verdict | None:
    if isinstance(client, ExternalClient) or trace.lockstep or trace.send_confirmed:
        return None
    held = list(held_between(trace))[-1]
    if not _mostly(held):
        return None
    return Verdict(
        "inconclusive",
        f"Inconclusive: too fast to tell. {held.late:,} of {counted(held.chunks + 1, 'chunk')} "
        "came to the client only when more had been made, and whether "
        f"{trace.holder('client')} held them or the client was slow to look is all the same at "
        'this speed. pace=0.1 would tell, pace="step" would prove it.',
    )


def _streamed(trace: Trace, client: Client) -> Verdict | None:
    got = _got(trace, client)
    whole = (
        " The body ends with the connection, as in HTTP/1.0: had it been cut, nobody could tell."
        if client.response.framing == "close"
        else ""
    )
    if isinstance(client, ExternalClient):
        text = f"Streamed: {got} were sent, each before the next was made."
    elif trace.lockstep and trace.recoded:
        text = f"Streamed: {got}; for each that was made some came before the next was."
    elif trace.lockstep:
        text = f"Streamed: {got}, each with the client before the next was made. That is proof."
    elif trace.send_confirmed:
        text = f"Streamed: {got} reached the client; each was sent before the next was made."
    else:
        held = list(held_between(trace))[-1]
        text = (
            f"Streamed: {got} reached the client, {held.chunks - held.late:,} of the "
            f"first {held.chunks:,} before the next was made."
        )
    return Verdict("streamed", text + whole + _recoding(trace))


def _said(text: str) -> str:
    return text.rstrip(".")


_RULES: tuple[Callable[[Trace, Client], Verdict | None], ...] = (
    _stopped,
    _failed,
    _truncated,
    _empty,
    _unseen,
    _lost,
    _buffered,
    _one_piece,
    _too_fast,
    _streamed,
)
"""Asked in this order; the first that knows an answer has it."""
