"""The data frame: a row for each chunk on each lane, with types for computations."""

from __future__ import annotations

import sys

import pandas as pd
import pytest

from tests.exports.exported import SCENARIOS, exchange

COLUMNS = ["lane", "index", "time_s", "offset", "size", "count", "line", "data"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_chunk_is_a_row(name):
    made = exchange(name)
    frame = made.to_frame()
    assert list(frame.columns) == COLUMNS
    assert len(frame) == sum(map(len, made.lanes.values()))
    for lane, rows in frame.groupby("lane", observed=True):
        chunks = made.lanes[lane][:]
        assert list(rows["offset"]) == [chunk.offset for chunk in chunks]
        assert list(rows["data"]) == [chunk.data for chunk in chunks]
        assert rows["size"].sum() == made.lanes[lane].size
        assert rows["time_s"].is_monotonic_increasing
        assert (rows["time_s"] >= 0).all()


def test_lanes_keep_their_order_and_lines_are_whole_numbers():
    frame = exchange("streamed").to_frame()
    assert list(frame["lane"].cat.categories) == ["generator", "app", "server", "client"]
    assert frame["lane"].is_monotonic_increasing
    assert str(frame["line"].dtype) == "Int64"
    assert frame.loc[frame["lane"] == "generator", "line"].notna().all()
    assert frame.loc[frame["lane"] == "client", "line"].isna().all()


def test_without_chunks_the_frame_is_empty_and_has_the_same_types():
    frame = exchange("empty").to_frame()
    assert frame.empty
    assert frame.dtypes["size"] == "int64"
    assert isinstance(frame.dtypes["lane"], pd.CategoricalDtype)


def test_without_pandas_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ModuleNotFoundError, match="pip install pandas") as caught:
        exchange("streamed").to_frame()
    assert caught.value.name == "pandas"
