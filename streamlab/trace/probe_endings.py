"""The verdict of a probe on what is no whole stream: a redirect, an error, a cut, no content.

Each function is a rule: it returns None if it does not apply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlab.trace.probe_wording import (
    ASK_INSIDE,
    amount_received,
    codings_of,
    comments_of,
    fell_silent,
    in_seconds,
    status_of,
)
from streamlab.trace.verdict import Verdict
from streamlab.wording import counted

if TYPE_CHECKING:
    from streamlab.trace.probe_evidence import Evidence
    from streamlab.trace.url_probe import URLProbe


def no_response(probe: URLProbe, evidence: Evidence) -> Verdict | None:  # noqa: ARG001 - a rule
    """Return the verdict on a request that nothing answered.

    :param probe: the probe, which has ended.
    :param evidence: what the arrivals show.
    """
    if probe.response.framing is not None:
        return None
    if probe.stopped:
        return Verdict("stopped", "Stopped before a response arrived.")
    return Verdict("failed", f"Failed: no response arrived. {probe.problem}")


def redirected(probe: URLProbe, evidence: Evidence) -> Verdict | None:  # noqa: ARG001 - a rule
    """Return the verdict on a redirect.

    :param probe: the probe, which has ended.
    :param evidence: what the arrivals show.
    """
    response = probe.response
    location = next((value for name, value in response.headers if name.lower() == "location"), None)
    if response.status_code is None or not 300 <= response.status_code < 400 or location is None:
        return None
    return Verdict(
        "inconclusive",
        f"Inconclusive: the response is {status_of(probe)}, a redirect to {location!r}. Redirects "
        "are not followed. Probe that URL instead.",
    )


def error_status(probe: URLProbe, evidence: Evidence) -> Verdict | None:  # noqa: ARG001 - a rule
    """Return the verdict on an error status.

    :param probe: the probe, which has ended.
    :param evidence: what the arrivals show.
    """
    if probe.response.status_code is None or probe.response.status_code < 400:
        return None
    return Verdict("failed", f"Failed: the response is {status_of(probe)}.")


def cut(probe: URLProbe, evidence: Evidence) -> Verdict | None:
    """Return the verdict on a response that was cut.

    :param probe: the probe, which has ended.
    :param evidence: what the arrivals show.
    """
    if probe.response.complete or probe.stopped or probe.timed_out:
        return None
    missing = probe.response.missing
    return Verdict(
        "truncated",
        f"Truncated: {amount_received(probe, evidence)} arrived. {probe.problem} "
        f"{missing[0].upper()}{missing[1:]} never arrived.",
    )


def head_only(probe: URLProbe, evidence: Evidence) -> Verdict | None:  # noqa: ARG001 - a rule
    """Return the verdict on headers after which nothing came until the client left.

    :param probe: the probe, which has ended.
    :param evidence: what the arrivals show.
    """
    if probe.response.complete or probe.body.bursts:
        return None
    if probe.stopped:
        return Verdict(
            "stopped",
            f"Stopped: the headers ({status_of(probe)}) arrived, but no byte of the body.",
        )
    return Verdict(
        "inconclusive",
        f"Inconclusive: the headers ({status_of(probe)}) arrived, but no byte of the body. "
        f"{probe.problem} Either the app has made nothing yet, or a layer holds all that it made.",
        advice=ASK_INSIDE,
    )


def unfilled(probe: URLProbe, evidence: Evidence) -> Verdict | None:
    """Return the verdict on a server that fell silent before it had sent its Content-Length.

    :param probe: the probe, which has ended.
    :param evidence: what the arrivals show.
    """
    if not probe.timed_out or probe.response.framing != "length" or not fell_silent(probe):
        return None
    missing = probe.response.missing
    return Verdict(
        "truncated",
        f"Truncated: {amount_received(probe, evidence)} arrived, then nothing for "
        f"{in_seconds(probe.body.silence_ns)}. The Content-Length promises more: {missing} never "
        "arrived.",
        advice="Let the app send as many bytes as its Content-Length says, or leave it out.",
    )


def empty(probe: URLProbe, evidence: Evidence) -> Verdict | None:  # noqa: ARG001 - a rule
    """Return the verdict on a response without content.

    :param probe: the probe, which has ended.
    :param evidence: what the arrivals show.
    """
    if not probe.response.complete or probe.body.coding_problem:
        return None
    body = probe.body
    if not probe.trace.lanes["client"].size:
        return Verdict("empty", f"Empty: the response is {status_of(probe)} without a body.")
    if body.decodes and not body.content.size:
        return Verdict(
            "empty",
            f"Empty: the response is {status_of(probe)}. Its body is {codings_of(probe)} without "
            "any content.",
        )
    events = body.messages.events
    if body.messages.kind == "event" and not (events.data_lines or events.events):
        return Verdict(
            "empty",
            f"Empty: the response is {status_of(probe)}. Its body has {comments_of(probe)} and no "
            "event.",
        )
    return None


def wrong_coding(probe: URLProbe, evidence: Evidence) -> Verdict | None:  # noqa: ARG001 - a rule
    """Return the verdict on a body that could not be decoded.

    :param probe: the probe, which has ended.
    :param evidence: what the arrivals show.
    """
    if not probe.body.coding_problem:
        return None
    return Verdict("failed", f"Failed: {probe.body.coding_problem}")


def no_content_yet(probe: URLProbe, evidence: Evidence) -> Verdict | None:
    """Return the verdict on a body without content, of which the client has seen no end.

    :param probe: the probe, which has ended.
    :param evidence: what the arrivals show.
    """
    if probe.response.complete or evidence.bursts or not probe.body.decodes:
        return None
    events = probe.body.messages.events
    only = comments_of(probe) if events.comments else _not_content(probe)
    if probe.stopped:
        return Verdict("stopped", f"Stopped: only {only} had arrived, and no content.")
    return Verdict(
        "inconclusive",
        f"Inconclusive: only {only} arrived, and no content. {probe.problem} Either the app has "
        "made nothing else yet, or a layer holds it.",
        advice=ASK_INSIDE,
    )


def _not_content(probe: URLProbe) -> str:
    size = counted(probe.trace.lanes["client"].size, "byte")
    if codings_of(probe):
        return f"the first {size} of {codings_of(probe)}"
    return f"a part of an event ({size})"


def too_long(probe: URLProbe, evidence: Evidence) -> Verdict | None:
    """Return the verdict on a body that is longer than its Content-Length.

    :param probe: the probe, which has ended.
    :param evidence: what the arrivals show.
    """
    response = probe.response
    if response.framing != "length" or not response.surplus:
        return None
    length = probe.trace.lanes["client"].size
    arrived = f"{amount_received(probe, evidence)} arrived" if length else "no body arrived"
    return Verdict(
        "truncated",
        f"Truncated: {arrived}, because the Content-Length is {length:,}. The server sent at least "
        f"{counted(response.surplus, 'more byte')}, which a client ignores, or takes for the next "
        "response.",
        advice="Let the app leave Content-Length out for a stream, or set it to the length of the "
        "whole body in bytes.",
    )
