"""Observe the streamed responses of Bottle, Falcon and Pyramid, which have no signals for them.

Bottle's plugins, Falcon's middleware and Pyramid's tweens may replace the generator of a view by
their own. The tap is put behind the view's generator before they get it, so what they hold is seen.
"""

from __future__ import annotations

import functools
import sys
from types import GeneratorType
from typing import Any

from streamlab.trace.django import observed_body
from streamlab.trace.tap import TRACE, tapped
from streamlab.trace.trace import current_trace


def listen_to_small_frameworks() -> None:
    """Observe Bottle, Falcon and WebOb, if they are loaded. A second call does nothing."""
    bottle, falcon = sys.modules.get("bottle"), sys.modules.get("falcon")
    webob = sys.modules.get("webob.response")
    if bottle is not None and hasattr(bottle, "Route"):
        _observe_routes(bottle.Route, bottle.request)
    if falcon is not None and hasattr(falcon, "Response"):
        _observe_streams(falcon.Response)
    if webob is not None and hasattr(webob, "Response"):
        _observe_iterables(webob.Response)


def _observe_routes(route_class: Any, request: Any) -> None:
    """Extend Bottle's ``Route.call``, the view with all its plugins around it."""
    if isinstance(route_class.call, property):
        return

    def call(route: Any) -> Any:
        known = vars(route)
        if "call" not in known or known.get(_OBSERVED) is not known["call"]:
            view = route.callback
            route.callback = _observed_view(view, request)
            try:
                known["call"] = known[_OBSERVED] = route._make_callback()  # noqa: SLF001 - no hook
            finally:
                route.callback = view
        return known["call"]

    route_class.call = property(call)


_OBSERVED = "call_of_streamlab"
"""The attribute of a route that has the same as ``call``, if the view in it is observed."""


def _observed_view(view: Any, request: Any) -> Any:
    @functools.wraps(view)
    def observed(*arguments: Any, **named: Any) -> Any:
        body = view(*arguments, **named)
        trace = request.environ.get(TRACE)  # also in a thread of a wrapper
        if trace is None or trace.generator_tapped or type(body) is not GeneratorType:
            return body
        return tapped(trace, body)

    return observed


def _observe_streams(response_class: Any) -> None:
    """Extend the attribute ``stream`` of Falcon's response, which a view and middleware set."""
    original = response_class.stream
    if isinstance(original, property):
        return

    def set_stream(response: Any, value: Any) -> None:
        trace = current_trace.get()
        if trace is not None and hasattr(value, "__iter__") and not hasattr(value, "read"):
            value = observed_body(trace, value, sys._getframe(1))  # noqa: SLF001 - only way
        original.__set__(response, value)

    def delete_stream(response: Any) -> None:
        original.__delete__(response)

    response_class.stream = property(original.__get__, set_stream, delete_stream)


def _observe_iterables(response_class: Any) -> None:
    """Extend the attribute in which WebOb's response, which is also Pyramid's, has its body."""
    if isinstance(vars(response_class).get("_app_iter"), property):
        return

    def set_body(response: Any, value: Any) -> None:
        trace = current_trace.get()
        if trace is not None and not any(hasattr(value, name) for name in _OF_FILES):
            value = observed_body(trace, value, sys._getframe(1))  # noqa: SLF001 - only way
        vars(response)["_app_iter"] = value

    def get_body(response: Any) -> Any:
        return vars(response)["_app_iter"]

    response_class._app_iter = property(get_body, set_body)  # noqa: SLF001 - all changes set it


_OF_FILES = ("file", "filelike", "read")
"""Attributes of iterables over files, which a server sends by itself (wsgi.file_wrapper)."""
