"""Export to pandas: a `pandas.DataFrame` with a row for each chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamlab.trace.record import Record

COLUMNS = ("lane", "index", "time_s", "offset", "size", "count", "line", "data")


def to_frame(record: Record) -> Any:
    """Return a `pandas.DataFrame` with a row for each chunk on each lane.

    ======== ================= ==========================================================
    column   type              content
    ======== ================= ==========================================================
    lane     category, ordered the name of the lane
    index    int64             the number of the row on its lane, from 0
    time_s   float64           seconds since the exchange began
    offset   int64             bytes of the body before this chunk
    size     int64             bytes
    count    int64             chunks in this row: above 1 if neighbours were merged
    line     Int64             the line of the ``yield``; missing if it is not known
    data     object            the bytes; None if they were not kept
    ======== ================= ==========================================================

    :param record: the exchange.
    :raises ModuleNotFoundError: if pandas is not installed.
    """
    try:
        import pandas as pd  # noqa: PLC0415 - only this export needs it
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "to_frame() returns a pandas DataFrame, and pandas is not installed. Install it with "
            '`pip install pandas`, or read the lanes directly: `for chunk in exchange.lanes["'
            'client"]: ...`',
            name=error.name,
        ) from error
    names: list[str] = []
    rows = []
    for lane in record.visible_lanes:
        names.append(lane.name)
        rows += [
            (
                lane.name,
                chunk.index,
                chunk.seconds,
                chunk.offset,
                chunk.size,
                chunk.count,
                chunk.line,
                chunk.data,
            )
            for chunk in lane[:]
        ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.astype(
        {
            # Ordered, so that a table or a plot sorts the lanes as the bytes pass them.
            "lane": pd.CategoricalDtype(names, ordered=True),
            **dict.fromkeys(("index", "offset", "size", "count"), "int64"),
            "time_s": "float64",
            "line": "Int64",
            "data": "object",
        }
    )
