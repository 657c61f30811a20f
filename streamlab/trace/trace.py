"""The trace: everything observed of one exchange, as it happens.

Many threads write (the server's, the client's, a Lab's), each to its own lane; anybody may read
at any time. Every time is `streamlab.clock.now_ns`, so lanes of one process share one clock.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import pairwise
from time import time_ns
from typing import TYPE_CHECKING, Any, Literal

from streamlab.clock import now_ns
from streamlab.trace.failure import Failure
from streamlab.trace.gate import Gate
from streamlab.trace.lane import MAX_CHUNKS, Lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.trace.source import Source

EventKind = Literal[
    "request", "context pushed", "context popped", "view returned", "app returned",
    "response started",
    "generator closed", "generator finished", "response finished", "exception", "warning",
    "client connected", "headers received", "client finished", "client cut off", "client left",
]  # fmt: skip
MAX_EVENTS = 1_000
"""Events kept of an exchange; one that goes on for ever may warn for ever."""

current_trace: ContextVar[Trace | None] = ContextVar("streamlab_trace", default=None)
"""The trace of the request that this thread serves."""


@dataclass(frozen=True)
class Event:
    """Something that happened once: ``time`` in nanoseconds, ``text`` for people."""

    time: int
    kind: EventKind
    text: str = ""


@dataclass
class Span:
    """An interval in which a context was active; ``end`` is None while it still is."""

    start: int
    end: int | None = None


class Trace:
    """The record of an exchange.

    :param lanes: names of the lanes, in the order in which bytes pass them.
    :param max_chunks: chunks of a lane that are told apart; beyond, neighbours are merged.
    """

    def __init__(
        self,
        lanes: tuple[str, ...] = ("generator", "app", "server", "client"),
        *,
        gate: Gate | None = None,
        max_chunks: int = MAX_CHUNKS,
    ) -> None:
        self.origin = now_ns()
        """The time at which the exchange began."""
        self.began_ns = time_ns()
        """The same by the calendar: nanoseconds since 1970."""
        self.gate = gate or Gate()
        self.lanes = {
            name: Lane(name, max_chunks=max_chunks, has_locations=position == 0)
            for position, name in enumerate(lanes)
        }
        self.reads = Lane("recv", max_chunks=max_chunks)
        """What each `recv` of the client brought, framing included: one yield is not one recv."""
        self.sources: list[Source] = []
        self.events: list[Event] = []
        self.spans: list[Span] = []
        self.failure: Failure | None = None
        self.template_text = ""
        """Text of the template made of a string that is being rendered, if one is."""
        self.in_hand: bytes = b""
        """The item that the server has been given and has not yet sent."""
        self.answer: tuple[str, list[tuple[str, str]]] | None = None
        """Status and headers that the server was given to send."""
        self.after_request: tuple[Callable[[Any], Any], ...] = ()
        """Functions that take the framework's response and give it back, as a learner's own
        ``after_request`` does; called right behind the generator."""
        self.unobserved: dict[str, str] = {}
        """What stands in front of a lane, by the lane's name, and has no lane of its own."""
        self.sends_told = False
        """Whether the server tells when it sends, rather than being taken to have done so when
        it asks for more."""
        self.lockstep = False
        """Whether each chunk was asked for only when the one before had reached the client, or
        was certain to be held."""
        self.generator_tapped = False
        """Whether a tap stands right behind the generator; then the gate is there."""
        self.generator_announced = False
        """Whether the framework tells of a response that is streamed. Where it does and there is
        none, nothing passes the lane ``generator``: an error page, say, is not yielded."""
        self.entered = threading.Event()
        """Set when the request has reached the application."""
        self.closed = threading.Event()
        """Set when the server has closed the application's iterable: its side has ended."""
        self._depth = 0
        self._when_closed: list[Callable[[], object]] = []

    def record_event(self, kind: EventKind, text: str = "") -> None:
        """Note an event, now."""
        if len(self.events) < MAX_EVENTS:
            self.events.append(Event(now_ns(), kind, text))

    def context_pushed(self) -> None:
        """A context became active. Contexts nest; the span is that of the outermost."""
        self._depth += 1
        if self._depth == 1:
            self.spans.append(Span(now_ns()))
            self.record_event("context pushed")

    def context_popped(self) -> None:
        """A context ceased to be active."""
        self._depth -= 1
        if self._depth == 0:
            self.spans[-1].end = now_ns()
            self.record_event("context popped")

    def failed(self, exception: BaseException) -> None:
        """Note an exception of the application; the first one counts, others follow from it."""
        if self.failure is None:
            self.failure = Failure.of(exception, self.template_text)
            self.record_event("exception", self.failure.last)

    def sending(self) -> None:
        """The server says that it sends what it has in hand."""
        if self.in_hand:  # written out, not passed on to `sent`: called for every chunk
            data, self.in_hand = self.in_hand, b""
            self.sends_told = True
            self.lanes["server"].record(data)

    def sent(self) -> None:
        """The server passes on what it has in hand."""
        if self.in_hand:
            data, self.in_hand = self.in_hand, b""
            self.lanes["server"].record(data)

    def when_closed(self, callback: Callable[[], object]) -> None:
        """Call `callback` when the server's side has ended; set before it can."""
        self._when_closed.append(callback)

    def close(self) -> None:
        """The server's side has ended; it may say so more than once."""
        if not self.closed.is_set():
            self.closed.set()
            for callback in self._when_closed:
                callback()

    @property
    def recoded(self) -> tuple[str, ...]:
        """Lanes whose bytes are not those of the lane before: there the offsets start anew.

        Told by their first bytes. Chunks on both sides of such a place belong together by time
        alone.
        """
        lanes = [lane for lane in self.lanes.values() if lane.size]
        return tuple(
            behind.name for before, behind in pairwise(lanes) if not same_bytes(before, behind)
        )

    @property
    def source_lane(self) -> Lane | None:
        """The lane on which the chunks are made: the first that has any; None before that."""
        return next((lane for lane in self.lanes.values() if lane.chunks), None)

    def holder(self, behind: str) -> str:
        """Who has the bytes that have not come to the lane `behind` but have passed the one before.

        >>> trace = Trace()
        >>> trace.holder("app"), trace.holder("client")
        ('app', 'server')
        """
        if behind in self.unobserved:
            return self.unobserved[behind]
        return "server" if behind == "client" else behind  # the client reads whatever comes

    @property
    def send_confirmed(self) -> bool:
        """Whether what the server lane has is on its way for sure, however late the client looks.

        So it is where the server tells when it sends and nothing stands behind it. In lockstep the
        client is waited for, and can be asked.
        """
        return self.sends_told and "client" not in self.unobserved and not self.lockstep

    def index_of(self, source: Source) -> int:
        """The index of `source` in `sources`; it is added where it is new."""
        if source not in self.sources:
            self.sources.append(source)
        return self.sources.index(source)


def same_bytes(before: Lane, behind: Lane) -> bool:
    """Whether two lanes carry the same bytes, as far as both have come and have kept them."""
    shared = min(before.size, behind.size, before.body.head_bytes, behind.body.head_bytes)
    return before.body[:shared] == behind.body[:shared]
