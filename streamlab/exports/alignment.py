"""Which lanes are shown, and which chunks of neighbouring lanes carry the same bytes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.trace.lane import Columns, Lane
    from streamlab.trace.record import Record


def joined_lanes(record: Record) -> Iterator[tuple[Lane, Lane]]:
    """Neighbours whose chunks belong together by byte offset.

    Behind a recoding, such as gzip, the offsets are others.
    """
    recoded = record.trace.recoded
    for before, behind in pairwise(record.visible_lanes):
        if before.size and behind.size and behind.name not in recoded:
            yield before, behind


def same_bytes_rows(before: Columns, behind: Columns) -> Iterator[tuple[int, int]]:
    """Rows of two lanes that share bytes, however chunks were joined or split on the way."""
    a, b = before.ends, behind.ends
    row, other = 0, 0
    rows, others = len(a), len(b)
    while row < rows and other < others:
        yield row, other
        end = min(a[row], b[other])
        if a[row] <= end:
            row += 1
        if b[other] <= end:
            other += 1
