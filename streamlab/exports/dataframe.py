"""An exchange as a table of chunks for pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamlab.trace.record import Record

COLUMNS = ("lane", "index", "time_s", "offset", "size", "count", "line", "data")


def to_frame(record: Record) -> Any:
    """A `pandas.DataFrame` with a row for each chunk on each lane.

    ``time_s`` is in seconds since the exchange began, ``line`` missing where it is not known, and
    so is ``data`` where it was not kept. ``count`` is above 1 where neighbours were merged.

    :raises ModuleNotFoundError: where pandas is not installed.
    """
    try:
        import pandas as pd  # noqa: PLC0415 - nobody needs it who does not ask for a frame
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "to_frame() makes a pandas DataFrame, and pandas is not installed here. Install it "
            "with `pip install pandas`, or read the lanes as they are: "
            '`for chunk in record.lanes["client"]: ...`',
            name=error.name,
        ) from error
    origin = record.trace.origin
    names: list[str] = []
    rows = []
    for lane in record.visible_lanes:
        names.append(lane.name)
        rows += [
            (
                lane.name,
                chunk.index,
                (chunk.time - origin) / 1e9,
                chunk.offset,
                chunk.size,
                chunk.count,
                chunk.line,
                chunk.data,
            )
            for chunk in lane[:]
        ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    # Lanes have an order of their own, in which a table or a plot of them should be.
    return frame.astype(
        {
            "lane": pd.CategoricalDtype(names, ordered=True),
            **dict.fromkeys(("index", "offset", "size", "count"), "int64"),
            "time_s": "float64",
            "line": "Int64",
            "data": "object",
        }
    )
