"""The verdict of a probe: what the arrival of a response shows if the server is not observed.

The server's side is not visible, so the verdict rests on the waits of the client alone
(`streamlab.http1.waits`):

- *streamed*: the client had received bytes of the body, had read everything that was there, and
  had to wait for more before the response ended. A layer that buffers the whole body cannot cause
  that, unless the body is long and the network slow.
- *buffered*: the client waited for the first byte of the body, and then received all of it at
  once. A body that is made in one piece after a long computation looks the same.
- *inconclusive*: the client never had to wait, so the arrival shows nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlab.trace.verdict import Verdict
from streamlab.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.trace.probe import Probe

LONG_WAITS = 4
"""A wait before the body counts as long if it is this many times `Waits.apart_ns`. Shorter ones
have other causes, such as connecting to a database."""
_SLOW_DOWN = (
    "To see a difference, request something that takes longer to make, or let the view pause "
    "between two yields, for example with time.sleep(0.5). Then probe again."
)


def judge_probe(probe: Probe) -> Verdict:
    """Return the verdict on what a probe has received.

    :param probe: the probe; its `run` must have returned.

    >>> from streamlab.trace.probe import Probe
    >>> from streamlab.trace.trace import Trace
    >>> probe = Probe("http://localhost/", Trace())
    >>> probe.stop()
    >>> print(judge_probe(probe))
    Stopped before a response arrived.
    """
    return next(verdict for rule in _RULES if (verdict := rule(probe)))


def _received(probe: Probe) -> str:
    size = probe.trace.lanes["client"].size
    return f"{counted(size, 'byte')} in {counted(probe.trace.reads.chunks, 'read')}"


def _status(probe: Probe) -> str:
    return f"{probe.response.status_code} {probe.response.reason}".rstrip()


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e9:.2f} s"


def _no_response(probe: Probe) -> Verdict | None:
    if probe.response.framing is not None:
        return None
    if probe.stopped:
        return Verdict("stopped", "Stopped before a response arrived.")
    return Verdict("failed", f"Failed: no response arrived. {probe.problem}")


def _redirected(probe: Probe) -> Verdict | None:
    response = probe.response
    location = next((value for name, value in response.headers if name.lower() == "location"), None)
    if response.status_code is None or not 300 <= response.status_code < 400 or location is None:
        return None
    return Verdict(
        "inconclusive",
        f"Inconclusive: the response is {_status(probe)}, a redirect to {location!r}. Redirects "
        "are not followed. Probe that URL instead.",
    )


def _error_status(probe: Probe) -> Verdict | None:
    if probe.response.status_code is None or probe.response.status_code < 400:
        return None
    return Verdict("failed", f"Failed: the response is {_status(probe)}.")


def _cut(probe: Probe) -> Verdict | None:
    if probe.response.complete or probe.stopped or probe.timed_out:
        return None
    missing = probe.response.missing
    return Verdict(
        "truncated",
        f"Truncated: {_received(probe)} arrived. {probe.problem} {missing[0].upper()}{missing[1:]} "
        "never arrived.",
    )


def _empty(probe: Probe) -> Verdict | None:
    if probe.trace.lanes["client"].size or not probe.response.complete:
        return None
    return Verdict("empty", f"Empty: the response is {_status(probe)} without a body.")


def _streamed(probe: Probe) -> Verdict | None:
    waits = probe.waits
    if not waits.count:
        return None
    return Verdict(
        "streamed",
        f"Streamed: {_received(probe)}. The client waited {counted(waits.count, 'time')} for the "
        f"next bytes of the body, for up to {_seconds(waits.longest_ns)}.{_end_of_stream(probe)}",
    )


def _end_of_stream(probe: Probe) -> str:
    """Return a sentence about the end of a stream if it is not a usual one."""
    if probe.stopped:
        return " Then the probe was stopped."
    if not probe.response.complete:
        return f" The response goes on, but the client left: {probe.problem}"
    if probe.response.framing == "close":
        return (
            " The body ended when the connection was closed. In HTTP/1.0 a response that was cut "
            "looks like a complete one."
        )
    return ""


def _buffered(probe: Probe) -> Verdict | None:
    waits = probe.waits
    if not probe.response.complete or waits.before_body_ns < LONG_WAITS * waits.apart_ns:
        return None
    return Verdict(
        "buffered",
        f"Buffered, as far as the client can see: no byte of the body arrived for "
        f"{_seconds(waits.before_body_ns)}, then all of it arrived at once, {_received(probe)}. If "
        "the body is made in several parts, a layer on the way kept them until the end. If it is "
        "made in one piece, there was nothing to stream.",
    )


def _left_early(probe: Probe) -> Verdict | None:
    if probe.response.complete:
        return None
    received = f"{_received(probe)} arrived with no measurable pause, then the client left."
    if probe.stopped:
        return Verdict("stopped", f"Stopped: {received}")
    return Verdict("inconclusive", f"Inconclusive: {received} {probe.problem}")


def _too_fast(probe: Probe) -> Verdict:
    return Verdict(
        "inconclusive",
        f"Inconclusive: {_received(probe)} arrived with no measurable pause. At that speed, a "
        "body that is streamed looks like one that is sent in one piece.",
        advice=_SLOW_DOWN,
    )


_RULES: tuple[Callable[[Probe], Verdict | None], ...] = (
    _no_response,
    _redirected,
    _error_status,
    _cut,
    _empty,
    _streamed,
    _buffered,
    _left_early,
    _too_fast,
)
"""The rules, in the order in which they are tried. The first that returns a verdict decides."""
