"""A lane: its columns, single and merged rows, and bounded memory."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlab.trace.lane import Lane, pack_location, unpack_location

LIMIT = 16


def passed(count: int, **options) -> Lane:
    lane = Lane("app", max_chunks=LIMIT, **options)
    for index in range(count):
        lane.record(b"%04d;" % index, pack_location(1, index))
    return lane


def test_a_chunk_has_its_time_offset_size_and_data():
    lane = Lane("app")
    lane.record(b"Hello ")
    lane.record(b"World")
    first, second = lane
    assert (first.offset, first.size, first.data, first.index) == (0, 6, b"Hello ", 0)
    assert (second.offset, second.size, second.data, second.index) == (6, 5, b"World", 1)
    assert 0 <= first.seconds < second.seconds
    assert (first.last_seconds, first.count) == (first.seconds, 1)
    assert (lane.size, lane.chunks, len(lane)) == (11, 2, 2)


def test_it_is_a_sequence():
    lane = passed(5)
    assert lane[-1].data == b"0004;"
    assert [chunk.data for chunk in lane[1:3]] == [b"0001;", b"0002;"]
    assert [chunk.index for chunk in reversed(lane)] == [4, 3, 2, 1, 0]
    with pytest.raises(IndexError, match="'app' has 5 rows of chunks, so there is no row 5"):
        lane[5]
    with pytest.raises(IndexError):
        lane[-6]


def test_locations_are_stored_only_on_request():
    assert passed(3)[2].line is None
    chunk = passed(3, has_locations=True)[2]
    assert (chunk.source, chunk.line) == (1, 2)


def test_a_chunk_with_an_unknown_location_has_no_line():
    lane = Lane("generator", has_locations=True)
    lane.record(b"x")
    assert (lane[0].source, lane[0].line) == (None, None)


@given(st.integers(0, 2047), st.integers(0, 1_048_575))
def test_a_packed_location_is_unpacked_unchanged(source, line):
    lane = Lane("generator", has_locations=True)
    lane.record(b"x", pack_location(source, line))
    assert (lane[0].source, lane[0].line) == (source, line)


@pytest.mark.parametrize("place", [(2048, 1), (0, 1_048_576)])
def test_a_location_too_large_to_be_packed_is_not_known(place):
    assert unpack_location(pack_location(*place)) == (None, None)


def test_below_the_limit_each_row_is_one_chunk():
    lane = passed(LIMIT - 1)
    assert len(lane) == lane.chunks == LIMIT - 1
    assert lane.stride == 1


def test_at_the_limit_neighbours_are_merged_with_first_and_last_time():
    before = list(passed(LIMIT - 1))
    lane = passed(LIMIT)
    assert len(lane) == LIMIT // 4
    assert {chunk.count for chunk in lane} == {4}
    assert [chunk.offset for chunk in lane] == [before[i].offset for i in range(0, LIMIT, 4)]
    assert all(chunk.seconds < chunk.last_seconds for chunk in lane)
    assert lane[0].data == b"0000;0001;0002;0003;"


@given(st.integers(min_value=0, max_value=2000))
def test_count_bytes_order_and_times_survive_any_number_of_merges(count):
    lane = passed(count, has_locations=True)
    rows = list(lane)
    assert sum(row.count for row in rows) == lane.chunks == count
    assert sum(row.size for row in rows) == lane.size == 5 * count
    assert len(rows) < LIMIT
    end = 0
    seconds = -1.0
    for row in rows:
        assert row.offset == end
        assert seconds < row.seconds <= row.last_seconds
        assert row.line == sum(r.count for r in rows[: row.index])  # the line of its first chunk
        end, seconds = row.offset + row.size, row.last_seconds


def test_columns_that_were_taken_do_not_change_when_the_lane_merges():
    lane = passed(LIMIT - 1)
    columns = lane.columns
    lane.record(b"one more")
    assert lane.columns is not columns
    assert len(columns.times) == len(columns.ends) == LIMIT
    assert columns.stride == 1


@pytest.mark.parametrize("limit", [0, -8, 7, 12])
def test_a_limit_that_cannot_be_merged_evenly_is_refused(limit):
    with pytest.raises(ValueError, match="multiple of 8"):
        Lane("app", max_chunks=limit)


def test_a_chunk_that_arrives_in_parts_is_one_chunk():
    lane = Lane("client")
    lane.record_part(b"Hel")
    lane.record_part(b"lo ")
    assert len(lane) == 0
    assert lane.size == 6
    lane.record(b"World")
    assert [chunk.data for chunk in lane] == [b"Hello World"]


def test_offsets_above_four_gibibytes_are_right():
    lane = Lane("client", max_chunks=LIMIT)
    piece = bytes(2**28)
    for _ in range(LIMIT + 1):
        lane.record(piece)
    assert lane.size == (LIMIT + 1) * 2**28 == 2**32 + 2**28
    assert [row.offset for row in lane] == [0, 2**30, 2 * 2**30, 3 * 2**30, 2**32]
    assert lane[-1].size == 2**28


def test_the_limits_of_kept_bytes_are_parameters():
    lane = Lane("client", head_bytes=3, tail_bytes=2)
    lane.record(b"abcdefghij")
    assert lane.body.head == b"abc"
    assert lane[0].data is None


def grown_by(code: str) -> int:
    """Run `code` in a new Python; return by how many bytes its peak memory grows."""
    script = """
        from pathlib import Path
        from streamlab.trace.trace import Trace

        def peak():
            status = Path("/proc/self/status").read_text().split()
            return int(status[status.index("VmHWM:") + 1]) * 1024

        before = peak()
    """
    script = textwrap.dedent(script) + textwrap.dedent(code) + "\nprint(peak() - before)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return int(run.stdout)


linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux
def test_four_lanes_grow_by_less_than_96_mb_however_long_the_stream():
    # The peak is just before the first merge, at a million chunks; a second merge follows.
    growth = grown_by("""
        trace = Trace()
        lanes = [trace.lanes[name].record for name in ("generator", "app", "server", "client")]
        piece = b"x" * 100
        for _ in range(2_100_000):
            for passed in lanes:
                passed(piece)
    """)
    assert growth < 96 * 1024 * 1024


@linux
def test_a_hundred_million_chunks_need_no_more_memory_than_a_million():
    # Both the limit and the stream are a thousandth of the real ones: as many merges, and as many
    # bytes in a row.
    growth = grown_by("""
        lane = Trace(max_chunks=1_000).lanes["generator"]
        for _ in range(100_000):
            lane.record(b"x" * 100)
        assert lane.chunks == 100_000 and len(lane) < 1_000 and lane.stride == 256
    """)
    assert growth < 2 * 1024 * 1024


@given(st.lists(st.lists(st.binary(max_size=6), max_size=12), max_size=8))
def test_chunks_that_arrive_together_are_recorded_like_single_ones(reads):
    together, single = (Lane("client", max_chunks=LIMIT, head_bytes=9, tail_bytes=4) for _ in "ab")
    for pieces in reads:
        together.record_part(b"part")
        single.record_part(b"part")
        together.record_all(pieces)
        for piece in pieces:
            single.record(piece)
    assert list(together.ends) == list(single.ends)
    assert (together.chunks, together.size, together.stride) == (
        single.chunks,
        single.size,
        single.stride,
    )
    assert together.body.head == single.body.head
    assert len(together.times) == len(single.times)
    assert sorted(set(together.times)) == list(together.times)
