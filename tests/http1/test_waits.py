"""Which waits count, and when a stream counts as one that rushes."""

from __future__ import annotations

from streamlab.http1.waits import Waits

AT_ONCE, A_MILLISECOND = 1_000, 1_000_000


def after(*each_ns):
    """The waits after reads in the body that took so many nanoseconds."""
    waits = Waits()
    for ns in each_ns:
        waits.add(ns, in_body=True)
    return waits


def test_many_reads_at_once_are_a_rush_and_a_page_with_its_parts_is_not():
    assert not after(*[AT_ONCE] * 10).rushed
    assert after(*[AT_ONCE] * 100).rushed


def test_one_wait_ends_the_rush():
    assert not after(*[AT_ONCE] * 100, A_MILLISECOND).rushed


def test_a_paced_stream_never_rushes():
    assert not after(*[A_MILLISECOND] * 1000).rushed


def test_waits_before_the_body_are_added_up_and_do_not_count():
    waits = Waits(apart_ns=10)
    waits.add(20, in_body=False)
    waits.add(30, in_body=False)
    assert (waits.before_body_ns, waits.count, waits.longest_ns) == (50, 0, 0)


def test_a_wait_counts_only_if_the_network_cannot_be_its_cause():
    waits = Waits(apart_ns=10)
    waits.allow_for(round_trip_ns=100)
    waits.add(250, in_body=True)
    assert (waits.count, waits.longest_ns) == (0, 250)
    waits.add(300, in_body=True)
    assert waits.count == 1
