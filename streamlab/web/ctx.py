"""The context: the application, ``g``, the request and the session, as long as they are active.

A context is *pushed* when a request begins and *popped* when the request ends; popping runs the
teardown functions. It can be pushed several times, as `stream_with_context` does: only the last pop
tears it down. As in Flask 3.2 there is one kind of context; without a request it is an app context.

Source: Flask's page "The App and Request Context".
"""

from __future__ import annotations

import sys
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.exceptions import HTTPException

from streamlab.web.error_messages import NO_REQUEST_IN_CONTEXT
from streamlab.web.globals import current_context
from streamlab.web.signals import appcontext_popped, appcontext_pushed, send
from streamlab.web.stream_warnings import AFTER_THIS_REQUEST, SESSION_READ

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextvars import Token

    from typing_extensions import Self
    from werkzeug.routing import MapAdapter

    from streamlab.web.app import App
    from streamlab.web.sessions import SessionMixin
    from streamlab.web.wrappers import Request, Response

F = TypeVar("F", bound="Callable[..., Any]")
_missing = object()

KEEP_CONTEXT = "streamlab.stream_with_context"
"""Key of the WSGI environ: False switches `stream_with_context` off for this request."""


class AppCtxGlobals:
    """The namespace behind ``g``, which exists as long as the context.

    >>> from streamlab.web import App, g
    >>> with App().app_context():
    ...     g.rows = 3
    ...     "rows" in g, g.get("columns", 0), g.pop("rows"), list(g)
    (True, 0, 3, [])
    """

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: object) -> None: ...

    def get(self, name: str, default: Any = None) -> Any:
        """Return an attribute.

        :param name: the attribute.
        :param default: what to return if it is not set.
        """
        return self.__dict__.get(name, default)

    def pop(self, name: str, default: Any = _missing) -> Any:
        """Remove an attribute and return it.

        :param name: the attribute.
        :param default: what to return if it is not set.
        :raises KeyError: if it is not set and there is no default.
        """
        if default is _missing:
            return self.__dict__.pop(name)
        return self.__dict__.pop(name, default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return an attribute, after setting it if it is not set.

        :param name: the attribute.
        :param default: the value to set.

        >>> AppCtxGlobals().setdefault("rows", 3)
        3
        """
        return self.__dict__.setdefault(name, default)

    def __contains__(self, name: str) -> bool:
        return name in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __repr__(self) -> str:
        ctx = current_context.get(None)
        return object.__repr__(self) if ctx is None else f"<streamlab.g of {ctx.app.name!r}>"


class AppContext:
    """The context of an application, with a request or without.

    Made by `App.app_context`, `App.test_request_context` and, for each request, by the `App`.

    :param app: the application.
    :param request: the request, or None for an app context.
    :param session: an open session. By default the session is opened at the first push.

    >>> from streamlab.web import App
    >>> with App("lesson").test_request_context("/hello") as ctx:
    ...     ctx.app.name, ctx.request.path, ctx.has_request
    ('lesson', '/hello', True)
    """

    def __init__(
        self,
        app: App,
        *,
        request: Request | None = None,
        session: SessionMixin | None = None,
    ) -> None:
        self.app = app
        self.g = app.app_ctx_globals_class()
        self.url_adapter: MapAdapter | None = None
        self.flashes: list[tuple[str, str]] | None = None
        self.after_request_functions: list[Callable[[Any], Response]] = []
        #: True once the status and the headers are final: later changes have no effect.
        self.finalized = False
        self._request = request
        self._session = session
        self._token: Token[AppContext] | None = None
        self._push_count = 0
        try:
            self.url_adapter = app.create_url_adapter(request)
        except HTTPException as error:
            if request is not None:
                request.routing_exception = error

    @property
    def has_request(self) -> bool:
        """Whether the context belongs to a request."""
        return self._request is not None

    @property
    def can_be_kept(self) -> bool:
        """Whether `stream_with_context` keeps this context. The `Lab` can switch it off."""
        return self._request is None or self._request.environ.get(KEEP_CONTEXT) is not False

    @property
    def request(self) -> Request:
        """The request.

        :raises RuntimeError: if the context has no request.
        """
        if self._request is None:
            raise RuntimeError(NO_REQUEST_IN_CONTEXT)
        return self._request

    @property
    def session(self) -> SessionMixin:
        """The session. Reading this attribute adds the header ``Vary: Cookie``.

        :raises RuntimeError: if the context has no request.
        """
        session = self.open_session()
        if self.finalized and not session.accessed:
            SESSION_READ.send(self.app)
        session.accessed = True
        return session

    def open_session(self) -> SessionMixin:
        """Return the session, opened if necessary. It does not count as accessed.

        :raises RuntimeError: if the context has no request.
        """
        if self._session is None:
            interface = self.app.session_interface
            self._session = interface.open_session(self.app, self.request)
            if self._session is None:
                self._session = interface.make_null_session(self.app)
        return self._session

    def copy(self) -> Self:
        """Return a new context with the same request and session, for another thread."""
        return self.__class__(self.app, request=self._request, session=self._session)

    def match_request(self) -> None:
        """Set the request's ``url_rule`` and ``view_args``, or its ``routing_exception``.

        The exception is raised later, because hooks and error handlers run first.
        """
        request, adapter = self.request, self.url_adapter
        if adapter is None:
            return
        try:
            request.url_rule, arguments = adapter.match(return_rule=True)
        except HTTPException as error:
            request.routing_exception = error
        else:
            request.view_args = dict(arguments)

    def push(self) -> None:
        """Make this the active context. The first push also opens the session and routes.

        >>> from streamlab.web import App, has_request_context
        >>> ctx = App().test_request_context("/")
        >>> ctx.push()
        >>> has_request_context()
        True
        >>> ctx.pop()
        """
        self._push_count += 1
        if self._token is not None:
            return
        self._token = current_context.set(self)
        send(appcontext_pushed, self.app)
        if self._request is not None:
            self.open_session()
            self.match_request()

    def pop(self, exc: BaseException | None = None) -> None:
        """Undo one `push`. The last pop runs all teardown functions, even if one raises.

        :param exc: the unhandled exception, passed on to the teardown functions.
        :raises RuntimeError: if this context is not pushed, or is not the active context.
        :raises BaseExceptionGroup: with what the teardown functions raised. Before Python 3.11
            the first of these exceptions is raised.
        """
        active = current_context.get(None)
        if self._token is None:
            raise RuntimeError(f"Cannot pop this context ({self!r}), it is not pushed.")
        if active is None:
            raise RuntimeError(
                f"Cannot pop this context ({self!r}), there is no active context.\n\n"
                "It was pushed in another thread. A stream that keeps its context must be read"
                " and closed by the thread that called the application."
            )
        if active is not self:
            raise RuntimeError(
                f"Cannot pop this context ({self!r}), it is not the active context ({active!r})."
                "\n\nTwo streams are read alternately in one thread, and contexts form a stack."
                " Read the later stream to its end first, or call its close()."
            )
        self._push_count -= 1
        if self._push_count > 0:
            return

        errors: list[BaseException] = []
        if self._request is not None:
            collect(errors, self.app.do_teardown_request, self, exc)
            collect(errors, self._request.close)
        collect(errors, self.app.do_teardown_appcontext, self, exc)
        current_context.reset(self._token)
        self._token = None
        collect(errors, send, appcontext_popped, self.app)
        raise_collected("Errors during context teardown", errors)

    def __enter__(self) -> Self:
        self.push()
        return self

    def __exit__(self, _kind: object, exc: BaseException | None, _traceback: object) -> None:
        self.pop(exc)

    def __repr__(self) -> str:
        start = f"<{type(self).__name__} {id(self)} of {self.app.name}"
        if self._request is None:
            return f"{start}>"
        return f"{start}, {self._request.method} {self._request.url!r}>"


def collect(errors: list[BaseException], function: Callable[..., Any], *args: Any) -> None:
    """Call a function and append what it raises to a list, so that the next function runs too.

    :param errors: the list, for `raise_collected`.
    :param function: the function.
    :param args: its arguments.
    """
    try:
        function(*args)
    except BaseException as error:  # noqa: BLE001 - raised by raise_collected
        errors.append(error)


def raise_collected(message: str, errors: list[BaseException]) -> None:
    """Raise the collected exceptions together.

    :param message: the text of the group.
    :param errors: the exceptions; if the list is empty, nothing is raised.
    :raises BaseExceptionGroup: with all exceptions. Before Python 3.11 the first one is raised.
    """
    if not errors:
        return
    if sys.version_info >= (3, 11):
        raise BaseExceptionGroup(message, errors)  # noqa: F821 - Python 3.11
    raise errors[0]


def has_request_context() -> bool:
    """Return whether a request is active, so that ``request`` and ``session`` can be used.

    >>> has_request_context()
    False
    """
    ctx = current_context.get(None)
    return ctx is not None and ctx.has_request


def has_app_context() -> bool:
    """Return whether an application is active, so that ``g`` and ``current_app`` can be used.

    >>> has_app_context()
    False
    """
    return current_context.get(None) is not None


def after_this_request(f: F) -> F:
    """Register a function that is called with the response of the active request.

    Call it in the view. While the body is sent it is too late: the function does not run, as in
    Flask, and the signal `warned` is sent.

    :param f: called with the response; returns the response to send.
    :return: the function itself, so this can be used as a decorator.
    :raises RuntimeError: if no request is active.

    >>> from streamlab.web import App
    >>> app = App()
    >>> @app.get("/")
    ... def index():
    ...     @after_this_request
    ...     def no_store(response):
    ...         response.headers["Cache-Control"] = "no-store"
    ...         return response
    ...     return "fresh"
    >>> app.test_client().get("/").headers["Cache-Control"]
    'no-store'
    """
    ctx = current_context.get(None)
    if ctx is None or not ctx.has_request:
        raise RuntimeError(
            "'after_this_request' can only be used when a request context is active, such as in"
            " a view function.\n\nTo run a function after every request, use @app.after_request."
        )
    if ctx.finalized:
        AFTER_THIS_REQUEST.send(ctx.app)
    ctx.after_request_functions.append(f)
    return f


def copy_current_request_context(f: F) -> F:
    """Decorate a function to run in another thread or task with a copy of the active context.

    The copy shares the request and the session. Read the request's body and use ``session`` in the
    view, before the thread starts.

    :param f: the function of the thread or task.
    :return: the decorated function.
    :raises RuntimeError: if no context is active.

    >>> from threading import Thread
    >>> from streamlab.web import App, request
    >>> with App().test_request_context("/?name=World"):
    ...     @copy_current_request_context
    ...     def work():
    ...         print(request.args["name"])
    ...     thread = Thread(target=work); thread.start(); thread.join()
    World
    """
    ctx = current_context.get(None)
    if ctx is None:
        raise RuntimeError(
            "'copy_current_request_context' can only be used when a request context is active,"
            " such as in a view function.\n\nNo context is active here that could be copied."
            " Decorate the function inside the view that starts the thread."
        )
    copied = ctx.copy()

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with copied:
            return copied.app.ensure_sync(f)(*args, **kwargs)

    return update_wrapper(wrapper, f)  # type: ignore[return-value]
