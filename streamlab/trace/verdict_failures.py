"""The rules of the verdict for exceptions, and for layers that break a rule of WSGI or HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.datastructures import Headers

from streamlab.trace import advice
from streamlab.trace.content_coding import ContentDecoder
from streamlab.trace.mistakes import (
    declared_length,
    hop_by_hop_header,
    no_start_response,
    wrong_length,
)
from streamlab.trace.outcome import (
    Outcome,
    Verdict,
    amount_of,
    capitalized,
    cut_looks_complete,
    first_without_bytes,
    received_lane,
    status_of,
    time_of,
)
from streamlab.trace.refusals import Refusal
from streamlab.wording import counted, sentence

if TYPE_CHECKING:
    from streamlab.trace.client import Client, ClientResponse
    from streamlab.trace.lane import Lane
    from streamlab.trace.trace import Trace


def broken_rule(trace: Trace, client: Client) -> Verdict | None:
    """Return the verdict on headers that do not fit, or that were not given to the server.

    :param trace: what was observed on the server's side.
    :param client: what made the request.
    """
    response, received = client.response, received_lane(trace, client)
    code = response.status_code
    refused = ""
    if mistake := wrong_length(trace, response):
        unreadable = not mistake.lost
    elif mistake := hop_by_hop_header(trace):
        unreadable = True
        refused = _REFUSED if response.complete and received.size else ""
    elif code is None or code >= _SERVER_ERROR or not (response.complete or received.size):
        mistake, unreadable = no_start_response(trace), True
    if mistake is None:
        return None
    outcome: Outcome = "truncated"
    if code is None or code >= _ERROR or (unreadable and not received.size) or refused:
        outcome = "failed"
    if code is not None and code >= _ERROR and response.complete:
        how = f"The client received a complete response: {status_of(response)}."
    elif response.complete or received.size:
        how = f"The client received {amount_of(received)}{refused}."
    else:
        how = sentence(client.problem or "The client received nothing.")
    return Verdict(
        outcome,
        f"{outcome.capitalize()}: {mistake.text}. {how}",
        mistake.lane,
        mistake.advice,
        held_bytes=mistake.lost,
    )


_REFUSED = (
    ", but other clients may refuse them, because they do not know this transfer coding (RFC 9112 "
    "section 6.1)"
)
_ERROR, _SERVER_ERROR = 400, 500
"""The lowest status codes of errors, and of errors of the server."""


def failed(trace: Trace, client: Client) -> Verdict | None:
    """Return the verdict on a missing response, or on one with an error's status.

    :param trace: what was observed on the server's side.
    :param client: what made the request.
    """
    response, failure = client.response, trace.failure
    if response.status_code is None:
        why = client.problem or "The connection was closed."
        if failure is not None:
            why = capitalized(failure.clause) or failure.last
        tip = advice.for_failure(failure, begun=False) if failure else ""
        return Verdict("failed", f"Failed: no response arrived. {sentence(why)}", None, tip)
    if response.status_code < 400 or (received_lane(trace, client).size and not response.complete):
        return None
    status = status_of(response)
    if failure is None:
        why, tip = _refusal(trace)
        return Verdict("failed", f"Failed: the response is {status}{why}.", None, tip)
    made = trace.source_lane
    holder = first_without_bytes(trace)
    all_gone = made is not None and made.name == "generator" and (holder or _broke_off(trace))
    if made is None or failure.clause or not all_gone:
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


def _refusal(trace: Trace) -> tuple[str, str]:
    """Return why the framework has refused the request, if that is known, and what to do."""
    refused = [event.text for event in trace.events if event.kind == "request refused"]
    if not refused:
        return "", ""
    refusal = Refusal.parsed(refused[0])
    return f", because {refusal.text}", refusal.advice


def truncated(trace: Trace, client: Client) -> Verdict | None:
    """Return the verdict on a body that was cut, whether the client can tell or not.

    :param trace: what was observed on the server's side.
    :param client: what made the request.
    """
    response, failure = client.response, trace.failure
    amount = amount_of(received_lane(trace, client))
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
    amount = f"after {amount}" if received_lane(trace, client).size else "before the first byte"
    why = (
        cut_looks_complete(response)
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


def _raised_last(trace: Trace) -> bool:
    """Return whether no chunk was made after the exception. An earlier one was answered."""
    raised, made = time_of("exception", trace), trace.source_lane
    if raised is None:
        return False
    # Chunks that only the client has seen are a page of the server's own.
    if made is None or made.name == "client" or made.times[-1] <= raised:
        return True
    return _is_coding_of_nothing(trace, made)


def _is_coding_of_nothing(trace: Trace, made: Lane) -> bool:
    """Return whether a layer compressed a body without content, which it ends with its own bytes.

    :param made: the lane of the layer.
    """
    if made.name not in trace.heads or not made.body.complete:
        return False
    decoder = ContentDecoder(Headers(trace.heads[made.name][1]))
    try:
        return bool(decoder.codings) and decoder.decodes and not decoder.decode(made.body.whole)
    except ValueError:
        return False


def _broke_off(trace: Trace) -> bool:
    """Return whether an exception ended the making of the body.

    False if it was raised earlier and answered, or after all had been made, as in a `close()`.
    """
    raised = time_of("exception", trace)
    if raised is None or was_answered(trace):
        return False
    ends = [time_of("generator finished", trace), time_of("response finished", trace)]
    return _raised_last(trace) and all(end is None or end > raised for end in ends)


def was_answered(trace: Trace) -> bool:
    """Return whether the response began after the exception, so that it is an answer to it.

    :param trace: what was observed on the server's side.
    """
    raised, started = time_of("exception", trace), time_of("response started", trace)
    if raised is None or started is None:
        return raised is not None and not _raised_last(trace)
    return started > raised
