"""The view of ``streamlab probe``: the reads of a response as they arrive, and their JSON."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from streamlab.terminal.drawing import bars, bytes_in_cells, preview
from streamlab.trace.arrivals import Arrival, arrivals
from streamlab.wording import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from streamlab.trace.url_probe import URLProbe
    from streamlab.trace.verdict import Verdict

PICTURE_ROWS = 12
"""The number of reads in the picture: the latest ones."""
MAX_LINES = 50
"""The number of reads that are printed as plain lines."""
MAX_JSON_READS = 10_000
_DATA_COLUMNS = 36


class ProbeView:
    """The view of one probe.

    :param title: the first line, such as ``GET http://localhost:5000/``.
    :param probe: the client; it may be running.
    """

    def __init__(self, title: str, probe: URLProbe) -> None:
        self._title = printable(title)
        self._probe = probe
        self._title_printed = False
        self._head_printed = False
        self._reads_printed = 0

    def __repr__(self) -> str:
        return f"<ProbeView of {self._title}>"

    def picture(self) -> RenderableType:
        """Return the latest reads as a table, and all reads on a time axis."""
        trace = self._probe.trace
        reads = trace.reads.columns
        table = Table(box=None, pad_edge=False, header_style="dim")
        for name in ("time", "after", "bytes", "frames"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("data", no_wrap=True, overflow="ellipsis")
        for arrival in arrivals(self._probe, max(0, len(reads.ends) - PICTURE_ROWS)):
            table.add_row(
                _seconds(arrival.time),
                _gap(arrival),
                f"{arrival.size:,}",
                f"{arrival.frames:,}",
                preview(arrival.data, _DATA_COLUMNS),
            )
        parts: list[RenderableType] = [Text(self._title, "bold"), self._head(), Text(), table]
        if reads.ends:
            span = (reads.lasts or reads.times)[-1] - trace.origin
            axis = bars(bytes_in_cells(reads, trace.origin, span))
            parts += [Text(), Text(f"0 s |{axis}| {_seconds(span)}")]
        return Group(*parts)

    def lines(self, *, done: bool) -> Iterator[Text]:
        """Return the head of the response, and a line for each read.

        :param done: whether this is the last call.
        """
        if not self._title_printed:
            self._title_printed = True
            yield Text(self._title)
        if not self._head_printed and (self._probe.response.framing or done):
            self._head_printed = True
            yield self._head()
        if self._reads_printed >= MAX_LINES:
            return
        for arrival in arrivals(self._probe, self._reads_printed):
            size, frames = counted(arrival.size, "byte"), counted(arrival.frames, "frame")
            data = preview(arrival.data, _DATA_COLUMNS)
            yield Text(
                f"{_seconds(arrival.time):>10}  {_gap(arrival):>10}  {size:>15}  {frames:>11}  "
                f"{data}".rstrip(" " if not data else "")
            )
            self._reads_printed += 1
            if self._reads_printed == MAX_LINES:
                yield Text("... more reads are not printed. Use --json to get them.")
                return

    def _head(self) -> Text:
        response = self._probe.response
        if response.framing is None:
            return Text("no response yet" if self._probe.error is None else "no response", "dim")
        types = [v for name, v in response.headers if name.lower() == "content-type"]
        codings = [v for name, v in response.headers if name.lower() == "content-encoding"]
        how = "" if self._probe.body.decodes else " (not decompressed)"
        facts = [
            f"{response.status_code} {response.reason}".strip(),
            f"HTTP/{response.http_version}",
            _FRAMINGS[response.framing],
            *types,
            *(f"{coding}{how}" for coding in codings),
        ]
        return Text(printable(", ".join(facts)))


_FRAMINGS = {
    "chunked": "chunked",
    "length": "with a Content-Length",
    "close": "ends when the connection closes",
    "none": "no body",
}
"""How the end of the body is marked (RFC 9112 section 6.3), in words."""


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e9:.3f} s"


def _gap(arrival: Arrival) -> str:
    return f"+{_seconds(arrival.gap)}" if arrival.index else ""


def as_json(url: str, method: str, probe: URLProbe, verdict: Verdict) -> dict[str, Any]:
    """Return everything that a probe received, for ``streamlab probe --json``.

    Times are in seconds since the request. Of the reads the first 10,000 are listed.

    :param url: the URL of the request.
    :param method: its method.
    :param probe: the client, which has run.
    :param verdict: the result.
    :return: a document for `json.dumps`.
    """
    response, trace, error = probe.response, probe.trace, probe.error
    client, messages = trace.lanes["client"], probe.body.messages
    reads = islice(arrivals(probe), MAX_JSON_READS)
    return {
        "url": url,
        "method": method,
        "verdict": {
            "outcome": verdict.outcome,
            "text": verdict.text,
            "advice": verdict.advice,
        },
        "problem": {"kind": error.kind, "message": str(error)} if error else None,
        "response": {
            "http_version": response.http_version,
            "status_code": response.status_code,
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
            "head": probe.body.content.head.decode("utf-8", "backslashreplace"),
        },
        "content": {
            "decoded": probe.body.decodes,
            "bytes": probe.body.content.size,
            "messages": messages.count if messages.kind else None,
            "kind": messages.kind or None,
            "comments": messages.events.comments if messages.kind == "event" else None,
            "problems": messages.problems() if response.complete else [],
        },
        "waits": {
            "before_body": probe.waits.before_body_ns / 1e9,
            "longest_in_body": probe.waits.longest_ns / 1e9,
            "counted": probe.waits.count,
            "counted_from": probe.waits.apart_ns / 1e9,
        },
        "reads": [
            {
                "time": read.time / 1e9,
                "bytes": read.size,
                "reads": read.reads,
                "frames": read.frames,
            }
            for read in reads
        ],
        "total_reads": trace.reads.chunks,
    }
