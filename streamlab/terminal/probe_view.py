"""`streamlab probe URL`: what any endpoint looks like from outside, as it arrives."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from streamlab.terminal.drawing import bars, cells, preview, printable
from streamlab.trace.arrivals import Arrival, arrivals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from streamlab.http1.client import Probe
    from streamlab.trace.verdict import Verdict

SHOWN_ROWS = 12
"""Reads in the picture: the latest."""
MAX_LINES = 50
"""Reads told in plain lines; who wants all of them asks for JSON."""
MAX_JSON_READS = 10_000
_DATA_COLUMNS = 36


class ProbeShow:
    """A probe at work."""

    def __init__(self, title: str, probe: Probe) -> None:
        self._title = printable(title)
        self._probe = probe
        self._told_head = False
        self._told_title = False
        self._told = 0

    def picture(self) -> RenderableType:
        """Its latest reads, and all of them on a time axis."""
        trace = self._probe.trace
        reads = trace.reads.columns
        table = Table(box=None, pad_edge=False, header_style="dim")
        for name in ("time", "after", "bytes", "frames"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("data", no_wrap=True, overflow="ellipsis")
        for row in arrivals(self._probe, max(0, len(reads.ends) - SHOWN_ROWS)):
            table.add_row(*_row(row))
        parts: list[RenderableType] = [Text(self._title, "bold"), self._head(), Text(), table]
        if reads.ends:
            span = (reads.lasts or reads.times)[-1] - trace.origin
            axis = bars(cells(reads, trace.origin, span))
            parts += [Text(), Text(f"0 s |{axis}| {_seconds(span)}")]
        return Group(*parts)

    def lines(self, *, ended: bool) -> Iterator[Text]:
        """The head, and a line a read."""
        if not self._told_title:
            self._told_title = True
            yield Text(self._title)
        if not self._told_head and (self._probe.response.framing or ended):
            self._told_head = True
            yield self._head()
        if self._told >= MAX_LINES:
            return
        for row in arrivals(self._probe, self._told):
            time, after, size, frames, data = _row(row)
            yield Text(f"{time:>10}  {after:>10}  {size:>9} bytes  {frames:>5} frames  {data}")
            self._told += 1
            if self._told == MAX_LINES:
                yield Text("... further reads are counted, and not shown; --json has them")
                return

    def _head(self) -> Text:
        response = self._probe.response
        if response.framing is None:
            return Text("no response yet" if self._probe.error is None else "no response", "dim")
        kinds = [v for name, v in response.headers if name.lower() == "content-type"]
        codings = [v for name, v in response.headers if name.lower() == "content-encoding"]
        facts = [
            f"{response.status_code} {response.reason}".strip(),
            f"HTTP/{response.http_version}",
            _FRAMINGS[response.framing],
            *kinds,
            *(f"{coding} (not decompressed)" for coding in codings),
        ]
        return Text(printable(", ".join(facts)))


_FRAMINGS = {
    "chunked": "chunked",
    "length": "with a Content-Length",
    "close": "ends with the connection",
    "none": "no body",
}


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e9:.3f} s"


def _row(row: Arrival) -> tuple[str, str, str, str, str]:
    return (
        _seconds(row.time),
        f"+{_seconds(row.gap)}" if row.index else "",
        f"{row.size:,}",
        f"{row.frames:,}",
        preview(row.data, _DATA_COLUMNS),
    )


def as_json(url: str, method: str, probe: Probe, verdict: Verdict) -> dict[str, Any]:
    """All that was seen, for programs: times in seconds, of the reads at most `MAX_JSON_READS`."""
    response, trace, error = probe.response, probe.trace, probe.error
    client = trace.lanes["client"]
    rows = islice(arrivals(probe), MAX_JSON_READS)
    return {
        "url": url,
        "method": method,
        "verdict": {"outcome": verdict.outcome, "text": verdict.text},
        "problem": {"kind": error.kind, "message": str(error)} if error else None,
        "response": {
            "http_version": response.http_version,
            "status": response.status_code,
            "reason": response.reason,
            "headers": response.headers,
            "trailers": response.trailers,
            "interim": response.interim,
            "framing": response.framing,
            "complete": response.complete,
            "surplus_bytes": response.surplus,
        },
        "body": {
            "bytes": client.size,
            "frames": client.chunks,
            "head": client.body.head.decode("utf-8", "backslashreplace"),
        },
        "waits": {
            "before_body": probe.waits.before_body_ns / 1e9,
            "longest_in_body": probe.waits.longest_ns / 1e9,
            "counted": probe.waits.count,
            "counted_from": probe.waits.apart_ns / 1e9,
        },
        "reads": [
            {"time": row.time / 1e9, "bytes": row.size, "reads": row.reads, "frames": row.frames}
            for row in rows
        ],
        "reads_in_all": trace.reads.chunks,
    }
