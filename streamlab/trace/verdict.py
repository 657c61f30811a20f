"""The verdict: what an exchange shows, as an outcome, a culprit, one sentence and one advice.

It rests on the order of events and on numbers of bytes, never on how long something took. The
rules are tried in the order of `_RULES`; the first that applies makes the verdict.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from werkzeug.datastructures import Headers

from streamlab.clock import now_ns
from streamlab.trace import advice
from streamlab.trace.buffering import HeldBack, Holding, held_between
from streamlab.trace.client import ExternalClient
from streamlab.trace.content_coding import ContentDecoder
from streamlab.trace.mistakes import (
    declared_length,
    hop_by_hop_header,
    no_start_response,
    wrong_length,
)
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
    verdict = next(verdict for rule in _RULES if (verdict := rule(trace, client)))
    failure = trace.failure
    if failure is None or failure.cause in verdict.text or failure.last in verdict.text:
        return verdict
    if _was_answered(trace):
        said = f"{_capitalized(failure.cause)}, and this response answers that."
    elif client.response.complete:
        said = f"After the last byte, {failure.cause}."
    else:
        said = f"{_capitalized(failure.cause)}."
    return replace(verdict, text=f"{verdict.text} {said}")


def _capitalized(clause: str) -> str:
    return clause[:1].upper() + clause[1:]


def _received(trace: Trace, client: Client) -> Lane:
    """Return the lane that shows what the client received, or what was sent to it."""
    return trace.lanes["server" if isinstance(client, ExternalClient) else "client"]


def _amount(lane: Lane) -> str:
    return f"{counted(lane.chunks, 'chunk')} ({counted(lane.size, 'byte')})"


def _status(response: ClientResponse) -> str:
    return f"{response.status_code} {response.reason}".strip()


def _held_to_the_end(trace: Trace, client: Client) -> Verdict | None:
    """The client left, and something held bytes that it had been waiting for."""
    if client.response.complete or trace.failure or not (client.stopped or client.timed_out):
        return None
    left = trace.left or _time_of("client cut off", trace) or now_ns()
    holdings = held_between(trace, _visible_lanes(trace, client))
    certain = [holding for holding in holdings if _held_when_left(trace, client, holding, left)]
    if not certain:
        return None
    holding = max(certain, key=lambda holding: holding.at(left).size)
    size, since = holding.rest(left)
    name, received = holding.holder, _received(trace, client)
    seconds = (left - since) / 1e9
    duration = f", the first of them for {seconds_text(seconds)}" if seconds >= 0.001 else ""
    got = f"had received {_amount(received)}" if received.size else "had received nothing"
    return Verdict(
        "buffered",
        f"Buffered: `{name}` still held {counted(size, 'byte')}{duration}, when the client left. "
        f"The client {got}. {sentence(client.problem or '') if client.problem else ''}".strip(),
        name,
        advice.for_holder(name),
        held_bytes=size,
        held_seconds=seconds,
    )


def _held_when_left(trace: Trace, client: Client, holding: Holding, left: int) -> bool:
    """Return whether bytes were held when the client left, and not only on their way.

    They were if a chunk was made after them, which is the definition of "held back". A generator
    may also make one chunk and then pause. If the client gave up because nothing came, or has
    received nothing at all, the chunk counts as held if it was for most of the client's last wait.
    """
    step = holding.at(left)
    if not step.size or (holding.behind == "client" and trace.send_confirmed):
        return False
    if step.back and (holding.behind != "client" or _counts_at_client(trace, holding.held_back())):
        return True
    if isinstance(client, ExternalClient) or (client.stopped and trace.lanes["client"].size):
        return False
    reads = trace.reads.times
    waiting_since = reads[-1] if reads else trace.origin
    held_since = max(holding.rest(left)[1], waiting_since)
    return 2 * (left - held_since) > left - waiting_since


def _broken_rule(trace: Trace, client: Client) -> Verdict | None:
    """A layer sent headers that do not fit its body, or did not call ``start_response``."""
    response, received = client.response, _received(trace, client)
    code = response.status_code
    if mistake := wrong_length(trace, response):
        how = (
            f" The client received {_amount(received)}."
            if received.size or response.complete
            else f" {sentence(client.problem or 'The client received nothing.')}"
        )
    elif code is None or code >= 500 or not (response.complete or received.size):
        mistake = hop_by_hop_header(trace)
        if mistake is None and not (code and response.complete and code < 500):
            mistake = no_start_response(trace)
        if mistake is None:
            return None
        how = (
            f" The client received a complete response: {_status(response)}."
            if response.complete
            else f" {sentence(client.problem or 'The client received no body.')}"
        )
    else:
        return None
    outcome: Outcome = "truncated" if received.size and (code or 0) < 400 else "failed"
    return Verdict(
        outcome,
        f"{outcome.capitalize()}: {mistake.text}.{how}",
        mistake.lane,
        mistake.advice,
        held_bytes=mistake.lost,
    )


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
    if failure is None or not _broke_off(trace) or _has_promised_length(trace, response):
        return None
    amount = f"after {amount}" if _received(trace, client).size else "before the first byte"
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
        f"Truncated: {amount}, {failure.cause}. The client cannot tell. {why}",
        None,
        tip,
    )


def _has_promised_length(trace: Trace, response: ClientResponse) -> bool:
    """Return whether a complete response has all that a layer has promised.

    An exception after the last promised byte, as in a `close()`, has truncated nothing. A
    Content-Length of the server's own promises nothing: it counted what it got.
    """
    return response.framing == "none" or (
        response.framing == "length" and any(map(declared_length, trace.heads.values()))
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
    raised = _time_of("exception", trace)
    if raised is None or _was_answered(trace):
        return False
    ends = [_time_of("generator finished", trace), _time_of("response finished", trace)]
    return _raised_last(trace) and all(end is None or end > raised for end in ends)


def _was_answered(trace: Trace) -> bool:
    """Return whether the response began after the exception, so that it is an answer to it."""
    raised, started = _time_of("exception", trace), _time_of("response started", trace)
    if raised is None or started is None:
        return raised is not None and not _raised_last(trace)
    return started > raised


def _time_of(kind: EventKind, trace: Trace) -> int | None:
    return next((event.time for event in trace.events if event.kind == kind), None)


def _empty(trace: Trace, client: Client) -> Verdict | None:
    response, received = client.response, _received(trace, client)
    if received.size:
        coding = Headers(response.headers).get("Content-Encoding", "")
        if not (coding and response.complete and _only_a_frame(trace, client)):
            return None
        return Verdict(
            "empty",
            f"Empty: {_status(response)}. The body of {counted(received.size, 'byte')} is only the "
            f"frame of the coding {coding}: no content was compressed.",
        )
    status = _status(response)
    made = trace.source_lane
    if made is None:
        return Verdict("empty", f"Empty: {status} without a body.{_unread(trace, response)}")
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


_FRAME_BYTES = 64
"""The frame of a coding around nothing is shorter: gzip's has 20 bytes, and the file's name."""


def _only_a_frame(trace: Trace, client: Client) -> bool:
    """Return whether a compressed body has no content."""
    body = _received(trace, client).body
    if body.size > _FRAME_BYTES:
        return False
    decoder = ContentDecoder(Headers(client.response.headers))
    if decoder.decodes:
        with suppress(ValueError):
            return not decoder.decode(body.whole)
    made = trace.source_lane  # without a decoder: nothing was made before it was compressed
    return made is not None and made.name not in {"generator", "app", "client"}


def _unread(trace: Trace, response: ClientResponse) -> str:
    """Return a sentence about a generator that could not send anything; "" without one."""
    if response.framing != "none" or not trace.generator_tapped:
        return ""
    return (
        " A response with this method or status has no body (RFC 9112 section 6.3), so the "
        "generator did not run."
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


def _visible_lanes(trace: Trace, client: Client) -> list[Lane]:
    """Return the lanes; of an external client, what arrived is not known."""
    external = isinstance(client, ExternalClient)
    return [lane for lane in trace.lanes.values() if not (external and lane.name == "client")]


def _lanes_with_bytes(trace: Trace, client: Client) -> list[Lane]:
    return [lane for lane in _visible_lanes(trace, client) if lane.chunks]


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

    The client's thread may read late. In lockstep it is waited for. With a pace, or if the
    generator itself pauses, it has enough time, except now and then.
    """
    made = trace.source_lane
    pauses = made is not None and made.seconds_between > _PAUSE_SECONDS
    return trace.lockstep or ((trace.gate.pace is not None or pauses) and held.mostly)


_PAUSE_SECONDS = 0.05
"""A longer mean time between chunks is a pause. A thread that waits for bytes wakes up far sooner.
"""


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


def _not_decoded(trace: Trace, client: Client) -> Verdict | None:
    """Without a decoder, bytes with content cannot be told from the first bytes of the coding."""
    for holding in _holdings(trace, client):
        if holding.missing_package:
            return Verdict(
                "inconclusive",
                f"Inconclusive: `{holding.behind}` compresses the body in a coding that cannot be "
                "decoded here, so it cannot be told when its content passed.",
                None,
                advice.not_decoded(holding.missing_package),
            )
    return None


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
    _broken_rule,
    _held_to_the_end,
    _stopped,
    _failed,
    _truncated,
    _empty,
    _unseen,
    _lost,
    _buffered,
    _one_piece,
    _too_fast,
    _not_decoded,
    _streamed,
)
"""Tried in this order; the first that returns a verdict decides."""
