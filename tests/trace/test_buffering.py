"""Held bytes: told by the order in which chunks passed, on lanes with made-up times."""

from __future__ import annotations

import pytest

from streamlab.trace.buffering import held_between
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
    """What is held between the lanes that have chunks, as the verdict looks at it."""
    trace = lanes_of(**records)
    return held_between(trace, [lane for lane in trace.lanes.values() if lane.chunks])


def held(**records):
    return [holding.held_back() for holding in holdings_of(**records)]


A, B, C = b"aa", b"bbb", b"c"
GZIP_HEAD = bytes.fromhex("1f8b0800000000000003")


def test_passed_on_before_the_next_is_made_is_not_held():
    [one] = held(app=[(1, A), (3, B), (5, C)], behind=[(2, A), (4, B), (6, C)])
    assert (one.late, one.chunks, one.size) == (0, 2, 0)


def test_all_joined_at_the_end_is_held():
    [one] = held(app=[(1, A), (3, B), (5, C)], behind=[(7, A + B + C)])
    assert (one.late, one.chunks, one.size, one.since, one.until) == (2, 2, 5, 1, 7)


def test_all_apart_but_after_the_end_is_held_too():
    [one] = held(app=[(1, A), (3, B), (5, C)], behind=[(7, A), (8, B), (9, C)])
    assert (one.late, one.size) == (2, 5)


def test_one_behind_is_held_by_one():
    [one] = held(app=[(1, A), (3, B), (5, C)], behind=[(4, A), (6, B), (7, C)])
    assert (one.late, one.size, one.since, one.until) == (2, 3, 1, 4)


def test_groups_are_held_but_for_the_one_that_completes_them():
    [one] = held(
        app=[(1, A), (3, A), (5, A), (7, A)],
        behind=[(4, A + A), (8, A + A)],
    )
    assert (one.late, one.chunks, one.size) == (2, 3, 2)


def test_split_is_not_held():
    [one] = held(app=[(1, A), (5, B)], behind=[(2, b"a"), (3, b"a"), (6, B)])
    assert one.late == 0


def test_what_never_came_is_held_up_to_then():
    [one] = held(app=[(1, A), (3, B), (5, C)], behind=[(2, A)])
    assert (one.late, one.size) == (1, 3)


def test_the_clock_is_that_of_the_first_lane():
    """A middleware that splits a chunk hands two on before the next is made: neither is late."""
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


def test_lanes_without_bytes_are_passed_over():
    [one] = holdings_of(generator=[], app=[(1, A), (3, B)], server=[], client=[(2, A), (4, B)])
    assert (one.before, one.behind, one.held_back().late) == ("app", "client", 0)


@pytest.mark.parametrize(
    ("out", "late"),
    [
        ([(2, b"x" * 22), (4, b"y" * 9), (6, b"z")], 0),
        ([(2, GZIP_HEAD), (7, b"y" * 30)], 2),  # the head of gzip alone says nothing
        ([(2, b"x" * 10), (4, b"y" * 9), (6, b"z")], 0),  # what is as short may be content
        ([(7, b"x" * 40)], 2),
        ([(2, b"x" * 22), (7, b"y")], 1),
    ],
)
def test_recoded_bytes_are_matched_by_time(out, late):
    [one] = held(app=[(1, A), (3, B), (5, C)], gzip=out)
    assert one.late == late


def test_merged_rows_are_not_taken_for_held():
    """A lane past its limit has rows of several chunks; nothing is late for that."""
    trace = Trace(("app", "client"), max_chunks=8)
    clock = 0
    for _ in range(100):
        for lane in trace.lanes.values():
            clock += 1
            lane.record(b"x")
    assert trace.lanes["app"].stride > 1
    [one] = held_between(trace, list(trace.lanes.values()))
    assert one.held_back().late == 0


def test_recoding_is_told_by_the_first_bytes():
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


BACK, ON_ITS_WAY = True, False


class TestOverTime:
    def test_what_is_passed_on_at_once_is_on_its_way_and_never_held_back(self):
        [steps] = over_time(app=[(1, A), (3, B)], behind=[(2, A), (4, B)])
        assert steps == [
            (1, 2, ON_ITS_WAY),
            (2, 0, ON_ITS_WAY),
            (3, 3, ON_ITS_WAY),
            (4, 0, ON_ITS_WAY),
        ]

    def test_it_is_held_back_from_the_making_of_the_next(self):
        [steps] = over_time(app=[(1, A), (3, B), (5, C)], behind=[(7, A + B + C)])
        assert steps == [
            (1, 2, ON_ITS_WAY),
            (3, 5, BACK),
            (5, 6, BACK),
            (7, 0, ON_ITS_WAY),
        ]

    def test_the_lane_behind_the_holder_is_not_blamed(self):
        first, second = over_time(app=[(1, A), (3, B)], buffer=[(5, A + B)], server=[(6, A + B)])
        assert (3, 5, BACK) in first
        assert second == [(5, 5, ON_ITS_WAY), (6, 0, ON_ITS_WAY)]

    def test_what_never_comes_is_held_for_ever(self):
        [steps] = over_time(app=[(1, A), (3, B)], behind=[(2, A)])
        assert steps[-1] == (3, 3, ON_ITS_WAY)

    def test_a_lane_that_got_nothing_holds_all(self):
        [steps] = over_time(app=[(1, A), (3, B)], behind=[])
        assert steps == [(1, 2, ON_ITS_WAY), (3, 5, BACK)]

    def test_where_bytes_are_recoded_anything_that_comes_out_ends_it(self):
        [steps] = over_time(app=[(1, A), (3, B), (6, C)], gzip=[(2, GZIP_HEAD), (5, b"y" * 30)])
        assert steps == [  # the head of gzip, ten bytes, is nothing
            (1, 2, ON_ITS_WAY),
            (3, 5, BACK),
            (5, 0, ON_ITS_WAY),
            (6, 1, ON_ITS_WAY),
        ]

    def test_a_client_that_is_slow_to_look_holds_nothing_back_that_was_sent_for_sure(self):
        records = {"server": [(1, A), (3, B)], "client": [(4, A), (5, B)]}
        assert (3, 5, BACK) in over_time(**records)[0]
        trace = lanes_of(**records)
        trace.reports_sends = True
        [holding] = held_between(trace, list(trace.lanes.values()))
        assert not any(step.back for step in holding.steps())
        assert holding.held_back().late == 0

    def test_it_is_named_by_who_has_the_bytes(self):
        trace = lanes_of(generator=[(1, A)], app=[(2, A)], server=[(3, A)], client=[(4, A)])
        trace.add_unobserved("app", "get_data")
        trace.add_unobserved("client", "proxy")
        holdings = held_between(trace, list(trace.lanes.values()))
        assert [one.holder for one in holdings] == ["get_data", "server", "proxy"]
        assert [one.most() for one in holdings] == [2, 2, 2]
