"""The two frameworks that are compared: their modules, and how their apps are made."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import flask
from jinja2 import DictLoader

from streamlab import web

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FLASK_VERSION = ".".join(version("flask").split(".")[:2])


@dataclass(frozen=True)
class Framework:
    """A module with Flask's names, and a function that makes an app, which differs."""

    name: str
    module: Any
    make_app: Callable[[Mapping[str, str]], Any]


def _flask_app(templates: Mapping[str, str]) -> flask.Flask:
    app = flask.Flask("parity")
    app.jinja_loader = DictLoader(templates)
    return app


def _streamlab_app(templates: Mapping[str, str]) -> web.App:
    return web.App("parity", templates=dict(templates))


FLASK = Framework("flask", flask, _flask_app)
STREAMLAB = Framework("streamlab", web, _streamlab_app)
