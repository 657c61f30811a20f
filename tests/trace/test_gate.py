"""The gate: when a generator may go on. Proved with a thread that stands at it."""

from __future__ import annotations

import threading
from queue import Queue

import pytest

from streamlab.trace.gate import Gate, checked_pace

SOON = 10.0
"""Seconds after which something that should happen at once is taken not to happen."""


class Walker:
    """A thread that passes through the gate again and again, and says so each time."""

    def __init__(self, gate: Gate, times: int) -> None:
        self.passed: Queue[int] = Queue()
        self.thread = threading.Thread(target=self._walk, args=(gate, times), daemon=True)
        self.thread.start()

    def _walk(self, gate: Gate, times: int) -> None:
        for number in range(times):
            gate.pass_through()
            self.passed.put(number)

    def next(self) -> int:
        return self.passed.get(timeout=SOON)

    def ended(self) -> bool:
        self.thread.join(SOON)
        return not self.thread.is_alive()


def until_waiting(gate: Gate, walker: Walker) -> None:
    """Wait for the walker to stand at the gate."""
    while not gate.waiting:
        assert walker.thread.is_alive()


@pytest.mark.parametrize("pace", [None, "step", 0.5])
def test_a_pace_is_taken_as_it_is(pace):
    assert checked_pace(pace) == pace


def test_a_pace_of_no_seconds_is_none():
    assert checked_pace(0) is None
    assert checked_pace(2) == 2.0


@pytest.mark.parametrize("pace", [-1, True, "fast", float("inf"), float("nan"), [1]])
def test_what_is_no_pace_is_refused_with_what_there_is(pace):
    with pytest.raises(ValueError, match=r'pace=None .*, a number of seconds .*, or pace="step"'):
        checked_pace(pace)


def test_without_a_pace_it_stands_open():
    walker = Walker(Gate(), 1000)
    assert walker.ended()


def test_with_steps_each_lets_one_through():
    gate = Gate("step")
    walker = Walker(gate, 2)
    until_waiting(gate, walker)
    assert walker.passed.empty()
    gate.step()
    assert walker.next() == 0
    until_waiting(gate, walker)
    assert walker.passed.empty()
    gate.step()
    assert walker.next() == 1
    assert walker.ended()


def test_steps_that_come_early_are_not_lost():
    gate = Gate("step")
    gate.step()
    gate.step()
    walker = Walker(gate, 3)
    assert (walker.next(), walker.next()) == (0, 1)
    until_waiting(gate, walker)
    assert walker.passed.empty()
    gate.open()
    assert walker.ended()


def test_opened_it_holds_nobody_any_more():
    gate = Gate("step")
    walker = Walker(gate, 100)
    until_waiting(gate, walker)
    gate.open()
    assert walker.ended()
    assert not gate.waiting


def test_a_new_pace_holds_for_one_who_waits():
    gate = Gate("step")
    walker = Walker(gate, 100)
    until_waiting(gate, walker)
    gate.pace = None
    assert walker.ended()


def test_a_clock_can_be_replaced_by_steps_while_it_runs():
    an_hour = 3600.0
    gate = Gate(an_hour)
    walker = Walker(gate, 2)
    assert walker.next() == 0  # the first need not wait
    gate.pace = "step"
    until_waiting(gate, walker)
    assert walker.passed.empty()
    gate.step()
    assert walker.next() == 1


def test_with_seconds_the_clock_opens_it():
    walker = Walker(Gate(0.001), 3)
    assert walker.ended()
    assert walker.passed.qsize() == 3


def test_opening_ends_the_longest_pace():
    gate = Gate(3600.0)
    walker = Walker(gate, 2)
    assert walker.next() == 0
    gate.open()
    assert walker.ended()


def test_a_step_does_not_wait_for_the_clock():
    gate = Gate(3600.0)
    walker = Walker(gate, 2)
    assert walker.next() == 0
    gate.step()
    assert walker.next() == 1


def test_a_clock_that_comes_later_counts_what_passed_before():
    gate = Gate()
    gate.pass_through()
    gate.pace = 3600.0
    walker = Walker(gate, 1)
    gate.pace = "step"
    until_waiting(gate, walker)
    assert walker.passed.empty()
    gate.open()
    assert walker.ended()


def test_who_is_held_when_the_exchange_ends_is_turned_away():
    gate = Gate("step")
    assert not gate.abandoned
    gate.open()
    gate.pass_through()
    assert gate.abandoned


def test_without_a_pace_nobody_is_turned_away():
    gate = Gate()
    gate.open()
    gate.pass_through()
    assert not gate.abandoned


def test_silence_is_excused_while_somebody_is_held_and_for_as_long_after():
    gate = Gate()
    assert not gate.held_within(0.001)
    gate.pace = "step"
    thread = threading.Thread(target=gate.pass_through)
    thread.start()
    while not gate.waiting:
        pass
    assert gate.held_within(0)
    gate.step()
    thread.join()
    assert gate.held_within(1_000)
    assert not gate.held_within(0)
