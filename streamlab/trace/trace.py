"""The trace: everything that is observed of one exchange, while it happens.

Several threads write: the server's, the client's, a Lab's. Each writes to its own lane. Any thread
may read at any time. Every time comes from `streamlab.clock.now_ns`, so the lanes of one process
share one clock.

Other packages read the attributes of a trace, and change it only through its methods.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from dataclasses import replace
from itertools import pairwise
from time import time_ns
from typing import TYPE_CHECKING, Any

from streamlab.trace.error_advice import explained
from streamlab.trace.events import EventLog
from streamlab.trace.failure import Failure
from streamlab.trace.gate import Gate
from streamlab.trace.lane import MAX_CHUNKS, Lane
from streamlab.trace.layer_record import LayerRecord
from streamlab.trace.output import Output, Printing
from streamlab.wording import counted, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from typing_extensions import Self

    from streamlab.trace.events import Event, Span
    from streamlab.trace.mistakes import Mistake
    from streamlab.trace.output import OutputLine, Stream
    from streamlab.trace.source import Source

current_trace: ContextVar[Trace | None] = ContextVar("streamlab_trace", default=None)
"""The trace of the request that this thread serves; None if it is not observed."""


class Trace(LayerRecord, EventLog):
    """What is observed of one exchange.

    :param lanes: names of the lanes, in the order in which bytes pass them.
    :param gate: decides when the generator may continue; by default at once.
    :param max_chunks: how many chunks of a lane are stored one by one; a multiple of 8.
    :param make_lane: called with the arguments of `Lane` to make each lane.

    >>> trace = Trace(("generator", "client"))
    >>> trace.lanes["generator"].record(b"Hello")
    >>> trace
    <Trace: generator 1 chunk, client 0 chunks, 0 events>
    """

    def __init__(
        self,
        lanes: tuple[str, ...] = ("generator", "app", "server", "client"),
        *,
        gate: Gate | None = None,
        max_chunks: int = MAX_CHUNKS,
        make_lane: Callable[..., Lane] = Lane,
    ) -> None:
        LayerRecord.__init__(self)
        EventLog.__init__(self)
        self.began_ns = time_ns()
        """The same as a date: nanoseconds since 1970."""
        self.gate = gate or Gate()
        """Decides when the generator may continue."""
        self.lanes: dict[str, Lane] = {
            name: make_lane(
                name, max_chunks=max_chunks, has_locations=position == 0, origin=self.origin
            )
            for position, name in enumerate(lanes)
        }
        """The lanes by name, in the order in which bytes pass them."""
        self.reads = Lane("recv", max_chunks=max_chunks, origin=self.origin)
        """What each `recv` of the client returned, framing included. A read is not a chunk: it can
        hold several, or a part of one."""
        self.sources: list[Source] = []
        """The code that made the chunks; `Chunk.source` is an index in this list."""
        self.failure: Failure | None = None
        """The first exception on the server's side."""
        self.output = Output(self.origin)
        """What the app printed."""
        self.template_text = ""
        """Text of the template string that is being rendered, if one is."""
        self.unsent: bytes = b""
        """The item that the server was given and has not sent yet."""
        self.response_head: tuple[str, list[tuple[str, str]]] | None = None
        """Status and headers that the server was given; None before ``start_response``."""
        self.after_request: tuple[Callable[[Any], Any], ...] = ()
        """Functions from response to response, called directly behind the generator, as Flask calls
        a function registered with ``after_request``."""
        self.unobserved: dict[str, str] = {}
        """For the name of a lane, the name of a layer before it that has no lane."""
        self.reports_sends = False
        """Whether the server reports when it sends. If not, an item counts as sent when the server
        asks for the next one."""
        self.lockstep = False
        """Whether each chunk was made only when the previous one had reached the client, or was
        certain to be held."""
        self.generator_tapped = False
        """Whether a tap is directly behind the generator. The gate is then there."""
        self.reports_streams = False
        """Whether the framework reports each streamed response. If it does and reports none, no
        generator makes the body: an error page, for example."""
        self.left: int | None = None
        """When the client was told to leave, in nanoseconds of the clock; None if it was not."""
        self.entered = threading.Event()
        """Set when the request has reached the application."""
        self.closed = threading.Event()
        """Set when the server has closed the application's iterable."""
        self._when_closed: list[Callable[[], object]] = []

    @classmethod
    def restored(
        cls,
        *,
        origin: int,
        began_ns: int,
        lanes: Iterable[Lane],
        reads: Lane,
        events: Iterable[Event],
        spans: Iterable[Span],
        sources: Iterable[Source],
        failure: Failure | None,
        unobserved: Mapping[str, str],
        lockstep: bool,
        reports_sends: bool,
        output: Iterable[OutputLine] = (),
    ) -> Self:
        """Return a trace with the given content, such as one read from a file.

        Its exchange is over: the gate is open and the application's iterable counts as closed.

        :param origin: when the request began, in nanoseconds of the clock.
        :param began_ns: when the request began, in nanoseconds since 1970.
        :param lanes: in the order in which bytes pass them.
        :param reads: what each `recv` of the client returned.
        :param events: in the order in which they happened.
        :param spans: the intervals in which a request context was active.
        :param sources: the code that made the chunks.
        :param failure: the exception on the server's side, or None.
        :param unobserved: for the name of a lane, the name of a layer before it without a lane.
        :param lockstep: whether the exchange was made in lockstep.
        :param reports_sends: whether the server reported when it sent.
        :param output: what the app printed.
        """
        trace = cls(())
        trace.origin, trace.began_ns = origin, began_ns
        trace.lanes = {lane.name: lane for lane in lanes}
        trace.reads = reads
        trace.events, trace.spans = list(events), list(spans)
        trace.output = Output.restored(output, origin=origin)
        trace.sources, trace.failure = list(sources), failure
        trace.unobserved = dict(unobserved)
        trace.lockstep, trace.reports_sends = lockstep, reports_sends
        trace.close()
        trace.gate.open()
        return trace

    def use_lockstep(self) -> None:
        """Note that the exchange is made in lockstep."""
        self.lockstep = True

    def add_unobserved(self, lane: str, layer: str) -> None:
        """Note a layer without a lane, such as a proxy.

        :param lane: name of the lane that comes next after the layer.
        :param layer: name of the layer.

        >>> trace = Trace()
        >>> trace.add_unobserved("client", "proxy")
        >>> trace.holder("client")
        'proxy'
        """
        self.unobserved[lane] = layer

    def add_after_request(self, function: Callable[[Any], Any]) -> None:
        """Have a function called with the framework's response, directly behind the generator.

        :param function: takes the response and returns it.
        """
        self.after_request = (*self.after_request, function)

    def remove_lane(self, name: str) -> None:
        """Remove a lane that no bytes can pass in this exchange.

        :param name: such as ``client`` if there is no client.
        """
        del self.lanes[name]

    def keep_no_bytes(self) -> None:
        """Record only times and sizes of chunks, not their bytes."""
        for lane in self.lanes.values():
            lane.keep_no_bytes()

    def merge_rows(self, above: int, to: int) -> None:
        """Merge neighbouring chunks of long lanes, see `Lane.merge_rows`. No chunk may come later.

        :param above: a lane with at most this many rows is not changed.
        :param to: how many rows of a longer lane are left at most.
        """
        for lane in (*self.lanes.values(), self.reads):
            lane.merge_rows(above, to)

    def enter(self) -> None:
        """Note that the request has reached the application, in the thread that serves it."""
        if self.serving_thread is None:
            self.serving_thread = threading.get_ident()
        self.entered.set()

    def record_exception(
        self,
        exception: BaseException,
        raised_by: str | None = None,
        *,
        mistake: Mistake | None = None,
    ) -> None:
        """Record an exception on the server's side. Only the first one counts.

        :param exception: as it was caught, with its traceback.
        :param raised_by: name of the lane whose layer raised it: ``generator``, ``app`` or the name
            of a middleware; None if not known.
        :param mistake: the layer's mistake that led to it, if it is known.

        >>> trace = Trace()
        >>> trace.record_exception(ValueError("no name"), "generator")
        >>> trace.failure.last, trace.failure.raised_by
        ('ValueError: no name', 'generator')
        """
        if self.failure is not None:
            return
        failure = Failure.of(exception, self.template_text, raised_by=raised_by)
        if mistake:
            failure = replace(failure, clause=mistake.text, tip=mistake.advice)
        failure = self.with_refusal(self.with_item(failure))
        self.set_failure(explained(failure, self.frameworks))
        self.record_event("exception", failure.last)

    def record_output(self, text: str, stream: Stream, *, time: int | None = None) -> None:
        """Record what the app printed.

        :param text: a part of a line, or several lines.
        :param stream: ``stdout`` or ``stderr``.
        :param time: when, in nanoseconds of the clock; by default now.
        """
        self.output.write(text, stream, time=time)

    def set_failure(self, failure: Failure) -> None:
        """Set what failed on the server's side, without an event.

        :param failure: the exception as text, with its traceback.
        """
        self.failure = failure

    def start_response(self, status: str, headers: Iterable[tuple[str, str]]) -> None:
        """Note the status and headers that the server was given (PEP 3333).

        :param status: such as ``200 OK``.
        :param headers: the header fields, in their order.
        """
        self.response_head = status, list(headers)

    def report_send(self) -> None:
        """Record that the server sends the item that it was given last.

        A server that calls this reports its sends, so it need not be guessed when they happen.
        """
        if self.unsent:  # written out, not passed on to `assume_sent`: called for every chunk
            data, self.unsent = self.unsent, b""
            self.reports_sends = True
            self.lanes["server"].record(data)

    def assume_sent(self) -> None:
        """Record that the server must have sent the item by now, because it asks for the next."""
        if self.unsent:
            data, self.unsent = self.unsent, b""
            self.lanes["server"].record(data)

    def when_closed(self, callback: Callable[[], object]) -> None:
        """Have a function called when the server has closed the application's iterable.

        :param callback: called without arguments. Register it before the request is made.

        >>> trace = Trace()
        >>> trace.when_closed(lambda: print("closed"))
        >>> trace.close()
        closed
        """
        self._when_closed.append(callback)

    def close(self) -> None:
        """Record that the server has closed the application's iterable. May be called again."""
        if not self.closed.is_set():
            if self.offered is not None and self.failure is None:
                self.set_failure(self.offered.failure())
                self.record_event("exception", self.offered.text)
            self.closed.set()
            for callback in self._when_closed:
                callback()

    def index_of(self, source: Source) -> int:
        """Return the index of a source in `sources`, adding it if it is new.

        :param source: a piece of code that makes chunks.
        """
        if source not in self.sources:
            self.sources.append(source)
        return self.sources.index(source)

    @property
    def recoded(self) -> tuple[str, ...]:
        """Names of the lanes whose bytes differ from the lane before, as with gzip.

        Offsets on both sides of such a lane do not belong together, so chunks are matched by time.
        """
        lanes = [lane for lane in self.lanes.values() if lane.size]
        return tuple(
            behind.name for before, behind in pairwise(lanes) if not same_bytes(before, behind)
        )

    @property
    def source_lane(self) -> Lane | None:
        """The lane on which the chunks are made: the first with any; None before the first chunk.

        It is ``generator`` if the generator can be observed, otherwise ``app``.
        """
        return next((lane for lane in self.lanes.values() if lane.chunks), None)

    def holder(self, behind: str) -> str:
        """Return the name of what holds bytes that have not reached a lane yet.

        :param behind: name of that lane. The bytes have passed the lane before it.

        >>> trace = Trace()
        >>> trace.holder("app"), trace.holder("client")
        ('app', 'server')
        """
        if behind in self.unobserved:
            return self.unobserved[behind]
        return "server" if behind == "client" else behind  # a client holds nothing, it reads

    @property
    def send_confirmed(self) -> bool:
        """Whether all bytes on the lane ``server`` were sent, even if the client reads them late.

        True if the server reports its sends and no layer is behind it. Not needed in lockstep,
        which waits for the client.
        """
        return self.reports_sends and "client" not in self.unobserved and not self.lockstep

    def __repr__(self) -> str:
        lanes = [f"{lane.name} {counted(lane.chunks, 'chunk')}" for lane in self.lanes.values()]
        failure = [f"failed with {self.failure.last}"] if self.failure else []
        parts = [*lanes, counted(len(self.events), "event"), *failure]
        return f"<Trace: {printable(', '.join(parts))}>"


def _record_printed(text: str, stream: Stream) -> None:
    trace = current_trace.get()
    # A thread of a pool still has the trace of its last request.
    if trace is not None and not trace.closed.is_set():
        trace.record_output(text, stream)


printing = Printing(_record_printed)
"""Records what the threads print that serve a request, each in the trace of its request."""


def same_bytes(before: Lane, behind: Lane) -> bool:
    """Return whether two lanes carry the same bytes, compared as far as both kept them.

    :param before: a lane.
    :param behind: a lane that the bytes pass later.

    >>> before, behind = Lane("app"), Lane("upper")
    >>> before.record(b"ab")
    >>> behind.record(b"A")
    >>> same_bytes(before, behind)
    False
    """
    shared = min(before.size, behind.size, before.body.head_bytes, behind.body.head_bytes)
    return before.body[:shared] == behind.body[:shared]
