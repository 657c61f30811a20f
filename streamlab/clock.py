"""The clock of every time that streamlab records: nanoseconds, strictly increasing.

A verdict rests on the order of events, so no two events of one process may have the same time.
The clock of the machine does not guarantee that: in Pyodide it advances in steps of 0.1 ms.
"""

from __future__ import annotations

import sys
import threading
from time import perf_counter_ns

_latest = 0


def now_ns() -> int:
    """Return the time in nanoseconds, greater than at every earlier call in this process.

    The zero point is arbitrary, as for `time.perf_counter_ns`. On one machine all processes
    share it, but only the calls within one process are guaranteed to differ.

    >>> now_ns() < now_ns() < now_ns()
    True
    """
    global _latest  # noqa: PLW0603 - the state of the clock
    now = perf_counter_ns()
    # CPython switches threads only at calls and at backward jumps, so no thread comes between
    # these lines. Called for every chunk on every lane: a lock would double its cost.
    if now <= _latest:
        now = _latest + 1
    _latest = now
    return now


if not getattr(sys, "_is_gil_enabled", lambda: True)():  # free-threaded Python needs the lock
    _lock = threading.Lock()
    _unlocked = now_ns

    def now_ns() -> int:
        """Return the time in nanoseconds, greater than at every earlier call in this process."""
        with _lock:
            return _unlocked()
