"""The application, as it is made: settings, templates, URLs, contexts, and ways to call it.

What it is told (routes, hooks) is in `streamlab.web.scaffold`; what it does with a request, step
by step, in `streamlab.web.dispatch`.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from jinja2 import FileSystemLoader
from werkzeug.exceptions import Aborter
from werkzeug.utils import cached_property
from werkzeug.utils import redirect as werkzeug_redirect

from streamlab.web.config import DEFAULTS, Config, ConfigAttribute
from streamlab.web.ctx import AppContext, AppCtxGlobals
from streamlab.web.dispatch import Dispatcher
from streamlab.web.globals import g, request, session
from streamlab.web.helpers import get_flashed_messages
from streamlab.web.json import DefaultJSONProvider
from streamlab.web.paths import find_root, has_no_file
from streamlab.web.running import run
from streamlab.web.static import send_static_file, static_rule
from streamlab.web.templating import Environment, TemplateLoader

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from _typeshed.wsgi import WSGIEnvironment
    from jinja2 import BaseLoader
    from werkzeug.wrappers import Response as BaseResponse

    from streamlab.web.testing import AppClient


def _timedelta(value: timedelta | float) -> timedelta:
    return value if isinstance(value, timedelta) else timedelta(seconds=value)


class App(Dispatcher):
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

    config_class = Config
    app_ctx_globals_class = AppCtxGlobals
    aborter_class = Aborter
    json_provider_class = DefaultJSONProvider
    jinja_environment = Environment
    jinja_options: ClassVar[dict[str, Any]] = {}
    test_client_class: type[AppClient] | None = None
    default_config: ClassVar[dict[str, Any]] = DEFAULTS

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
        self.static_folder = static_folder
        if static_folder is not None:
            if bool(static_host) != host_matching:
                raise AssertionError(
                    "Invalid static_host/host_matching combination: with host_matching=True the"
                    " static folder needs a static_host, or static_folder=None."
                )
            rule = static_rule(static_folder, static_url_path)
            self.add_url_rule(rule, "static", send_static_file, host=static_host)

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

    def update_template_context(self, ctx: AppContext, context: dict[str, Any]) -> None:  # noqa: ARG002
        """Add what the context processors return; what was passed explicitly wins."""
        given = context.copy()
        for function in self.template_context_processors:
            context.update(self.ensure_sync(function)())
        context.update(given)

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
        from streamlab.web.testing import EnvironBuilder  # noqa: PLC0415 - no server needs it

        builder = EnvironBuilder(self, *args, **kwargs)
        try:
            environ = builder.get_environ()
        finally:
            builder.close()
        return self.request_context(environ)

    def test_client(self, use_cookies: bool = True, **kwargs: Any) -> AppClient:
        """A client that calls the application without a server; see `AppClient`."""
        from streamlab.web.testing import AppClient  # noqa: PLC0415 - no server needs it

        kind = self.test_client_class or AppClient
        return kind(self, self.response_class, use_cookies=use_cookies, **kwargs)

    def run(
        self,
        host: str | None = None,
        port: int | None = None,
        debug: bool | None = None,
        **options: Any,
    ) -> None:
        """Serve until interrupted, as a script does; *options* are `werkzeug.serving.run_simple`'s.

        Raises `RuntimeError` in a notebook, where the cell would never end: use `Lab` or `Server`.
        """
        if debug is not None:
            self.debug = debug
        run(self, host, port, options)
