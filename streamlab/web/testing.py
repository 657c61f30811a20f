"""The test client, and the WSGI environ of a simulated request. No server is needed.

Source: Flask's page "Testing Flask Applications".
"""

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
    """`werkzeug.test.EnvironBuilder`, with host, scheme and root from the application's settings.

    :param app: the application.
    :param path: the path, with a query string or without; or a full URL.
    :param base_url: the URL of the application; default: made of ``PREFERRED_URL_SCHEME``,
        ``SERVER_NAME`` and ``APPLICATION_ROOT``.
    :param subdomain: put before the host, if there is no `base_url`.
    :param url_scheme: the scheme, if there is no `base_url`.
    :param args: further arguments of `werkzeug.test.EnvironBuilder`.
    :param kwargs: further arguments of `werkzeug.test.EnvironBuilder`.
    :raises AssertionError: if `base_url` is given together with `subdomain` or `url_scheme`.

    >>> from streamlab.web import App
    >>> EnvironBuilder(App(), "/hello", subdomain="www").get_environ()["HTTP_HOST"]
    'www.localhost'
    """

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
        """Return a value as JSON, as the application writes it.

        :param obj: the value.
        :param kwargs: the arguments of `json.dumps`.
        """
        return self.app.json.dumps(obj, **kwargs)


class AppClient(werkzeug.test.Client):
    """The client of `App.test_client`; see also `werkzeug.test.Client`.

    Inside a ``with`` block it keeps the context of the last request. A test can then read
    ``request``. A generator without `stream_with_context` can read it too, so the test does not
    find the missing wrapper. To test a stream as a server reads it, do not use ``with``.

    :param args: the arguments of `werkzeug.test.Client`.
    :param kwargs: the arguments of `werkzeug.test.Client`.

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
        """Open the client's session in a ``with`` block, to change it for the next request.

        :param args: the arguments of `App.test_request_context`.
        :param kwargs: the arguments of `App.test_request_context`.
        :raises TypeError: if the client does not use cookies.
        :raises RuntimeError: if the application has no secret key.

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
                "Session backend did not open a session.\n\nThe application needs a secret key to"
                ' sign it: app.secret_key = "only for this notebook"'
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
        """Return the request that the arguments of `open` describe."""
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
        """Send a request. The methods `get`, `post` and so on call this.

        :param args: a path and further arguments of `EnvironBuilder`; or an `EnvironBuilder`, a
            WSGI environ or a request.
        :param buffered: whether to read the whole body and close the response.
        :param follow_redirects: whether to follow redirects.
        :param kwargs: further arguments of `EnvironBuilder`.
        """
        request = self._request(args, kwargs)
        # Only the last request's context is kept, and not that of each redirect.
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
