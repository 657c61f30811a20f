"""Measures how much memory a response needs, and finds the lines of code that hold it."""

from __future__ import annotations

import gc
import linecache
import tracemalloc
from itertools import islice
from typing import TYPE_CHECKING

from streamlab.exports.formatting import shortened
from streamlab.places import title_of
from streamlab.trace.find_generator import is_user_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlab.testing.in_process import InProcessRequest

_ALLOCATIONS_SHOWN = 3
"""How many lines of code are shown."""


def measure_peak(
    request: InProcessRequest, max_bytes: int, chunks: int | None
) -> tuple[int, int, tracemalloc.Snapshot | None]:
    """Make a request and return how much memory Python allocates for it.

    :param request: the request; it has not begun.
    :param max_bytes: the limit, in bytes. The request is stopped when it is exceeded.
    :param chunks: how many chunks to read; None reads all.
    :return: the peak in bytes, the number of chunks until then, and a snapshot of the memory if the
        peak is over the limit.
    """
    gc.collect()
    traced_before = tracemalloc.is_tracing()
    if not traced_before:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        got = 0
        for got, _chunk in enumerate(islice(request.chunks(), chunks), 1):  # noqa: B007
            if tracemalloc.get_traced_memory()[1] - before > max_bytes:
                break
        peak = tracemalloc.get_traced_memory()[1] - before
        snapshot = tracemalloc.take_snapshot() if peak > max_bytes else None
        request.close()
        return peak, got, snapshot
    finally:
        if not traced_before:
            tracemalloc.stop()


def largest_allocations(snapshot: tracemalloc.Snapshot) -> Iterator[str]:
    """Yield a text for each line of code that holds most memory, the user's code first.

    :param snapshot: the memory, see `tracemalloc.take_snapshot`.

    >>> tracemalloc.start()
    >>> rows = ["x" * 100_000 for _ in range(10)]
    >>> snapshot = tracemalloc.take_snapshot()
    >>> tracemalloc.stop()
    >>> next(largest_allocations(snapshot))  # doctest: +ELLIPSIS
    '...,... bytes  ..., line ...
    """
    statistics = sorted(
        snapshot.statistics("lineno")[: 10 * _ALLOCATIONS_SHOWN],
        key=lambda one: (not is_user_code(one.traceback[0].filename), -one.size),
    )
    most = max((one.size for one in statistics), default=0)
    large = [one for one in statistics if one.size * _ALLOCATIONS_SHOWN >= most]
    for one in large[:_ALLOCATIONS_SHOWN]:
        frame = one.traceback[0]
        code = linecache.getline(frame.filename, frame.lineno).strip()
        yield (
            f"  {one.size:>12,} bytes  {title_of(frame.filename)}, line {frame.lineno}: "
            f"{shortened(code, 60)}"
        )
