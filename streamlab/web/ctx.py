"""The context: what is known while a request is handled, and how long it is known.

One object carries the application, ``g``, the request and the session. It is *pushed* when
the request begins and *popped* when it ends, and popping runs the teardown functions. It may
be pushed several times (`stream_with_context` does just that): only the last pop tears down.
There is one kind of context, as in Flask 3.2; with no request in it, it is an app context.
"""

from __future__ import annotations

import sys
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.exceptions import HTTPException

from streamlab.web.globals import NO_REQUEST_IN_CONTEXT, current_context
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


class AppCtxGlobals:
    """What ``g`` stands for: a bare namespace that lives as long as the context.

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
        return self.__dict__.get(name, default)

    def pop(self, name: str, default: Any = _missing) -> Any:
        """Take an attribute away and return it; `KeyError` if there is none and no default."""
        if default is _missing:
            return self.__dict__.pop(name)
        return self.__dict__.pop(name, default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        return self.__dict__.setdefault(name, default)

    def __contains__(self, name: str) -> bool:
        return name in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __repr__(self) -> str:
        ctx = current_context.get(None)
        return object.__repr__(self) if ctx is None else f"<streamlab.g of {ctx.app.name!r}>"


class AppContext:
    """An application at work, with the request it works on if there is one.

    Made by `App.app_context`, `App.test_request_context` and, for a request, by the `App`.
    `push` and `pop` raise what hooks and teardown functions raise; `pop` raises `RuntimeError`
    when this context is not the active one (an interleaved pop, or one in another thread).
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
        #: Set once the head of the response is settled: what comes later comes too late.
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
        return self._request is not None

    @property
    def request(self) -> Request:
        if self._request is None:
            raise RuntimeError(NO_REQUEST_IN_CONTEXT)
        return self._request

    @property
    def session(self) -> SessionMixin:
        session = self.open_session()
        if self.finalized and not session.accessed:
            SESSION_READ.tell(self.app)
        session.accessed = True
        return session

    def open_session(self) -> SessionMixin:
        """The session, opened if need be, without counting it as used (see ``Vary: Cookie``)."""
        if self._session is None:
            interface = self.app.session_interface
            self._session = interface.open_session(self.app, self.request)
            if self._session is None:
                self._session = interface.make_null_session(self.app)
        return self._session

    def copy(self) -> Self:
        """Another context over the same request and session: for another thread, say."""
        return self.__class__(self.app, request=self._request, session=self._session)

    def match_request(self) -> None:
        """Find the route. Failure is kept for later: hooks and error handlers come first."""
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
        """Make this the active context; on the first push also open the session and route."""
        self._push_count += 1
        if self._token is not None:
            return
        self._token = current_context.set(self)
        send(appcontext_pushed, self.app)
        if self._request is not None:
            self.open_session()
            self.match_request()

    def pop(self, exc: BaseException | None = None) -> None:
        """Undo one `push`; on the last one tear down, every function called even if one raises.

        Errors are raised together at the end, as an `ExceptionGroup` (before Python 3.11 there
        is none: the first error alone).
        """
        active = current_context.get(None)
        if self._token is None:
            raise RuntimeError(f"Cannot pop this context ({self!r}), it is not pushed.")
        if active is None:
            raise RuntimeError(
                f"Cannot pop this context ({self!r}), there is no active context.\n\n"
                "It was pushed in another thread: a stream that keeps its context must be read"
                " and closed by the thread that called the application."
            )
        if active is not self:
            raise RuntimeError(
                f"Cannot pop this context ({self!r}), it is not the active context ({active!r})."
                "\n\nTwo streams are being read by turns in one thread. Contexts are a stack:"
                " finish or close the later stream first."
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
        what = f"<{type(self).__name__} {id(self)} of {self.app.name}"
        if self._request is None:
            return f"{what}>"
        return f"{what}, {self._request.method} {self._request.url!r}>"


def collect(errors: list[BaseException], function: Callable[..., Any], *args: Any) -> None:
    """Call *function*; keep what it raises for `raise_collected`, so that the next one runs."""
    try:
        function(*args)
    except BaseException as error:  # noqa: BLE001 - kept, and raised by raise_collected
        errors.append(error)


def raise_collected(message: str, errors: list[BaseException]) -> None:
    if not errors:
        return
    if sys.version_info >= (3, 11):
        raise BaseExceptionGroup(message, errors)  # noqa: F821 - Python 3.11
    raise errors[0]


def has_request_context() -> bool:
    """Whether ``request`` and ``session`` stand for something here.

    >>> has_request_context()
    False
    """
    ctx = current_context.get(None)
    return ctx is not None and ctx.has_request


def has_app_context() -> bool:
    """Whether ``g`` and ``current_app`` stand for something here.

    >>> has_app_context()
    False
    """
    return current_context.get(None) is not None


def after_this_request(f: F) -> F:
    """Have *f* called with the response of this request; it returns the one to send.

    Raises `RuntimeError` where there is no request. Called while the body streams, it is too
    late (the head has been sent): nothing happens, as in Flask, but `warned` tells.

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
            " a view function.\n\nFor every request of an application use @app.after_request."
        )
    if ctx.finalized:
        AFTER_THIS_REQUEST.tell(ctx.app)
    ctx.after_request_functions.append(f)
    return f


def copy_current_request_context(f: F) -> F:
    """Decorate *f* to run, in another thread or task, with a copy of the context of now.

    Raises `RuntimeError` where no context is active. Read the request's body and touch
    ``session`` in the view first: the copy shares both objects.

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
            " such as in a view function.\n\nUse it inside the view, where the thread is started:"
            " at the top of a cell there is nothing to copy."
        )
    copied = ctx.copy()

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with copied:
            return copied.app.ensure_sync(f)(*args, **kwargs)

    return update_wrapper(wrapper, f)  # type: ignore[return-value]
