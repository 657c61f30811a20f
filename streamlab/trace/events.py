"""Events of an exchange, and the spans in which its request contexts were active."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from streamlab.clock import now_ns
from streamlab.wording import printable

EventKind = Literal[
    "request", "request refused", "context pushed", "context popped", "view returned",
    "app returned", "response started",
    "generator closed", "generator finished", "response finished", "exception", "warning",
    "client connected", "headers received", "client finished", "client cut off", "client left",
]  # fmt: skip

MAX_EVENTS = 1_000
"""How many events of one exchange are kept. An endless stream may warn without end."""


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


class EventLog:
    """The events and the context spans of one exchange: the part of a trace about moments.

    >>> log = EventLog()
    >>> log.context_pushed()
    >>> log.context_popped()
    >>> [event.kind for event in log.events], len(log.spans)
    (['context pushed', 'context popped'], 1)
    """

    def __init__(self) -> None:
        self.origin = now_ns()
        """The time at which the request began, in nanoseconds of the clock."""
        self.events: list[Event] = []
        """What happened once, in this order."""
        self.spans: list[Span] = []
        """The intervals in which a request context was active."""
        self._depth = 0

    def record_event(self, kind: EventKind, text: str = "", *, time: int | None = None) -> None:
        """Record that something happened.

        :param kind: what happened.
        :param text: details in words.
        :param time: when, in nanoseconds of the clock; by default now.

        >>> log = EventLog()
        >>> log.record_event("warning", "A late header.", time=log.origin + 500_000_000)
        >>> log.events
        [<Event warning at 0.500000 s: A late header.>]
        """
        if len(self.events) < MAX_EVENTS:
            when = now_ns() if time is None else time
            self.events.append(Event(when, kind, text, (when - self.origin) / 1e9))

    def context_pushed(self) -> None:
        """Record that a request context was pushed. Of nested contexts the outermost counts."""
        self._depth += 1
        if self._depth == 1:
            self.start_span(now_ns())
            self.record_event("context pushed")

    def context_popped(self) -> None:
        """Record that a request context was popped."""
        self._depth -= 1
        if self._depth == 0:
            self.end_span(now_ns())
            self.record_event("context popped")

    def start_span(self, time: int) -> None:
        """Add a context span.

        :param time: its start, in nanoseconds of the clock.
        """
        self.spans.append(Span(time, origin=self.origin))

    def end_span(self, time: int) -> None:
        """End the latest context span.

        :param time: its end, in nanoseconds of the clock.
        """
        self.spans[-1].end = time
