"""The verdict: what an exchange shows, as an outcome, a culprit, one sentence and one advice.

It rests on the order of events and on numbers of bytes, never on how long something took. The
rules are tried in the order of `_RULES`; the first that applies makes the verdict.

The sentences about held bytes are in `verdict_held`, the sentences about exceptions and broken
rules in `verdict_failures`, and the pieces of advice in `advice`. All others are here.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from werkzeug.datastructures import Headers

from streamlab.trace import advice
from streamlab.trace.client import ExternalClient
from streamlab.trace.content_coding import ContentDecoder
from streamlab.trace.mistakes import connection_header
from streamlab.trace.outcome import (
    Outcome,
    Verdict,
    amount_of,
    capitalized,
    cut_looks_complete,
    failed_before_leaving,
    first_without_bytes,
    holdings,
    lanes_with_bytes,
    received_lane,
    recoding_note,
    status_of,
)
from streamlab.trace.trace import same_bytes
from streamlab.trace.verdict_failures import broken_rule, failed, truncated, was_answered
from streamlab.trace.verdict_held import (
    buffered,
    compressed_inside,
    held_to_the_end,
    made_early,
    too_fast,
)
from streamlab.wording import counted, sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.trace.client import Client, ClientResponse
    from streamlab.trace.trace import Trace

__all__ = ["Outcome", "Verdict", "judge"]


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
    verdict = _with_header(trace, _with_wrapper(trace, verdict))
    failure = trace.failure
    if failure is None or failure.cause in verdict.text or failure.last in verdict.text:
        return verdict
    if was_answered(trace):
        said = f"{capitalized(failure.cause)}, and this response answers that."
    elif client.response.complete:
        said = f"After the last byte, {failure.cause}."
    else:
        said = f"{capitalized(failure.cause)}."
    return replace(verdict, text=f"{verdict.text} {said}")


def _with_wrapper(trace: Trace, verdict: Verdict) -> Verdict:
    """Return a verdict that says if a wrapper hides how the chunks are made."""
    wrapper = trace.hidden_by
    if not wrapper or not (verdict.outcome == "streamed" or "One piece" in verdict.text):
        return verdict
    seen = verdict.text.partition(": ")[2]
    text = f"Inconclusive: {seen} What the app made inside `{wrapper}` cannot be seen."
    return replace(verdict, outcome="inconclusive", text=text, advice=advice.give_apart(wrapper))


def _with_header(trace: Trace, verdict: Verdict) -> Verdict:
    """Return a verdict that also names a header field which an app must not set."""
    mistake = connection_header(trace)
    if mistake is None or mistake.text in verdict.text:
        return verdict
    text = f"{verdict.text} {capitalized(mistake.text)}: some servers refuse it."
    return replace(verdict, text=text, advice=f"{verdict.advice} {mistake.advice}".strip())


def _stopped(trace: Trace, client: Client) -> Verdict | None:
    response = client.response
    if response.complete:
        return None
    left_early = client.limit_reached or client.stopped or client.timed_out
    if left_early and (empty := _only_empty(trace)):
        return Verdict(
            "stopped",
            f"Stopped: the client left before a byte had come. {empty}",
            None,
            advice.ONLY_EMPTY,
        )
    if client.limit_reached:
        return _judged_by_what_came(trace, client)
    left = f"Stopped: the client left after {amount_of(received_lane(trace, client))}."
    if client.stopped:
        return Verdict("stopped", left)
    if client.timed_out and response.status_code is not None:
        return Verdict(
            "stopped", f"{left} {sentence(client.problem or '')}", None, advice.TIMED_OUT
        )
    return None


def _judged_by_what_came(trace: Trace, client: Client) -> Verdict:
    """Return the verdict on a response that the client left at a limit of the scenario."""
    received, made = received_lane(trace, client), trace.source_lane
    asked = f"The client left after {amount_of(received)}, as {client.limit_reached} asked."
    if client.problem:  # the time limit, which may be the default
        asked = f"{asked} {sentence(client.problem)}"
    if received.chunks < _ENOUGH_CHUNKS or made is None or failed_before_leaving(trace):
        tip = advice.RAISE_THE_LIMIT
        return Verdict("stopped", f"Stopped: {asked[:1].lower()}{asked[1:]}", None, tip)
    rules = (buffered, made_early, too_fast, _not_decoded, _streamed)
    verdict = next(verdict for rule in rules if (verdict := rule(trace, client)))
    return replace(verdict, text=f"{verdict.text} {asked}")


_ENOUGH_CHUNKS = 2
"""Of fewer it cannot be told whether one arrived before the next was made."""


def _empty(trace: Trace, client: Client) -> Verdict | None:
    response, received = client.response, received_lane(trace, client)
    if received.size:
        coding = Headers(response.headers).get("Content-Encoding", "")
        if not (coding and response.complete and _only_a_frame(trace, client)):
            return None
        empty = _only_empty(trace)
        text = (
            f"Empty: {status_of(response)}. The body of {counted(received.size, 'byte')} is only "
            f"the frame of the coding {coding}: no content was compressed. {empty}"
        )
        return Verdict("empty", text.strip(), None, advice.ONLY_EMPTY if empty else "")
    status = status_of(response)
    made = trace.source_lane
    if made is None and (empty := _only_empty(trace)):
        return Verdict("empty", f"Empty: {status} without a body. {empty}", None, advice.ONLY_EMPTY)
    if made is None:
        return Verdict("empty", f"Empty: {status} without a body.{_unread(trace, response)}")
    if response.framing == "none":
        extra = counted(response.surplus, "surplus byte")
        sent = f" The server sent at least {extra} nevertheless." if response.surplus else ""
        return Verdict(
            "empty",
            f"Empty: {status}. A response with this method or status has no body (RFC 9112 section "
            f"6.3), so {amount_of(made)} could not be sent.{sent}",
        )
    holder = first_without_bytes(trace)
    return Verdict(
        "empty",
        f"Empty: {status} without a body. `{holder}` received {amount_of(made)} and did not pass "
        f"{'it' if made.chunks == 1 else 'them'} on.",
        holder,
    )


def _only_empty(trace: Trace) -> str:
    """Return a sentence about a body of which all chunks are empty; "" if it is not so."""
    number = trace.empty_chunks
    if not number or any(trace.lanes[name].chunks for name in _MADE & trace.lanes.keys()):
        return ""
    maker = "app" if trace.making else "generator"
    them = "it" if number == 1 else "them"
    return (
        f"The {maker} yielded only {counted(number, 'empty chunk')}, and nothing was sent for "
        f"{them}."
    )


_MADE = {"generator", "app"}
"""The lanes on which chunks are made."""
_FRAME_BYTES = 64
"""The frame of a coding around nothing is shorter: gzip's has 20 bytes, and the file's name."""


def _only_a_frame(trace: Trace, client: Client) -> bool:
    """Return whether a compressed body has no content."""
    body = received_lane(trace, client).body
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
    for before, behind in pairwise(lanes_with_bytes(trace, client)):
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


def _unseen(trace: Trace, client: Client) -> Verdict | None:
    if any(lane.size for name, lane in trace.lanes.items() if name != "client"):
        return None
    return Verdict(
        "inconclusive",
        f"Inconclusive: {amount_of(received_lane(trace, client))} reached the client, but did not "
        "pass through the application's iterable. This happens with a file that the server sends "
        "itself (wsgi.file_wrapper): there are no chunks to follow.",
    )


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


def _not_decoded(trace: Trace, client: Client) -> Verdict | None:
    """Without a decoder, bytes with content cannot be told from the first bytes of the coding."""
    for holding in holdings(trace, client):
        if holding.missing_package:
            return Verdict(
                "inconclusive",
                f"Inconclusive: `{holding.behind}` compresses the body in a coding that cannot be "
                "decoded here, so it cannot be told when its content passed.",
                None,
                advice.not_decoded(holding.missing_package),
            )
    return None


def _ends_by_closing(client: Client) -> bool:
    return client.response.framing == "close" and client.response.complete


def _streamed(trace: Trace, client: Client) -> Verdict | None:
    amount = amount_of(received_lane(trace, client))
    # Without a line of the generator it is known when a chunk was asked for, not when it was made.
    made = "asked for" if trace.making or trace.hidden_by else "made"
    end = f" {cut_looks_complete(client.response)}" if _ends_by_closing(client) else ""
    if isinstance(client, ExternalClient):
        text = f"{amount} were sent, each before the next was {made}."
    elif trace.lockstep and trace.recoded:
        text = (
            f"{amount} reached the client. After each chunk that was {made}, some bytes reached "
            f"the client before the next was {made}."
        )
    elif trace.lockstep:
        text = f"{amount} reached the client, each before the next was {made}. Lockstep proves it."
    elif trace.send_confirmed:
        text = f"{amount} reached the client. Each was sent before the next was {made}."
    else:
        held = holdings(trace, client)[-1].held_back()
        text = (
            f"{amount} reached the client, {held.chunks - held.late:,} of the first "
            f"{held.chunks:,} before the next was {made}."
        )
    return Verdict("streamed", f"Streamed: {text}{end}{recoding_note(trace)}")


_RULES: tuple[Callable[[Trace, Client], Verdict | None], ...] = (
    broken_rule,
    held_to_the_end,
    _stopped,
    failed,
    truncated,
    _empty,
    _unseen,
    _lost,
    buffered,
    compressed_inside,
    _one_piece,
    made_early,
    too_fast,
    _not_decoded,
    _streamed,
)
"""Tried in this order; the first that returns a verdict decides."""
