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
from streamlab.trace.probe_endings import (
    cut,
    empty,
    error_status,
    head_only,
    no_content_yet,
    no_response,
    redirected,
    too_long,
    unfilled,
    wrong_coding,
)
from streamlab.trace.probe_evidence import NEAR_NS, Evidence
from streamlab.trace.probe_wording import (
    ASK_INSIDE,
    LONG_WAITS,
    amount_received,
    codings_of,
    fell_silent,
    in_seconds,
    messages_of,
)
from streamlab.trace.verdict import Verdict
from streamlab.wording import counted, printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.trace.bursts import Burst
    from streamlab.trace.url_probe import URLProbe

_SLOW_DOWN = (
    "To see a difference, request something that takes longer to make, or let the view pause "
    "between two yields, for example with time.sleep(0.5). Then probe again."
)
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
    if verdict.outcome in _MAY_HOLD and redirected(probe, evidence) is None:
        advice += what_to_try(Headers(probe.response.headers), compressed=bool(codings_of(probe)))
    return replace(
        verdict,
        text=printable(" ".join([verdict.text, *problems])),
        advice=printable(" ".join(filter(None, advice))),
    )


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
        came = f"{messages_of(probe, evidence.total)} came in {reads} after {in_seconds(wait)}"
        what = f"{came}; before, there came only {before}." if before else f"{came}."
    elif before:
        what = (
            f"all content came at once after {in_seconds(wait)}; before, there came only {before}."
        )
    else:
        what = (
            f"no byte of the body arrived for {in_seconds(wait)}, then all of it arrived at once, "
            f"{amount_received(probe, evidence)}."
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
    return (
        f"{size} of {codings_of(probe)} without content" if codings_of(probe) else f"{size} of it"
    )


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
        of_all = messages_of(probe, evidence.total)
        what = (
            f"{in_lumps:,} of {of_all} came in {counted(lump.reads, 'read')}, after a wait of "
            f"{in_seconds(wait)}."
        )
    else:
        what = (
            f"{messages_of(probe, in_lumps)} came in {len(lumps):,} lumps, about "
            f"{round(in_lumps / len(lumps)):,} at once, with waits of up to {in_seconds(longest)} "
            "between them."
        )
    return Verdict(
        "buffered",
        f"Buffered, as far as the client can see: {what} Something gathers them: a layer on the "
        f"way, or the app makes them in groups.{_end_of_stream(probe)}",
        advice=ASK_INSIDE,
    )


def _silent(probe: URLProbe, evidence: Evidence) -> Verdict | None:
    """One part came, then nothing until the client left."""
    if probe.response.complete or not fell_silent(probe):
        return None
    if len(evidence.clusters) > 1 or evidence.in_parts:
        return None
    return Verdict(
        "inconclusive",
        f"Inconclusive: {amount_received(probe, evidence)} arrived together, then nothing for "
        f"{in_seconds(probe.body.silence_ns)}. {probe.problem} Either the app makes nothing more, "
        "or a layer holds it.",
        advice=f"Probe while the app makes more, or raise --time-limit. {ASK_INSIDE}",
    )


def _not_decoded(probe: URLProbe, evidence: Evidence) -> Verdict | None:
    """Bytes came in parts, but whether they have content is not known."""
    if probe.body.decodes or not (evidence.long_waits or evidence.in_parts):
        return None
    package = probe.body.missing_package
    return Verdict(
        "inconclusive",
        f"Inconclusive: {amount_received(probe, evidence)} arrived in parts, but it cannot be told "
        f"whether they have content: the body is {codings_of(probe)}, which cannot be decoded "
        "here.",
        advice=not_decoded(package) if package else "",
    )


def _streamed(probe: URLProbe, evidence: Evidence) -> Verdict | None:
    long = evidence.long_waits
    if not long and not evidence.in_parts:
        return None
    over = f", over {in_seconds(evidence.length_ns)}" if evidence.in_parts else ""
    if evidence.flows:
        short = evidence.short_waits
        waited = (
            f"The client waited {counted(len(short), 'time')} for the next part, mostly for about "
            f"{sorted(short)[len(short) // 2] / 1e6:.0f} ms."
        )
    elif long:
        waited = (
            f"The client waited {counted(len(long), 'time')} for the next bytes of the body, for "
            f"up to {in_seconds(max(long))}."
        )
    else:
        waited = (
            f"The first content came after {in_seconds(evidence.before_content_ns)}, and then some "
            "came all the time."
        )
    return Verdict(
        "streamed",
        f"Streamed: {amount_received(probe, evidence)}{over}. {waited}{_end_of_stream(probe)}",
    )


def _end_of_stream(probe: URLProbe) -> str:
    """Return a sentence about the end of a stream if it is not a usual one."""
    if probe.stopped:
        return " Then the probe was stopped."
    if not probe.response.complete:
        silence = f" It fell silent for {in_seconds(probe.body.silence_ns)}." * fell_silent(probe)
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
    received = (
        f"{amount_received(probe, evidence)} arrived{_without_pause(evidence)}, then the client"
    )
    if probe.stopped:
        return Verdict("stopped", f"Stopped: {received} left.")
    return Verdict("inconclusive", f"Inconclusive: {received} left. {probe.problem}")


def _without_pause(evidence: Evidence) -> str:
    """Return words for how content arrived that did not clearly come in parts."""
    if evidence.is_short and not evidence.short_waits:
        return " with no measurable pause"
    return f" over {in_seconds(evidence.length_ns)}"


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
            f"Inconclusive: {amount_received(probe, evidence)} arrived over "
            f"{in_seconds(evidence.length_ns)}, with pauses of up to {max(pauses) / 1e6:.0f} ms. "
            f"{cause}",
            advice=_SLOW_DOWN,
        )
    return Verdict(
        "inconclusive",
        f"Inconclusive: {amount_received(probe, evidence)} arrived{_without_pause(evidence)}. At "
        "that speed, a body that is streamed looks like one that is sent in one piece.",
        advice=_SLOW_DOWN,
    )


_RULES: tuple[Callable[[URLProbe, Evidence], Verdict | None], ...] = (
    no_response,
    redirected,
    error_status,
    wrong_coding,
    cut,
    too_long,
    head_only,
    empty,
    unfilled,
    no_content_yet,
    _buffered,
    _lumps,
    _silent,
    _not_decoded,
    _streamed,
    _left_early,
    _too_fast,
)
"""The rules, in the order in which they are tried. The first that returns a verdict decides."""
