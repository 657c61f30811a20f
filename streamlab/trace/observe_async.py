"""Iterate over an async generator that makes the chunks of a response, and record each chunk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from streamlab.trace.lane import pack_location
from streamlab.trace.source import source_of_code

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from streamlab.trace.trace import Trace


async def observe_async(trace: Trace, body: Any, *, gated: bool) -> AsyncIterator[Any]:
    """Iterate over an async generator, recording each item with the line that yielded it.

    :param trace: its lane ``generator`` records the items.
    :param body: an async iterable of str or bytes.
    :param gated: whether the gate is here. It is not if the whole body is read before a byte of it
        is sent: then there is nothing to wait for.
    """
    trace.maker_known = True
    lane = trace.lanes["generator"]
    try:
        iterator = aiter(body)
        while True:
            if gated and await _left(trace):
                trace.record_event("generator closed")
                return
            try:
                item = await anext(iterator)
            except StopAsyncIteration:
                break
            data = item.encode() if isinstance(item, str) else item
            if data and isinstance(data, bytes):
                frame = getattr(body, "ag_frame", None)
                location = -1
                if frame is not None:
                    index = trace.index_of(source_of_code(frame.f_code))
                    location = pack_location(index, frame.f_lineno)
                lane.record(data, location)
            yield item
    except GeneratorExit:
        trace.record_event("generator closed")
        raise
    except BaseException as error:
        trace.record_exception(error, "generator")
        raise
    trace.record_event("generator finished")


async def _left(trace: Trace) -> bool:
    """Wait at the gate, and return whether the client has left meanwhile.

    The wait is in a thread of its own, because other requests use the same event loop.
    """
    gate = trace.gate
    passed, trace.gate_passed = trace.gate_passed, False
    if not passed:
        if gate.pace is None and not trace.lockstep:
            gate.pass_through()
        else:
            await asyncio.to_thread(gate.pass_through)
    return gate.abandoned
