"""The verdict from outside: what can be told of a response by one who sees only its arrival.

The sender's side is hidden, so this rests on the client's waits alone (`streamlab.http1.waits`):

- *streamed*: the client had bytes of the body in hand, had read all there was, and waited, while
  the response had not ended. Nobody who holds a body back until its end makes that happen, unless
  the body is long and the way to the client slow.
- *buffered*: it waited for the first byte of the body, and then everything came at once, the end
  included. That is how a held body looks. It is also how one looks that is made in one piece
  after some thought: from outside these are the same.
- *inconclusive*: there was no wait, so nothing can be told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlab.trace.verdict import Verdict, counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.http1.client import Probe

LONG_WAITS = 4
"""How many times longer than a wait within the body the one before it must be to mean something:
connecting to a database takes its time, too."""
_SLOWER = (
    "To tell, ask for what takes longer to make, or let the view pause between two yields "
    "(time.sleep(0.5)), and probe again."
)


def judge_probe(probe: Probe) -> Verdict:
    """The verdict on what `probe` has seen."""
    return next(verdict for rule in _RULES if (verdict := rule(probe)))


def _got(probe: Probe) -> str:
    trace = probe.trace
    client = trace.lanes["client"]
    return f"{counted(client.size, 'byte')} in {counted(trace.reads.chunks, 'read')}"


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e9:.2f} s"


def _we_left(probe: Probe) -> bool:
    """Whether the client went of its own accord: then a response without an end is no fault."""
    return probe.stopped or probe.timed_out


def _no_response(probe: Probe) -> Verdict | None:
    if probe.response.framing is not None:
        return None
    if probe.stopped:
        return Verdict("stopped", "Stopped before a response came.")
    return Verdict("failed", f"Failed: no response; {probe.problem}.")


def _redirected(probe: Probe) -> Verdict | None:
    response = probe.response
    to = next((value for name, value in response.headers if name.lower() == "location"), None)
    if response.status_code is None or not 300 <= response.status_code < 400 or to is None:
        return None
    return Verdict(
        "inconclusive",
        f"Inconclusive: {response.status_code} {response.reason}, a redirect to {to!r}. "
        "Redirects are not followed: probe that one.",
    )


def _refused(probe: Probe) -> Verdict | None:
    response = probe.response
    if response.status_code is None or response.status_code < 400:
        return None
    return Verdict(
        "failed", f"Failed: the answer was {response.status_code} {response.reason}".rstrip()
    )


def _cut(probe: Probe) -> Verdict | None:
    response = probe.response
    if response.complete or _we_left(probe):
        return None
    return Verdict(
        "truncated",
        f"Truncated: {_got(probe)} came, then a cut: {probe.problem}. It misses "
        f"{response.missing}.",
    )


def _empty(probe: Probe) -> Verdict | None:
    if probe.trace.lanes["client"].size or not probe.response.complete:
        return None
    return Verdict(
        "empty",
        f"Empty: {probe.response.status_code} {probe.response.reason} without a body.",
    )


def _streamed(probe: Probe) -> Verdict | None:
    waits = probe.waits
    if not waits.count:
        return None
    return Verdict(
        "streamed",
        f"Streamed: {_got(probe)}. {counted(waits.count, 'time')} the client had read all there "
        "was, and waited for more while the response went on, for up to "
        f"{_seconds(waits.longest_ns)}.{_end(probe)}",
    )


def _end(probe: Probe) -> str:
    if probe.stopped:
        return " Then it was stopped."
    if not probe.response.complete:
        return f" It goes on: {probe.problem}, so the client left."
    if probe.response.framing == "close":
        return " It ended with the connection, so nobody can tell whether it is whole."
    return ""


def _buffered(probe: Probe) -> Verdict | None:
    waits = probe.waits
    if not probe.response.complete or waits.before_body_ns < LONG_WAITS * waits.apart_ns:
        return None
    return Verdict(
        "buffered",
        f"Buffered, as far as can be told from outside: nothing of the body came for "
        f"{_seconds(waits.before_body_ns)}, and then all of it at once, {_got(probe)}. If it is "
        "made bit by bit, something on the way held it until its end; if it is made in one "
        "piece, there was nothing to stream.",
    )


def _unclear(probe: Probe) -> Verdict | None:
    if not probe.response.complete:
        return Verdict(
            "stopped" if probe.stopped else "inconclusive",
            f"{'Stopped' if probe.stopped else 'Inconclusive'}: {_got(probe)} came without a wait, "
            f"and the client left{'' if probe.stopped else f'; {probe.problem}'}.",
        )
    return Verdict(
        "inconclusive",
        f"Inconclusive: {_got(probe)} came without a wait worth the name. Whether it was sent as "
        f"it was made cannot be seen at that speed. {_SLOWER}",
    )


_RULES: tuple[Callable[[Probe], Verdict | None], ...] = (
    _no_response,
    _redirected,
    _refused,
    _cut,
    _empty,
    _streamed,
    _buffered,
    _unclear,
)
"""Asked in this order; the first that knows an answer has it."""
