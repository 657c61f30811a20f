"""Match a request's URL, and build URLs with `url_for`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.routing import BuildError
from werkzeug.wsgi import get_host

from streamlab.web.globals import current_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.routing import Map, MapAdapter

    from streamlab.web.config import Config
    from streamlab.web.wrappers import Request


# Characters that a fragment can contain (RFC 3986 section 3.5), and % for what is already quoted.
_ANCHOR_SAFE = "%!#$&'()*+,/:;=?@"


class UrlBuilder:
    """The methods of `App` that match and build URLs."""

    # Provided by App and Scaffold:
    config: Config
    url_map: Map
    subdomain_matching: bool
    url_default_functions: list[Callable[..., Any]]
    url_build_error_handlers: list[Callable[..., Any]]

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return the URL map bound to a request, or to ``SERVER_NAME``.

        :param request: the request, or None outside of a request.
        :return: the adapter; None outside of a request if ``SERVER_NAME`` is not set.
        :raises werkzeug.exceptions.SecurityError: if the request's host is not trusted.
        """
        config = self.config
        server_name = config["SERVER_NAME"]
        if request is None:
            if server_name is None:
                return None
            return self.url_map.bind(
                server_name,
                script_name=config["APPLICATION_ROOT"],
                url_scheme=config["PREFERRED_URL_SCHEME"],
            )

        if config["TRUSTED_HOSTS"] is not None:
            request.trusted_hosts = config["TRUSTED_HOSTS"]
        request.host = get_host(request.environ, request.trusted_hosts)
        subdomain = None
        if self.url_map.host_matching:
            # With a server name, werkzeug would match that and not the request's host.
            server_name = None
        elif not self.subdomain_matching:
            subdomain = self.url_map.default_subdomain or ""
        environ = request.environ
        if subdomain is None or server_name is not None or "HTTP_UPGRADE" in environ:
            return self.url_map.bind_to_environ(environ, server_name, subdomain)
        # In the common case the request already knows what bind_to_environ would read again.
        return self.url_map.bind(
            request.host,
            request.root_path,
            subdomain,
            request.scheme,
            request.method,
            request.path if environ.get("PATH_INFO") else "",
            request.query_string.decode(errors="replace"),
        )

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
        """Build the URL of an endpoint.

        :param endpoint: the name of the rule.
        :param _anchor: the fragment, after ``#``.
        :param _method: the method, if the endpoint has several rules.
        :param _scheme: the scheme of a full URL, such as ``"https"``.
        :param _external: whether to build a full URL. By default a URL is full outside of a
            request (see ``SERVER_NAME``) and with ``_scheme``, else it is a path.
        :param values: the variables of the rule. Other values become the query string.
        :raises werkzeug.routing.BuildError: if no rule matches and no function in
            ``url_build_error_handlers`` returns a URL.
        :raises RuntimeError: if the host is not known.
        :raises ValueError: if a scheme is given for a path.

        >>> from streamlab.web import App
        >>> app = App()
        >>> app.add_url_rule("/user/<name>", "user")
        >>> with app.test_request_context("/"):
        ...     app.url_for("user", name="a b", page=2)
        ...     app.url_for("user", name="x", _scheme="https")
        '/user/a%20b?page=2'
        'https://localhost/user/x'
        """
        ctx = current_context.get(None)
        in_request = ctx is not None and ctx.has_request
        adapter = self.create_url_adapter(None) if ctx is None else ctx.url_adapter
        if in_request:
            endpoint = endpoint.removeprefix(".")
        if adapter is None:
            raise RuntimeError(
                "Unable to build URLs outside an active request without 'SERVER_NAME' configured."
                " Also configure 'APPLICATION_ROOT' and 'PREFERRED_URL_SCHEME' as needed."
            )
        if _external is None:
            _external = not in_request or _scheme is not None
        if _scheme is not None and not _external:
            raise ValueError("When specifying '_scheme', '_external' must be True.")

        for function in self.url_default_functions:
            function(endpoint, values)
        try:
            url = adapter.build(endpoint, values, _method, _external, url_scheme=_scheme)
        except BuildError as error:
            values |= {"_anchor": _anchor, "_method": _method}
            values |= {"_scheme": _scheme, "_external": _external}
            return self.handle_url_build_error(error, endpoint, values)
        return url if _anchor is None else f"{url}#{quote(_anchor, safe=_ANCHOR_SAFE)}"

    def handle_url_build_error(
        self, error: BuildError, endpoint: str, values: dict[str, Any]
    ) -> str:
        """Return the first URL that a function in ``url_build_error_handlers`` returns.

        :param error: the error of the URL map.
        :param endpoint: the argument of `url_for`.
        :param values: the values of `url_for`, ``_anchor``, ``_method``, ``_scheme`` and
            ``_external`` included.
        :raises werkzeug.routing.BuildError: if no function returns a URL.
        """
        for handler in self.url_build_error_handlers:
            try:
                url: str | None = handler(error, endpoint, values)
            except BuildError as another:  # noqa: PERF203 - the next handler gets this error
                error = another
            else:
                if url is not None:
                    return url
        raise error
