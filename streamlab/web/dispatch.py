"""What happens to a request, in which order, from a WSGI call to a response.

    wsgi_app                    push the context
      full_dispatch_request     request_started, before_request, the view, error handlers
        finalize_request        make_response, after_request, session cookie, request_finished
      response(environ, ...)    hands out the body; of a stream not one chunk is made yet
                                pop the context: teardown, unless the stream keeps it

The order, the names and the signals are Flask's (3.2).
"""

from __future__ import annotations

import logging
import sys
from functools import partial
from inspect import CO_COROUTINE, iscoroutinefunction
from types import FunctionType
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import (
    BadRequest,
    BadRequestKeyError,
    HTTPException,
    InternalServerError,
)
from werkzeug.routing import RoutingException

from streamlab.web import async_views, make_response
from streamlab.web.config import ConfigAttribute
from streamlab.web.ctx import collect, raise_collected
from streamlab.web.debughelpers import refuse_lossy_redirect
from streamlab.web.sessions import (
    SecureCookieSession,
    SecureCookieSessionInterface,
    SessionInterface,
)
from streamlab.web.signals import (
    appcontext_tearing_down,
    got_request_exception,
    request_finished,
    request_started,
    request_tearing_down,
    send,
)
from streamlab.web.stream_warnings import SESSION_WRITTEN
from streamlab.web.urls import Urls
from streamlab.web.wrappers import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed import ExcInfo
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from streamlab.web.ctx import AppContext
    from streamlab.web.json import DefaultJSONProvider

# In a notebook whatever a thread writes to stderr lands, in red, in whichever cell ran last. So
# nothing is shown unless the learner, or the script, has configured logging.
logger = logging.getLogger("streamlab.web")
logger.addHandler(logging.NullHandler())


