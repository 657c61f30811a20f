"""The tap: stands between two layers, sees every chunk pass, and changes nothing.

``server(Tap(middleware(Tap(app))))``: a tap is WSGI middleware (PEP 3333) that names the lane of
what it stands in front of. The layers on both sides get the same items in the same order, the
same exceptions, and `close()` as if the tap were not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamlab.trace.lane import Lane, pack_location
from streamlab.trace.source import location_finder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from streamlab.trace.trace import Trace

TRACE = "streamlab.trace"
"""Key of the WSGI environ under which the taps of a request find its trace."""


_BYTES_ALONE = "It takes bytes alone (PEP 3333), and breaks off: yield text.encode()."


class Tap:
    """Middleware that observes what `app` hands out, on the lane `lane`.

    :param innermost: whether `app` is the application itself: its exceptions are the learner's,
        and where its generator cannot be tapped, the gate of the pace is here.
    :param outermost: whether the server comes next: what passes here is in the server's hand.

    A request without a trace in its environ passes untouched.
    """

    def __init__(
        self, app: WSGIApplication, lane: str, *, innermost: bool = False, outermost: bool = False
    ) -> None:
        self.app = app
        self.lane = lane
        self.innermost = innermost
        self.outermost = outermost

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        trace: Trace | None = environ.get(TRACE)
        if trace is None:
            return self.app(environ, start_response)
        trace.entered.set()
        try:
            iterable = self.app(environ, self._observe_start(trace, start_response))
        except BaseException as error:
            trace.failed(error)
            self._closed(trace)
            raise
        if self.innermost:
            trace.record_event("app returned")
        file_wrapper = environ.get("wsgi.file_wrapper")
        if isinstance(file_wrapper, type) and isinstance(iterable, file_wrapper):
            self._closed(trace)
            return iterable  # the server sends the file by itself; there are no chunks to see
        return tapped(
            iterable,
            self._items(trace, iterable),
            failed=trace.failed,
            closed=lambda: self._closed(trace),
        )

    def _closed(self, trace: Trace) -> None:
        if self.outermost:
            trace.close()

    def _observe_start(self, trace: Trace, start_response: StartResponse) -> StartResponse:
        """`start_response` whose `write` is seen too, the older way to hand out bytes."""

        def observed_start_response(
            status: str, *rest: Any, **named: Any
        ) -> Callable[[bytes], object]:
            write = start_response(status, *rest, **named)
            if self.innermost:
                trace.record_event("response started", status)
            if self.outermost:
                trace.answer = (status, list(rest[0] if rest else named.get("headers", [])))
            lane = trace.lanes[self.lane]

            def observed_write(data: bytes) -> object:
                # Whatever is no bytes is the server's to complain of, not the observer's.
                if data and isinstance(data, bytes):
                    if self.innermost:  # not yielded, yet made here
                        trace.gate.pass_through()
                        trace.lanes["generator"].record(data)
                    lane.record(data)
                    if self.outermost:
                        trace.in_hand = data
                result = write(data)
                if self.outermost:
                    trace.sent()
                return result

            return observed_write

        return observed_start_response

    def _items(self, trace: Trace, iterable: Iterable[bytes]) -> Iterator[bytes]:
        passed, outermost = trace.lanes[self.lane].record, self.outermost
        items: Iterable[bytes] = iterable
        if self.innermost and not trace.generator_tapped:
            tap = ready_items if trace.generator_announced else generator_items
            items = tap(trace, iterable)
        try:
            for item in items:
                # Whatever is no bytes is the server's to complain of, not the observer's.
                if item and isinstance(item, bytes):
                    passed(item)
                    if outermost:
                        trace.in_hand = item
                elif item and outermost:
                    kind = type(item).__name__
                    trace.record_event("warning", f"The server was handed {kind}. {_BYTES_ALONE}")
                yield item
                if outermost and trace.in_hand:
                    trace.sent()  # a server that does not say when it sends has done so by now
        except GeneratorExit:
            raise
        except BaseException as error:
            trace.failed(error)
            raise
        if outermost:
            trace.record_event("response finished")


def generator_items(trace: Trace, iterable: Iterable[Any]) -> Iterator[Any]:
    """The items of a generator as it yields them, str or bytes, each noted with its line.

    The gate is here: the generator is asked for its next item when the pace allows it, and for
    none any more when the client has left meanwhile.
    """
    lane: Lane = trace.lanes["generator"]
    gate = trace.gate
    find_location = location_finder(iterable, trace.index_of)
    iterator = iter(iterable)
    while True:
        gate.pass_through()
        if gate.turns_away:
            trace.record_event("generator closed")
            return
        try:
            item = next(iterator)
        except StopIteration:
            trace.record_event("generator finished")
            return
        except BaseException as error:
            trace.failed(error)
            raise
        data = item.encode() if isinstance(item, str) else item
        if data and isinstance(data, bytes):
            place = find_location()
            lane.record(data, pack_location(*place) if place else -1)
        try:
            yield item
        except GeneratorExit:
            trace.record_event("generator closed")
            raise


def ready_items(trace: Trace, iterable: Iterable[Any]) -> Iterator[Any]:
    """The items of a body that no generator makes: a list, an error page.

    They pass no lane here, and no pace holds them back; lockstep, which has none, counts them.
    """
    gate, iterator = trace.gate, iter(iterable)
    while True:
        if gate.pace is None:
            gate.pass_through()
        try:
            item = next(iterator)
        except StopIteration:
            return
        yield item


class _Tapped:
    """An iterable whose items are seen, with the `close()` of the one it stands for.

    Not the generator itself: `close()` of a generator that was never started does nothing, and
    the one of the application must be called all the same (PEP 3333). What else the iterable has,
    such as a `read`, this has too; it is iterated as often, and seen the first time.
    """

    def __init__(
        self,
        iterable: Iterable[Any],
        items: Iterator[Any],
        failed: Callable[[BaseException], object],
        closed: Callable[[], object],
    ) -> None:
        self._iterable = iterable
        self._items = items
        self._failed = failed
        self._closed = closed
        self._begun = False

    def __iter__(self) -> Iterator[Any]:
        if self._begun and not hasattr(self._iterable, "__next__"):
            return iter(self._iterable)
        self._begun = True
        return self._items

    def __getattr__(self, name: str) -> Any:
        return getattr(self._iterable, name)

    def close(self) -> None:
        try:
            self._items.close()  # type: ignore[attr-defined]
            close = getattr(self._iterable, "close", None)
            if close is not None:
                close()
        except BaseException as error:
            self._failed(error)
            raise
        finally:
            self._closed()


class _TappedIterator(_Tapped):
    """One that is its own iterator: middleware may take the first item before it passes it on."""

    def __next__(self) -> Any:
        return next(self._items)


class _TappedSized(_Tapped):
    """One with a length: servers make a Content-Length of a length of 1 (PEP 3333)."""

    def __len__(self) -> int:
        return len(self._iterable)  # type: ignore[arg-type]


class _TappedList(_TappedSized, list[Any]):
    """A list stays one: middleware may ask for that to know whether a body is complete."""

    def __init__(self, iterable: list[Any], *rest: Any, **named: Any) -> None:
        list.__init__(self, iterable)
        _TappedSized.__init__(self, iterable, *rest, **named)


def tapped(
    iterable: Iterable[Any],
    items: Iterator[Any],
    *,
    failed: Callable[[BaseException], object],
    closed: Callable[[], object] = lambda: None,
) -> Iterable[Any]:
    """`items`, which observe `iterable`, with the close and the length that `iterable` has.

    :param failed: called with what `close()` raises.
    :param closed: called when all is closed.
    """
    kinds: list[tuple[bool, type[_Tapped]]] = [
        (isinstance(iterable, list), _TappedList),
        (hasattr(iterable, "__len__"), _TappedSized),
        (hasattr(iterable, "__next__"), _TappedIterator),
    ]
    kind = next((kind for fits, kind in kinds if fits), _Tapped)
    return kind(iterable, items, failed, closed)
