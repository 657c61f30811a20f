"""The names of layers inside the app, which have no lane: they pull chunks from the generator.

Middleware inside an app (``app.wsgi_app = ...``, ``after_request``, Django's ``MIDDLEWARE``) calls
``next()`` on the generator, so it is one of the callers of the tap that is behind the generator.
"""

from __future__ import annotations

import inspect
from types import FunctionType
from typing import TYPE_CHECKING

from streamlab.trace.find_generator import is_plumbing, package_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

_MOST_CALLERS = 200
_NOT_A_LAYER = ("create", "make", "build", "test")
"""First words of functions that make an app and its layers."""


def layers_that_pull(frame: FrameType | None) -> list[str]:
    """Return the names of the layers that ask for a chunk, the one nearest to the generator first.

    A function that reads the whole body is the only one named: it holds everything.

    :param frame: the caller of the tap behind the generator.

    >>> layers_that_pull(None)
    []
    """
    names: list[str] = []
    for run in _runs_of_layers(frame):
        iterators = [one for one in run if _is_iterator(one)]
        if not iterators:
            name = name_of(run[0])
            return [name] if name else names
        names += [name for one in iterators if (name := name_of(one))]
    return list(dict.fromkeys(names))


def setter_of(frame: FrameType | None) -> str:
    """Return the name of the layer that calls a function of a framework; "" if not known.

    :param frame: the caller of the function.
    """
    run = next(_runs_of_layers(frame), None)
    return name_of(run[0]) if run else ""


def _runs_of_layers(frame: FrameType | None) -> Iterator[list[FrameType]]:
    """Yield the callers that are no plumbing, up to the tap of the app, in runs of neighbours."""
    run: list[FrameType] = []
    for _ in range(_MOST_CALLERS):
        if frame is None or frame.f_code in _ends:
            break
        if not is_plumbing(frame.f_code.co_filename):
            run.append(frame)
        elif run:
            yield run
            run = []
        frame = frame.f_back
    if run:
        yield run


def callers_inside(frame: FrameType | None) -> list[FrameType]:
    """Return a frame and its callers up to the tap of the app, the innermost first.

    :param frame: called by the app, or a part of it.

    >>> callers_inside(None)
    []
    """
    callers: list[FrameType] = []
    while frame is not None and frame.f_code not in _ends and len(callers) < _MOST_CALLERS:
        callers.append(frame)
        frame = frame.f_back
    return callers


_ends: set[CodeType] = set()


def ends_at(function: object) -> None:
    """Note a function that calls the app: no layer inside the app is further out.

    :param function: such as `Tap.__call__`.
    """
    if isinstance(function, FunctionType):
        _ends.add(function.__code__)


def _is_iterator(frame: FrameType) -> bool:
    code = frame.f_code
    return bool(code.co_flags & inspect.CO_GENERATOR) or code.co_name in {"__next__", "__iter__"}


def name_of(frame: FrameType) -> str:
    """Return how a layer is known: its class, or the outermost function that made it.

    :param frame: runs code of the layer.

    >>> import sys
    >>> def batch(app):
    ...     return lambda: name_of(sys._getframe())
    >>> batch(None)()
    'batch'
    """
    code = frame.f_code
    if code.co_varnames[:1] == ("self",) and code.co_argcount:
        owner = frame.f_locals.get("self")
        if owner is not None:
            return type(owner).__name__
    names = getattr(code, "co_qualname", code.co_name).replace(".<locals>", "").split(".")
    named = [name for name in names if not name.startswith("<")]
    name = next(
        (name for name in named if not name.startswith(_NOT_A_LAYER)), named[0] if named else ""
    )
    return (package_of(code.co_filename) or name) if name.startswith("_") else name
