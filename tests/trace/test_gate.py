"""The gate: when a generator may continue. A thread waits at the gate in the generator's place."""

from __future__ import annotations

import threading
from queue import Queue

import pytest

from streamlab.trace.gate import Gate, checked_pace

SOON = 10.0
"""Seconds after which a test gives up waiting."""


class Walker:
    """A thread that passes through the gate several times and reports each time."""

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
    """Wait until the walker is waiting at the gate."""
    while not gate.waiting:
        assert walker.thread.is_alive()


@pytest.mark.parametrize("pace", [None, "step", 0.5])
def test_a_valid_pace_is_returned(pace):
    assert checked_pace(pace) == pace


def test_a_pace_of_zero_seconds_means_at_once():
    assert checked_pace(0) is None
    assert checked_pace(2) == 2.0


@pytest.mark.parametrize("pace", [-1, True, "fast", float("inf"), float("nan"), [1]])
def test_an_invalid_pace_is_refused_and_the_error_lists_the_valid_ones(pace):
    with pytest.raises(ValueError, match=r'pace=None .*, a number of seconds .*, or pace="step"'):
        checked_pace(pace)


def test_without_a_pace_it_is_open():
    walker = Walker(Gate(), 1000)
    assert walker.ended()


def test_each_step_lets_one_chunk_through():
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


def test_steps_in_advance_are_not_lost():
    gate = Gate("step")
    gate.step()
    gate.step()
    walker = Walker(gate, 3)
    assert (walker.next(), walker.next()) == (0, 1)
    until_waiting(gate, walker)
    assert walker.passed.empty()
    gate.open()
    assert walker.ended()


def test_an_opened_gate_holds_nothing_back():
    gate = Gate("step")
    walker = Walker(gate, 100)
    until_waiting(gate, walker)
    gate.open()
    assert walker.ended()
    assert not gate.waiting


def test_a_new_pace_applies_to_a_generator_that_is_waiting():
    gate = Gate("step")
    walker = Walker(gate, 100)
    until_waiting(gate, walker)
    gate.pace = None
    assert walker.ended()


def test_a_pace_in_seconds_can_be_replaced_by_steps():
    an_hour = 3600.0
    gate = Gate(an_hour)
    walker = Walker(gate, 2)
    assert walker.next() == 0  # the first chunk does not wait
    gate.pace = "step"
    until_waiting(gate, walker)
    assert walker.passed.empty()
    gate.step()
    assert walker.next() == 1


def test_a_pace_in_seconds_opens_it_by_the_clock():
    walker = Walker(Gate(0.001), 3)
    assert walker.ended()
    assert walker.passed.qsize() == 3


def test_opening_ends_the_wait_of_a_long_pace():
    gate = Gate(3600.0)
    walker = Walker(gate, 2)
    assert walker.next() == 0
    gate.open()
    assert walker.ended()


def test_a_step_lets_a_chunk_through_before_its_time():
    gate = Gate(3600.0)
    walker = Walker(gate, 2)
    assert walker.next() == 0
    gate.step()
    assert walker.next() == 1


def test_a_pace_that_is_set_later_is_not_at_its_first_chunk():
    gate = Gate()
    gate.pass_through()
    gate.pace = 3600.0
    walker = Walker(gate, 1)
    gate.pace = "step"
    until_waiting(gate, walker)
    assert walker.passed.empty()
    gate.open()
    assert walker.ended()


def test_a_generator_that_is_held_when_the_exchange_ends_is_abandoned():
    gate = Gate("step")
    assert not gate.abandoned
    gate.open()
    gate.pass_through()
    assert gate.abandoned


def test_without_a_pace_no_generator_is_abandoned():
    gate = Gate()
    gate.open()
    gate.pass_through()
    assert not gate.abandoned


def test_a_generator_counts_as_held_while_it_waits_and_for_some_time_after():
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
