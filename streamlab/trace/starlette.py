"""Observe the streamed responses of Starlette and FastAPI behind a2wsgi.

A view gives its generator to ``StreamingResponse``, which gets a tap behind it. Middleware holds
chunks in two ways: it gives the app another ``send``, or it replaces ``body_iterator``. Either
names it.
"""

from __future__ import annotations

import functools
import sys
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from streamlab.trace.find_generator import is_plumbing, is_user_code
from streamlab.trace.inner_layers import callers_inside, name_of, setter_of
from streamlab.trace.observe_async import observe_async
from streamlab.trace.tap import tapped
from streamlab.trace.trace import current_trace

if TYPE_CHECKING:
    from types import FrameType

    from streamlab.trace.trace import Trace


def listen_to_starlette() -> None:
    """Observe Starlette's streamed responses, if it is loaded. A second call does nothing."""
    responses = sys.modules.get("starlette.responses")
    base = sys.modules.get("starlette.middleware.base")
    if responses is not None and hasattr(responses, "StreamingResponse"):
        _observe(responses.StreamingResponse, of_view=True)
    if base is not None and hasattr(base, "_StreamingResponse"):
        _observe(base._StreamingResponse, of_view=False)  # noqa: SLF001 - what call_next returns


def _observe(response_class: Any, *, of_view: bool) -> None:
    """Extend a class of streamed responses.

    :param of_view: whether a view makes these responses, and not only passes them on.
    """
    original, call = response_class.__init__, response_class.__call__
    if isinstance(vars(response_class).get("body_iterator"), property):
        return

    @functools.wraps(original)
    def init(self: Any, content: Any, *arguments: Any, **named: Any) -> None:
        trace = current_trace.get()
        if trace is not None and of_view:
            content = _observed(trace, content, sys._getframe(1))  # noqa: SLF001 - only way
        original(self, content, *arguments, **named)

    def set_body(self: Any, value: Any) -> None:
        trace, caller = current_trace.get(), sys._getframe(1)  # noqa: SLF001 - only way
        if trace is not None and caller.f_code is not original.__code__:
            _name(trace, setter_of(caller))
        vars(self)["body_iterator"] = value

    @functools.wraps(call)
    async def called(self: Any, scope: Any, receive: Any, send: Any) -> None:
        trace = current_trace.get()
        if trace is not None:
            _name(trace, *_layers_that_send(sys._getframe(1), send))  # noqa: SLF001 - only way
        await call(self, scope, receive, send)

    response_class.__init__, response_class.__call__ = init, called
    response_class.body_iterator = property(lambda self: vars(self)["body_iterator"], set_body)


def _observed(trace: Trace, content: Any, caller: FrameType) -> Any:
    """Return the content of a response with a tap behind it, if it is the first of its request."""
    if trace.generator_tapped:
        _name(trace, setter_of(caller))
        return content
    if hasattr(content, "__aiter__"):
        trace.generator_tapped = True
        return observe_async(trace, content, gated=True)
    if isinstance(content, GeneratorType) or hasattr(content, "__next__"):
        return tapped(trace, content)
    return content


def _layers_that_send(frame: FrameType | None, send: object) -> list[str]:
    """Return the names of the middleware that gave the app a ``send`` of its own.

    :param frame: the caller of the response.
    :param send: what the response got.
    """
    names: list[str] = []
    name, file = "", ""
    for caller in callers_inside(frame):
        code = caller.f_code
        if code.co_argcount not in {3, 4} or "scope" not in code.co_varnames[:2]:
            continue
        got = caller.f_locals.get(code.co_varnames[code.co_argcount - 1])
        if got is not send and not is_plumbing(code.co_filename):
            names.append(name_of(caller))
        elif file == code.co_filename and names[-1:] == [name] and not is_user_code(file):
            names[-1] = name_of(caller)  # it has made the object that sends, for this request
        name, file, send = names[-1] if names else "", code.co_filename, got
    return list(dict.fromkeys(filter(None, names)))


def _name(trace: Trace, *layers: str) -> None:
    """Name layers that may hold chunks of the app."""
    names = [name for name in trace.unobserved.get("app", "").split(" and ") if name]
    more = [name for name in layers if name and name not in names]
    if more:
        trace.add_unobserved("app", " and ".join([*names, *more]))
