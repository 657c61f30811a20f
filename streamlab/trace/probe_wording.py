"""The words in which a probe's verdict tells what arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlab.wording import counted

if TYPE_CHECKING:
    from streamlab.trace.probe_evidence import Evidence
    from streamlab.trace.url_probe import URLProbe

LONG_WAITS = 4
"""A wait before the body counts as long if it is this many times `Waits.apart_ns`. Shorter ones
have other causes, such as connecting to a database."""
ASK_INSIDE = "Observe the app from inside to see which layer it is: `streamlab observe`."


def codings_of(probe: URLProbe) -> str:
    """Return the names of the content codings of the body, or "".

    :param probe: the probe.
    """
    return ", ".join(probe.body.codings)


def amount_received(probe: URLProbe, evidence: Evidence) -> str:
    """Return how much of the body arrived, and in how many reads.

    :param probe: the probe.
    :param evidence: what the arrivals show.
    """
    size = probe.trace.lanes["client"].size
    reads = counted(probe.trace.reads.chunks, "read")
    messages = f"{messages_of(probe, evidence.total)}, " if evidence.counts_messages else ""
    return f"{messages}{counted(size, 'byte')} in {reads}"


def messages_of(probe: URLProbe, number: int) -> str:
    """Return a number of messages in words, such as "2 events".

    :param probe: the probe.
    :param number: how many.
    """
    return counted(number, probe.body.messages.noun)


def status_of(probe: URLProbe) -> str:
    """Return the status line of the response, such as "200 OK".

    :param probe: the probe.
    """
    return f"{probe.response.status_code} {probe.response.reason}".rstrip()


def in_seconds(nanoseconds: int) -> str:
    """Return a time in seconds, as text.

    :param nanoseconds: the time.

    >>> in_seconds(1_250_000_000)
    '1.25 s'
    """
    return f"{nanoseconds / 1e9:.2f} s"


def comments_of(probe: URLProbe) -> str:
    """Return how many comments an event stream had.

    :param probe: the probe.
    """
    return counted(probe.body.messages.events.comments, "comment")


def fell_silent(probe: URLProbe) -> bool:
    """Return whether the client left because nothing came, and not in the middle of a stream.

    :param probe: the probe, which has ended.
    """
    if probe.error is None or not probe.timed_out:
        return False
    if probe.error.kind == "read timeout":
        return True
    before = probe.body.bursts[-1].end - probe.trace.origin if probe.body.bursts else 0
    return probe.body.silence_ns > max(before, LONG_WAITS * probe.waits.apart_ns)
