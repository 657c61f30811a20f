"""URLs, both ways: what a request is matched against, and what ``url_for`` builds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.routing import BuildError
from werkzeug.wsgi import get_host

from .globals import current_context

if TYPE_CHECKING:
    from werkzeug.routing import MapAdapter

    from .app import App
    from .wrappers import Request


# What a fragment may hold as it is (RFC 3986 §3.5), and % for what is quoted already.
_ANCHOR_SAFE = "%!#$&'()*+,/:;=?@"


def create_url_adapter(app: App, request: Request | None) -> MapAdapter | None:
    """The routes, seen from a request, or from ``SERVER_NAME`` where there is none.

    Raises `werkzeug.exceptions.SecurityError` for a host that is not trusted.
    """
    config = app.config
    if request is None:
        if config["SERVER_NAME"] is None:
            return None
        return app.url_map.bind(
            config["SERVER_NAME"],
            script_name=config["APPLICATION_ROOT"],
            url_scheme=config["PREFERRED_URL_SCHEME"],
        )

    if config["TRUSTED_HOSTS"] is not None:
        request.trusted_hosts = config["TRUSTED_HOSTS"]
    request.host = get_host(request.environ, request.trusted_hosts)
    subdomain = None
    server_name = config["SERVER_NAME"]
    if app.url_map.host_matching:
        # Given a server name, werkzeug would match against it, not against the actual host.
        server_name = None
    elif not app.subdomain_matching:
        subdomain = app.url_map.default_subdomain or ""
    environ = request.environ
    if subdomain is None or "HTTP_UPGRADE" in environ:
        return app.url_map.bind_to_environ(environ, server_name=server_name, subdomain=subdomain)
    # The common case: what bind_to_environ would read from the environ, the request has read.
    return app.url_map.bind(
        server_name or request.host,
        request.root_path,
        subdomain,
        request.scheme,
        request.method,
        request.path if environ.get("PATH_INFO") else "",
        request.query_string.decode(errors="replace"),
    )


def url_for(
    app: App,
    endpoint: str,
    values: dict[str, Any],
    *,
    anchor: str | None,
    method: str | None,
    scheme: str | None,
    external: bool | None,
) -> str:
    """Build a URL; `App.url_for` documents it."""
    ctx = current_context.get(None)
    if ctx is not None and ctx.has_request:
        adapter = ctx.url_adapter
        if external is None:
            external = scheme is not None
    else:
        adapter = create_url_adapter(app, None) if ctx is None else ctx.url_adapter
        if external is None:
            external = True
    if adapter is None:
        raise RuntimeError(
            "Unable to build URLs outside an active request without 'SERVER_NAME' configured. Also"
            " configure 'APPLICATION_ROOT' and 'PREFERRED_URL_SCHEME' as needed."
        )
    if scheme is not None and not external:
        raise ValueError("When specifying '_scheme', '_external' must be True.")

    for function in app.url_default_functions:
        function(endpoint, values)
    try:
        url = adapter.build(
            endpoint, values, method=method, url_scheme=scheme, force_external=external
        )
    except BuildError as error:
        values |= {"_anchor": anchor, "_method": method, "_scheme": scheme, "_external": external}
        return app.handle_url_build_error(error, endpoint, values)
    if anchor is not None:
        url = f"{url}#{quote(anchor, safe=_ANCHOR_SAFE)}"
    return url


def handle_build_error(app: App, error: BuildError, endpoint: str, values: dict[str, Any]) -> str:
    """The URL that the first handler to know one returns; else the last error."""
    for handler in app.url_build_error_handlers:
        try:
            url: str | None = handler(error, endpoint, values)
        except BuildError as another:  # noqa: PERF203 - each may fail, the next is asked
            error = another
        else:
            if url is not None:
                return url
    raise error
