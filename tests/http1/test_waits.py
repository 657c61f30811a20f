"""When a stream counts as one that rushes, so that the probe takes larger bites of it."""

from __future__ import annotations

from streamlab.http1.waits import Waits

AT_ONCE, A_MILLISECOND = 1_000, 1_000_000


def waited(*each_ns):
    waits = Waits()
    for ns in each_ns:
        waits.waited(ns, in_body=True)
    return waits


def test_a_page_with_its_parts_is_no_rush_and_a_long_run_of_reads_is():
    assert not waited(*[AT_ONCE] * 10).rushed
    assert waited(*[AT_ONCE] * 100).rushed


def test_one_wait_ends_the_rush():
    assert not waited(*[AT_ONCE] * 100, A_MILLISECOND).rushed


def test_a_paced_stream_never_rushes():
    assert not waited(*[A_MILLISECOND] * 1000).rushed
