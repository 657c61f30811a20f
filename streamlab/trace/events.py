"""Events of an exchange, and the spans in which its request contexts were active."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from streamlab.wording import printable

EventKind = Literal[
    "request", "context pushed", "context popped", "view returned", "app returned",
    "response started",
    "generator closed", "generator finished", "response finished", "exception", "warning",
    "client connected", "headers received", "client finished", "client cut off", "client left",
]  # fmt: skip


@dataclass(frozen=True, repr=False)
class Event:
    """Something that happened once.

    :param time: when, in nanoseconds of the clock.
    :param kind: one of a fixed list of names.
    :param text: details in words, or "".
    :param seconds: when, in seconds since the request began.
    """

    time: int
    kind: EventKind
    text: str = ""
    seconds: float = field(default=0.0, compare=False)

    def __repr__(self) -> str:
        text = f": {printable(self.text)}" if self.text else ""
        return f"<Event {self.kind} at {self.seconds:.6f} s{text}>"


@dataclass(repr=False)
class Span:
    """An interval in which a request context was active.

    :param start: its start, in nanoseconds of the clock.
    :param end: its end, in nanoseconds of the clock; None while it lasts.
    :param origin: when the request began, in nanoseconds of the clock.
    """

    start: int
    end: int | None = None
    origin: int = field(default=0, compare=False)

    def __repr__(self) -> str:
        start = f"{(self.start - self.origin) / 1e9:.6f} s"
        end = "now" if self.end is None else f"{(self.end - self.origin) / 1e9:.6f} s"
        return f"<Span from {start} to {end}>"
