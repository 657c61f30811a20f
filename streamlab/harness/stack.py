"""An app behind middleware, with a tap between every two layers: what serves one request.

Used in this process and in that of a server of its own, so nothing here knows of servers.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

from streamlab import web
from streamlab.middleware.available import with_lane_names
from streamlab.trace.signals import listen, listen_to_django
from streamlab.trace.tap import TRACE, Tap
from streamlab.trace.trace import Trace, current_trace
from streamlab.web.ctx import KEEP_CONTEXT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from streamlab.middleware import Middleware
    from streamlab.trace.gate import Gate

T = TypeVar("T", bound=Trace)

_MOST_STACKS = 32
"""Kept ready. Each is a few objects; somebody who tries every size of buffer makes many."""


class Stack:
    """One app behind one choice of middleware.

    :param layers: those nearest to the app first.
    """

    def __init__(self, app: WSGIApplication, layers: tuple[Middleware, ...]) -> None:
        self._after_request = tuple(layer for layer in layers if layer.after_request)
        self.proxies = tuple(layer for layer in layers if layer.proxy)
        wrapping = with_lane_names((layer for layer in layers if layer.wrap), _LANES)
        self.lanes = ("generator", "app", *(name for name, _ in wrapping), "server", "client")
        wsgi: WSGIApplication = Tap(app, "app", innermost=True, outermost=not wrapping)
        for position, (name, layer) in enumerate(wrapping, 1):
            wsgi = Tap(_wrapped(layer, wsgi), name, outermost=position == len(wrapping))
        self._wsgi = wsgi

    def new_trace(self, gate: Gate | None = None) -> Trace:
        """A trace with a lane for each layer that has one."""
        return self.prepared(Trace(self.lanes, gate=gate))

    def prepared(self, trace: T) -> T:
        """`trace`, which has this stack's lanes, told of what has none."""
        for layer in self._after_request:
            if layer.after_request:
                trace.add_after_request(layer.after_request)
        if self._after_request:
            trace.add_unobserved("app", _joined(self._after_request))
        if self.proxies:
            trace.add_unobserved("client", _joined(self.proxies))
        return trace

    def serve(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        trace: Trace,
        *,
        stream_with_context: bool = True,
    ) -> Iterable[bytes]:
        """Answer one request, and let `trace` see it."""
        environ[TRACE] = trace
        environ[KEEP_CONTEXT] = stream_with_context
        # Set for every request, because a server with a pool of threads uses one for many.
        current_trace.set(trace)
        return self._wsgi(environ, start_response)


_LANES = ("generator", "app", "server", "client")


class Stacks:
    """The stacks of one app, each built once, as a program builds its own at its start.

    A middleware that counts requests so goes on counting from exchange to exchange.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self._built: dict[tuple[int, ...], tuple[tuple[Middleware, ...], Stack]] = {}
        self.signals = signals_of(app)
        if self.signals:
            listen(self.signals)
        listen_to_django()

    def of(self, layers: tuple[Middleware, ...]) -> Stack:
        """The stack with these layers.

        :raises ValueError: where this app cannot have one of them.
        :raises TypeError: where one of them does not make a WSGI application.
        """
        hook = next((layer for layer in layers if layer.after_request), None)
        if hook is not None and not self.signals:
            raise ValueError(
                f"middleware={hook.name!r} is an after_request function, which Flask's apps and "
                f"streamlab's have; {type(self.app).__name__!r} has none"
            )
        # By identity: a learner's callable need not be hashable, and one that is equal is another.
        key = tuple(id(layer.wrap or layer.after_request or layer.proxy) for layer in layers)
        if key not in self._built:
            if len(self._built) >= _MOST_STACKS:
                self._built.pop(next(iter(self._built)))
            self._built[key] = layers, Stack(self.app, layers)
        return self._built[key][1]


def _wrapped(layer: Middleware, inner: WSGIApplication) -> WSGIApplication:
    assert layer.wrap is not None  # noqa: S101 - only such layers come here
    try:
        wrapped: Any = layer.wrap(inner)
    except TypeError as error:
        raise TypeError(
            f"the middleware {layer.name!r} could not be put around the app: {error}. It is "
            "called with one argument, the WSGI application inside; fix others with "
            "functools.partial."
        ) from error
    if not callable(wrapped):
        raise TypeError(
            f"the middleware {layer.name!r} returned {wrapped!r}, which is not a WSGI application. "
            "It is called once with the application inside, and returns a callable that takes "
            "(environ, start_response)."
        )
    application: WSGIApplication = wrapped
    return application


def _joined(layers: tuple[Middleware, ...]) -> str:
    return " and ".join(dict.fromkeys(layer.name for layer in layers))


def signals_of(app: Any) -> Any:
    """The module with the signals of `app`: `streamlab.web`, `flask`, or None for other apps."""
    if isinstance(app, web.App):
        return web
    flask = sys.modules.get("flask")  # imported already, if `app` is a Flask
    return flask if flask is not None and isinstance(app, flask.Flask) else None


def context_can_be_switched(app: object) -> bool:
    """Return whether `stream_with_context` can be switched off for one request of `app`.

    :param app: any WSGI application. Only streamlab's `App` has the switch.
    """
    return isinstance(app, web.App)
