"""Iterate over what makes the chunks of a response, and record each chunk when it is made.

The gate is here. Of several taps only the one nearest to the generator records on its lane.
"""

from __future__ import annotations

import sys
from functools import partial
from types import AsyncGeneratorType
from typing import TYPE_CHECKING, Any

from streamlab.trace.failure import TracebackEntry
from streamlab.trace.find_generator import MAX_OBJECTS, is_plumbing, referents
from streamlab.trace.inner_layers import layers_that_pull
from streamlab.trace.lane import pack_location
from streamlab.trace.made_early import Making, find_existing
from streamlab.trace.mistakes import as_bytes, not_bytes
from streamlab.trace.source import location_finder
from streamlab.trace.trace import current_trace
from streamlab.trace.variables import variables_behind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

    from streamlab.trace.lane import Lane
    from streamlab.trace.made_early import Existing
    from streamlab.trace.trace import Trace


def observe_generator(  # noqa: C901, PLR0912, PLR0915 - one loop: calls would slow down every chunk
    trace: Trace, iterable: Iterable[Any], *, inside: bool = False, outer: bool = False
) -> Iterator[Any]:
    """Iterate over a generator, recording each item with the line that yielded it.

    The gate is here: the generator is asked for its next item when the pace allows it. It is not
    asked for more if the client left while the gate held it.

    :param trace: its lane ``generator`` records the items.
    :param iterable: yields str or bytes.
    :param inside: whether layers inside the app may follow. They are noted: their name is what
        holds chunks that do not leave the app.
    :param outer: whether another tap may turn out to be nearer to the generator, inside the app. A
        middleware that is a generator function calls the app only when its first item is asked for.
        From then on, items are passed on without a record.

    >>> from streamlab.trace.trace import Trace
    >>> trace = Trace()
    >>> list(observe_generator(trace, (text for text in ["a", "b"])))
    ['a', 'b']
    >>> trace
    <Trace: generator 2 chunks, app 0 chunks, server 0 chunks, client 0 chunks, 1 event>
    """
    lane: Lane = trace.lanes["generator"]
    gate = trace.gate
    find_location = location_finder(iterable, trace.index_of)
    look = partial(variables_behind, iterable)
    before = current_trace.get()  # middleware may iterate in its own thread
    current_trace.set(trace)
    try:
        trace.note_iterable(iterable)
        passed, trace.gate_passed = trace.gate_passed and not outer, outer
        if inside:
            _note_layers(trace, sys._getframe(1))  # noqa: SLF001 - the only way to the callers
        existing = find_existing(iterable)
        unseen = True
        iterator = iter(iterable)
        inner = trace.inner if outer else None
        while True:
            if passed:
                passed = False
            else:
                gate.pass_through(look)
            if gate.abandoned:
                trace.record_event("generator closed")
                return
            try:
                item = next(iterator) if inner is None else inner.next(iterator)
            except StopIteration:
                if not (outer and trace.maker_known):
                    trace.record_event("generator finished")
                    _conclude(trace, existing if unseen else None)
                return
            except BaseException as error:
                if not (outer and trace.maker_known):
                    trace.record_exception(error, "generator")
                raise
            if outer and trace.maker_known:  # the call of `next` has called the app
                yield item
                yield from _not_made_here(trace, iterator, item)
                return
            inner = None  # no generator behind a wrapper has made the first item
            data = item.encode() if isinstance(item, str) else item
            is_bytes = isinstance(data, bytes)
            if not is_bytes:
                data = _offer(trace, item, iterable, find_location())
            if data:
                location = find_location()
                if unseen:
                    unseen = location is None or _only_passes_on(trace, location)
                    trace.set_making(Making() if unseen else None)
                    if unseen and existing is not None:
                        existing.compare(data)
                lane.record(data, pack_location(*location) if location else -1)
            elif is_bytes:
                trace.count_empty()
            try:
                yield item
            except GeneratorExit:
                trace.record_event("generator closed")
                raise
            if not is_bytes:
                trace.accept()
    finally:
        if before is not trace and current_trace.get() is trace:
            current_trace.set(None if before is None or before.closed.is_set() else before)


