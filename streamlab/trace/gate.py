"""The gate in front of a generator: when it may continue to its next ``yield``.

The innermost tap waits at the gate before it asks the generator for a chunk. With a pace in seconds
the gate opens by the clock, with the pace "step" by `Gate.step`, and without a pace it is open. The
pace may change while a stream runs.
"""

from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING, Literal, TypeAlias

from streamlab.arguments import MAX_SECONDS, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.trace.variables import Variables

Pace: TypeAlias = float | Literal["step"] | None
"""When the generator may continue: at once (None), every N seconds, or one step at a time."""


def checked_pace(pace: object) -> Pace:
    """Return a pace if it is valid.

    :param pace: None, a number of seconds, or "step". 0 seconds means None.
    :raises ValueError: if it is something else.

    >>> checked_pace(0.5), checked_pace("step"), checked_pace(0)
    (0.5, 'step', None)
    """
    if pace is None:
        return None
    if isinstance(pace, str) and str.__str__(pace) == "step":
        return "step"
    number = isinstance(pace, (int, float)) and not isinstance(pace, bool)
    if number and 0 <= pace <= MAX_SECONDS:  # type: ignore[operator] # it is a number
        return float(pace) or None  # type: ignore[arg-type] # it is a number
    raise ValueError(
        f"pace={shown(pace)} is not valid. Use pace=None (at once), a number of seconds such as "
        'pace=0.5, or pace="step" (one chunk each time you ask for one).'
    )


class Gate:
    """Holds a generator back. One thread waits at the gate; any thread may let it continue.

    :param pace: see `Pace`.
    """

    def __init__(self, pace: Pace = None) -> None:
        self._pace = pace
        self._changed = threading.Condition()
        self._steps = 0
        self._open = False
        self.abandoned = False
        """Whether the generator must not be asked for more, because it would not be received.

        The exchange has ended while a pace held the generator back, or the client has left: see
        `abandon`. The generator is then closed instead. An attribute, because each chunk asks.
        """
        self._passed_before = False
        self._holding = False
        self._last_passed = 0.0
        self.waiting = False
        """Whether a generator is waiting for `step`."""
        self.variables: Variables = ()
        """The local variables of the generator that is waiting for `step`, as text."""

    @property
    def pace(self) -> Pace:
        """The pace. A new one takes effect at once, also for a generator that is waiting."""
        return self._pace

    @pace.setter
    def pace(self, pace: Pace) -> None:
        with self._changed:
            self._pace = pace
            self.abandoned = self.abandoned or (self._open and pace is not None)
            self._changed.notify_all()

    def step(self) -> None:
        """Let the generator continue to its next ``yield``, now or when it reaches the gate.

        >>> gate = Gate("step")
        >>> gate.step()
        >>> gate.pass_through()  # would block without a step
        """
        with self._changed:
            self._steps += 1
            self._changed.notify_all()

    def held_within(self, seconds: float) -> bool:
        """Return whether a generator is held here now, or was held recently.

        :param seconds: how long ago counts as recent.
        """
        return self._holding or monotonic() - self._last_passed < seconds

    def open(self) -> None:
        """Open the gate for good, because the exchange has ended.

        >>> gate = Gate("step")
        >>> gate.open()
        >>> gate.pass_through()
        >>> gate.abandoned
        True
        """
        with self._changed:
            self._open = True
            self.abandoned = self.abandoned or self._pace is not None
            self._changed.notify_all()

    def abandon(self) -> None:
        """Open the gate, and let the generator make nothing more: the client has left.

        A server notices a client that left only when it sends. Behind a middleware that passes
        nothing on, or for empty chunks, it would never notice.

        >>> gate = Gate()
        >>> gate.abandon()
        >>> gate.abandoned
        True
        """
        self.abandoned = True
        self.open()

    def pass_through(self, look: Callable[[], Variables] | None = None) -> None:
        """Block until the generator may make its next chunk.

        :param look: returns the local variables of the generator; called once if it must wait for
            `step`.
        """
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
                    if look is not None:
                        self.variables, look = look(), None
                    self.waiting = True
                    self._changed.wait()
                    self.waiting = False
                elif not self._passed_before or not self._changed.wait(pace):
                    break  # the first chunk does not wait; the others have waited their time
            self._passed_before = True
            self.variables = ()
            self._holding, self._last_passed = False, monotonic()
