"""Signals that are sent while a request is handled, with Flask's names and arguments.

A receiver is called as ``receiver(app, **arguments)``::

    request_started       (app)
    before_render_template(app, template, context)   template_rendered (the same)
    got_request_exception (app, exception)
    request_finished      (app, response)            before the first chunk is made
    request_tearing_down  (app, exc)                 after the last chunk
    appcontext_pushed     (app)                      appcontext_popped (the same)
    appcontext_tearing_down(app, exc)
    message_flashed       (app, message, category)

streamlab adds one, for mistakes that raise no error (see `streamlab.web.stream_warnings`)::

    warned                (app, message, advice)

Source: Flask's page "Signals".

>>> from streamlab.web import App, request_started
>>> app = App()
>>> with request_started.connected_to(lambda app: print("started"), app):
...     response = app.test_client().get("/")
started
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from blinker import Namespace

if TYPE_CHECKING:
    from collections.abc import Callable

    from blinker import Signal

    class Sender(Protocol):
        """What `send` needs of an application."""

        def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
            """Return a function that can be called without ``await``."""


_signals = Namespace()

template_rendered = _signals.signal("template-rendered")
before_render_template = _signals.signal("before-render-template")
request_started = _signals.signal("request-started")
request_finished = _signals.signal("request-finished")
request_tearing_down = _signals.signal("request-tearing-down")
got_request_exception = _signals.signal("got-request-exception")
appcontext_tearing_down = _signals.signal("appcontext-tearing-down")
appcontext_pushed = _signals.signal("appcontext-pushed")
appcontext_popped = _signals.signal("appcontext-popped")
message_flashed = _signals.signal("message-flashed")
warned = _signals.signal("warned")


def send(signal: Signal, app: Sender, **arguments: Any) -> None:
    """Call the receivers of a signal, coroutine functions included.

    Without receivers this costs one attribute look-up.

    :param signal: one of the signals above.
    :param app: the sender.
    :param arguments: the keyword arguments of the receivers.

    >>> from streamlab.web import App
    >>> app = App()
    >>> with warned.connected_to(lambda app, message, advice: print(message, advice), app):
    ...     send(warned, app, message="Too late.", advice="Do it in the view.")
    Too late. Do it in the view.
    """
    if signal.receivers:
        signal.send(app, _async_wrapper=app.ensure_sync, **arguments)