def _only_passes_on(trace: Trace, location: tuple[int, int]) -> bool:
    """Return whether a line is in a framework's own generator, such as `stream_with_context`."""
    source = trace.sources[location[0]]
    return source.kind == "python" and is_plumbing(source.filename)


def is_observed(iterable: Iterable[Any]) -> bool:
    """Return whether an iterable takes its items from `observe_generator`.

    A view may give its generator to a response that it does not return.

    :param iterable: what an application returned.

    >>> from streamlab.trace.trace import Trace
    >>> is_observed(map(str.upper, observe_generator(Trace(), ["a"]))), is_observed(["a"])
    (True, False)
    """
    code = observe_generator.__code__
    return any(
        getattr(found, "gi_code", None) is code or type(found) is AsyncGeneratorType
        for found in referents(iterable, MAX_OBJECTS)
    )


def _offer(
    trace: Trace, item: Any, iterable: Iterable[Any], location: tuple[int, int] | None
) -> bytes:
    """Note that the next layer gets an item that is not bytes, and return the item's bytes."""
    trace.offer(not_bytes("generator", item, iterable, current_entry(trace, location)))
    return as_bytes(item)


def _not_made_here(trace: Trace, iterator: Iterator[Any], first: Any) -> Iterator[Any]:
    """Return the rest of the items: another tap records them, or no generator makes them."""
    if trace.inner is not None and not trace.inner.ended:
        return trace.inner.rest(iterator)
    if trace.generator_tapped:
        return iterator
    return observe_ready_items(trace, iterator, first=first)


def _note_layers(trace: Trace, caller: FrameType) -> None:
    """Note that the generator is observed here, and which layers inside the app pull from it."""
    trace.maker_known = True
    if "app" not in trace.unobserved:
        names = layers_that_pull(caller)
        if names:
            trace.add_unobserved("app", " and ".join(names))


def observe_ready_items(
    trace: Trace, iterable: Iterable[Any], *, first: Any = None
) -> Iterator[Any]:
    """Iterate over a body that no generator makes, such as a list or an error page.

    These items are not recorded on the lane ``generator``, and no pace delays them. Lockstep, which
    has no pace, still waits before each of them.

    :param trace: its gate is the one to pass.
    :param iterable: yields str or bytes.
    :param first: an item that was taken already; None without one.
    """
    gate, iterator = trace.gate, iter(iterable)
    existing = find_existing(iterable, no_generator=True)
    if trace.making is None:
        trace.set_making(Making())
    if existing is not None and first:
        existing.compare(first)
    while True:
        if gate.pace is None:
            gate.pass_through()
        try:
            item = next(iterator)
        except StopIteration:
            _conclude(trace, existing)
            return
        if item and existing is not None and isinstance(item, bytes):
            existing.compare(item)
        elif item == b"":
            trace.count_empty()
        yield item


def _conclude(trace: Trace, existing: Existing | None) -> None:
    """Note that all chunks existed before the first was asked for, if so."""
    if existing is not None and trace.making is None:
        trace.set_making(Making())  # of empty chunks only
    if existing is not None and existing.all:
        read_by = trace.making.read_by if trace.making else ""
        trace.set_making(Making(existing.chunks, existing.kind, read_by))


def current_entry(trace: Trace, location: tuple[int, int] | None) -> TracebackEntry | None:
    """Return the line of the current ``yield`` as an entry of a traceback.

    :param trace: has the sources.
    :param location: index of the source and line, or None if not known.
    """
    if location is None:
        return None
    source, line = trace.sources[location[0]], location[1]
    lines = source.text.splitlines()
    index = line - source.first
    code = lines[index].strip() if 0 <= index < len(lines) else ""
    return TracebackEntry(source.title, source.filename, line, "", code, own=True)
