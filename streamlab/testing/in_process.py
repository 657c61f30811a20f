"""Calls a WSGI application step by step in this thread, without a server.

What an application does when its client disconnects, and how much memory it needs, does not depend
on a socket. Without a socket there is nothing to wait for, and every run is the same.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from inspect import GEN_CLOSED, GEN_CREATED, getgeneratorstate
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from werkzeug.test import create_environ

from streamlab.harness.stack import Stack, Stacks, check_context_switch
from streamlab.harness.wsgi_check import check_wsgi_app
from streamlab.trace.find_generator import find_generator
from streamlab.trace.gate import Gate
from streamlab.trace.trace import Trace, current_trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from typing_extensions import Self

    from streamlab.harness.scenario import Scenario
    from streamlab.middleware import Middleware
    from streamlab.trace.variables import Variables

_MAX_UNSENT = 10_000
"""A layer that has got so many chunks and passed none on is taken to collect all of them."""
_MAX_EMPTY = 500
"""A generator that has yielded only so many empty chunks is taken to yield nothing else."""
_MAX_ROWS = 1_024
"""How many rows a lane keeps, so that the record itself needs little memory."""


class NothingSentError(Exception):
    """The generator has made many chunks, and the client would not have received a byte."""


class _UnsentLimit(Gate):
    """A gate that stops a generator when a layer collects all of its chunks, or all are empty."""

    def __init__(self) -> None:
        super().__init__()
        self.unsent = 0
        self.trace: Trace | None = None

    def pass_through(self, look: Callable[[], Variables] | None = None) -> None:  # noqa: ARG002
        self.unsent += 1
        if self.unsent > _MAX_EMPTY and (self.unsent > _MAX_UNSENT or self._all_empty()):
            raise NothingSentError

    def _all_empty(self) -> bool:
        return self.trace is not None and not any(lane.chunks for lane in self.trace.lanes.values())


class _KeepingTrace(Trace):
    """A trace that keeps the view's generator, so that Python does not close it."""

    view_generator: Any = None

    def generator_found(self, generator: object) -> None:
        """Keep the generator.

        :param generator: as the view returned it.
        """
        self.view_generator = find_generator(generator) or generator


class WatchedIterable:
    """An iterable that notes whether its `close` was called.

    :param iterable: the iterable that a layer returned.

    >>> watched = WatchedIterable([b"Hello"])
    >>> list(watched), watched.closed
    ([b'Hello'], False)
    >>> watched.close()
    >>> watched.closed
    True
    """

    def __init__(self, iterable: Iterable[bytes]) -> None:
        self.iterable = iterable
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.iterable)

    def close(self) -> None:
        """Note the call, and close the inner iterable if it can be closed (PEP 3333)."""
        self.closed = True
        close = getattr(self.iterable, "close", None)
        if close is not None:
            close()


