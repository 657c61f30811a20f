"""Waits for a generator at its gate, without checking again and again."""

from __future__ import annotations

from queue import Queue


def arrivals_at_gate(exchange):
    """Return a queue that gets an item each time the generator arrives at the gate.

    Call it before the exchange is made.
    """
    gate, arrivals = exchange.trace.gate, Queue()
    pass_through = gate.pass_through

    def announce(*args):
        arrivals.put(None)
        pass_through(*args)

    gate.pass_through = announce
    return arrivals


def when_waiting(exchange, act):
    """Have a function called each time the generator waits for a step, and then let it continue.

    Call it before the exchange is made.
    """
    gate = exchange.trace.gate

    def step():
        act()
        gate._steps += 1

    gate._changed.wait = step