class Dispatcher(Urls):
    """The part of `App` that a server calls."""

    request_class: type[Request] = Request
    response_class: type[Response] = Response
    session_interface: SessionInterface = SecureCookieSessionInterface()
    testing = ConfigAttribute("TESTING")
    #: Where errors go that became a 500.
    logger = logger

    if TYPE_CHECKING:  # what App adds
        debug: bool
        json: DefaultJSONProvider

        def request_context(self, environ: WSGIEnvironment) -> AppContext: ...

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.wsgi_app(environ, start_response)

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333). Wrap middleware around this, and keep the App:

        ``app.wsgi_app = ProfilerMiddleware(app.wsgi_app)``
        """
        ctx = self.request_context(environ)
        error: BaseException | None = None
        try:
            try:
                ctx.push()
                response = self.full_dispatch_request(ctx)
            except Exception as raised:  # noqa: BLE001 - handle_exception decides
                error = raised
                response = self.handle_exception(ctx, raised)
            except BaseException as raised:
                error = raised
                raise
            return response(environ, start_response)
        finally:
            # The test client, and werkzeug's debugger, ask to keep the context.
            if "werkzeug.debug.preserve_context" in environ:
                environ["werkzeug.debug.preserve_context"](ctx)
            ctx.pop(error)

    def full_dispatch_request(self, ctx: AppContext) -> Response:
        """From the pushed context to the finished response."""
        try:
            send(request_started, self)
            value = self.preprocess_request(ctx)
            if value is None:
                value = self.dispatch_request(ctx)
        except Exception as error:  # noqa: BLE001 - handle_user_exception decides
            value = self.handle_user_exception(ctx, error)
        return self.finalize_request(ctx, value)

    def preprocess_request(self, ctx: AppContext) -> Any:
        """Run the hooks before the view; one that returns a value answers in its place."""
        for prepare in self.url_value_preprocessors:
            prepare(ctx.request.endpoint, ctx.request.view_args)
        for function in self.before_request_funcs:
            value = self.ensure_sync(function)()
            if value is not None:
                return value
        return None

    def dispatch_request(self, ctx: AppContext) -> Any:
        """Call the view that the rule names, or raise why there is none."""
        request = ctx.request
        if request.routing_exception is not None:
            if self.debug:
                refuse_lossy_redirect(request)
            raise request.routing_exception
        rule = request.url_rule
        if request.method == "OPTIONS" and rule.provide_automatic_options:  # type: ignore[union-attr]
            return self.make_default_options_response(ctx)
        view = self.view_functions[rule.endpoint]  # type: ignore[union-attr]
        return self.ensure_sync(view)(**request.view_args)  # type: ignore[arg-type]

    def make_default_options_response(self, ctx: AppContext) -> Response:
        response = self.response_class()
        response.allow.update(ctx.url_adapter.allowed_methods())  # type: ignore[union-attr]
        return response

    def make_response(self, rv: Any) -> Response:
        """Make a response of what a view may return; raises `TypeError` for anything else.

        ``str``, ``bytes``, ``dict`` and ``list`` (JSON), a generator or iterator (a stream), a
        `Response`, a WSGI callable; or a tuple ``(any of these, status, headers)``, without the
        one or the other.
        """
        return make_response.make_response(self, rv)

    def finalize_request(
        self, ctx: AppContext, value: Any, *, from_error_handler: bool = False
    ) -> Response:
        """Make the response and run what comes after the view; of a stream nothing is read."""
        response = self.make_response(value)
        try:
            response = self.process_response(ctx, response)
            send(request_finished, self, response=response)
        except Exception:
            if not from_error_handler:
                raise
            self.logger.exception("Request finalizing failed with an error while handling an error")
        ctx.finalized = True
        return response

    def process_response(self, ctx: AppContext, response: Response) -> Response:
        """Run the functions that may change the response, and save the session last of all.

        Those of `after_this_request` in order, then those of `after_request` in reverse.
        """
        for function in ctx.after_request_functions:
            response = self.ensure_sync(function)(response)
        for function in reversed(self.after_request_funcs):
            response = self.ensure_sync(function)(response)
        session = ctx.open_session()
        if not self.session_interface.is_null_session(session):
            self.session_interface.save_session(ctx.app, session, response)
            if isinstance(session, SecureCookieSession):
                session.on_late_change = partial(SESSION_WRITTEN.tell, ctx.app)
        return response

    # Errors

    def handle_user_exception(self, ctx: AppContext, error: Exception) -> Any:
        """The answer of an error handler, or the HTTP error itself; otherwise raises again."""
        if isinstance(error, BadRequestKeyError) and (
            self.debug or self.config["TRAP_BAD_REQUEST_ERRORS"]
        ):
            error.show_exception = True
        if isinstance(error, HTTPException) and not self.trap_http_exception(error):
            return self.handle_http_exception(ctx, error)
        handler = self.find_error_handler(error)
        if handler is None:
            raise error
        return self.ensure_sync(handler)(error)

    def handle_http_exception(self, ctx: AppContext, error: HTTPException) -> Any:  # noqa: ARG002
        """The answer of the handler for an HTTP error; without one the error is the answer."""
        # An error without a code wraps a response; a redirect of the router is no error at all.
        if error.code is None or isinstance(error, RoutingException):
            return error
        handler = self.find_error_handler(error)
        return error if handler is None else self.ensure_sync(handler)(error)

    def trap_http_exception(self, error: Exception) -> bool:
        """Whether an HTTP error is to be treated as any exception, so that it can be debugged."""
        if self.config["TRAP_HTTP_EXCEPTIONS"]:
            return True
        trap = self.config["TRAP_BAD_REQUEST_ERRORS"]
        if trap is None:
            return self.debug and isinstance(error, BadRequestKeyError)
        return bool(trap) and isinstance(error, BadRequest)

    def handle_exception(self, ctx: AppContext, error: Exception) -> Response:
        """Answer 500 for what nobody handled, and log it; or let it through to the server.

        It is let through when testing or debugging, unless ``PROPAGATE_EXCEPTIONS`` says
        otherwise.
        """
        send(got_request_exception, self, exception=error)
        propagate = self.config["PROPAGATE_EXCEPTIONS"]
        if propagate or (propagate is None and (self.testing or self.debug)):
            raise error
        self.log_exception(ctx, sys.exc_info())  # type: ignore[arg-type]
        answer: Any = InternalServerError(original_exception=error)
        handler = self.find_error_handler(answer)
        if handler is not None:
            answer = self.ensure_sync(handler)(answer)
        return self.finalize_request(ctx, answer, from_error_handler=True)

    def log_exception(self, ctx: AppContext, exc_info: ExcInfo) -> None:
        """Log an exception with its traceback, in which cells show their lines too."""
        self.logger.error(
            "Exception on %s [%s]", ctx.request.path, ctx.request.method, exc_info=exc_info
        )

    # The end of a context

    def do_teardown_request(self, ctx: AppContext, exc: BaseException | None = None) -> None:  # noqa: ARG002
        self._tear_down("request", self.teardown_request_funcs, request_tearing_down, exc)

    def do_teardown_appcontext(self, ctx: AppContext, exc: BaseException | None = None) -> None:  # noqa: ARG002
        self._tear_down("app", self.teardown_appcontext_funcs, appcontext_tearing_down, exc)

    def _tear_down(
        self, what: str, functions: list[Callable[..., Any]], signal: Any, exc: BaseException | None
    ) -> None:
        if not functions and not signal.receivers:
            return
        errors: list[BaseException] = []
        for function in reversed(functions):
            collect(errors, self.ensure_sync(function), exc)
        collect(errors, lambda: send(signal, self, exc=exc))
        raise_collected(f"Errors during {what} teardown", errors)

    # Coroutines

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """*func* itself; an ``async def`` wrapped so that the call waits for its end."""
        # Nearly every hook and view is a plain function: one look at a flag, at every request.
        if func.__class__ is FunctionType and not func.__dict__:
            coroutine: Any = func.__code__.co_flags & CO_COROUTINE
        else:
            coroutine = iscoroutinefunction(func)
        return self.async_to_sync(func) if coroutine else func

    def async_to_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """A function that waits for the coroutine's end; override it for another event loop."""
        return async_views.waiting(func)
