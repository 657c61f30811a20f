"""Proxies for the active request: ``request``, ``session``, ``g`` and ``current_app``.

Each use of a proxy looks up the context that is active in this thread (a context variable,
PEP 567). A generator that runs after the view has returned finds no context, and the proxy raises
one of the errors below.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from werkzeug.local import LocalProxy

from streamlab.web.error_messages import NO_APP, NO_REQUEST

if TYPE_CHECKING:
    from streamlab.web.app import App
    from streamlab.web.ctx import AppContext, AppCtxGlobals
    from streamlab.web.sessions import SessionMixin
    from streamlab.web.wrappers import Request

current_context: ContextVar[AppContext] = ContextVar("streamlab.current_context")

app_ctx: AppContext = LocalProxy(current_context, unbound_message=NO_APP)  # type: ignore[assignment]
current_app: App = LocalProxy(current_context, "app", unbound_message=NO_APP)  # type: ignore[assignment]
g: AppCtxGlobals = LocalProxy(current_context, "g", unbound_message=NO_APP)  # type: ignore[assignment]
request: Request = LocalProxy(current_context, "request", unbound_message=NO_REQUEST)  # type: ignore[assignment]
session: SessionMixin = LocalProxy(current_context, "session", unbound_message=NO_REQUEST)  # type: ignore[assignment]
