"""The servers and middleware that an app can be run with here, and what is missing for others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamlab.harness.import_path import import_path
from streamlab.harness.stack import hook_problem
from streamlab.middleware import MIDDLEWARE
from streamlab.middleware.nginx import find_nginx
from streamlab.server import SERVERS
from streamlab.server.optional import why_not_installed

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Choice(NamedTuple):
    """A server or a middleware that an exchange can name.

    :param name: as in ``server="waitress"``.
    :param hint: why it cannot be used, and what to do, such as the command that installs it; "" if
        it can be used.

    >>> Choice("gzip").available, Choice("proxy", "Install nginx.").available
    (True, False)
    """

    name: str
    hint: str = ""

    @property
    def available(self) -> bool:
        """Whether it can be used."""
        return not self.hint


def server_choices(app: WSGIApplication) -> list[Choice]:
    """Return all servers, and why some of them cannot serve an app.

    :param app: any WSGI application.

    >>> for choice in server_choices(lambda environ, start_response: []):
    ...     print(choice.name, choice.available)
    werkzeug True
    werkzeug-stock True
    wsgiref True
    waitress True
    cheroot True
    gunicorn False
    gunicorn-gthread False
    """
    elsewhere: str | None = None
    choices = []
    for name, kind in SERVERS.items():
        hint = why_not_installed(kind.package) if kind.package else ""
        if kind.own_process and not hint:
            elsewhere = _why_not_elsewhere(app) if elsewhere is None else elsewhere
            hint = elsewhere
        choices.append(Choice(name, hint))
    return choices


def middleware_choices(app: WSGIApplication) -> list[Choice]:
    """Return all middleware that has a name, and why some of it cannot be used with an app.

    :param app: any WSGI application.

    >>> choices = middleware_choices(lambda environ, start_response: [])
    >>> [choice.name for choice in choices if "after_request" in choice.hint]
    ['get_data']
    """
    return [
        Choice(
            name, hook_problem(app, layer) or (_why_no_proxy() if layer.proxy is not None else "")
        )
        for name, layer in MIDDLEWARE.items()
    ]


def _why_not_elsewhere(app: WSGIApplication) -> str:
    """Return why another process cannot serve an app; "" if it can."""
    try:
        import_path(app)
    except ValueError as error:
        return str(error)
    return ""


def _why_no_proxy() -> str:
    try:
        find_nginx()
    except FileNotFoundError as error:
        return str(error)
    return ""
