"""The way of the bytes as text: lane by lane, and in order of events. For messages of tests."""

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

_MOST_STEPS = 16
"""Chunks in the order in which they passed; the beginning tells how it goes on."""
_MOST_CODE = 60
_TOLD_EVENTS = {"exception", "client left", "client cut off", "generator finished", "warning"}


def way_of_bytes(trace: Trace, blamed: str | None = None, text: str = "held the bytes back") -> str:
    """What passed each lane, and the first steps in their order.

    :param blamed: the lane to be marked, or what stands in front of one.
    :param text: what is said at the mark.
    """
    lanes = list(trace.lanes.values())
    width = max(len(lane.name) for lane in lanes)
    table = [f"  {'lane':<{width}}  {'chunks':>9}  {'bytes':>12}"]
    for lane in lanes:
        mark = ""
        if lane.name == blamed:
            mark = f"   <-- {text}"
        elif blamed is not None and trace.unobserved.get(lane.name) == blamed:
            mark = f"   <-- {blamed}, in front of it, {text}"
        table.append(f"  {lane.name:<{width}}  {lane.chunks:>9,}  {lane.size:>12,}{mark}")
    steps = list(islice(_steps(trace, width), _MOST_STEPS + 1))
    if not steps:
        return "\n".join(table)
    if len(steps) > _MOST_STEPS:
        steps[-1] = "  ..."
    return "\n".join([*table, "", "  In the order in which it happened:", *steps])


def _steps(trace: Trace, width: int) -> Iterator[str]:
    happened = (
        (event.seconds, f"  {event.kind}{f': {event.text}' if event.text else ''}")
        for event in trace.events
        if event.kind in _TOLD_EVENTS
    )
    lanes = (_passed(trace, lane, width) for lane in trace.lanes.values())
    return (line for _, line in merge(happened, *lanes, key=itemgetter(0)))


def _passed(trace: Trace, lane: Lane, width: int) -> Iterator[tuple[float, str]]:
    for chunk in lane:
        data = quoted(chunk.data) if chunk.data is not None else f"{chunk.size:,} bytes"
        where = location_of_chunk(trace, chunk)
        yield (
            chunk.seconds,
            f"  {lane.name:<{width}}  {data}{f'   ({where})' if where else ''}",
        )


def location_of_chunk(trace: Trace, chunk: Chunk) -> str:
    """File, line and code of the yield that made a chunk; "" where that is not known."""
    if chunk.line is None or chunk.source is None or chunk.source >= len(trace.sources):
        return ""
    source = trace.sources[chunk.source]
    lines = source.text.splitlines()
    index = chunk.line - source.first
    code = lines[index].strip() if 0 <= index < len(lines) else ""
    return f"{source.title}, line {chunk.line}{f': {shortened(code, _MOST_CODE)}' if code else ''}"


def last_location(trace: Trace) -> str:
    """Where the generator stood when it had made its last chunk."""
    lane = next(iter(trace.lanes.values()))
    return location_of_chunk(trace, lane[-1]) if len(lane) else ""


def failure_text(failure: Failure) -> str:
    """The error with the learner's own line, and the advice that its message has."""
    guilty = failure.user_frame
    where = f"\n  {guilty.title}, line {guilty.line}: {guilty.code}" if guilty else ""
    advice = f"\n\n{failure.advice}" if failure.advice else ""
    return f"{failure.last}{where}{advice}"
