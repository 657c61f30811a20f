"""What only the framework knows, received through its signals: contexts, errors, the generator.

This works with every framework that has Flask's signals under Flask's names. A stock Flask app is
observed as fully as one of streamlab's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

from streamlab.trace.django import observe_responses
from streamlab.trace.find_generator import find_generator
from streamlab.trace.made_early import Making
from streamlab.trace.refusals import observe_refusals
from streamlab.trace.source import remember_template_string
from streamlab.trace.tap import TRACE, tapped
from streamlab.trace.trace import Trace, current_trace


def listen(namespace: Any) -> None:
    """Connect to the signals of a framework, for all its apps.

    Each signal is recorded in the trace of the request that this thread serves (`current_trace`).
    A request without a trace costs one look-up, so the signals stay connected for good.

    :param namespace: has the signals and `after_this_request`: the module ``flask`` or
        ``streamlab.web``. A second call with the same namespace does nothing.
    """
    if namespace in _connected:
        return
    _connected.append(namespace)

    def request_started(_sender: Any, **_: Any) -> None:
        trace = current_trace.get()
        own = namespace.request.environ.get(TRACE)
        if own is not None and own is not trace:  # middleware calls the app in another thread
            trace = own
            current_trace.set(own)
            own.context_pushed()
        if trace:
            trace.reports_streams = True
            if trace.inner:
                trace.inner.end()
            trace.frameworks = (*trace.frameworks, namespace.__name__)
            # These functions run before every other after_request function, so the generator is
            # observed even if one of those reads the whole body.
            namespace.after_this_request(partial(_tap_generator, trace))

    observe_refusals(namespace, current_trace)
    receivers = {"request_started": request_started, **_RECEIVERS}
    for name, receiver in receivers.items():
        signal = getattr(namespace, name, None)
        if signal is not None:
            signal.connect(receiver, weak=False)


_connected: list[Any] = []


def listen_to_django() -> None:
    """Connect to Django's signal for exceptions that it answers itself, if Django is loaded.

    Its streamed responses are observed too: see `streamlab.trace.django`.
    """
    response = sys.modules.get("django.http.response")
    if response is not None:
        observe_responses(response.StreamingHttpResponse)
    signals = sys.modules.get("django.core.signals")
    if signals is not None:
        signals.got_request_exception.connect(
            _raised_in_django, weak=False, dispatch_uid="streamlab"
        )


def _raised_in_django(**_: Any) -> None:
    trace, exception = current_trace.get(), sys.exc_info()[1]
    if trace and exception:
        trace.record_exception(exception, "app")


def _pushed(_sender: Any, **_: Any) -> None:
    if trace := current_trace.get():
        trace.context_pushed()


def _popped(_sender: Any, **_: Any) -> None:
    if trace := current_trace.get():
        trace.context_popped()


def _raised(_sender: Any, exception: BaseException, **_: Any) -> None:
    if trace := current_trace.get():
        trace.record_exception(exception, "app")


def _rendering(_sender: Any, template: Any, **_: Any) -> None:
    if (trace := current_trace.get()) and template.name is None:
        trace.template_text = remember_template_string(template)


def _warned(_sender: Any, message: str, advice: str = "", **_: Any) -> None:
    if trace := current_trace.get():
        trace.record_event("warning", f"{message} {advice}".strip())


_RECEIVERS = {
    "appcontext_pushed": _pushed,
    "appcontext_popped": _popped,
    "got_request_exception": _raised,
    "before_render_template": _rendering,
    "warned": _warned,  # only streamlab.web has it: Flask does not warn in these cases
}


def _tap_generator(trace: Trace, response: Any) -> Any:
    """Put a tap directly behind the generator of a streamed response."""
    if trace.failure is None and response.status_code < 400:
        trace.record_event("view returned")
    # An error page of werkzeug is an iterator as well, but no generator of the user makes it.
    yielded = response.is_streamed and (
        response.status_code < 400 or find_generator(response.response) is not None
    )
    if yielded and not response.direct_passthrough and not trace.generator_tapped:
        response.response = tapped(trace, response.response)
    elif not trace.generator_tapped:
        trace.maker_known = True
        if _was_read(response):
            trace.set_making(Making(read_by="get_data"))
    for function in trace.after_request:
        response = function(response)
    return response


def _was_read(response: Any) -> bool:
    """Return whether the view itself has read its generator, as `get_data` and `add_etag` do.

    They replace it by a list, and keep its `close`.
    """
    callbacks = getattr(response, "_on_close", ())
    return any(isinstance(getattr(one, "__self__", None), Iterator) for one in callbacks)
