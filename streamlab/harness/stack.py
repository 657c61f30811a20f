"""The stack: an app behind middleware, with a tap between every two layers.

Servers in another process use it too, so this module imports no server.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

from streamlab import web
from streamlab.arguments import shown
from streamlab.middleware.available import with_lane_names
from streamlab.trace.signals import listen, listen_to_django
from streamlab.trace.small_frameworks import listen_to_small_frameworks
from streamlab.trace.starlette import listen_to_starlette
from streamlab.trace.tap import TRACE, Tap
from streamlab.trace.trace import Trace, current_trace, printing
from streamlab.web.ctx import KEEP_CONTEXT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from streamlab.harness.scenario import Scenario
    from streamlab.middleware import Middleware
    from streamlab.trace.gate import Gate

T = TypeVar("T", bound=Trace)

_MAX_STACKS = 32
"""How many stacks of an app are kept. A learner who tries many buffer sizes makes many."""


class Stack:
    """One app behind one choice of middleware.

    :param app: any WSGI application.
    :param layers: the middleware, the one nearest to the app first.

    >>> from streamlab.middleware import gzip
    >>> Stack(lambda environ, start_response: [], (gzip(),))
    <Stack generator -> app -> gzip -> server -> client>
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
        """Return a trace with a lane for each layer that has one.

        :param gate: holds the generator back; None lets it continue at once.
        """
        return self.prepare(Trace(self.lanes, gate=gate))

    def prepare(self, trace: T) -> T:
        """Register the layers that have no lane in a trace, and return the trace.

        :param trace: a trace with the lanes of this stack.
        """
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
        """Answer one request and record it.

        :param environ: see PEP 3333.
        :param start_response: see PEP 3333.
        :param trace: where to record.
        :param stream_with_context: False switches `stream_with_context` off for this request.
        """
        environ[TRACE] = trace
        environ[KEEP_CONTEXT] = stream_with_context
        # Set for every request, because a server with a pool uses one thread for many requests.
        current_trace.set(trace)
        printing.start(trace)
        trace.when_closed(lambda: printing.stop(trace))
        return self._wsgi(environ, start_response)

    def __repr__(self) -> str:
        return f"<Stack {' -> '.join(self.lanes)}>"


_LANES = ("generator", "app", "server", "client")


class Stacks:
    """The stacks of one app. Each is built once and used for many requests.

    So a middleware that counts requests counts them over all exchanges, as in a real program.

    :param app: any WSGI application.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self._built: dict[tuple[int, ...], tuple[tuple[Middleware, ...], Stack]] = {}
        self.signals = signals_of(app)
        if self.signals:
            listen(self.signals)
        listen_to_django()
        listen_to_small_frameworks()
        listen_to_starlette()

    def of(self, layers: tuple[Middleware, ...]) -> Stack:
        """Return the stack with these layers.

        :param layers: the middleware, the one nearest to the app first.
        :raises ValueError: if a layer does not work with this app.
        :raises TypeError: if a layer does not return a WSGI application.
        """
        for layer in layers:
            if problem := hook_problem(self.app, layer):
                raise ValueError(problem)
        # By identity, because a callable need not be hashable.
        key = tuple(id(layer.wrap or layer.after_request or layer.proxy) for layer in layers)
        if key not in self._built:
            if len(self._built) >= _MAX_STACKS:
                self._built.pop(next(iter(self._built)))
            self._built[key] = layers, Stack(self.app, layers)
        return self._built[key][1]


def _wrapped(layer: Middleware, inner: WSGIApplication) -> WSGIApplication:
    assert layer.wrap is not None  # noqa: S101 - only called for such layers
    try:
        wrapped: Any = layer.wrap(inner)
    except TypeError as error:
        raise TypeError(
            f"the middleware {layer.name!r} could not wrap the app: {error}. It is called with one "
            "argument, the WSGI application. Set other arguments with functools.partial, for "
            f"example middleware=partial({layer.name}, level=9)."
        ) from error
    except Exception as error:
        raise ValueError(
            f"the middleware {layer.name!r} could not wrap the app: it raised "
            f"{type(error).__name__}: {error}. The error above says where."
        ) from error
    if not callable(wrapped):
        raise TypeError(
            f"the middleware {layer.name!r} returned {shown(wrapped)}, which is not a WSGI "
            "application. It is called once with the WSGI application that it wraps, and must "
            "return a callable that takes (environ, start_response)."
        )
    application: WSGIApplication = wrapped
    return application


def _joined(layers: tuple[Middleware, ...]) -> str:
    return " and ".join(dict.fromkeys(layer.name for layer in layers))


def signals_of(app: Any) -> Any:
    """Return the module that has the signals of an app.

    :param app: any WSGI application.
    :return: `streamlab.web` or `flask`; None for other apps.

    >>> from streamlab import App
    >>> signals_of(App()).__name__, signals_of(print)
    ('streamlab.web', None)
    """
    if isinstance(app, web.App):
        return web
    flask = sys.modules.get("flask")  # imported already, if `app` is a Flask
    return flask if flask is not None and isinstance(app, flask.Flask) else None


def hook_problem(app: WSGIApplication, layer: Middleware) -> str:
    """Return why a layer that is an after_request function cannot be used with an app.

    :param app: any WSGI application.
    :param layer: any layer.
    :return: the reason and what to do; "" if the layer can be used.
    """
    if not layer.after_request or signals_of(app):
        return ""
    return (
        f"middleware={layer.name!r} is an after_request function, and only apps of "
        f"streamlab and Flask have these, not {type(app).__name__!r}. Use WSGI "
        'middleware instead, such as middleware="buffer".'
    )


def context_can_be_switched(app: object) -> bool:
    """Return whether `stream_with_context` can be switched off for one request of `app`.

    :param app: any WSGI application. Only streamlab's `App` has the switch.
    """
    return not switch_problem(app)


def switch_problem(app: object) -> str:
    """Return why `stream_with_context` cannot be switched off for one request of an app.

    :param app: any WSGI application. Only streamlab's `App` has the switch.
    :return: the reason and what to do; "" if it can be switched off.

    >>> from streamlab import App
    >>> switch_problem(App())
    ''
    """
    if isinstance(app, web.App):
        return ""
    return (
        "stream_with_context=False switches off streamlab's stream_with_context, so it needs "
        f"an app made by streamlab's App, and this app is a {type(app).__name__!r}. Remove "
        "stream_with_context(...) from the view instead, or make the app with "
        "`from streamlab import App`."
    )


def check_context_switch(app: Any, scenario: Scenario) -> None:
    """Check that `stream_with_context` can be switched off if a scenario asks for it.

    :param app: any WSGI application.
    :param scenario: the scenario.
    :raises ValueError: if it asks for it and `app` does not have the switch.
    """
    problem = switch_problem(app)
    if problem and not scenario.stream_with_context:
        raise ValueError(problem)
