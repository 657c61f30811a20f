"""Which chunks of neighbouring lanes carry the same bytes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.trace.columns import Columns
    from streamlab.trace.lane import Lane
    from streamlab.trace.record import Record


def lanes_with_same_bytes(record: Record) -> Iterator[tuple[Lane, Lane]]:
    """Return each two neighbouring lanes whose chunks belong together by byte offset.

    A middleware that recodes the body, such as gzip, changes the offsets: the lane before it and
    its own lane are not such a pair.

    :param record: the exchange.
    """
    recoded = record.trace.recoded
    for upper, lower in pairwise(record.visible_lanes):
        if upper.size and lower.size and lower.name not in recoded:
            yield upper, lower


def rows_with_same_bytes(upper: Columns, lower: Columns) -> Iterator[tuple[int, int]]:
    """Return each pair of rows of two lanes that share bytes.

    Chunks may be split or joined between the lanes, so one row can be in several pairs.

    :param upper: the columns of a lane.
    :param lower: the columns of the lane that the bytes pass next.
    :return: the indices of the two rows, in the order of their bytes.

    >>> from streamlab.trace.lane import Lane
    >>> app, buffer = Lane("app"), Lane("buffer")
    >>> for data in (b"Hello", b" ", b"World"):
    ...     app.record(data)
    >>> buffer.record(b"Hello World")
    >>> list(rows_with_same_bytes(app.columns, buffer.columns))
    [(0, 0), (1, 0), (2, 0)]
    """
    a, b = upper.ends, lower.ends
    row, other = 0, 0
    rows, others = len(a), len(b)
    while row < rows and other < others:
        yield row, other
        end = min(a[row], b[other])
        if a[row] <= end:
            row += 1
        if b[other] <= end:
            other += 1
