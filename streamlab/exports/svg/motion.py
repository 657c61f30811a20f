"""CSS animations that show one state of an element after the other.

All animations of a picture have the same length, so they stay together. They play the steps and
then hold the final state. Each element is drawn in its final state, which is what a reader sees who
prefers reduced motion, and in a program without animations.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STEP_SECONDS = 0.42
"""The time of one step, while there are few."""
_MOST_SECONDS = 14.0
"""All steps together take at most this time."""
_BEFORE_SECONDS = 0.8
"""How long the state before the first step is shown."""
_HOLD_SECONDS = 7.0
"""How long the final state is shown before the animation begins again."""
_MOVE = 0.8
"""The part of a step in which an element moves."""


class Motion:
    """The animations of one picture.

    :param name: begins the names of the animations, which must be unique in a page.
    :param steps: how many steps there are. An element has one state more: the first one is before
        the first step.

    >>> motion = Motion("picture", 2)
    >>> motion.animated(["opacity:0", "opacity:0", "opacity:1"])
    ' style="animation-name:picture-0"'
    >>> motion.animated(["opacity:1", "opacity:1", "opacity:1"])
    ''
    """

    def __init__(self, name: str, steps: int) -> None:
        self._name = name
        self._step = min(_STEP_SECONDS, _MOST_SECONDS / max(1, steps))
        self.seconds = _BEFORE_SECONDS + steps * self._step + _HOLD_SECONDS
        """The length of the animation."""
        self._keyframes: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"<Motion of {self.seconds:.1f} s with {len(self._keyframes)} animations>"

    def animated(
        self,
        states: Sequence[str],
        *,
        jump: bool = False,
        starts: Mapping[int, str] | None = None,
    ) -> str:
        """Return the attribute of an element that takes one state after the other.

        :param states: CSS declarations before the first step, and after each step. The element must
            be drawn in the last of them.
        :param jump: whether the element changes at once, instead of moving.
        :param starts: for the number of a step, the state from which the element moves in that
            step, if it is not the one before.
        :return: the attribute with a space before it; "" if nothing changes.
        """
        if len(set(states)) == 1:
            return ""
        frames = [f"0%{{{states[0]}}}"]
        for step, (before, after) in enumerate(pairwise(states), 1):
            if before == after:
                continue
            begin, end = self._percent(step - 1), self._percent(step - 1 + _MOVE)
            if jump:
                frames.append(f"{begin}%{{{after}}}")
                continue
            frames.append(f"{begin}%{{{before}}}")
            if starts and step in starts:
                frames.append(f"{self._percent(step - 0.99)}%{{{starts[step]}}}")
            frames.append(f"{end}%{{{after}}}")
        timing = "animation-timing-function:step-end;" if jump else ""
        name = self._keyframes.setdefault("".join(frames), f"{self._name}-{len(self._keyframes)}")
        return f' style="{timing}animation-name:{name}"'

    def _percent(self, step: float) -> str:
        seconds = _BEFORE_SECONDS + step * self._step
        return f"{100 * seconds / self.seconds:.2f}".rstrip("0").rstrip(".")

    def style_sheet(self) -> str:
        """Return the CSS of the animations."""
        frames = "".join(
            f"@keyframes {name}{{{content}}}" for content, name in self._keyframes.items()
        )
        play = (
            f".{self._name} [style*=animation-name]"
            f"{{animation-duration:{self.seconds:.1f}s;animation-iteration-count:infinite;"
            "animation-timing-function:ease-in-out}"
            f".{self._name} .streamlab-moves{{opacity:1}}"
            f".{self._name}:hover [style*=animation-name]{{animation-play-state:paused}}"
        )
        return f"{frames}@media screen and (prefers-reduced-motion:no-preference){{{play}}}"
