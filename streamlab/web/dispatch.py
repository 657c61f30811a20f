"""Handle a request, from the WSGI call to the response.

The order is that of Flask 3.2::

    wsgi_app                    push the context
      full_dispatch_request     request_started, before_request, the view, error handlers
        finalize_request        make_response, after_request, session cookie, request_finished
      response(environ, ...)    return the body; no chunk of a stream has been made yet
                                pop the context: teardown, unless the stream keeps it

Source: Flask's page "The App and Request Context".
"""

from __future__ import annotations

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
from werkzeug.utils import cached_property

from streamlab.web import app_log, async_views, make_response
from streamlab.web.config import ConfigAttribute
from streamlab.web.ctx import collect, raise_collected
from streamlab.web.debughelpers import refuse_lossy_redirect
from streamlab.web.error_messages import explain_other_framework
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
from streamlab.web.wrappers import Request, Response

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterable

    from _typeshed import ExcInfo
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from streamlab.web.config import Config
    from streamlab.web.ctx import AppContext

    Functions = list[Callable[..., Any]]


class Dispatcher:
    """The methods of `App` that handle a request."""

    request_class: type[Request] = Request
    response_class: type[Response] = Response
    session_interface: SessionInterface = SecureCookieSessionInterface()
    testing = ConfigAttribute("TESTING")

    if TYPE_CHECKING:  # provided by App, Scaffold and ErrorHandlers
        config: Config
        debug: bool
        view_functions: dict[str, Callable[..., Any]]
        url_value_preprocessors: Functions
        before_request_funcs: Functions
        after_request_funcs: Functions
        teardown_request_funcs: Functions
        teardown_appcontext_funcs: Functions

        def request_context(self, environ: WSGIEnvironment) -> AppContext:
            """See `App`."""

        def find_error_handler(self, error: Exception) -> Callable[..., Any] | None:
            """See `ErrorHandlers`."""

    @cached_property
    def logger(self) -> logging.Logger:
        """The logger; the exceptions that became a response with status 500 are logged with it.

        If logging is not configured, it prints to stderr as Flask's does, but not in a notebook.
        """
        return app_log.logger_for(debug=self.debug)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call `wsgi_app`, and the middleware around it. This is the WSGI application.

        :param environ: the WSGI environ.
        :param start_response: called with the status and the headers.
        """
        return self.wsgi_app(environ, start_response)

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle one request (PEP 3333).

        Wrap middleware around this method, so that `app` remains the `App`:
        ``app.wsgi_app = ProfilerMiddleware(app.wsgi_app)``.

        :param environ: the WSGI environ.
        :param start_response: called with the status and the headers.
        :return: the body. The server must call its ``close()``.

        >>> from werkzeug.test import create_environ
        >>> from streamlab.web import App
        >>> app = App()
        >>> app.add_url_rule("/", "index", lambda: "Hello")
        >>> list(app.wsgi_app(create_environ("/"), lambda status, headers: print(status)))
        200 OK
        [b'Hello']
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
            # The test client and werkzeug's debugger keep the context.
            if "werkzeug.debug.preserve_context" in environ:
                environ["werkzeug.debug.preserve_context"](ctx)
            ctx.pop(error)

    def full_dispatch_request(self, ctx: AppContext) -> Response:
        """Return the response for the request of a pushed context, with all hooks and handlers.

        :param ctx: the context.
        """
        try:
            send(request_started, self)
            value = self.preprocess_request(ctx)
            if value is None:
                value = self.dispatch_request(ctx)
        except Exception as error:  # noqa: BLE001 - handle_user_exception decides
            value = self.handle_user_exception(ctx, error)
        try:
            return self.finalize_request(ctx, value)
        finally:
            # asgiref can keep this frame alive before Python 3.11. Without the variable, a stream
            # that `after_request` replaces still ends at once.
            del value

    def preprocess_request(self, ctx: AppContext) -> Any:
        """Run the functions of `url_value_preprocessor` and `before_request`.

        :param ctx: the context.
        :return: the first value other than None, which replaces the view's; else None.
        """
        for prepare in self.url_value_preprocessors:
            prepare(ctx.request.endpoint, ctx.request.view_args)
        for function in self.before_request_funcs:
            value = self.ensure_sync(function)()
            if value is not None:
                return value
        return None

    def dispatch_request(self, ctx: AppContext) -> Any:
        """Call the view of the matching rule and return its value.

        :param ctx: the context.
        :raises werkzeug.exceptions.HTTPException: if no rule matches.
        """
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
        """Return the response to an OPTIONS request: the allowed methods.

        :param ctx: the context.
        """
        response = self.response_class()
        response.allow.update(ctx.url_adapter.allowed_methods())  # type: ignore[union-attr]
        return response

    def make_response(self, rv: Any) -> Response:
        """Return a response made from a view's return value.

        :param rv: ``str``, ``bytes``, ``dict`` or ``list`` (JSON), a generator or another iterator
            (a stream), a `Response`, or a WSGI callable; or a tuple ``(body, status)``,
            ``(body, headers)`` or ``(body, status, headers)``.
        :raises TypeError: if it is something else.

        >>> from streamlab.web import App
        >>> app = App()
        >>> with app.test_request_context("/"):
        ...     app.make_response(("made", 201))
        <Response 4 bytes [201 CREATED]>
        """
        return make_response.make_response(self, rv)  # type: ignore[arg-type] # an App

    def finalize_request(
        self, ctx: AppContext, value: Any, from_error_handler: bool = False
    ) -> Response:
        """Make the response and run the functions that follow the view. No stream is read.

        :param ctx: the context.
        :param value: the view's return value.
        :param from_error_handler: whether to log further exceptions and not to raise them.
        """
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
        """Run the functions that can change the response, then save the session.

        The functions of `after_this_request` run first, in order. Then the functions of
        `after_request` run in reverse order.

        :param ctx: the context.
        :param response: the response.
        :return: the response to send.
        """
        for function in ctx.after_request_functions:
            response = self.ensure_sync(function)(response)
        for function in reversed(self.after_request_funcs):
            response = self.ensure_sync(function)(response)
        session = ctx.open_session()
        if not self.session_interface.is_null_session(session):
            self.session_interface.save_session(ctx.app, session, response)
            if isinstance(session, SecureCookieSession):
                session.on_late_change = partial(SESSION_WRITTEN.send, ctx.app)
        return response

    # Errors

    def handle_user_exception(self, ctx: AppContext, error: Exception) -> Any:
        """Return the value of an error handler, or the HTTP error itself.

        :param ctx: the context.
        :param error: raised by the view or by a hook.
        :raises Exception: the error, if it has no handler and is not an HTTP error.
        """
        if isinstance(error, BadRequestKeyError) and (
            self.debug or self.config["TRAP_BAD_REQUEST_ERRORS"]
        ):
            error.show_exception = True
        if isinstance(error, HTTPException) and not self.trap_http_exception(error):
            return self.handle_http_exception(ctx, error)
        explain_other_framework(error)
        handler = self.find_error_handler(error)
        if handler is None:
            raise error
        return self.ensure_sync(handler)(error)

    def handle_http_exception(self, ctx: AppContext, error: HTTPException) -> Any:  # noqa: ARG002
        """Return the value of the handler for an HTTP error, or the error itself.

        :param ctx: the context.
        :param error: the error, which is also a response.
        """
        # An error without a code wraps a response, and the router's redirect is not an error.
        if error.code is None or isinstance(error, RoutingException):
            return error
        handler = self.find_error_handler(error)
        return error if handler is None else self.ensure_sync(handler)(error)

    def trap_http_exception(self, error: Exception) -> bool:
        """Return whether an HTTP error is handled like other exceptions, for debugging.

        See ``TRAP_HTTP_EXCEPTIONS`` and ``TRAP_BAD_REQUEST_ERRORS``.

        :param error: the error.
        """
        if self.config["TRAP_HTTP_EXCEPTIONS"]:
            return True
        trap = self.config["TRAP_BAD_REQUEST_ERRORS"]
        if trap is None:
            return self.debug and isinstance(error, BadRequestKeyError)
        return bool(trap) and isinstance(error, BadRequest)

    def handle_exception(self, ctx: AppContext, error: Exception) -> Response:
        """Log an exception that has no handler, and return a response with status 500.

        :param ctx: the context.
        :param error: the exception.
        :raises Exception: the exception, in testing and debug mode, or as the setting
            ``PROPAGATE_EXCEPTIONS`` decides.
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
        """Log an exception with its traceback, which includes the lines of cells.

        :param ctx: the context.
        :param exc_info: the result of `sys.exc_info`.
        """
        self.logger.error(
            "Exception on %s [%s]", ctx.request.path, ctx.request.method, exc_info=exc_info
        )

    # Teardown

    def do_teardown_request(self, ctx: AppContext, exc: BaseException | None = None) -> None:  # noqa: ARG002
        """Run the functions of `teardown_request`, the last one first.

        :param ctx: the context, which is being popped.
        :param exc: the exception that was not handled.
        """
        self._tear_down("request", self.teardown_request_funcs, request_tearing_down, exc)

    def do_teardown_appcontext(self, ctx: AppContext, exc: BaseException | None = None) -> None:  # noqa: ARG002
        """Run the functions of `teardown_appcontext`, the last one first.

        :param ctx: the context, which is being popped.
        :param exc: the exception that was not handled.
        """
        self._tear_down("app", self.teardown_appcontext_funcs, appcontext_tearing_down, exc)

    def _tear_down(
        self, what: str, functions: Functions, signal: Any, exc: BaseException | None
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
        """Return a function that can be called without ``await``.

        :param func: an ordinary function, which is returned unchanged, or a coroutine function.

        >>> from streamlab.web import App
        >>> async def view():
        ...     return "Hello"
        >>> App().ensure_sync(view)()
        'Hello'
        """
        # Nearly all hooks and views are plain functions, for which a flag of the code is enough.
        if func.__class__ is FunctionType and not func.__dict__:
            coroutine: Any = func.__code__.co_flags & CO_COROUTINE
        else:
            coroutine = iscoroutinefunction(func)
        return self.async_to_sync(func) if coroutine else func

    def async_to_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that waits for a coroutine. Override it to use another event loop.

        :param func: the coroutine function.
        """
        return async_views.run_to_end(func)
