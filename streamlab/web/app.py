"""The application: what happens, in which order, from a WSGI call to a response.

    wsgi_app                    push the context
      full_dispatch_request     request_started, before_request, the view, error handlers
        finalize_request        make_response, after_request, session cookie, request_finished
      response(environ, ...)    hands out the body; of a stream not one chunk is made yet
                                pop the context: teardown, unless the stream keeps it

The order, the names and the signals are Flask's (3.2). What is told to an application, routes
and hooks, is in `streamlab.web.registry`.
"""

from __future__ import annotations

import logging
import os
import sys
from datetime import timedelta
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, ClassVar

from jinja2 import FileSystemLoader
from werkzeug.exceptions import (
    Aborter,
    BadRequest,
    BadRequestKeyError,
    HTTPException,
    InternalServerError,
)
from werkzeug.routing import RoutingException
from werkzeug.utils import cached_property
from werkzeug.utils import redirect as werkzeug_redirect

from . import responding, urls
from .config import DEFAULTS, Config, ConfigAttribute
from .ctx import AppContext, AppCtxGlobals, collect, raise_collected
from .globals import g, request, session
from .helpers import get_flashed_messages
from .json import DefaultJSONProvider
from .late import session_written_too_late
from .registry import Registry
from .root import find_root, has_no_file
from .sessions import SecureCookieSession, SecureCookieSessionInterface, SessionInterface
from .signals import (
    appcontext_tearing_down,
    got_request_exception,
    request_finished,
    request_started,
    request_tearing_down,
    send,
)
from .templating import Environment, TemplateLoader
from .wrappers import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, MutableMapping

    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from jinja2 import BaseLoader
    from werkzeug.routing import MapAdapter
    from werkzeug.wrappers import Response as BaseResponse

    from .testing import AppClient

# In a notebook whatever a thread writes to stderr lands, in red, in whichever cell ran last. So
# nothing is shown unless the learner, or the script, has configured logging.
logger = logging.getLogger("streamlab.web")
logger.addHandler(logging.NullHandler())


def _timedelta(value: timedelta | float) -> timedelta:
    return value if isinstance(value, timedelta) else timedelta(seconds=value)


