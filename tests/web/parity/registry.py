"""The registry of cases. A case is a function that uses one `Bench`; `@case` registers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from tests.web.parity.wording import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.parity.bench import Bench


@dataclass(frozen=True)
class Case:
    """A case with one choice of its variants."""

    name: str
    play: Callable[..., None]
    variant: dict[str, Any] = field(default_factory=dict)

    def run(self, bench: Bench) -> None:
        self.play(bench, **self.variant)


CASES: dict[str, Case] = {}


def _label(value: object) -> str:
    """Return a variant's value for the name of the case, on one line."""
    if isinstance(value, dict):
        return " ".join(f"{key}={item}" for key, item in value.items()) or "{}"
    return ADDRESS.sub("...", str(value)) or "''"


def case(**variants: tuple[Any, ...]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register the function, once for each combination of the variants."""

    def register(play: Callable[..., None]) -> Callable[..., None]:
        subject = play.__module__.rpartition("cases_")[2]
        for values in product(*variants.values()):
            variant = dict(zip(variants, values, strict=True))
            name = ", ".join((f"{subject}.{play.__name__}", *map(_label, values)))
            if name in CASES:
                raise ValueError(f"two cases are called {name!r}")
            CASES[name] = Case(name, play, variant)
        return play

    return register
