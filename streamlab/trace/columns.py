"""The rows of a lane as columns of numbers, and how neighbouring rows are merged."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Self

MERGED_ROWS = 4
"""How many neighbouring rows become one row."""
_UINT32_MAX, _INT64_MAX = 2**32 - 1, 2**63 - 1


class Columns:
    """The rows of a lane: one array for each column. A row is one chunk, or `stride` chunks.

    Merging makes new columns and does not change the old ones. A reader takes `Lane.columns` once
    and gets rows that belong together. A row is complete when it has an end.

    :param stride: how many chunks one row holds.
    """

    __slots__ = ("ends", "lasts", "locations", "max_end", "stride", "times")

    def __init__(self, stride: int = 1) -> None:
        self.stride = stride
        self.times = array("q")
        self.ends = array("I")  # half the memory of "q", and enough for most streams
        self.max_end = _UINT32_MAX
        """The largest offset that fits into the column `ends`."""
        self.lasts = array("q")
        self.locations = array("i")

    @classmethod
    def restored(
        cls,
        *,
        stride: int,
        times: Iterable[int],
        ends: Iterable[int],
        lasts: Iterable[int] = (),
        locations: Iterable[int] = (),
    ) -> Self:
        """Return columns with the given rows, such as those read from a file.

        :param stride: how many chunks one row holds.
        :param times: for each row the time of its first chunk, in nanoseconds of the clock.
        :param ends: for each row the offset of the first byte behind it.
        :param lasts: for each row the time of its last chunk; empty for a `stride` of 1.
        :param locations: for each row its location as `pack_location` returns it, or nothing.
        :raises ValueError: if the columns have different lengths.
        """
        columns = cls(stride)
        columns.times, columns.ends = array("q", times), array("q", ends)
        columns.max_end = _INT64_MAX
        columns.lasts, columns.locations = array("q", lasts), array("i", locations)
        rows = len(columns.ends)
        optional = {len(columns.lasts), len(columns.locations)} - {0}
        if {len(columns.times), *optional} - {rows}:
            raise ValueError(
                f"The columns of a lane have different lengths: {len(columns.times)} times, "
                f"{rows} ends, {len(columns.lasts)} last times and {len(columns.locations)} "
                "locations. Each row needs a value in each column."
            )
        return columns

    def merged(self) -> Columns:
        """Return new columns in which every four neighbouring rows of these are one row."""
        columns = Columns(self.stride * MERGED_ROWS)
        lasts = self.lasts or self.times
        columns.times = self.times[::MERGED_ROWS]
        columns.ends = self.ends[MERGED_ROWS - 1 :: MERGED_ROWS]
        columns.max_end = self.max_end
        columns.lasts = lasts[MERGED_ROWS - 1 :: MERGED_ROWS]
        columns.locations = self.locations[::MERGED_ROWS]
        if len(columns.ends) < len(columns.times):  # the last row has fewer than the others
            columns.ends.append(self.ends[-1])
            columns.lasts.append(lasts[-1])
        return columns

    def widen(self) -> None:
        """Make room for offsets above 4 GiB."""
        self.ends = array("q", self.ends)
        self.max_end = _INT64_MAX
