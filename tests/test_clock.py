"""The clock is strictly increasing, also when the clock of the machine is not."""

from __future__ import annotations

import sys
import threading
from itertools import pairwise

import pytest

from streamlab import clock
from streamlab.clock import now_ns

THREADS, READINGS = 4, 20_000


@pytest.fixture
def machine_clock(monkeypatch):
    """Replace the clock of the machine by one that returns the given readings, one a call."""
    monkeypatch.setattr(clock, "_latest", 0)

    def replace(readings):
        iterator = iter(readings)
        monkeypatch.setattr(clock, "perf_counter_ns", lambda: next(iterator))

    return replace


def test_a_frozen_clock_still_increases(machine_clock):
    machine_clock([1_000] * 5)
    assert [now_ns() for _ in range(5)] == [1_000, 1_001, 1_002, 1_003, 1_004]


def test_a_coarse_clock_is_followed_as_soon_as_it_advances(machine_clock):
    machine_clock([0, 0, 0, 100_000, 100_000, 200_000])
    assert [now_ns() for _ in range(6)] == [1, 2, 3, 100_000, 100_001, 200_000]


def test_a_clock_that_goes_back_is_not_followed(machine_clock):
    machine_clock([1_000, 400, 1_002])
    assert [now_ns() for _ in range(3)] == [1_000, 1_001, 1_002]


def test_the_time_is_that_of_the_machine():
    before = clock.perf_counter_ns()
    now = now_ns()
    assert before <= now <= clock.perf_counter_ns() + THREADS * READINGS


def readings_of_threads():
    """Let several threads read the clock at the same time; return the readings of each."""
    readings = [[] for _ in range(THREADS)]
    barrier = threading.Barrier(THREADS)

    def read(mine):
        barrier.wait()
        for _ in range(READINGS):
            mine.append(now_ns())

    threads = [threading.Thread(target=read, args=(mine,)) for mine in readings]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    return readings


def check_readings(readings):
    for mine in readings:
        assert all(before < after for before, after in pairwise(mine))
    assert len(set().union(*readings)) == THREADS * READINGS


def test_several_threads_never_read_the_same_time():
    check_readings(readings_of_threads())


def test_several_threads_never_read_the_same_time_of_a_frozen_clock(monkeypatch):
    # A Python function: threads may also be switched while it runs.
    monkeypatch.setattr(clock, "perf_counter_ns", lambda: 1_000)
    check_readings(readings_of_threads())


def test_without_a_global_lock_the_clock_has_its_own(monkeypatch):
    """A free-threaded Python runs the module with a lock around each reading."""
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
    names = {"__name__": "streamlab.clock"}
    source = clock.__loader__.get_source("streamlab.clock")
    exec(compile(source, clock.__file__, "exec"), names)
    assert names["now_ns"]() < names["now_ns"]()
    assert {"_lock", "_unlocked"} <= set(names["now_ns"].__code__.co_names)
