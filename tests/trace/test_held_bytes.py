"""Held bytes, computed from the order of chunks on lanes with invented times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlab.trace.held_bytes import HeldBack, held_between
from streamlab.trace.trace import Trace


def lanes_of(**records):
    """A trace whose lanes have chunks at the given times: ``app=[(1, b"a"), ...]``."""
    trace = Trace(tuple(records))
    for name, chunks in records.items():
        lane = trace.lanes[name]
        for time, data in chunks:
            lane.record_at(data, time)
    return trace


def holdings_of(**records):
    """The held bytes between the lanes that have chunks, as the verdict uses them."""
    trace = lanes_of(**records)
    return held_between(trace, [lane for lane in trace.lanes.values() if lane.chunks])


def held(**records):
    return [holding.held_back() for holding in holdings_of(**records)]


A, B, C = b"aa", b"bbb", b"c"
GZIP_HEAD = bytes.fromhex("1f8b0800000000000003")


def test_a_chunk_passed_on_before_the_next_is_made_is_not_held_back():
    [one] = held(app=[(1, A), (3, B), (5, C)], behind=[(2, A), (4, B), (6, C)])
    assert (one.late, one.chunks, one.size) == (0, 2, 0)


def test_chunks_joined_at_the_end_are_held_back():
    [one] = held(app=[(1, A), (3, B), (5, C)], behind=[(7, A + B + C)])
    assert (one.late, one.chunks, one.size, one.since, one.until) == (2, 2, 5, 1, 7)


def test_single_chunks_after_the_end_are_held_back_too():
    [one] = held(app=[(1, A), (3, B), (5, C)], behind=[(7, A), (8, B), (9, C)])
    assert (one.late, one.size) == (2, 5)


def test_a_layer_that_is_one_chunk_behind_holds_back_one_chunk():
    [one] = held(app=[(1, A), (3, B), (5, C)], behind=[(4, A), (6, B), (7, C)])
    assert (one.late, one.size, one.since, one.until) == (2, 3, 1, 4)


def test_in_a_group_every_chunk_but_the_last_is_held_back():
    [one] = held(
        app=[(1, A), (3, A), (5, A), (7, A)],
        behind=[(4, A + A), (8, A + A)],
    )
    assert (one.late, one.chunks, one.size) == (2, 3, 2)


def test_a_chunk_that_is_split_is_not_held_back():
    [one] = held(app=[(1, A), (5, B)], behind=[(2, b"a"), (3, b"a"), (6, B)])
    assert one.late == 0


def test_bytes_that_never_arrive_are_held_back():
    [one] = held(app=[(1, A), (3, B), (5, C)], behind=[(2, A)])
    assert (one.late, one.size) == (1, 3)


def test_the_next_chunk_is_that_of_the_first_lane():
    """A middleware that splits a chunk passes on two before the next is made: none is late."""
    _, second = held(
        made=[(1, b"ab"), (10, b"cd")],
        app=[(2, b"a"), (4, b"b"), (11, b"cd")],
        behind=[(3, b"a"), (5, b"b"), (12, b"cd")],
    )
    assert second.late == 0
    _, slow = held(
        made=[(1, b"ab"), (10, b"cd")],
        app=[(2, b"a"), (3, b"b"), (11, b"cd")],
        behind=[(5, b"ab"), (12, b"cd")],
    )
    assert slow.late == 0


def test_lanes_without_bytes_are_left_out():
    [one] = holdings_of(generator=[], app=[(1, A), (3, B)], server=[], client=[(2, A), (4, B)])
    assert (one.before, one.behind, one.held_back().late) == ("app", "client", 0)


@pytest.mark.parametrize(
    ("out", "late"),
    [
        ([(2, b"x" * 22), (4, b"y" * 9), (6, b"z")], 0),
        ([(2, GZIP_HEAD), (7, b"y" * 30)], 2),  # the header of gzip has no content
        ([(2, b"x" * 10), (4, b"y" * 9), (6, b"z")], 0),  # ten bytes may also be content
        ([(7, b"x" * 40)], 2),
        ([(2, b"x" * 22), (7, b"y")], 1),
    ],
)
def test_recoded_bytes_are_matched_by_time(out, late):
    [one] = held(app=[(1, A), (3, B), (5, C)], gzip=out)
    assert one.late == late


def test_merged_rows_are_not_held_back():
    """A row of several chunks is complete late, but that does not make its chunks late."""
    trace = Trace(("app", "client"), max_chunks=8)
    clock = 0
    for _ in range(100):
        for lane in trace.lanes.values():
            clock += 1
            lane.record(b"x")
    assert trace.lanes["app"].stride > 1
    [one] = held_between(trace, list(trace.lanes.values()))
    assert one.held_back().late == 0


def test_recoding_is_detected_by_the_first_bytes():
    trace = lanes_of(
        generator=[(1, A)], app=[(2, A)], gzip=[(3, b"\x1f\x8b")], server=[(4, b"\x1f\x8b")]
    )
    assert trace.recoded == ("gzip",)


def over_time(**records):
    """(time, size, back) of each step, lane by lane."""
    trace = lanes_of(**records)
    return [
        [tuple(step) for step in holding.steps()]
        for holding in held_between(trace, list(trace.lanes.values()))
    ]


BACK, ON_THE_WAY = True, False


class TestOverTime:
    def test_bytes_passed_on_at_once_are_on_the_way_and_never_held_back(self):
        [steps] = over_time(app=[(1, A), (3, B)], behind=[(2, A), (4, B)])
        assert steps == [
            (1, 2, ON_THE_WAY),
            (2, 0, ON_THE_WAY),
            (3, 3, ON_THE_WAY),
            (4, 0, ON_THE_WAY),
        ]

    def test_bytes_are_held_back_from_the_time_when_the_next_chunk_is_made(self):
        [steps] = over_time(app=[(1, A), (3, B), (5, C)], behind=[(7, A + B + C)])
        assert steps == [
            (1, 2, ON_THE_WAY),
            (3, 5, BACK),
            (5, 6, BACK),
            (7, 0, ON_THE_WAY),
        ]

    def test_the_lane_behind_a_buffer_holds_nothing_back(self):
        first, second = over_time(app=[(1, A), (3, B)], buffer=[(5, A + B)], server=[(6, A + B)])
        assert (3, 5, BACK) in first
        assert second == [(5, 5, ON_THE_WAY), (6, 0, ON_THE_WAY)]

    def test_bytes_that_never_arrive_are_held_to_the_end(self):
        [steps] = over_time(app=[(1, A), (3, B)], behind=[(2, A)])
        assert steps[-1] == (3, 3, ON_THE_WAY)

    def test_before_a_lane_without_bytes_everything_is_held(self):
        [steps] = over_time(app=[(1, A), (3, B)], behind=[])
        assert steps == [(1, 2, ON_THE_WAY), (3, 5, BACK)]

    def test_of_recoded_bytes_any_output_counts_for_all_input(self):
        [steps] = over_time(app=[(1, A), (3, B), (6, C)], gzip=[(2, GZIP_HEAD), (5, b"y" * 30)])
        assert steps == [  # the ten bytes of the gzip header do not count
            (1, 2, ON_THE_WAY),
            (3, 5, BACK),
            (5, 0, ON_THE_WAY),
            (6, 1, ON_THE_WAY),
        ]

    def test_a_client_that_reads_late_holds_nothing_back_if_sends_are_confirmed(self):
        records = {"server": [(1, A), (3, B)], "client": [(4, A), (5, B)]}
        assert (3, 5, BACK) in over_time(**records)[0]
        trace = lanes_of(**records)
        trace.reports_sends = True
        [holding] = held_between(trace, list(trace.lanes.values()))
        assert not any(step.back for step in holding.steps())
        assert holding.held_back().late == 0

    def test_the_holder_is_named_even_if_it_has_no_lane(self):
        trace = lanes_of(generator=[(1, A)], app=[(2, A)], server=[(3, A)], client=[(4, A)])
        trace.add_unobserved("app", "get_data")
        trace.add_unobserved("client", "proxy")
        holdings = held_between(trace, list(trace.lanes.values()))
        assert [one.holder for one in holdings] == ["get_data", "server", "proxy"]
        assert [one.most() for one in holdings] == [2, 2, 2]


@st.composite
def two_lanes(draw):
    """A trace of two lanes with the same bytes, split differently, with random times."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=8))
    moments = st.lists(st.integers(1, 99), unique=True)
    made = sorted(draw(moments.filter(lambda times: len(times) >= len(sizes))))[: len(sizes)]
    behind = []
    size = draw(st.integers(0, sum(sizes)))  # the rest never arrives
    while size:
        piece = draw(st.integers(1, size))
        behind.append(piece)
        size -= piece
    passed = sorted(draw(st.lists(st.integers(2, 99), min_size=len(behind), max_size=len(behind))))
    trace = Trace(("app", "behind"))
    for lane, times, pieces in (("app", made, sizes), ("behind", passed, behind)):
        for time, piece in zip(times, pieces, strict=True):
            trace.lanes[lane].record_at(b"x" * piece, time)
    return trace


