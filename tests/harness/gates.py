"""Waits for a generator at its gate, without checking again and again."""

from __future__ import annotations

from queue import Queue


def arrivals_at_gate(exchange):
    """Return a queue that gets an item each time the generator arrives at the gate.

    Call it before the exchange is made.
    """
    gate, arrivals = exchange.trace.gate, Queue()
    pass_through = gate.pass_through

    def announce():
        arrivals.put(None)
        pass_through()

    gate.pass_through = announce
    return arrivals
