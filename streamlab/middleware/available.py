"""Which middleware there is: one entry each."""

from __future__ import annotations

import functools
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from werkzeug.debug import DebuggedApplication
from werkzeug.middleware.profiler import ProfilerMiddleware

from streamlab.middleware.base import Middleware
from streamlab.middleware.nginx import proxy
from streamlab.middleware.transform import buffer, gzip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import WSGIApplication


def _profiler(app: WSGIApplication) -> WSGIApplication:
    return ProfilerMiddleware(app, stream=None)  # what it would print lands in a learner's cell


def _debugger(app: WSGIApplication) -> WSGIApplication:
    return DebuggedApplication(app, evalex=False)  # no console in the page, so no PIN to print


def _get_data(response: Any) -> Any:
    if not response.direct_passthrough:  # a file; whoever writes such a function skips those
        response.get_data()
    return response


_ENTRIES = (
    buffer(),
    Middleware(
        "profiler",
        "werkzeug's ProfilerMiddleware: joins all chunks, to measure the whole",
        wrap=_profiler,
    ),
    Middleware(
        "debugger",
        "werkzeug's DebuggedApplication: shows a traceback instead of an error",
        wrap=_debugger,
    ),
    gzip(),
    gzip(flush=True),
    Middleware(
        "get_data",
        "an after_request function that reads the body, for a log or a checksum",
        after_request=_get_data,
    ),
    proxy(),
    proxy(buffering=False),
)

MIDDLEWARE: dict[str, Middleware] = {entry.name: entry for entry in _ENTRIES}
"""By name. A new one is one entry."""


def find(given: Any) -> Middleware:
    """The middleware that is meant: by name, by itself, or a callable of the learner's.

    :raises ValueError: for a name that is none.
    :raises TypeError: for what is neither a name nor callable.
    """
    if isinstance(given, Middleware):
        return given
    if isinstance(given, str):
        if given not in MIDDLEWARE:
            near = get_close_matches(given, MIDDLEWARE, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there is {', '.join(MIDDLEWARE)}"
            raise ValueError(
                f"middleware={given!r}: {hint} Your own is given as it is, without quotes."
            )
        return MIDDLEWARE[given]
    if not callable(given):
        raise TypeError(
            f"middleware={given!r}: a middleware is a name ({', '.join(MIDDLEWARE)}) or a callable "
            "that takes a WSGI application and returns one"
        )
    return Middleware(name_of(given), "your own", wrap=given)


def name_of(middleware: Any) -> str:
    """What a callable is called: its own name, its class's, or that of what it partly applies.

    >>> name_of(functools.partial(ProfilerMiddleware, stream=None))
    'ProfilerMiddleware'
    >>> name_of(lambda app: app)
    'middleware'
    """
    if isinstance(middleware, functools.partial):
        return name_of(middleware.func)
    name = getattr(middleware, "__name__", None) or type(middleware).__name__
    return "middleware" if name == "<lambda>" else name


def named(layers: Iterable[Middleware], taken: Iterable[str]) -> list[tuple[str, Middleware]]:
    """Each with the name of its lane: its own, numbered where that is taken.

    >>> [name for name, _ in named([buffer(), gzip(), buffer()], ["app"])]
    ['buffer', 'gzip', 'buffer 2']
    """
    names = set(taken)
    pairs = []
    for layer in layers:
        name, number = layer.name, 1
        while name in names:
            number += 1
            name = f"{layer.name} {number}"
        names.add(name)
        pairs.append((name, layer))
    return pairs
