"""The record of an exchange as text for the message of a failed assertion."""

from __future__ import annotations

from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

from streamlab.exports.formatting import quoted, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.trace.failure import Failure
    from streamlab.trace.lane import Chunk, Lane
    from streamlab.trace.trace import Trace

_MAX_STEPS = 16
"""How many chunks and events are shown in the order in which they happened."""
_MAX_CODE = 60
"""How many characters of a line of code are shown."""
_SHOWN_EVENTS = {"exception", "client left", "client cut off", "generator finished", "warning"}


def lanes_text(trace: Trace, culprit: str | None = None, note: str = "held the bytes back") -> str:
    """Return the lanes as a table, and the first chunks and events in their order.

    :param trace: the record.
    :param culprit: the layer to mark: a lane, or a layer without a lane.
    :param note: the text at the mark.

    >>> from streamlab.trace.trace import Trace
    >>> trace = Trace(["generator", "app"])
    >>> trace.lanes["generator"].record(b"Hello")
    >>> print(lanes_text(trace, "app"))
      lane          chunks         bytes
      generator          1             5
      app                0             0   <-- held the bytes back
    <BLANKLINE>
      In the order in which it happened:
      generator  'Hello'
    """
    lanes = list(trace.lanes.values())
    width = max(len(lane.name) for lane in lanes)
    table = [f"  {'lane':<{width}}  {'chunks':>9}  {'bytes':>12}"]
    for lane in lanes:
        mark = ""
        if lane.name == culprit:
            mark = f"   <-- {note}"
        elif culprit is not None and trace.unobserved.get(lane.name) == culprit:
            mark = f"   <-- {culprit}, before this lane, {note}"
        table.append(f"  {lane.name:<{width}}  {lane.chunks:>9,}  {lane.size:>12,}{mark}")
    steps = list(islice(_steps(trace, width), _MAX_STEPS + 1))
    if not steps:
        return "\n".join(table)
    if len(steps) > _MAX_STEPS:
        steps[-1] = "  ..."
    return "\n".join([*table, "", "  In the order in which it happened:", *steps])


def _steps(trace: Trace, width: int) -> Iterator[str]:
    events = (
        (event.seconds, f"  {event.kind}{f': {event.text}' if event.text else ''}")
        for event in trace.events
        if event.kind in _SHOWN_EVENTS
    )
    lanes = (_chunk_lines(trace, lane, width) for lane in trace.lanes.values())
    return (line for _, line in merge(events, *lanes, key=itemgetter(0)))


def _chunk_lines(trace: Trace, lane: Lane, width: int) -> Iterator[tuple[float, str]]:
    """Yield the time and the line of text of each chunk."""
    for chunk in lane:
        data = quoted(chunk.data) if chunk.data is not None else f"{chunk.size:,} bytes"
        location = location_of_chunk(trace, chunk)
        yield (
            chunk.seconds,
            f"  {lane.name:<{width}}  {data}{f'   ({location})' if location else ''}",
        )


def location_of_chunk(trace: Trace, chunk: Chunk) -> str:
    """Return file, line and code of the ``yield`` that made a chunk; "" if it is not known.

    :param trace: the record that the chunk belongs to.
    :param chunk: a chunk of one of its lanes.
    """
    if chunk.line is None or chunk.source is None or chunk.source >= len(trace.sources):
        return ""
    source = trace.sources[chunk.source]
    lines = source.text.splitlines()
    index = chunk.line - source.first
    code = lines[index].strip() if 0 <= index < len(lines) else ""
    return f"{source.title}, line {chunk.line}{f': {shortened(code, _MAX_CODE)}' if code else ''}"


def last_location(trace: Trace) -> str:
    """Return the location of the ``yield`` that made the last chunk; "" if it is not known.

    :param trace: the record.
    """
    lane = next(iter(trace.lanes.values()))
    return location_of_chunk(trace, lane[-1]) if len(lane) else ""


def failure_text(failure: Failure) -> str:
    """Return an exception as text: its last line, the line of the user's code, and the advice.

    :param failure: the exception.

    >>> from streamlab.trace.failure import Failure
    >>> failure_text(Failure.of(ValueError("no second row")))
    'ValueError: no second row'
    """
    entry = failure.user_frame
    location = f"\n  {entry.title}, line {entry.line}: {entry.code}" if entry else ""
    advice = f"\n\n{failure.advice}" if failure.advice else ""
    return f"{failure.last}{location}{advice}"
