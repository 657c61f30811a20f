"""Requests without a server: the test client, and the environ of a pretended request."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from copy import copy
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import werkzeug.test
from werkzeug.wrappers import Request as BaseRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed.wsgi import WSGIEnvironment
    from typing_extensions import Self
    from werkzeug.test import TestResponse

    from streamlab.web.app import App
    from streamlab.web.ctx import AppContext
    from streamlab.web.sessions import SessionMixin


class EnvironBuilder(werkzeug.test.EnvironBuilder):
    """`werkzeug.test.EnvironBuilder`, with host, scheme and root from the app's config."""

    def __init__(
        self,
        app: App,
        path: str = "/",
        base_url: str | None = None,
        subdomain: str | None = None,
        url_scheme: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        if base_url is not None and (subdomain or url_scheme):
            raise AssertionError('Cannot pass "subdomain" or "url_scheme" with "base_url".')
        if base_url is None:
            host = app.config["SERVER_NAME"] or "localhost"
            if subdomain:
                host = f"{subdomain}.{host}"
            url = urlsplit(path)
            scheme = url.scheme or url_scheme or app.config["PREFERRED_URL_SCHEME"]
            root = app.config["APPLICATION_ROOT"].lstrip("/")
            base_url = f"{scheme}://{url.netloc or host}/{root}"
            path = f"{url.path}?{url.query}" if url.query else url.path
        self.app = app
        super().__init__(path, base_url, *args, **kwargs)

    def json_dumps(self, obj: Any, **kwargs: Any) -> str:
        return self.app.json.dumps(obj, **kwargs)


class AppClient(werkzeug.test.Client):
    """`werkzeug.test.Client`, which under ``with`` keeps the context of the last request.

    That is handy in a test, and it hides the lack of `stream_with_context`: the generator finds
    the kept request. Read the stream outside a ``with`` to see what a server would see.

    >>> from streamlab.web import App, request
    >>> app = App()
    >>> with app.test_client() as client:
    ...     _ = client.get("/?name=World")
    ...     request.args["name"]
    'World'
    """

    application: App

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.preserve_context = False
        self._new_contexts: list[AppContext] = []
        self._kept_contexts = ExitStack()
        self.environ_base: dict[str, Any] = {
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_USER_AGENT": f"Werkzeug/{version('werkzeug')}",
        }

    @contextmanager
    def session_transaction(self, *args: Any, **kwargs: Any) -> Iterator[SessionMixin]:
        """Change the session that the client will send; takes `App.test_request_context`'s.

        >>> from streamlab.web import App, session
        >>> app = App(); app.secret_key = "only for this example"
        >>> @app.get("/")
        ... def index():
        ...     return session["name"]
        >>> client = app.test_client()
        >>> with client.session_transaction() as changed:
        ...     changed["name"] = "World"
        >>> client.get("/").text
        'World'
        """
        if self._cookies is None:
            raise TypeError("Cookies are disabled. Create a client with 'use_cookies=True'.")
        app = self.application
        interface = app.session_interface
        ctx = app.test_request_context(*args, **kwargs)
        self._add_cookies_to_wsgi(ctx.request.environ)
        with ctx:
            session = interface.open_session(app, ctx.request)
        if session is None:
            raise RuntimeError(
                "Session backend did not open a session.\n\nA session needs a key to be signed"
                ' with: app.secret_key = "only for this notebook"'
            )
        yield session
        if interface.is_null_session(session):
            return
        response = app.response_class()
        with ctx:
            interface.save_session(app, session, response)
        self._update_cookies_from_response(
            ctx.request.host.partition(":")[0],
            ctx.request.path,
            response.headers.getlist("Set-Cookie"),
        )

    def _environ(self, other: WSGIEnvironment) -> WSGIEnvironment:
        environ = {**self.environ_base, **other}
        if self.preserve_context:
            environ["werkzeug.debug.preserve_context"] = self._new_contexts.append
        return environ

    def _request(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> BaseRequest:
        """The request that the arguments of `open` describe, in one of four ways."""
        given = args[0] if args else None
        if isinstance(given, BaseRequest):
            request = copy(given)
            request.environ = self._environ(request.environ)
            return request
        if isinstance(given, werkzeug.test.EnvironBuilder):
            builder = copy(given)
            builder.environ_base = self._environ(dict(builder.environ_base or {}))
            return builder.get_request()
        if isinstance(given, dict):
            return EnvironBuilder.from_environ(
                given, app=self.application, environ_base=self._environ({})
            ).get_request()
        kwargs["environ_base"] = self._environ(kwargs.get("environ_base", {}))
        builder = EnvironBuilder(self.application, *args, **kwargs)
        try:
            return builder.get_request()
        finally:
            builder.close()

    def open(
        self,
        *args: Any,
        buffered: bool = False,
        follow_redirects: bool = False,
        **kwargs: Any,
    ) -> TestResponse:
        """Send a request; the methods `get`, `post` and so on come here."""
        request = self._request(args, kwargs)
        # One request's context is kept at a time, not those of redirects on the way as well.
        self._kept_contexts.close()
        response = super().open(request, buffered=buffered, follow_redirects=follow_redirects)
        response.json_module = self.application.json  # type: ignore[assignment]
        for ctx in self._new_contexts:
            self._kept_contexts.enter_context(ctx)
        self._new_contexts.clear()
        return response

    def __enter__(self) -> Self:
        if self.preserve_context:
            raise RuntimeError("Cannot nest client invocations")
        self.preserve_context = True
        return self

    def __exit__(self, *_: object) -> None:
        self.preserve_context = False
        self._kept_contexts.close()
