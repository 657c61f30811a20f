"""URLs, both ways: what a request is matched against, and what ``url_for`` builds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.routing import BuildError
from werkzeug.wsgi import get_host

from streamlab.web.globals import current_context
from streamlab.web.scaffold import Scaffold

if TYPE_CHECKING:
    from werkzeug.routing import MapAdapter

    from streamlab.web.wrappers import Request


# What a fragment may hold as it is (RFC 3986 §3.5), and % for what is quoted already.
_ANCHOR_SAFE = "%!#$&'()*+,/:;=?@"


class Urls(Scaffold):
    """The part of `App` that knows its URLs."""

    subdomain_matching: bool

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """The routes, seen from a request, or from ``SERVER_NAME`` where there is none.

        Raises `werkzeug.exceptions.SecurityError` for a host that is not trusted.
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
            # Given a server name, werkzeug would match against it, not against the actual host.
            server_name = None
        elif not self.subdomain_matching:
            subdomain = self.url_map.default_subdomain or ""
        environ = request.environ
        if subdomain is None or server_name is not None or "HTTP_UPGRADE" in environ:
            return self.url_map.bind_to_environ(environ, server_name, subdomain)
        # The common case: what bind_to_environ would read from the environ, the request has read.
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
        """Make the URL of an endpoint: path only in a request, else whole (see ``SERVER_NAME``).

        Values that the rule has no place for become the query. Raises
        `werkzeug.routing.BuildError`, unless one of ``url_build_error_handlers`` knows a URL;
        `RuntimeError` where the host is not known; `ValueError` for a scheme on a path.
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
        """The URL that the first of ``url_build_error_handlers`` to know one returns."""
        for handler in self.url_build_error_handlers:
            try:
                url: str | None = handler(error, endpoint, values)
            except BuildError as another:  # noqa: PERF203 - each may fail, the next is asked
                error = another
            else:
                if url is not None:
                    return url
        raise error
