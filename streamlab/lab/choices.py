"""What the controls of the panel offer: paces, middleware and servers.

A control shows names. The kernel keeps the values, because a middleware can be any callable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from streamlab.harness.import_path import import_path
from streamlab.harness.stack import context_can_be_switched
from streamlab.middleware import MIDDLEWARE
from streamlab.server import SERVERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import WSGIApplication

    from streamlab.middleware import Middleware
    from streamlab.trace.gate import Pace

PACES: tuple[Pace, ...] = (None, 0.1, 0.5, 1.0, "step")


class Option(TypedDict):
    """One entry of a drop-down list."""

    value: str
    missing: str
    """Why it cannot be chosen, with what to do; "" if it can."""


class Choices(TypedDict):
    """What the controls offer for one app."""

    paces: list[Pace]
    middleware: list[Option]
    servers: list[Option]
    no_switch: str
    """Why `stream_with_context` cannot be switched off for this app; "" if it can."""


def choices_for(app: WSGIApplication) -> Choices:
    """Return what the controls offer for an app.

    :param app: any WSGI application.

    >>> choices = choices_for(lambda environ, start_response: [])
    >>> choices["paces"]
    [None, 0.1, 0.5, 1.0, 'step']
    >>> [option["value"] for option in choices["servers"] if option["missing"]]
    ['gunicorn', 'gunicorn-gthread']
    """
    missing = _missing_elsewhere(app)
    return {
        "paces": list(PACES),
        "middleware": [{"value": name, "missing": ""} for name in MIDDLEWARE],
        "servers": [
            {"value": name, "missing": missing if kind.own_process else ""}
            for name, kind in SERVERS.items()
        ],
        "no_switch": _no_switch(app),
    }


class Layers:
    """The middleware that a panel can name: those of streamlab, and those of its runs.

    >>> layers = Layers()
    >>> layers.named(["gzip"])
    ('gzip',)
    """

    def __init__(self) -> None:
        self._values: dict[str, Any] = {name: name for name in MIDDLEWARE}

    def names_of(self, layers: Iterable[Middleware]) -> list[str]:
        """Return the names of some layers, and remember the layers by these names.

        :param layers: the layers of a scenario, the one nearest to the app first.
        """
        names = []
        for layer in layers:
            self._values.setdefault(layer.name, layer)
            names.append(layer.name)
        return names

    def named(self, names: Iterable[str]) -> tuple[Any, ...]:
        """Return the layers with these names, as `Scenario` takes them.

        :param names: an unknown name is returned as it is, and `Scenario` explains it.
        """
        return tuple(self._values.get(name, name) for name in names)

    def __repr__(self) -> str:
        return f"<Layers {', '.join(self._values)}>"


def _missing_elsewhere(app: WSGIApplication) -> str:
    """Return why another process cannot serve an app; "" if it can."""
    try:
        import_path(app)
    except ValueError as error:
        return str(error)
    return ""


def _no_switch(app: Any) -> str:
    if context_can_be_switched(app):
        return ""
    return (
        "Only an App of streamlab has this switch. Remove stream_with_context(...) from the view "
        "instead, or write `from streamlab import App`."
    )
