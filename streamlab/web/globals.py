"""The names that mean "of this request": ``request``, ``session``, ``g``, ``current_app``.

Each is a proxy: a stand-in that looks up, at every use, the context that is active in this
thread (a context variable, PEP 567). That is why a generator that runs after the view has
returned finds nothing behind them, and why the error below says what it says.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from werkzeug.local import LocalProxy

if TYPE_CHECKING:
    from streamlab.web.app import App
    from streamlab.web.ctx import AppContext, AppCtxGlobals
    from streamlab.web.sessions import SessionMixin
    from streamlab.web.wrappers import Request

NO_REQUEST = """\
Working outside of request context.

'request' and 'session' belong to one request, and none is active where this line ran.

In a generator: its body runs while the response is being sent, when the view has long
returned and its request is gone. Either keep the request for as long as the stream lasts:

    return stream_with_context(generate())

or read what you need in the view, and pass the value in:

    def generate(name): ...
    return generate(request.args["name"])

In a thread of your own: wrap its function with copy_current_request_context.
In a test or at the prompt: with app.test_request_context("/path?name=World"): ...\
"""

NO_APP = """\
Working outside of application context.

'g' and 'current_app' belong to the application that is at work, and none is where this
line ran.

In a generator: the view has returned and took its context along. Keep it for as long as
the stream lasts with stream_with_context(generate()), or pass the value in.

In a test, a script or at the prompt: with app.app_context(): ...\
"""

NO_REQUEST_IN_CONTEXT = """\
There is no request in this context.

An application context is active (g and current_app work), but it was made with
app.app_context(), not by a request. For a pretended request use
with app.test_request_context("/path"): ...\
"""

current_context: ContextVar[AppContext] = ContextVar("streamlab.current_context")

app_ctx: AppContext = LocalProxy(current_context, unbound_message=NO_APP)  # type: ignore[assignment]
current_app: App = LocalProxy(current_context, "app", unbound_message=NO_APP)  # type: ignore[assignment]
g: AppCtxGlobals = LocalProxy(current_context, "g", unbound_message=NO_APP)  # type: ignore[assignment]
request: Request = LocalProxy(current_context, "request", unbound_message=NO_REQUEST)  # type: ignore[assignment]
session: SessionMixin = LocalProxy(current_context, "session", unbound_message=NO_REQUEST)  # type: ignore[assignment]