class WatchingMiddleware:
    """Middleware that changes nothing, and keeps what it returned.

    :param app: the WSGI application inside.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self.returned: WatchedIterable | None = None
        self.generator: Any = None
        """The user's generator inside. This reference keeps Python from closing the generator
        when a layer forgets it."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the application inside.

        :param environ: see PEP 3333.
        :param start_response: see PEP 3333.
        """
        iterable = self.app(environ, start_response)
        self.generator = find_generator(iterable)
        self.returned = WatchedIterable(iterable)
        return self.returned

    @property
    def closed(self) -> bool:
        """Whether `close` was called on what it returned."""
        return self.returned is not None and self.returned.closed


class InProcessRequest:
    """One request that is made without a server, in the thread that calls `chunks`.

    :param app: any WSGI application.
    :param scenario: the request and the middleware. Server, pace, HTTP version and timeout are
        ignored.
    :raises ValueError: if the middleware is a proxy, which needs a server, or does not work with
        the app.

    >>> from streamlab import Scenario
    >>> def app(environ, start_response):
    ...     start_response("200 OK", [])
    ...     yield b"Hello "
    ...     yield b"World"
    >>> with InProcessRequest(app, Scenario("/")) as request:
    ...     list(request.chunks())
    [b'Hello ', b'World']
    """

    def __init__(self, app: WSGIApplication, scenario: Scenario) -> None:
        check_wsgi_app(app)
        self.scenario = scenario
        for layer in scenario.layers:
            if layer.proxy:
                raise ValueError(
                    f"middleware={layer.name!r} is a proxy in front of the server, and this "
                    "assertion calls the application without a server. Leave it out, or use "
                    "assert_streams or assert_buffered."
                )
        check_context_switch(app, scenario)
        Stacks(app)  # connects the signals of the framework
        self.app = WatchingMiddleware(app)
        self.layers: list[tuple[Middleware, list[WatchingMiddleware]]] = []
        """The layers, each with the middleware that watches what is inside of it."""
        stack = Stack(self.app, tuple(map(self._watched, scenario.layers)))
        self._stack = stack
        self._limit = _UnsentLimit()
        self.trace = stack.prepare(
            _KeepingTrace(stack.lanes, gate=self._limit, max_chunks=_MAX_ROWS)
        )
        self.trace.remove_lane("client")
        self._limit.trace = self.trace
        self.status = ""
        """The status line's code and reason phrase, such as ``200 OK``; "" before there is one."""
        self._iterable: Iterable[bytes] | None = None

    def _watched(self, layer: Middleware) -> Middleware:
        if layer.wrap is None:
            return layer
        wrap, watches = layer.wrap, list[WatchingMiddleware]()
        self.layers.append((layer, watches))

        def wrapped(inner: WSGIApplication) -> WSGIApplication:
            watches.append(WatchingMiddleware(inner))
            return wrap(watches[0])

        return replace(layer, wrap=wrapped)

    def keep_no_bytes(self) -> None:
        """Keep no bytes of the body in the record, so that it needs little memory."""
        self.trace.keep_no_bytes()

    def chunks(self) -> Iterator[bytes]:
        """Make the request and yield what a server gets, without empty chunks.

        :raises NothingSentError: if a layer collects all chunks of a long response.
        """
        scenario = self.scenario
        environ = create_environ(
            scenario.path,
            method=scenario.method,
            headers=scenario.headers,
            data=scenario.body or None,
        )
        self._iterable = self._stack.serve(
            environ,
            self._start_response,
            self.trace,
            stream_with_context=scenario.stream_with_context,
        )
        for chunk in self._iterable:
            if chunk:
                self._limit.unsent = 0
                yield chunk

    def _start_response(self, status: str, *_: Any) -> Any:
        self.status = status
        return lambda data: None  # noqa: ARG005 - the write() callable of PEP 3333

    def close(self) -> None:
        """Close the response, as a server does when it is sent or the client has disconnected."""
        close = getattr(self._iterable, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close everything, so that no request context stays pushed in this thread."""
        with suppress(Exception):
            if self.app.returned is not None and not self.app.closed:
                self.app.returned.close()
        for generator in filter(_is_suspended, self._generators):
            with suppress(Exception):
                generator.close()
        self.trace.close()  # what the threads print is not recorded for it any more
        current_trace.set(None)

    @property
    def layer_without_close(self) -> str | None:
        """The name of the layer that has not passed ``close()`` on; None if all layers have."""
        for layer, watches in reversed(self.layers):
            if watches and watches[0].returned is not None and not watches[0].closed:
                return layer.name
        return None

    @property
    def has_close(self) -> bool:
        """Whether the iterable that the application returned has a ``close`` method."""
        returned = self.app.returned
        return returned is not None and hasattr(returned.iterable, "close")

    @property
    def kind_of_body(self) -> str:
        """The type of what the application returned, with an article."""
        return f"a {type(self.app.returned.iterable).__name__}" if self.app.returned else "nothing"

    @property
    def generator_is_open(self) -> bool:
        """Whether the user's generator is suspended at a ``yield``."""
        return any(map(_is_suspended, self._generators))

    @property
    def _generators(self) -> tuple[Any, Any]:
        """The generator of the view, and the one nearest to the server, if they are known."""
        return self.trace.view_generator, self.app.generator

    @property
    def has_no_generator(self) -> bool:
        """Whether the body is made without a generator, as far as this can be known."""
        known = self.trace.reports_streams and not self.trace.generator_tapped
        return self.app.generator is None and (known or not self.has_close)


def _is_suspended(generator: Any) -> bool:
    return type(generator) is GeneratorType and getgeneratorstate(generator) not in {
        GEN_CREATED,
        GEN_CLOSED,
    }
