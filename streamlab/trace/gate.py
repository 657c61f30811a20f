"""The gate before the generator: when it may go on to its next yield.

A gate stands in the innermost tap. With a pace of seconds it opens by the clock, with the pace
"step" by `step()`, and without a pace it stands open. The pace may change while a stream runs.
"""

from __future__ import annotations

import threading
from time import monotonic
from typing import Literal, TypeAlias

Pace: TypeAlias = float | Literal["step"] | None
"""At once (None), every so many seconds, or one step at a time ("step")."""


def checked_pace(pace: object) -> Pace:
    """`pace`, if it is one.

    :raises ValueError: where it is not, naming what there is.
    """
    if pace is None or pace == "step":
        return pace
    if isinstance(pace, (int, float)) and not isinstance(pace, bool) and 0 <= pace < float("inf"):
        return float(pace) or None
    raise ValueError(
        f'pace={pace!r}: a pace is None (at once), a number of seconds, or "step" (one chunk each '
        "time you ask for one)"
    )


class Gate:
    """Holds a generator back. One thread waits at it; any thread may let it go on."""

    def __init__(self, pace: Pace = None) -> None:
        self._pace = pace
        self._changed = threading.Condition()
        self._steps = 0
        self._open = False
        self._passed_before = False
        self._holding = False
        self._let_go = 0.0
        self.waiting = False
        """Whether a generator waits for `step()`."""

    @property
    def pace(self) -> Pace:
        """The pace; a new one holds at once, for a generator that waits here too."""
        return self._pace

    @pace.setter
    def pace(self, pace: Pace) -> None:
        with self._changed:
            self._pace = pace
            self._changed.notify_all()

    def step(self) -> None:
        """Let the generator go on to its next yield, now or when it gets here; no clock counts."""
        with self._changed:
            self._steps += 1
            self._changed.notify_all()

    @property
    def turns_away(self) -> bool:
        """Whether nothing more is to be asked of the generator: its exchange has ended while it
        was held here. Without a pace it is for the server to find that out, as it always is.
        """
        return self._open and self._pace is not None

    def held_within(self, seconds: float) -> bool:
        """Whether a generator is held here, or was less than so many seconds ago."""
        return self._holding or monotonic() - self._let_go < seconds

    def open(self) -> None:
        """Hold nobody back from now on: the exchange has ended."""
        with self._changed:
            self._open = True
            self._changed.notify_all()

    def pass_through(self) -> None:
        """Wait for the turn of the next chunk."""
        if self._pace is None:
            self._passed_before = True
            return
        with self._changed:
            self._holding = True
            while not self._open and (pace := self._pace) is not None:
                if self._steps:
                    self._steps -= 1
                    break
                if pace == "step":
                    self.waiting = True
                    self._changed.wait()
                    self.waiting = False
                elif not self._passed_before or not self._changed.wait(pace):
                    break  # the first chunk need not wait; the others waited their time
            self._passed_before = True
            self._holding, self._let_go = False, monotonic()
