"""Checks that an object is a WSGI application, before a server calls it.

A wrong object, such as an application factory or an ASGI application, would otherwise show itself
only as an error inside of the server.
"""

from __future__ import annotations

import functools
from inspect import isclass, iscoroutinefunction, isroutine, signature
from typing import Any

from streamlab.arguments import shown


def check_wsgi_app(app: Any, name: str = "app") -> None:
    """Raise an error that says what to do, unless an object can be a WSGI application (PEP 3333).

    :param app: the object. It is not called.
    :param name: how the user refers to it, such as ``"shop:app"``.
    :raises TypeError: if it is not callable, is an ASGI application, or takes other arguments.

    >>> from streamlab import App
    >>> check_wsgi_app(App())
    >>> check_wsgi_app(None)
    Traceback (most recent call last):
    TypeError: app is None, not a WSGI application. Pass a Flask or Django app, an App, or a \
function app(environ, start_response).
    >>> def create_app():
    ...     return App()
    >>> check_wsgi_app(create_app)
    Traceback (most recent call last):
    TypeError: app is the function create_app() and not an application: a server calls \
app(environ, start_response), and this function does not take these two arguments. If it makes the \
application, call it: create_app()
    """
    if not callable(app):
        what = "None" if app is None else f"{shown(app)}, a {type(app).__name__}"
        raise TypeError(
            f"{name} is {what}, not a WSGI application. Pass a Flask or Django app, an App, or a "
            "function app(environ, start_response)."
        )
    call = _called(app)
    if is_asgi(app):
        raise TypeError(
            f"{name} is an ASGI application ({_kind(app)}), and streamlab observes WSGI "
            "applications from inside. Start it with its own server and watch it from outside:\n\n"
            "    streamlab probe http://127.0.0.1:8000/path\n\n"
            "Or convert it with the package a2wsgi:\n\n"
            "    from a2wsgi import ASGIMiddleware\n"
            "    app = ASGIMiddleware(app)"
        )
    if iscoroutinefunction(call):
        raise TypeError(
            f"{name} is a coroutine function, and a server calls a WSGI application without await. "
            "Define it with def, not async def."
        )
    if isclass(app) and not hasattr(app, "__iter__"):
        raise TypeError(
            f"{name} is the class {app.__name__} and not an application. Make an object of it: "
            f"app = {app.__name__}(...)"
        )
    if not _takes(call, 2) or _has_only_defaults(call):
        title = getattr(app, "__name__", type(app).__name__)
        raise TypeError(
            f"{name} is the function {title}() and not an application: a server calls app(environ, "
            "start_response), and this function does not take these two arguments. If it makes the "
            f"application, call it: {title}()"
        )


def is_asgi(app: Any) -> bool:
    """Return whether an object is an ASGI application, such as one of FastAPI, Starlette or Quart.

    :param app: the object. It is not called.

    >>> async def app(scope, receive, send): ...
    >>> is_asgi(app), is_asgi(lambda environ, start_response: [])
    (True, False)
    """
    if not callable(app):
        return False
    call = _called(app)
    return _first_names(call) == ["scope", "receive", "send"] or (
        iscoroutinefunction(call) and _takes(call, 3) and not _takes(call, 2)
    )


def _called(app: Any) -> Any:
    """Return the function that runs when an object is called."""
    while isinstance(app, functools.partial):
        if app.args or app.keywords:
            return app
        app = app.func
    return app if isroutine(app) or isclass(app) else app.__call__


def _takes(call: Any, arguments: int) -> bool:
    """Return whether a function takes this number of positional arguments."""
    try:
        parameters = signature(call)
    except (TypeError, ValueError):  # Python does not know the parameters of every C function
        return True
    try:
        parameters.bind(*[None] * arguments)
    except TypeError:
        return False
    return True


def _has_only_defaults(call: Any) -> bool:
    """Return whether the first two parameters have defaults, which is so only for a factory."""
    try:
        first_two = list(signature(call).parameters.values())[:2]
    except (TypeError, ValueError):
        return False
    return all(one.default is not one.empty for one in first_two) and not (
        first_two[0].name.startswith("env")
    )


def _first_names(call: Any) -> list[str]:
    try:
        return list(signature(call).parameters)[:3]
    except (TypeError, ValueError):
        return []


def _kind(app: Any) -> str:
    if isroutine(app):
        return "a function"
    package = type(app).__module__.partition(".")[0]
    return f"{package}.{type(app).__name__}"
