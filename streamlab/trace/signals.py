"""What only the framework knows, heard through its signals: contexts, errors, the generator.

Works with every framework that has Flask's signals under Flask's names: a stock Flask app is
observed as fully as streamlab's own.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

from streamlab.trace.find_generator import find_generator
from streamlab.trace.source import remember_template_string
from streamlab.trace.tap import generator_items, tapped
from streamlab.trace.trace import Trace, current_trace


def listen(namespace: Any) -> None:
    """Let the signals of a framework tell the trace of whatever request they are sent for.

    :param namespace: what holds the signals and `after_this_request`: the module `flask`, or
        `streamlab.web`. Listening to one that is listened to already changes nothing.

    Every app of the framework is heard, and one that is not observed costs a look at
    `current_trace`. So nothing has to be undone when an observation ends.
    """
    if namespace in _heard:
        return
    _heard.append(namespace)

    def request_started(_sender: Any, **_: Any) -> None:
        if trace := current_trace.get():
            trace.generator_announced = True
            # These run before every other after_request function, so that the generator is
            # seen even where one of those reads it empty.
            namespace.after_this_request(partial(_tap_generator, trace))

    receivers = {"request_started": request_started, **_RECEIVERS}
    for name, receiver in receivers.items():
        signal = getattr(namespace, name, None)
        if signal is not None:
            signal.connect(receiver, weak=False)


_heard: list[Any] = []


def listen_to_django() -> None:
    """Let Django tell of the exceptions that it answers by itself; where it is loaded at all."""
    signals = sys.modules.get("django.core.signals")
    if signals is not None:
        signals.got_request_exception.connect(
            _raised_in_django, weak=False, dispatch_uid="streamlab"
        )


def _raised_in_django(**_: Any) -> None:
    trace, exception = current_trace.get(), sys.exc_info()[1]
    if trace and exception:
        trace.failed(exception)


def _pushed(_sender: Any, **_: Any) -> None:
    if trace := current_trace.get():
        trace.context_pushed()


def _popped(_sender: Any, **_: Any) -> None:
    if trace := current_trace.get():
        trace.context_popped()


def _raised(_sender: Any, exception: BaseException, **_: Any) -> None:
    if trace := current_trace.get():
        trace.failed(exception)


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
    "warned": _warned,  # streamlab's own: what Flask lets pass without a word
}


def _tap_generator(trace: Trace, response: Any) -> Any:
    """Put a tap right behind the generator of a streamed response."""
    if trace.failure is None and response.status_code < 400:
        trace.record_event("view returned")
    # An error page of werkzeug's is an iterator, too, but nobody yields it.
    yielded = response.is_streamed and (
        response.status_code < 400 or find_generator(response.response) is not None
    )
    if yielded and not response.direct_passthrough and not trace.generator_tapped:
        trace.generator_tapped = True
        body = response.response
        response.response = tapped(body, generator_items(trace, body), failed=trace.failed)
    for function in trace.after_request:
        response = function(response)
    return response
