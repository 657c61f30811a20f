"""The verdict of a probe: what the arrival of a response shows if the server is not observed.

The server's side is not visible, so the verdict rests on what the client received and when
(`streamlab.trace.probe_evidence`):

- *streamed*: content arrived in parts, with waits between them that a layer which buffers cannot
  cause, and neither can the network.
- *buffered*: the client waited, and then all content arrived at once. Before it may have come what
  is no content: the header of a compression, or comments of an event stream. Also if messages
  come in lumps, many at once after each pause. A body that is made like that looks the same.
- *inconclusive*: the arrival shows neither.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from werkzeug.datastructures import Headers

from streamlab.trace.advice import not_decoded
from streamlab.trace.intermediaries import what_to_try
from streamlab.trace.probe_evidence import NEAR_NS, Evidence
from streamlab.trace.verdict import Verdict
from streamlab.wording import counted, printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.trace.bursts import Burst
    from streamlab.trace.url_probe import URLProbe

LONG_WAITS = 4
"""A wait before the body counts as long if it is this many times `Waits.apart_ns`. Shorter ones
have other causes, such as connecting to a database."""
_SLOW_DOWN = (
    "To see a difference, request something that takes longer to make, or let the view pause "
    "between two yields, for example with time.sleep(0.5). Then probe again."
)
_ASK_INSIDE = "Observe the app from inside to see which layer it is: `streamlab observe`."
_MAY_HOLD = {"buffered", "inconclusive"}
"""For these outcomes the headers may show what holds the body."""


def judge_probe(probe: URLProbe) -> Verdict:
    """Return the verdict on what a probe has received.

    :param probe: the probe; its `run` must have returned.

    >>> from streamlab.trace.trace import Trace
    >>> from streamlab.trace.url_probe import URLProbe
    >>> probe = URLProbe("http://localhost/", Trace())
    >>> probe.stop()
    >>> print(judge_probe(probe))
    Stopped before a response arrived.
    """
    evidence = Evidence(probe)
    verdict = next(verdict for rule in _RULES if (verdict := rule(probe, evidence)))
    problems = probe.body.messages.problems() if probe.response.complete else []
    advice = [verdict.advice]
    if verdict.outcome in _MAY_HOLD and _redirected(probe, evidence) is None:
        advice += what_to_try(Headers(probe.response.headers), compressed=bool(_codings(probe)))
    return replace(
        verdict,
        text=printable(" ".join([verdict.text, *problems])),
        advice=printable(" ".join(filter(None, advice))),
    )


def _codings(probe: URLProbe) -> str:
    """Return the names of the content codings of the body, or ""."""
    return ", ".join(probe.body.codings)


def _received(probe: URLProbe, evidence: Evidence) -> str:
    size = probe.trace.lanes["client"].size
    reads = counted(probe.trace.reads.chunks, "read")
    messages = f"{_messages(probe, evidence.total)}, " if evidence.counts_messages else ""
    return f"{messages}{counted(size, 'byte')} in {reads}"


def _messages(probe: URLProbe, number: int) -> str:
    return counted(number, probe.body.messages.noun)


def _status(probe: URLProbe) -> str:
    return f"{probe.response.status_code} {probe.response.reason}".rstrip()


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e9:.2f} s"


def _no_response(probe: URLProbe, evidence: Evidence) -> Verdict | None:  # noqa: ARG001 - a rule
    if probe.response.framing is not None:
        return None
    if probe.stopped:
        return Verdict("stopped", "Stopped before a response arrived.")
    return Verdict("failed", f"Failed: no response arrived. {probe.problem}")


def _redirected(probe: URLProbe, evidence: Evidence) -> Verdict | None:  # noqa: ARG001 - a rule
    response = probe.response
    location = next((value for name, value in response.headers if name.lower() == "location"), None)
    if response.status_code is None or not 300 <= response.status_code < 400 or location is None:
        return None
    return Verdict(
        "inconclusive",
        f"Inconclusive: the response is {_status(probe)}, a redirect to {location!r}. Redirects "
        "are not followed. Probe that URL instead.",
    )


def _error_status(probe: URLProbe, evidence: Evidence) -> Verdict | None:  # noqa: ARG001 - a rule
    if probe.response.status_code is None or probe.response.status_code < 400:
        return None
    return Verdict("failed", f"Failed: the response is {_status(probe)}.")


def _cut(probe: URLProbe, evidence: Evidence) -> Verdict | None:
    if probe.response.complete or probe.stopped or probe.timed_out:
        return None
    missing = probe.response.missing
    return Verdict(
        "truncated",
        f"Truncated: {_received(probe, evidence)} arrived. {probe.problem} "
        f"{missing[0].upper()}{missing[1:]} never arrived.",
    )


def _head_only(probe: URLProbe, evidence: Evidence) -> Verdict | None:  # noqa: ARG001 - a rule
    """The headers came, and then nothing until the client left."""
    if probe.response.complete or probe.body.bursts:
        return None
    if probe.stopped:
        return Verdict(
            "stopped", f"Stopped: the headers ({_status(probe)}) arrived, but no byte of the body."
        )
    return Verdict(
        "inconclusive",
        f"Inconclusive: the headers ({_status(probe)}) arrived, but no byte of the body. "
        f"{probe.problem} Either the app has made nothing yet, or a layer holds all that it made.",
        advice=_ASK_INSIDE,
    )


def _unfilled(probe: URLProbe, evidence: Evidence) -> Verdict | None:
    """The server fell silent before it had sent what its Content-Length promised."""
    if not probe.timed_out or probe.response.framing != "length" or not _fell_silent(probe):
        return None
    missing = probe.response.missing
    return Verdict(
        "truncated",
        f"Truncated: {_received(probe, evidence)} arrived, then nothing for "
        f"{_seconds(probe.body.silence_ns)}. The Content-Length promises more: {missing} never "
        "arrived.",
        advice="Let the app send as many bytes as its Content-Length says, or leave it out.",
    )


def _fell_silent(probe: URLProbe) -> bool:
    """Return whether the client left because nothing came, and not in the middle of a stream."""
    if probe.error is None or not probe.timed_out:
        return False
    if probe.error.kind == "read timeout":
        return True
    before = probe.body.bursts[-1].end - probe.trace.origin if probe.body.bursts else 0
    return probe.body.silence_ns > max(before, LONG_WAITS * probe.waits.apart_ns)


def _empty(probe: URLProbe, evidence: Evidence) -> Verdict | None:  # noqa: ARG001 - a rule
    if not probe.response.complete or probe.body.coding_problem:
        return None
    body = probe.body
    if not probe.trace.lanes["client"].size:
        return Verdict("empty", f"Empty: the response is {_status(probe)} without a body.")
    if body.decodes and not body.content.size:
        return Verdict(
            "empty",
            f"Empty: the response is {_status(probe)}. Its body is {_codings(probe)} without any "
            "content.",
        )
    events = body.messages.events
    if body.messages.kind == "event" and not (events.data_lines or events.events):
        return Verdict(
            "empty",
            f"Empty: the response is {_status(probe)}. Its body has {_comments(probe)} and no "
            "event.",
        )
    return None


def _comments(probe: URLProbe) -> str:
    return counted(probe.body.messages.events.comments, "comment")


def _wrong_coding(probe: URLProbe, evidence: Evidence) -> Verdict | None:  # noqa: ARG001 - a rule
    if not probe.body.coding_problem:
        return None
    return Verdict("failed", f"Failed: {probe.body.coding_problem}")


def _no_content_yet(probe: URLProbe, evidence: Evidence) -> Verdict | None:
    """Something arrived that is no content, and then the client left."""
    if probe.response.complete or evidence.bursts or not probe.body.decodes:
        return None
    events = probe.body.messages.events
    only = _comments(probe) if events.comments else _not_content(probe)
    if probe.stopped:
        return Verdict("stopped", f"Stopped: only {only} had arrived, and no content.")
    return Verdict(
        "inconclusive",
        f"Inconclusive: only {only} arrived, and no content. {probe.problem} Either the app has "
        "made nothing else yet, or a layer holds it.",
        advice=_ASK_INSIDE,
    )


def _not_content(probe: URLProbe) -> str:
    size = counted(probe.trace.lanes["client"].size, "byte")
    if _codings(probe):
        return f"the first {size} of {_codings(probe)}"
    return f"a part of an event ({size})"


def _buffered(probe: URLProbe, evidence: Evidence) -> Verdict | None:
    """All content came at once after a long wait."""
    waits, wait = probe.waits, evidence.before_content_ns
    if not evidence.bursts or wait < LONG_WAITS * waits.apart_ns or evidence.in_parts:
        return None
    if (evidence.long_waits or not probe.response.complete) and not evidence.lumps:
        return None
    if len(evidence.clusters) > 1 or not evidence.is_short:
        return None
    first = evidence.bursts[0]
    before = _before(probe, first)
    if evidence.counts_messages:
        if evidence.total == 1 and before:
            return None
        reads = counted(sum(burst.reads for burst in evidence.bursts), "read")
        came = f"{_messages(probe, evidence.total)} came in {reads} after {_seconds(wait)}"
        what = f"{came}; before, there came only {before}." if before else f"{came}."
    elif before:
        what = f"all content came at once after {_seconds(wait)}; before, there came only {before}."
    else:
        what = (
            f"no byte of the body arrived for {_seconds(wait)}, then all of it arrived at once, "
            f"{_received(probe, evidence)}."
        )
    return Verdict(
        "buffered",
        f"Buffered, as far as the client can see: {what} If the body is made in several parts, a "
        "layer on the way kept them until the end. If it is made in one piece, there was nothing "
        "to stream.",
    )


def _before(probe: URLProbe, first: Burst) -> str:
    """Return what came before the first burst with content, or "" if nothing did."""
    every = probe.body.bursts
    early = every[: every.index(first)]
    if not early:
        return ""
    comments = sum(burst.comments for burst in early)
    if comments:
        return counted(comments, "comment")
    size = counted(sum(burst.body for burst in early), "byte")
    return f"{size} of {_codings(probe)} without content" if _codings(probe) else f"{size} of it"


def _lumps(probe: URLProbe, evidence: Evidence) -> Verdict | None:
    """Messages come many at once, after pauses."""
    lumps = evidence.lumps
    in_lumps = sum(map(evidence.amount, lumps))
    if not lumps or 5 * in_lumps < 4 * evidence.total:
        return None
    longest = max(lump.wait_ns for lump in lumps)
    if len(lumps) == 1:
        [lump] = lumps
        wait = lump.wait_ns or evidence.before_content_ns
        of_all = _messages(probe, evidence.total)
        what = (
            f"{in_lumps:,} of {of_all} came in {counted(lump.reads, 'read')}, after a wait of "
            f"{_seconds(wait)}."
        )
    else:
        what = (
            f"{_messages(probe, in_lumps)} came in {len(lumps):,} lumps, about "
            f"{round(in_lumps / len(lumps)):,} at once, with waits of up to {_seconds(longest)} "
            "between them."
        )
    return Verdict(
        "buffered",
        f"Buffered, as far as the client can see: {what} Something gathers them: a layer on the "
        f"way, or the app makes them in groups.{_end_of_stream(probe)}",
        advice=_ASK_INSIDE,
    )


def _silent(probe: URLProbe, evidence: Evidence) -> Verdict | None:
    """One part came, then nothing until the client left."""
    if probe.response.complete or not _fell_silent(probe):
        return None
    if len(evidence.clusters) > 1 or evidence.in_parts:
        return None
    return Verdict(
        "inconclusive",
        f"Inconclusive: {_received(probe, evidence)} arrived together, then nothing for "
        f"{_seconds(probe.body.silence_ns)}. {probe.problem} Either the app makes nothing more, "
        "or a layer holds it.",
        advice=f"Probe while the app makes more, or raise --time-limit. {_ASK_INSIDE}",
    )


def _not_decoded(probe: URLProbe, evidence: Evidence) -> Verdict | None:
    """Bytes came in parts, but whether they have content is not known."""
    if probe.body.decodes or not (evidence.long_waits or evidence.in_parts):
        return None
    package = probe.body.missing_package
    return Verdict(
        "inconclusive",
        f"Inconclusive: {_received(probe, evidence)} arrived in parts, but it cannot be told "
        f"whether they have content: the body is {_codings(probe)}, which cannot be decoded here.",
        advice=not_decoded(package) if package else "",
    )


def _streamed(probe: URLProbe, evidence: Evidence) -> Verdict | None:
    long = evidence.long_waits
    if not long and not evidence.in_parts:
        return None
    over = f", over {_seconds(evidence.length_ns)}" if evidence.in_parts else ""
    if evidence.flows:
        short = evidence.short_waits
        waited = (
            f"The client waited {counted(len(short), 'time')} for the next part, mostly for about "
            f"{sorted(short)[len(short) // 2] / 1e6:.0f} ms."
        )
    elif long:
        waited = (
            f"The client waited {counted(len(long), 'time')} for the next bytes of the body, for "
            f"up to {_seconds(max(long))}."
        )
    else:
        waited = (
            f"The first content came after {_seconds(evidence.before_content_ns)}, and then some "
            "came all the time."
        )
    return Verdict(
        "streamed",
        f"Streamed: {_received(probe, evidence)}{over}. {waited}{_end_of_stream(probe)}",
    )


def _end_of_stream(probe: URLProbe) -> str:
    """Return a sentence about the end of a stream if it is not a usual one."""
    if probe.stopped:
        return " Then the probe was stopped."
    if not probe.response.complete:
        silence = f" It fell silent for {_seconds(probe.body.silence_ns)}." * _fell_silent(probe)
        return f"{silence} The response goes on, but the client left: {probe.problem}"
    if probe.response.framing == "close":
        return (
            " The body ended when the connection was closed. In HTTP/1.0 a response that was cut "
            "looks like a complete one."
        )
    return ""


def _left_early(probe: URLProbe, evidence: Evidence) -> Verdict | None:
    if probe.response.complete:
        return None
    received = f"{_received(probe, evidence)} arrived{_without_pause(evidence)}, then the client"
    if probe.stopped:
        return Verdict("stopped", f"Stopped: {received} left.")
    return Verdict("inconclusive", f"Inconclusive: {received} left. {probe.problem}")


def _without_pause(evidence: Evidence) -> str:
    """Return words for how content arrived that did not clearly come in parts."""
    if evidence.is_short and not evidence.short_waits:
        return " with no measurable pause"
    return f" over {_seconds(evidence.length_ns)}"


def _too_fast(probe: URLProbe, evidence: Evidence) -> Verdict:
    pauses = [burst.wait_ns for burst in evidence.bursts[1:]]
    if pauses and not evidence.is_short:
        cause = (
            "A busy machine may be their cause."
            if probe.waits.round_trip_ns < NEAR_NS or evidence.network_is_fast
            else "The network may be their cause: one round trip takes "
            f"{probe.waits.round_trip_ns / 1e6:.0f} ms."
        )
        return Verdict(
            "inconclusive",
            f"Inconclusive: {_received(probe, evidence)} arrived over "
            f"{_seconds(evidence.length_ns)}, with pauses of up to {max(pauses) / 1e6:.0f} ms. "
            f"{cause}",
            advice=_SLOW_DOWN,
        )
    return Verdict(
        "inconclusive",
        f"Inconclusive: {_received(probe, evidence)} arrived{_without_pause(evidence)}. At that "
        "speed, a body that is streamed looks like one that is sent in one piece.",
        advice=_SLOW_DOWN,
    )


_RULES: tuple[Callable[[URLProbe, Evidence], Verdict | None], ...] = (
    _no_response,
    _redirected,
    _error_status,
    _wrong_coding,
    _cut,
    _head_only,
    _empty,
    _unfilled,
    _no_content_yet,
    _buffered,
    _lumps,
    _silent,
    _not_decoded,
    _streamed,
    _left_early,
    _too_fast,
)
"""The rules, in the order in which they are tried. The first that returns a verdict decides."""
