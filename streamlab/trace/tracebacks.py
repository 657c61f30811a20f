"""Drops the traceback of a kept exception, and with it the local variables of its frames.

An exchange that failed keeps its exception. The traceback of the exception refers to the frames of
the view, of the generator and of the server, and so to everything that they had in their variables.
The text of the traceback is kept in `Failure` before.
"""

from __future__ import annotations

import sys
import threading
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_PATIENCE_SECONDS = 1.0
_PAUSE_SECONDS = 0.002


def drop_tracebacks(error: BaseException) -> None:
    """Drop the tracebacks of an exception and of all exceptions that it refers to.

    A server logs the traceback after it has closed the response. So this waits, at most one second,
    until no thread executes a function of the traceback.

    :param error: the exception. It keeps its type, its arguments and its cause.

    >>> try:
    ...     1 / 0
    ... except ZeroDivisionError as caught:
    ...     error = caught
    >>> drop_tracebacks(error)
    >>> error, error.__traceback__
    (ZeroDivisionError('division by zero'), None)
    """
    chain = list(_chain(error))
    end = monotonic() + _PATIENCE_SECONDS
    pause = threading.Event()
    while _executing().intersection(_frames(chain)) and monotonic() < end:
        pause.wait(_PAUSE_SECONDS)
    for one in chain:
        one.__traceback__ = None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception, its causes, its contexts and the members of groups."""
    found = {id(error)}
    to_do = [error]
    while to_do:
        one = to_do.pop()
        yield one
        related: list[Any] = [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]
        for other in related:
            if isinstance(other, BaseException) and id(other) not in found:
                found.add(id(other))
                to_do.append(other)


def _frames(chain: list[BaseException]) -> Iterator[FrameType]:
    for error in chain:
        traceback = error.__traceback__
        while traceback is not None:
            yield traceback.tb_frame
            traceback = traceback.tb_next


def _executing() -> set[FrameType]:
    """Return the frames that other threads execute now."""
    frames: set[FrameType] = set()
    for thread, top in sys._current_frames().items():  # noqa: SLF001 - it is documented
        frame: FrameType | None = top if thread != threading.get_ident() else None
        while frame is not None:
            frames.add(frame)
            frame = frame.f_back
    return frames