@given(two_lanes())
def test_a_chunk_is_late_if_it_has_not_passed_when_the_next_is_made(trace):
    """The count, chunk by chunk, against the definition written out."""
    app, behind = trace.lanes.values()
    [holding] = held_between(trace, [app, behind])
    late, size = [], 0
    for chunk, end, next_made in zip(app, app.ends, app.times[1:], strict=False):
        passed = sum(
            row.size for row, time in zip(behind, behind.times, strict=True) if time <= next_made
        )
        if passed < end:
            late.append(chunk)
            size = max(size, end - passed)
    held = holding.held_back()
    assert (held.late, held.size, held.chunks) == (len(late), size, len(app) - 1)
    if late:
        assert held.since == app.times[late[0].index]


@given(two_lanes())
def test_the_picture_and_the_verdict_agree(trace):
    [holding] = held_between(trace, list(trace.lanes.values()))
    held = holding.held_back()
    at_once = [holding.at(time) for time in trace.lanes["app"].times]
    assert any(step.back for step in at_once) == (held.late > 0)
    assert any(step.back for step in holding.steps()) == (held.late > 0)


class TestSummary:
    def test_its_time_is_that_of_the_first_late_chunk(self):
        [one] = held(app=[(1, A), (3, B), (5, C)], behind=[(2, A), (4_000_000_003, B + C)])
        assert (one.late, one.seconds) == (1, 4.0)

    @pytest.mark.parametrize(("late", "mostly"), [(0, False), (2, False), (3, True), (4, True)])
    def test_mostly_means_more_than_half(self, late, mostly):
        assert HeldBack(chunks=4, late=late).mostly is mostly

    def test_the_header_of_gzip_in_two_pieces_is_not_content(self):
        head = [(2, GZIP_HEAD[:4]), (4, GZIP_HEAD[4:])]
        [one] = held(app=[(1, A), (3, B), (5, C)], gzip=[*head, (7, b"y" * 30)])
        assert (one.late, one.size, one.since, one.until) == (2, 5, 1, 7)

    def test_its_repr_names_the_holder(self):
        [holding] = holdings_of(app=[(1, A), (3, B), (5, C)], buffer=[(7, A + B + C)])
        assert repr(holding) == "<Holding by 'buffer': at most 6 bytes, 2 of 2 chunks held back>"
