"""What the controls of the panel offer: paces, middleware and servers.

A control shows names. The kernel keeps the values, because a middleware can be any callable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from streamlab.harness.choices import middleware_choices, server_choices
from streamlab.harness.stack import switch_problem
from streamlab.middleware import MIDDLEWARE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import WSGIApplication

    from streamlab.harness.choices import Choice
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
    return {
        "paces": list(PACES),
        "middleware": _options(middleware_choices(app)),
        "servers": _options(server_choices(app)),
        "no_switch": switch_problem(app),
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


def _options(choices: Iterable[Choice]) -> list[Option]:
    return [{"value": choice.name, "missing": choice.hint} for choice in choices]