class App(Registry):
    """A WSGI application (PEP 3333) with Flask's face, made for notebooks.

    *import_name* is the module it belongs to, by default the one that calls; templates are
    looked for in *templates*, a dict of sources (or a folder), and in *template_folder* beside
    that module, or below the current directory where there is no file, as in a notebook.

    >>> from streamlab.web import App
    >>> app = App(templates={"hello.html": "Hello {{ name }}"})
    >>> @app.get("/")
    ... def hello():
    ...     return (part for part in ("Hello ", "World"))
    >>> app.test_client().get("/").text
    'Hello World'
    """

    request_class: type[Request] = Request
    response_class: type[Response] = Response
    session_interface: SessionInterface = SecureCookieSessionInterface()
    config_class = Config
    app_ctx_globals_class = AppCtxGlobals
    aborter_class = Aborter
    json_provider_class = DefaultJSONProvider
    jinja_environment = Environment
    jinja_options: ClassVar[dict[str, Any]] = {}
    test_client_class: type[AppClient] | None = None
    default_config: ClassVar[dict[str, Any]] = DEFAULTS

    testing = ConfigAttribute("TESTING")
    secret_key = ConfigAttribute("SECRET_KEY")
    permanent_session_lifetime = ConfigAttribute("PERMANENT_SESSION_LIFETIME", _timedelta)

    def __init__(
        self,
        import_name: str | None = None,
        *,
        templates: MutableMapping[str, str] | str | os.PathLike[str] | None = None,
        template_folder: str | os.PathLike[str] | None = "templates",
        root_path: str | None = None,
        host_matching: bool = False,
        subdomain_matching: bool = False,
    ) -> None:
        if import_name is None:
            import_name = sys._getframe(1).f_globals.get("__name__", "__main__")  # noqa: SLF001
        self.import_name = import_name
        self.root_path = find_root(import_name) if root_path is None else root_path
        if isinstance(templates, (str, os.PathLike)):
            template_folder, templates = templates, None
        #: Sources by template name, looked at before the folder; change it at any time.
        self.templates: MutableMapping[str, str] = {} if templates is None else templates
        self.template_folder = template_folder
        self.config = self.config_class(self.default_config)
        super().__init__(host_matching=host_matching)
        self.subdomain_matching = subdomain_matching
        self.aborter = self.aborter_class()
        self.json = self.json_provider_class(self)
        self.extensions: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    @cached_property
    def name(self) -> str:
        """The import name; for a script the name of its file."""
        file: str | None = getattr(sys.modules.get("__main__"), "__file__", None)
        if self.import_name != "__main__" or file is None:
            return self.import_name
        return os.path.splitext(os.path.basename(file))[0]  # noqa: PTH119, PTH122

    @property
    def logger(self) -> logging.Logger:
        """Where errors go that became a 500: ``logging.getLogger("streamlab.web")``."""
        return logger

    @property
    def debug(self) -> bool:
        """Whether exceptions reach the server (and a debugger there) instead of becoming a 500."""
        return bool(self.config["DEBUG"])

    @debug.setter
    def debug(self, value: bool) -> None:
        self.config["DEBUG"] = value
        if "jinja_env" in self.__dict__:
            self.jinja_env.auto_reload = self._auto_reload()

    # Templates

    @cached_property
    def jinja_loader(self) -> BaseLoader | None:
        """Finds templates in the folder, if there is to be one."""
        if self.template_folder is None:
            return None
        return FileSystemLoader(os.path.join(self.root_path, self.template_folder))  # noqa: PTH118

    def create_global_jinja_loader(self) -> BaseLoader:
        """The loader of the whole application; override it to find templates elsewhere."""
        return TemplateLoader(self)

    @cached_property
    def jinja_env(self) -> Environment:
        """Jinja's environment, made at first use, with Flask's globals."""
        env = self.jinja_environment(
            self,
            **{
                "autoescape": self.select_jinja_autoescape,
                "auto_reload": self._auto_reload(),
                **self.jinja_options,
            },
        )
        env.globals.update(
            url_for=self.url_for,
            get_flashed_messages=get_flashed_messages,
            config=self.config,
            # For imported templates, which do not see what the context processors add.
            request=request,
            session=session,
            g=g,
        )
        env.policies["json.dumps_function"] = self.json.dumps
        return env

    def _auto_reload(self) -> bool:
        """As Flask decides it, and always where templates are edited between two requests."""
        wanted = self.config["TEMPLATES_AUTO_RELOAD"]
        if wanted is not None:
            return bool(wanted)
        return self.debug or bool(self.templates) or has_no_file(self.import_name)

    def select_jinja_autoescape(self, filename: str | None) -> bool:
        """Escape in templates whose name says HTML, XML or SVG, and in strings."""
        return filename is None or filename.endswith((".html", ".htm", ".xml", ".xhtml", ".svg"))

    def update_template_context(self, context: dict[str, Any]) -> None:
        """Add what the context processors return; what was passed explicitly wins."""
        given = context.copy()
        for function in self.template_context_processors:
            context.update(self.ensure_sync(function)())
        context.update(given)

    # URLs

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        return urls.create_url_adapter(self, request)

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """Make the URL of an endpoint: path only in a request, else whole (see ``SERVER_NAME``).

        Values that the rule has no place for become the query. Raises
        `werkzeug.routing.BuildError`, unless one of ``url_build_error_handlers`` knows a URL;
        `RuntimeError` where the host is not known; `ValueError` for a scheme on a path.
        """
        return urls.url_for(
            self,
            endpoint,
            values,
            anchor=_anchor,
            method=_method,
            scheme=_scheme,
            external=_external,
        )

    def redirect(self, location: str, code: int = 303) -> BaseResponse:
        return werkzeug_redirect(location, code=code, Response=self.response_class)

    # Contexts

    def app_context(self) -> AppContext:
        """A context without a request, for ``with``: ``g`` and ``current_app`` work in it.

        >>> from streamlab.web import current_app
        >>> with App("lesson").app_context():
        ...     current_app.name
        'lesson'
        """
        return AppContext(self)

    def request_context(self, environ: WSGIEnvironment) -> AppContext:
        """The context of the request that a WSGI environ describes."""
        request = self.request_class(environ)
        request.json_module = self.json
        return AppContext(self, request=request)

    def test_request_context(self, *args: Any, **kwargs: Any) -> AppContext:
        """The context of a pretended request; takes `werkzeug.test.EnvironBuilder`'s arguments.

        >>> from streamlab.web import request
        >>> with App().test_request_context("/hello", method="POST"):
        ...     request.method
        'POST'
        """
        from .testing import EnvironBuilder  # noqa: PLC0415 - no server needs it

        builder = EnvironBuilder(self, *args, **kwargs)
        try:
            environ = builder.get_environ()
        finally:
            builder.close()
        return self.request_context(environ)

    def test_client(self, use_cookies: bool = True, **kwargs: Any) -> AppClient:
        """A client that calls the application without a server; see `AppClient`."""
        from .testing import AppClient  # noqa: PLC0415 - no server needs it

        kind = self.test_client_class or AppClient
        return kind(self, self.response_class, use_cookies=use_cookies, **kwargs)

    # A request

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
        return responding.make_response(self, rv)

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
            self.session_interface.save_session(self, session, response)
            if isinstance(session, SecureCookieSession):
                session.on_late_change = lambda: session_written_too_late(self)
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
        self.log_exception(ctx, error)
        answer: Any = InternalServerError(original_exception=error)
        handler = self.find_error_handler(answer)
        if handler is not None:
            answer = self.ensure_sync(handler)(answer)
        return self.finalize_request(ctx, answer, from_error_handler=True)

    def log_exception(self, ctx: AppContext, error: BaseException) -> None:
        """Log an exception with its traceback, in which cells show their lines too."""
        self.logger.error(
            "Exception on %s [%s]", ctx.request.path, ctx.request.method, exc_info=error
        )

    # The end of a context

    def do_teardown_request(self, ctx: AppContext, exc: BaseException | None = None) -> None:  # noqa: ARG002
        self._tear_down("request", self.teardown_request_funcs, request_tearing_down, exc)

    def do_teardown_appcontext(self, ctx: AppContext, exc: BaseException | None = None) -> None:  # noqa: ARG002
        self._tear_down("app", self.teardown_appcontext_funcs, appcontext_tearing_down, exc)

    def _tear_down(
        self, what: str, functions: list[Callable[..., Any]], signal: Any, exc: BaseException | None
    ) -> None:
        errors: list[BaseException] = []
        for function in reversed(functions):
            collect(errors, self.ensure_sync(function), exc)
        if signal.receivers:
            collect(errors, lambda: send(signal, self, exc=exc))
        raise_collected(f"Errors during {what} teardown", errors)

    # Coroutines

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """*func* itself; an ``async def`` wrapped so that the call waits for its end."""
        return self.async_to_sync(func) if iscoroutinefunction(func) else func

    def async_to_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        try:
            from asgiref.sync import async_to_sync  # noqa: PLC0415 - an extra
        except ImportError:
            raise RuntimeError(
                "Install streamlab with the 'async' extra in order to use async views:"
                " pip install 'streamlab[async]'"
            ) from None
        return async_to_sync(func)  # type: ignore[no-any-return]
