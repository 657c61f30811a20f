"""The middleware that ``middleware=`` can name, one entry each."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from werkzeug.debug import DebuggedApplication
from werkzeug.middleware.profiler import ProfilerMiddleware

from streamlab.arguments import checked_items, shown
from streamlab.middleware.base import Middleware
from streamlab.middleware.buffer_and_gzip import buffer, gzip
from streamlab.middleware.nginx import proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed.wsgi import WSGIApplication


def _profiler(app: WSGIApplication) -> WSGIApplication:
    return ProfilerMiddleware(app, stream=None)  # otherwise it prints below the learner's cell


class _Debugger(DebuggedApplication):
    """werkzeug's debugger without its console. It keeps no frames of errors."""

    def debug_application(self, *request: Any) -> Iterator[bytes]:
        try:
            yield from super().debug_application(*request)
        finally:
            self.frames.clear()
            self.frame_contexts.clear()


def _debugger(app: WSGIApplication) -> WSGIApplication:
    return _Debugger(app, evalex=False)  # with a console it would print a PIN


def _get_data(response: Any) -> Any:
    if not response.direct_passthrough:  # of a file; get_data() would raise RuntimeError
        response.get_data()
    return response


_ENTRIES = (
    buffer(),
    Middleware(
        "profiler",
        "werkzeug's ProfilerMiddleware: joins all chunks to measure the whole response",
        wrap=_profiler,
    ),
    Middleware(
        "debugger",
        "werkzeug's DebuggedApplication: shows the traceback in the page after an error",
        wrap=_debugger,
    ),
    gzip(),
    gzip(flush=True),
    Middleware(
        "get_data",
        "an after_request function that reads the whole body, for example for a log or a checksum",
        after_request=_get_data,
    ),
    proxy(),
    proxy(buffering=False),
)

MIDDLEWARE: dict[str, Middleware] = {entry.name: entry for entry in _ENTRIES}
"""The middleware by name. A new middleware is one more entry."""


_LONGEST = 40
"""How much of a wrong name is compared with the names."""
_MAX_LAYERS = 32
"""Each layer takes some of the stack of Python's calls, which has room for 1,000."""


def checked_middleware(given: Any) -> tuple[Any, ...]:
    """Return the layers that a value of ``middleware=`` names. An iterator is read once, here.

    :param given: one layer, or several.
    :raises TypeError: if it is neither.
    :raises ValueError: if there are too many.

    >>> checked_middleware("gzip"), checked_middleware(name for name in ["gzip", "buffer"])
    (('gzip',), ('gzip', 'buffer'))
    """
    if isinstance(given, (str, bytes, Middleware)) or callable(given) or given is None:
        return (given,)
    if isinstance(given, (Mapping, AbstractSet)) or not isinstance(given, Iterable):
        return (given,)  # `as_middleware` says what is wrong with it; a set has no order
    hint = "one layer or a list of them, the one nearest to the app first"
    return tuple(checked_items("middleware", given, _MAX_LAYERS, hint))


def as_middleware(given: Any) -> Middleware:
    """Convert a value of ``middleware=`` to a `Middleware`.

    :param given: a name of `MIDDLEWARE`, a `Middleware`, or your own WSGI middleware: a callable
        that takes a WSGI application and returns one.
    :raises ValueError: if there is no middleware of that name.
    :raises TypeError: if `given` is neither a name nor callable.

    >>> as_middleware("gzip").name
    'gzip'
    >>> def shout(app):
    ...     return lambda environ, start_response: map(bytes.upper, app(environ, start_response))
    >>> as_middleware(shout)
    <Middleware shout: your own middleware>
    >>> as_middleware("gzipp")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: there is no middleware 'gzipp'; did you mean 'gzip'? ...
    """
    if isinstance(given, Middleware):
        return given
    if isinstance(given, str):
        given = str.__str__(given)
        if given not in MIDDLEWARE:
            near = get_close_matches(given.strip().lower()[:_LONGEST], MIDDLEWARE, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"use one of: {', '.join(MIDDLEWARE)}."
            raise ValueError(
                f"there is no middleware {shown(given)}; {hint} Pass your own middleware without "
                "quotes."
            )
        return MIDDLEWARE[given]
    if not callable(given):
        raise TypeError(
            f"middleware={shown(given)} is neither a name nor a callable. Use one of: "
            f"{', '.join(MIDDLEWARE)}; or pass your own, a callable that takes a WSGI application "
            "and returns one. No middleware is middleware=()"
        )
    return Middleware(name_of(given), "your own middleware", wrap=given)


def name_of(middleware: Any) -> str:
    """Return the name of a callable: its ``__name__``, or the name of its class.

    :param middleware: a function, a class, an object that can be called, or a `functools.partial`
        of one of them.

    >>> name_of(functools.partial(ProfilerMiddleware, stream=None))
    'ProfilerMiddleware'
    >>> name_of(lambda app: app)
    'middleware'
    """
    if isinstance(middleware, functools.partial):
        return name_of(middleware.func)
    name = getattr(middleware, "__name__", None) or type(middleware).__name__
    return "middleware" if name == "<lambda>" else name


def with_lane_names(
    layers: Iterable[Middleware], taken: Iterable[str]
) -> list[tuple[str, Middleware]]:
    """Give each layer a lane name that no other lane has.

    :param layers: the middleware.
    :param taken: names that other lanes have.
    :return: pairs of lane name and middleware. If a name is taken, a number is added.

    >>> [name for name, _ in with_lane_names([buffer(), gzip(), buffer()], ["app"])]
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
