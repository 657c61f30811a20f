"""`App`, the application: its settings, templates and contexts, and the ways to call it.

The class is split over files by what its methods do. Each part declares the attributes of the other
parts that it uses:

- `streamlab.web.scaffold`: register routes, hooks and template helpers
- `streamlab.web.error_handlers`: register and find error handlers
- `streamlab.web.urls`: match and build URLs
- `streamlab.web.static`: the static folder
- `streamlab.web.dispatch`: handle a request
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import werkzeug.serving
from jinja2 import FileSystemLoader
from werkzeug.exceptions import Aborter
from werkzeug.utils import cached_property
from werkzeug.utils import redirect as werkzeug_redirect

from streamlab.web.config import DEFAULTS, Config, ConfigAttribute
from streamlab.web.ctx import AppContext, AppCtxGlobals
from streamlab.web.ctx_first import refuse_old_signatures
from streamlab.web.dispatch import Dispatcher
from streamlab.web.error_handlers import ErrorHandlers
from streamlab.web.globals import g, request, session
from streamlab.web.helpers import get_flashed_messages
from streamlab.web.json import DefaultJSONProvider
from streamlab.web.names_not_here import APP_INSTEAD, missing_attribute
from streamlab.web.paths import find_root, has_no_file
from streamlab.web.rerun import remember_app
from streamlab.web.scaffold import Scaffold
from streamlab.web.static import StaticFolder, send_static_file
from streamlab.web.templating import Environment, TemplateLoader
from streamlab.web.urls import UrlBuilder
from streamlab.wording import counted

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from _typeshed.wsgi import WSGIEnvironment
    from jinja2 import BaseLoader
    from werkzeug.wrappers import Response as BaseResponse

    from streamlab.web.testing import AppClient


def _timedelta(value: timedelta | float) -> timedelta:
    return value if isinstance(value, timedelta) else timedelta(seconds=value)


class App(Scaffold, ErrorHandlers, UrlBuilder, StaticFolder, Dispatcher):
    """A WSGI application (PEP 3333) with Flask's methods, made for notebooks.

    :param import_name: the module that the application belongs to; default: the calling module.
    :param templates: a dict of template sources by name, or a folder.
    :param template_folder: the folder for templates that are not in the dict; default:
        ``templates``. A relative path starts at `root_path`. None: no folder.
    :param static_folder: the folder of the static files; default: ``static``. A relative path
        starts at `root_path`. None: no folder.
    :param static_url_path: the URL of the static files; default: the folder's name.
    :param static_host: the host of the static files, needed with `host_matching`.
    :param root_path: the folder that relative paths start at; default: that of the module's file.
        A module without a file, as in a notebook, has the current directory.
    :param host_matching: whether rules also match the host.
    :param subdomain_matching: whether rules also match the part of the host before ``SERVER_NAME``.
    :raises AssertionError: if `static_host` and `host_matching` do not fit together.

    >>> from streamlab.web import App
    >>> app = App("lesson", templates={"hello.html": "Hello {{ name }}"})
    >>> @app.get("/")
    ... def hello():
    ...     return (part for part in ("Hello ", "World"))
    >>> app.test_client().get("/").text
    'Hello World'
    >>> app
    <App 'lesson' with 1 route>
    """

    config_class = Config
    app_ctx_globals_class = AppCtxGlobals
    aborter_class = Aborter
    json_provider_class = DefaultJSONProvider
    jinja_environment = Environment
    jinja_options: ClassVar[dict[str, Any]] = {}
    test_client_class: type[AppClient] | None = None
    default_config: ClassVar[dict[str, Any]] = DEFAULTS

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        refuse_old_signatures(cls, App)

    secret_key = ConfigAttribute("SECRET_KEY")
    permanent_session_lifetime = ConfigAttribute("PERMANENT_SESSION_LIFETIME", _timedelta)

    def __init__(
        self,
        import_name: str | None = None,
        *,
        templates: MutableMapping[str, str] | str | os.PathLike[str] | None = None,
        template_folder: str | os.PathLike[str] | None = "templates",
        static_folder: str | os.PathLike[str] | None = "static",
        static_url_path: str | None = None,
        static_host: str | None = None,
        root_path: str | None = None,
        host_matching: bool = False,
        subdomain_matching: bool = False,
    ) -> None:
        if import_name is None:
            import_name = sys._getframe(1).f_globals.get("__name__", "__main__")  # noqa: SLF001
        self.import_name = import_name
        self._cell_slot = remember_app(self) if import_name == "__main__" else None
        self.root_path = find_root(import_name) if root_path is None else root_path
        if isinstance(templates, (str, os.PathLike)):
            template_folder, templates = templates, None
        #: Template sources by name, preferred to the folder. The dict can change at any time.
        self.templates: MutableMapping[str, str] = {} if templates is None else templates
        self.template_folder = template_folder
        self.config = self.config_class(self.default_config)
        Scaffold.__init__(self, host_matching=host_matching)
        ErrorHandlers.__init__(self)
        self.subdomain_matching = subdomain_matching
        self.aborter = self.aborter_class()
        self.json = self.json_provider_class(self)
        self.extensions: dict[str, Any] = {}
        self.static_folder = static_folder
        self.static_url_path = static_url_path
        if self.has_static_folder:
            if bool(static_host) != host_matching:
                raise AssertionError(
                    "Invalid static_host/host_matching combination: with host_matching=True the"
                    " static folder needs a static_host, or static_folder=None."
                )
            rule = f"{self.static_url_path}/<path:filename>"
            self.add_url_rule(rule, "static", send_static_file, host=static_host)

    def __repr__(self) -> str:
        routes = sum(rule.endpoint != "static" for rule in self.url_map.iter_rules())
        return f"<{type(self).__name__} {self.name!r} with {counted(routes, 'route')}>"

    if not TYPE_CHECKING:  # a type checker would accept every name

        def __getattr__(self, name: str) -> Any:
            if name in APP_INSTEAD:
                raise missing_attribute(self, name)
            return object.__getattribute__(self, name)  # raises its own error again

    @cached_property
    def name(self) -> str:
        """The import name. In a script it is the name of the script's file."""
        file: str | None = getattr(sys.modules.get("__main__"), "__file__", None)
        if self.import_name != "__main__" or file is None:
            return self.import_name
        return os.path.splitext(os.path.basename(file))[0]  # noqa: PTH119, PTH122

    @property
    def debug(self) -> bool:
        """Whether exceptions are raised to the server and do not become a response (``DEBUG``)."""
        return bool(self.config["DEBUG"])

    @debug.setter
    def debug(self, value: bool) -> None:
        self.config["DEBUG"] = value
        if "jinja_env" in self.__dict__:
            self.jinja_env.auto_reload = self._auto_reload()

    # Templates

    @cached_property
    def jinja_loader(self) -> BaseLoader | None:
        """The loader of the template folder, or None without a folder."""
        if self.template_folder is None:
            return None
        return FileSystemLoader(os.path.join(self.root_path, self.template_folder))  # noqa: PTH118

    def create_global_jinja_loader(self) -> BaseLoader:
        """Return the loader of all templates. Override it to load them from somewhere else."""
        return TemplateLoader(self)

    @cached_property
    def jinja_env(self) -> Environment:
        """The Jinja environment, with Flask's globals. It is made when it is first used."""
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
            # For imported templates, which do not get the variables of the context processors.
            request=request,
            session=session,
            g=g,
        )
        env.policies["json.dumps_function"] = self.json.dumps
        return env

    def _auto_reload(self) -> bool:
        """Decide as Flask does, but always reload templates that can be edited in a cell."""
        wanted = self.config["TEMPLATES_AUTO_RELOAD"]
        if wanted is not None:
            return bool(wanted)
        return self.debug or bool(self.templates) or has_no_file(self.import_name)

    def select_jinja_autoescape(self, filename: str | None) -> bool:
        """Return whether a template is HTML, XML or SVG by its name, so that values are escaped.

        :param filename: the template's name; None for a template from a string, which is escaped.

        >>> app = App()
        >>> app.select_jinja_autoescape("page.html"), app.select_jinja_autoescape("mail.txt")
        (True, False)
        """
        return filename is None or filename.endswith((".html", ".htm", ".xml", ".xhtml", ".svg"))

    def update_template_context(self, ctx: AppContext, context: dict[str, Any]) -> None:  # noqa: ARG002
        """Add the variables of the context processors to a template's variables.

        :param ctx: the active context.
        :param context: the variables, changed in place. Those that it already has are kept.
        """
        given = context.copy()
        for function in self.template_context_processors:
            context.update(self.ensure_sync(function)())
        context.update(given)

    def redirect(self, location: str, code: int = 303) -> BaseResponse:
        """Make a response that redirects the client; see `streamlab.web.redirect`.

        :param location: the URL to redirect to.
        :param code: the status code.
        """
        return werkzeug_redirect(location, code=code, Response=self.response_class)

    # Contexts

    def app_context(self) -> AppContext:
        """Return a context without a request. In its ``with`` block ``g`` and ``current_app`` work.

        >>> from streamlab.web import current_app
        >>> with App("lesson").app_context():
        ...     current_app.name
        'lesson'
        """
        return AppContext(self)

    def request_context(self, environ: WSGIEnvironment) -> AppContext:
        """Return the context of a request.

        :param environ: the request, as a WSGI environ.
        """
        request = self.request_class(environ)
        request.json_module = self.json
        return AppContext(self, request=request)

    def test_request_context(self, *args: Any, **kwargs: Any) -> AppContext:
        """Return the context of a simulated request.

        :param args: the path and further arguments of `streamlab.web.testing.EnvironBuilder`.
        :param kwargs: further arguments, such as ``method``, ``data``, ``json`` or ``headers``.

        >>> from streamlab.web import request
        >>> with App().test_request_context("/hello", method="POST"):
        ...     request.method
        'POST'
        """
        from streamlab.web.testing import EnvironBuilder  # noqa: PLC0415 - servers do not need it

        builder = EnvironBuilder(self, *args, **kwargs)
        try:
            environ = builder.get_environ()
        finally:
            builder.close()
        return self.request_context(environ)

    # Callers

    def test_client(self, use_cookies: bool = True, **kwargs: Any) -> AppClient:
        """Return a client that calls the application without a server.

        :param use_cookies: whether the client keeps cookies from request to request.
        :param kwargs: further arguments of ``test_client_class``.

        >>> App().test_client().get("/nowhere").status
        '404 NOT FOUND'
        """
        from streamlab.web.testing import AppClient  # noqa: PLC0415 - servers do not need it

        kind = self.test_client_class or AppClient
        return kind(self, self.response_class, use_cookies=use_cookies, **kwargs)

    def run(
        self,
        host: str | None = None,
        port: int | None = None,
        debug: bool | None = None,
        load_dotenv: bool = True,  # noqa: ARG002 - as in Flask
        **options: Any,
    ) -> None:
        """Serve with werkzeug's development server until interrupted. Call this in a script.

        :param host: the address; default: that of ``SERVER_NAME``, or 127.0.0.1.
        :param port: the port; default: that of ``SERVER_NAME``, or 5000. 0: a free port.
        :param debug: sets the attribute `debug`; default: the attribute is not changed.
        :param load_dotenv: accepted as in Flask, but streamlab reads no ``.env`` files.
        :param options: further arguments of `werkzeug.serving.run_simple`.
        :raises RuntimeError: in a notebook, where the cell would never end.
        """
        if debug is not None:
            self.debug = debug
        if hasattr(sys.modules.get("__main__"), "get_ipython"):
            raise RuntimeError(
                "app.run() serves until it is interrupted, so this cell would never end.\n\nServe"
                " in the background: Lab(app) shows each exchange, Server(app).start() only serves."
            )
        named_host, _, named_port = (self.config["SERVER_NAME"] or "").partition(":")
        options = {
            "use_reloader": self.debug,
            "use_debugger": self.debug,
            "threaded": True,
            **options,
        }
        if port is None:
            port = int(named_port or 5000)
        if not werkzeug.serving.is_running_from_reloader():
            print(f" * Serving streamlab app {self.name!r}")  # noqa: T201 - as in Flask
            print(f" * Debug mode: {'on' if self.debug else 'off'}")  # noqa: T201
        werkzeug.serving.run_simple(host or named_host or "127.0.0.1", port, self, **options)
