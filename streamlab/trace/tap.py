"""Taps: WSGI middleware between two layers that observes every chunk and changes nothing.

``server(Tap(middleware(Tap(app))))``: each tap (PEP 3333 middleware) records on the lane of the
layer inside it. The layers on both sides get the same items in the same order, the same exceptions,
and `close()` is called as if the tap were not there.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from streamlab.trace.inner_generator import InnerGenerator
from streamlab.trace.inner_layers import ends_at
from streamlab.trace.mistakes import as_bytes, not_bytes, not_iterable
from streamlab.trace.observe_items import (
    current_entry,
    is_observed,
    observe_generator,
    observe_ready_items,
)
from streamlab.trace.source import location_finder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from streamlab.trace.trace import Trace

TRACE = "streamlab.trace"
"""Key of the WSGI environ under which the taps of a request find its trace."""


class Tap:
    """Middleware that records what `app` returns and writes.

    :param app: the layer inside: the application, or a middleware around it.
    :param lane: name of the lane on which to record.
    :param innermost: whether `app` is the application itself. If its generator has no tap, the gate
        is here.
    :param outermost: whether the server comes next. An item that passes here is with the server.

    A request without a trace in its environ passes unobserved.

    >>> from streamlab.trace.trace import Trace
    >>> def app(environ, start_response):
    ...     start_response("200 OK", [])
    ...     yield b"Hello "
    ...     yield b"World"
    >>> trace = Trace()
    >>> stack = Tap(app, "app", innermost=True, outermost=True)
    >>> b"".join(stack({TRACE: trace}, lambda status, headers: print))
    b'Hello World'
    >>> [chunk.data for chunk in trace.lanes["app"]]
    [b'Hello ', b'World']
    """

    def __init__(
        self, app: WSGIApplication, lane: str, *, innermost: bool = False, outermost: bool = False
    ) -> None:
        self.app = app
        self.lane = lane
        self.innermost = innermost
        self.outermost = outermost

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, recording in the trace that its environ has under `TRACE`."""
        trace: Trace | None = environ.get(TRACE)
        if trace is None:
            return self.app(environ, start_response)
        trace.enter()
        try:
            iterable = self._called(trace, environ, self._observe_start(trace, start_response))
        except BaseException as error:
            trace.record_exception(error, self.lane)
            self._closed(trace)
            raise
        if self.innermost:
            trace.record_event("app returned")
        file_wrapper = environ.get("wsgi.file_wrapper")
        if isinstance(file_wrapper, type) and isinstance(iterable, file_wrapper):
            self._closed(trace)
            return iterable  # the server sends the file without iterating: no chunks to observe
        return observed_iterable(
            iterable,
            self._items(trace, iterable),
            on_error=partial(trace.record_exception, raised_by=self.lane),
            on_closed=partial(self._closed, trace),
        )

    def _called(
        self, trace: Trace, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if not self.innermost:
            return self.app(environ, start_response)
        trace.inner = InnerGenerator(trace, environ)
        with trace.inner:
            try:
                return self.app(environ, start_response)
            except BaseException as error:
                trace.inner.raised(error)
                raise

    def _closed(self, trace: Trace) -> None:
        if self.outermost:
            trace.close()

    def _observe_start(self, trace: Trace, start_response: StartResponse) -> StartResponse:
        """Return a `start_response` whose `write` is observed too: the older way to send bytes."""

        def observed_start_response(
            status: str, *rest: Any, **named: Any
        ) -> Callable[[bytes], object]:
            if self.innermost and trace.inner:
                trace.inner.started(sys._getframe(1))  # noqa: SLF001 - only way to callers
            headers = rest[0] if rest else named.get("headers", [])
            with self._head_noted(trace, status, headers):
                write = start_response(status, *rest, **named)
            if self.innermost:
                trace.record_event("response started", status)
            if self.outermost:
                trace.start_response(status, headers)
            lane = trace.lanes[self.lane]

            def observed_write(data: bytes) -> object:
                # The server raises the error if these are not bytes.
                if data and isinstance(data, bytes):
                    if self.innermost and not trace.generator_tapped:  # not yielded, but made here
                        trace.gate.pass_through()
                        trace.lanes["generator"].record(data)
                    lane.record(data)
                    if self.outermost:
                        trace.unsent = data
                result = write(data)
                if self.outermost:
                    trace.assume_sent()
                return result

            return observed_write

        return observed_start_response

    @contextmanager
    def _head_noted(self, trace: Trace, status: str, headers: object) -> Iterator[None]:
        """Note what `start_response` is called with, unless it refuses a second call.

        A first call that is refused is noted: it shows the reason.
        """
        before = trace.heads.get(self.lane)
        trace.set_head(self.lane, (status, list(headers) if isinstance(headers, list) else []))
        try:
            yield
        except BaseException:
            if before:
                trace.set_head(self.lane, before)
            raise

    def _items(self, trace: Trace, iterable: Iterable[bytes]) -> Iterator[bytes]:
        record, outermost = trace.lanes[self.lane].record, self.outermost
        items: Iterable[bytes] = iterable
        if self.innermost and not (
            trace.generator_tapped and (trace.reports_streams or is_observed(iterable))
        ):
            items = (
                observe_ready_items(trace, iterable)
                if trace.reports_streams
                else observe_generator(trace, iterable, outer=True)
            )
        try:
            for item in items:
                if item and isinstance(item, bytes):
                    record(item)
                    if outermost:
                        trace.unsent = item
                elif not isinstance(item, bytes):
                    yield from self._pass_on(trace, item, iterable)
                    continue
                yield item
                if outermost and trace.unsent:
                    trace.assume_sent()
        except GeneratorExit:
            raise
        except BaseException as error:
            mistake = not_iterable(self.lane, iterable, error)
            trace.record_exception(error, self.lane, mistake=mistake)
            raise
        trace.end_lane(self.lane)
        if outermost:
            trace.record_event("response finished")

    def _pass_on(self, trace: Trace, item: Any, iterable: Iterable[bytes]) -> Iterator[Any]:
        """Yield an item that is not bytes. The layer that gets it may refuse it."""
        entry = current_entry(trace, location_finder(iterable, trace.index_of)())
        found = not_bytes(self.lane, item, iterable, entry)
        trace.offer(found)
        if data := as_bytes(item):  # some servers and middleware take these as well
            trace.lanes[self.lane].record(data)
            if self.outermost:
                trace.unsent = data
        if self.outermost:
            trace.record_event("warning", found.sentence)
        yield item
        trace.accept()
        if self.outermost:
            trace.assume_sent()


class _Observed:
    """An iterable that observes another one, and has its attributes and its `close()`.

    A generator would not do: `close()` of a generator that has not started does nothing, but the
    application's `close()` must always be called (PEP 3333). The first iteration is observed;
    further ones go to the original iterable.
    """

    def __init__(
        self,
        iterable: Iterable[Any],
        items: Iterator[Any],
        on_error: Callable[[BaseException], object],
        on_closed: Callable[[], object],
    ) -> None:
        self._iterable = iterable
        self._items = items
        self._on_error = on_error
        self._on_closed = on_closed
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
            self._on_error(error)
            raise
        finally:
            self._on_closed()


class _ObservedIterator(_Observed):
    """An iterator: middleware may take its first item before it passes it on."""

    def __next__(self) -> Any:
        return next(self._items)


class _ObservedSized(_Observed):
    """An iterable with a length: for a length of 1 servers set Content-Length (PEP 3333)."""

    def __len__(self) -> int:
        return len(self._iterable)  # type: ignore[arg-type]


class _ObservedList(_ObservedSized, list[Any]):
    """A list: middleware may use `isinstance` to check whether a body is complete."""

    def __init__(self, iterable: list[Any], *rest: Any, **named: Any) -> None:
        list.__init__(self, iterable)
        _ObservedSized.__init__(self, iterable, *rest, **named)


OBSERVING = frozenset(
    {
        Tap.__call__.__code__,
        Tap._items.__code__,  # noqa: SLF001 - of this module
        _Observed.close.__code__,
        observe_generator.__code__,
    }
)
"""The functions through which a thread calls the code of an observed layer."""
ends_at(Tap.__call__)
ends_at(Tap._items)  # noqa: SLF001 - of this module


def observed_iterable(
    iterable: Iterable[Any],
    items: Iterator[Any],
    *,
    on_error: Callable[[BaseException], object],
    on_closed: Callable[[], object] = lambda: None,
) -> Iterable[Any]:
    """Return an iterable with other items, and otherwise like the original one.

    It has the attributes, the length and the `close()` of `iterable`, and is a list or an iterator
    if `iterable` is one.

    :param iterable: the original.
    :param items: a generator that yields the items of `iterable` and observes them.
    :param on_error: called with an exception that `close()` raises.
    :param on_closed: called after `close()`.

    >>> observed = observed_iterable([b"a", b"b"], (item for item in [b"a", b"b"]), on_error=print)
    >>> isinstance(observed, list), len(observed), list(iter(observed))
    (True, 2, [b'a', b'b'])
    """
    kinds: list[tuple[bool, type[_Observed]]] = [
        (isinstance(iterable, list), _ObservedList),
        (hasattr(iterable, "__len__"), _ObservedSized),
        (hasattr(iterable, "__next__"), _ObservedIterator),
    ]
    kind = next((kind for fits, kind in kinds if fits), _Observed)
    return kind(iterable, items, on_error, on_closed)


def tapped(trace: Trace, body: Any) -> Any:
    """Return the body of a view with a tap directly behind it.

    :param trace: records its items on the lane ``generator``.
    :param body: an iterable, such as a generator.
    """
    trace.generator_tapped = True
    trace.generator_found(body)
    return observed_iterable(
        body,
        observe_generator(trace, body, inside=True),
        on_error=partial(trace.record_exception, raised_by="generator"),
    )
