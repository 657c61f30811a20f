"""Observe the streamed responses of Django, which has no signal for them.

A view gives its generator to ``StreamingHttpResponse``. Middleware replaces ``streaming_content``
by its own iterator. Both come to one method of Django, which is extended here: the first body
of a request is the view's, and gets a tap. A later one names the layer that made it.
"""

from __future__ import annotations

import sys
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from streamlab.trace.inner_layers import setter_of
from streamlab.trace.observe_async import observe_async
from streamlab.trace.tap import tapped
from streamlab.trace.trace import current_trace

if TYPE_CHECKING:
    from streamlab.trace.trace import Trace

READER = "Django"
"""The name of what reads an async generator to its end, under WSGI."""


def observe_responses(response_class: Any) -> None:
    """Extend Django's ``StreamingHttpResponse``. Requests without a trace are not observed.

    :param response_class: the class. A second call with it does nothing.
    """
    original = response_class._set_streaming_content  # noqa: SLF001 - there is no public hook
    if hasattr(original, "of_streamlab"):
        return

    def set_streaming_content(self: Any, value: Any) -> None:
        trace = current_trace.get()
        if trace is not None:
            value = observed_body(trace, value, sys._getframe(1))  # noqa: SLF001 - only way to callers
        original(self, value)

    set_streaming_content.of_streamlab = True  # type: ignore[attr-defined]
    response_class._set_streaming_content = set_streaming_content  # noqa: SLF001


def observed_body(trace: Trace, body: Any, caller: Any) -> Any:
    """Return a body with a tap behind it, if it is the first of its request.

    A later body names the layer that made it.

    :param trace: the trace of the request.
    :param body: what is set as the body of a response.
    :param caller: the frame that sets it.
    """
    if trace.generator_tapped:
        layer = setter_of(caller)
        names = trace.unobserved.get("app", "").split(" and ")
        if layer and layer not in names:
            trace.add_unobserved("app", " and ".join(filter(None, [*names, layer])))
        return body
    if hasattr(body, "__aiter__") and not hasattr(body, "__iter__"):
        trace.generator_tapped = True
        trace.add_unobserved("app", READER)
        return observe_async(trace, body, gated=False)  # Django reads the whole body first
    if isinstance(body, GeneratorType) or (hasattr(body, "__next__") and _is_of_python(body)):
        return tapped(trace, body)
    return body


def _is_of_python(iterator: Any) -> bool:
    """Return whether an iterator is no file that Django reads in parts (FileResponse)."""
    return type(iterator) is not type(iter(int, 1))
