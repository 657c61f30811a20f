"""The moments of a request that others may listen to, under Flask's names and with its arguments.

A listener is called as ``listener(app, **arguments)``::

    request_started       (app)
    before_render_template(app, template, context)   template_rendered (the same)
    got_request_exception (app, exception)
    request_finished      (app, response)            before the first chunk is made
    request_tearing_down  (app, exc)                 after the last one
    appcontext_pushed     (app)                      appcontext_popped (the same)
    appcontext_tearing_down(app, exc)
    message_flashed       (app, message, category)

and one of streamlab's own, for what passes in silence but is a mistake::

    warned                (app, message, advice)

>>> from streamlab.web import App, request_started
>>> app = App()
>>> with request_started.connected_to(lambda app: print("started"), app):
...     response = app.test_client().get("/")
started
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blinker import Namespace

if TYPE_CHECKING:
    from blinker import Signal

    from streamlab.web.dispatch import Dispatcher

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


def send(signal: Signal, app: Dispatcher, **arguments: Any) -> None:
    """Tell the listeners of *signal*, asynchronous ones included; next to free without any."""
    if signal.receivers:
        signal.send(app, _async_wrapper=app.ensure_sync, **arguments)
