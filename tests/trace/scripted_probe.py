"""A probe that has received what a script says, at the times that it says. Nothing sleeps."""

from __future__ import annotations

from streamlab.http1.errors import LimitError
from streamlab.trace import lane, url_probe
from streamlab.trace.probe_verdict import judge_probe
from streamlab.trace.trace import Trace
from streamlab.trace.url_probe import URLProbe

MS = 1_000_000
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
LAST = b"0\r\n\r\n"
READ_NS = 20_000
"""How long a read takes that need not wait."""


def head(content_type="text/plain", *fields):
    """The head of a chunked response."""
    lines = [f"Content-Type: {content_type}", *fields, "", ""]
    return CHUNKED + "\r\n".join(lines).encode("latin-1")


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def chunks(*pieces):
    return b"".join(map(chunk, pieces))


def received(monkeypatch, *reads, limit=None, silence=0, round_trip=50_000, closed=False):
    """A probe after `reads`, each the milliseconds that it waited and the bytes that it got.

    A third item is the milliseconds that the client was busy before the read.

    :param limit: ``"read timeout"`` or ``"time limit"`` if one of them ended the probe.
    :param silence: the milliseconds of the last wait, which brought nothing.
    """
    probe = URLProbe("http://localhost/", Trace(("client",)))
    clock = [probe.trace.origin]

    def now():
        clock[0] += 1
        return clock[0]

    for module in (lane, url_probe):
        monkeypatch.setattr(module, "now_ns", now)
    probe.waits.allow_for(round_trip)
    for milliseconds, data, *busy in reads:
        clock[0] += int(sum(busy) * MS)
        wait = max(READ_NS, int(milliseconds * MS))
        clock[0] += wait
        probe.waits.add(wait, in_body=probe.response.body_began)
        probe._receive(data)
    if silence:
        clock[0] += silence * MS
        probe.waits.add(silence * MS, in_body=probe.response.body_began)
    if limit:
        probe.error = LimitError(limit, f"The {limit}.")
    elif closed:
        probe._report(probe.response.receive_eof())
    probe._end()
    return probe


def verdict_on_reads(monkeypatch, *reads, **options):
    return judge_probe(received(monkeypatch, *reads, **options))
