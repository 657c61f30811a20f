"""The verdict: what an exchange shows, as an outcome, a culprit, one sentence and one advice.

It rests on the order of events and on numbers of bytes, never on how long something took. The
rules are tried in the order of `_RULES`; the first that applies makes the verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from streamlab.trace import advice
from streamlab.trace.buffering import HeldBack, Holding, held_between
from streamlab.trace.client import ExternalClient
from streamlab.trace.trace import same_bytes
from streamlab.wording import counted, seconds_text, sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.trace.client import Client, ClientResponse
    from streamlab.trace.events import EventKind
    from streamlab.trace.lane import Lane
    from streamlab.trace.trace import Trace

Outcome = Literal["streamed", "buffered", "truncated", "failed", "stopped", "empty", "inconclusive"]


@dataclass(frozen=True)
class Verdict:
    """What an exchange shows. `str()` is the sentence.

    :param outcome: one word.
    :param text: one plain sentence, or a few.
    :param culprit: name of what held the bytes back or lost them: a lane, or a layer without a
        lane such as ``proxy``; None if nothing did.
    :param advice: what to change, with code to copy; "" if that is not known.
    :param held_bytes: the most bytes that the culprit held back at once.
    :param held_seconds: for how long it held the first chunk that it held back.
    """

    outcome: Outcome
    text: str
    culprit: str | None = None
    advice: str = ""
    held_bytes: int = 0
    held_seconds: float = 0.0

    def __str__(self) -> str:
        return self.text


def judge(trace: Trace, client: Client) -> Verdict:
    """Return the verdict on an exchange that has ended.

    :param trace: what was observed on the server's side.
    :param client: what made the request, with the response as it received it.

    >>> from streamlab.trace.trace import Trace
    >>> trace = Trace()
    >>> trace.start_response("200 OK", [])
    >>> trace.record_event("response finished")
    >>> print(judge(trace, ExternalClient(trace, cut=print)))
    Empty: 200 OK without a body.
    """
    return next(verdict for rule in _RULES if (verdict := rule(trace, client)))


def _received(trace: Trace, client: Client) -> Lane:
    """Return the lane that shows what the client received, or what was sent to it."""
    return trace.lanes["server" if isinstance(client, ExternalClient) else "client"]


def _amount(lane: Lane) -> str:
    return f"{counted(lane.chunks, 'chunk')} ({counted(lane.size, 'byte')})"


def _status(response: ClientResponse) -> str:
    return f"{response.status_code} {response.reason}".strip()


def _stopped(trace: Trace, client: Client) -> Verdict | None:
    response = client.response
    if response.complete:
        return None
    left = f"Stopped: the client left after {_amount(_received(trace, client))}."
    if client.stopped:
        return Verdict("stopped", left)
    if client.timed_out and response.status_code is not None:
        return Verdict(
            "stopped", f"{left} {sentence(client.problem or '')}", None, advice.TIMED_OUT
        )
    return None


def _failed(trace: Trace, client: Client) -> Verdict | None:
    response, failure = client.response, trace.failure
    if response.status_code is None:
        why = failure.last if failure else client.problem or "The connection was closed."
        tip = advice.for_failure(failure, begun=False) if failure else ""
        return Verdict("failed", f"Failed: no response arrived. {sentence(why)}", None, tip)
    if response.status_code < 400 or (_received(trace, client).size and not response.complete):
        return None
    status = _status(response)
    if failure is None:
        return Verdict("failed", f"Failed: the response is {status}.")
    made = trace.source_lane
    holder = _first_without_bytes(trace)
    if made is None or made.name != "generator" or not (holder or _broke_off(trace)):
        return Verdict(
            "failed",
            f"Failed: before the first byte, {failure.cause}. The client received a complete "
            f"response: {status}.",
            None,
            advice.for_failure(failure, begun=False),
        )
    if holder is None:
        return None  # the client received what was made before the error
    return Verdict(
        "failed",
        f"Failed: after {counted(made.chunks, 'chunk')}, {failure.cause}. `{holder}` still held "
        f"all of it, so the client received a complete response: {status}.",
        holder,
        advice.for_failure(failure, begun=False),
        held_bytes=made.size,
    )


def _first_without_bytes(trace: Trace) -> str | None:
    """Return what received the chunks and passed on no byte of them; None if all passed some on."""
    made = next(iter(trace.lanes.values()))
    for before, behind in pairwise(trace.lanes.values()):
        if not behind.chunks or not same_bytes(made, behind):
            return trace.holder(behind.name) if before.chunks else behind.name
    return None


def _truncated(trace: Trace, client: Client) -> Verdict | None:
    response, failure = client.response, trace.failure
    amount = _amount(_received(trace, client))
    if not response.complete:
        received = f"the client received {response.status_code} and {amount}"
        missing = f"{response.missing[:1].upper()}{response.missing[1:]} never arrived."
        if failure is None or not _raised_last(trace):
            problem = sentence(client.problem or "The connection was closed.")
            return Verdict("truncated", f"Truncated: {received}. {problem} {missing}")
        return Verdict(
            "truncated",
            f"Truncated: {received}, then the connection was cut, because {failure.cause}. "
            f"{missing}",
            None,
            advice.for_failure(failure, begun=True),
        )
    if failure is None or not _broke_off(trace):
        return None
    why = (
        _cut_looks_complete(response)
        if response.framing == "close"
        else "The response ended as if it were complete."
    )
    tip = advice.for_failure(failure, begun=True)
    if tip == advice.RAISED_AFTER_THE_START and "debugger" in trace.lanes:
        tip = advice.DEBUGGER_COMPLETES
    return Verdict(
        "truncated",
        f"Truncated: after {amount}, {failure.cause}. The client cannot tell. {why}",
        None,
        tip,
    )


def _cut_looks_complete(response: ClientResponse) -> str:
    """Return why the end of a body that ends with the connection proves nothing."""
    if response.http_version == "1.0":
        return "In HTTP/1.0 a response that was cut looks like a complete one."
    return "Without chunks or Content-Length, a response that was cut looks like a complete one."


def _raised_last(trace: Trace) -> bool:
    """Return whether no chunk was made after the exception. An earlier one was answered."""
    raised, made = _time_of("exception", trace), trace.source_lane
    return raised is not None and (made is None or made.times[-1] <= raised)


def _broke_off(trace: Trace) -> bool:
    """Return whether an exception ended the making of the body.

    False if it was raised earlier and answered, or after all had been made, as in a `close()`.
    """
    raised, finished = _time_of("exception", trace), _time_of("generator finished", trace)
    if raised is None or trace.source_lane is None:
        return False
    return _raised_last(trace) and (finished is None or finished > raised)


def _time_of(kind: EventKind, trace: Trace) -> int | None:
    return next((event.time for event in trace.events if event.kind == kind), None)


def _empty(trace: Trace, client: Client) -> Verdict | None:
    response = client.response
    if _received(trace, client).size:
        return None
    status = _status(response)
    made = trace.source_lane
    if made is None:
        return Verdict("empty", f"Empty: {status} without a body.")
    if response.framing == "none":
        return Verdict(
            "empty",
            f"Empty: {status}. A response with this method or status has no body (RFC 9112 section "
            f"6.3), so {_amount(made)} could not be sent.",
        )
    holder = _first_without_bytes(trace)
    return Verdict(
        "empty",
        f"Empty: {status} without a body. `{holder}` received {_amount(made)} and did not pass "
        f"{'it' if made.chunks == 1 else 'them'} on.",
        holder,
    )


def _lost(trace: Trace, client: Client) -> Verdict | None:
    """Bytes were made, but are not in a response that is complete by its framing."""
    for before, behind in pairwise(_lanes_with_bytes(trace, client)):
        lost = before.size - behind.size
        if lost <= 0 or not same_bytes(before, behind):
            continue
        holder = trace.holder(behind.name)
        made = f"{counted(before.size, 'byte')} {'was' if before.size == 1 else 'were'} made"
        by_length = behind.name == "client" and client.response.framing == "length"
        how = (
            f"Content-Length is {behind.size:,}, but {made}"
            if by_length
            else f"`{holder}` passed on {behind.size:,} of {counted(before.size, 'byte')}"
        )
        return Verdict(
            "truncated",
            f"Truncated: {counted(lost, 'byte')} never arrived, and the client cannot tell: {how}.",
            holder,
            advice.WRONG_LENGTH if by_length else "",
            held_bytes=lost,
        )
    return None


def _lanes_with_bytes(trace: Trace, client: Client) -> list[Lane]:
    """Return the lanes with chunks; of an external client, what arrived is not known."""
    external = isinstance(client, ExternalClient)
    return [
        lane
        for lane in trace.lanes.values()
        if lane.chunks and not (external and lane.name == "client")
    ]


def _unseen(trace: Trace, client: Client) -> Verdict | None:
    if any(lane.size for name, lane in trace.lanes.items() if name != "client"):
        return None
    return Verdict(
        "inconclusive",
        f"Inconclusive: {_amount(_received(trace, client))} reached the client, but did not pass "
        "through the application's iterable. This happens with a file that the server sends itself "
        "(wsgi.file_wrapper): there are no chunks to follow.",
    )


def _holdings(trace: Trace, client: Client) -> list[Holding]:
    return held_between(trace, _lanes_with_bytes(trace, client))


def _buffered(trace: Trace, client: Client) -> Verdict | None:
    late = [
        (holding, held)
        for holding in _holdings(trace, client)
        if (held := holding.held_back()).late
        and (holding.behind != "client" or _counts_at_client(trace, held))
    ]
    # The first of those that held back the most chunks.
    return _buffered_by(trace, *max(late, key=lambda pair: pair[1].late)) if late else None


def _counts_at_client(trace: Trace, held: HeldBack) -> bool:
    """Return whether lateness at the client shows that bytes were held.

    The client's thread may read late. In lockstep it is waited for. With a pace it has enough time,
    except now and then.
    """
    return trace.lockstep or (trace.gate.pace is not None and held.mostly)


_MENTIONED_SECONDS = 0.001
"""A shorter time says nothing: the generator made its chunks without a pause."""


def _buffered_by(trace: Trace, holding: Holding, held: HeldBack) -> Verdict:
    name = holding.holder
    behind, made = trace.lanes[holding.behind], trace.source_lane
    seconds = seconds_text(held.seconds) if held.seconds >= _MENTIONED_SECONDS else ""
    if made and held.late == held.chunks and held.until > made.times[-1]:
        all_bytes = "everything" if behind.times[0] >= held.until else "all content"
        together = " together" if behind.chunks == 1 else ""
        duration = f" for {seconds}" if seconds else ""
        what = f"kept the first chunk{duration} and sent {all_bytes}{together} at the end."
    else:
        duration = f", the first for {seconds}" if seconds else ""
        what = (
            f"kept {held.late:,} of {counted(held.chunks + 1, 'chunk')} until after the next one "
            f"was made: up to {counted(held.size, 'byte')} at once{duration}."
        )
    return Verdict(
        "buffered",
        f"Buffered: `{name}` {what}{_recoding(trace)}",
        name,
        advice.for_holder(name),
        held_bytes=held.size,
        held_seconds=held.seconds,
    )


def _recoding(trace: Trace) -> str:
    if not (names := trace.recoded):
        return ""
    return f" `{names[0]}` changes the bytes, so chunks after it are matched by time."


def _one_piece(trace: Trace, client: Client) -> Verdict | None:  # noqa: ARG001 - a rule
    made = trace.source_lane
    if made is None or made.chunks > 1:
        return None
    return Verdict(
        "inconclusive",
        f"One piece: the body was made as a single chunk of {counted(made.size, 'byte')}, so there "
        "was nothing to stream.",
        None,
        advice.ONE_PIECE,
    )


def _too_fast(trace: Trace, client: Client) -> Verdict | None:
    if isinstance(client, ExternalClient) or trace.lockstep or trace.send_confirmed:
        return None
    holding = _holdings(trace, client)[-1]
    held = holding.held_back()
    if not held.mostly:
        return None
    return Verdict(
        "inconclusive",
        f"Inconclusive: too fast to tell. {held.late:,} of {counted(held.chunks + 1, 'chunk')} "
        f"reached the client after the next one was made. Either `{holding.holder}` held them or "
        "the client read late.",
        None,
        advice.TOO_FAST,
    )


def _streamed(trace: Trace, client: Client) -> Verdict | None:
    amount = _amount(_received(trace, client))
    end = f" {_cut_looks_complete(client.response)}" if client.response.framing == "close" else ""
    if isinstance(client, ExternalClient):
        text = f"{amount} were sent, each before the next was made."
    elif trace.lockstep and trace.recoded:
        text = (
            f"{amount} reached the client. After each chunk that was made, some bytes reached the "
            "client before the next was made."
        )
    elif trace.lockstep:
        text = f"{amount} reached the client, each before the next was made. Lockstep proves it."
    elif trace.send_confirmed:
        text = f"{amount} reached the client. Each was sent before the next was made."
    else:
        held = _holdings(trace, client)[-1].held_back()
        text = (
            f"{amount} reached the client, {held.chunks - held.late:,} of the first "
            f"{held.chunks:,} before the next was made."
        )
    return Verdict("streamed", f"Streamed: {text}{end}{_recoding(trace)}")


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
"""Tried in this order; the first that returns a verdict decides."""
