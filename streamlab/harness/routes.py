"""Reads the routes of a streamlab or Flask app: which view answers, and which path to try first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException

from streamlab.trace.source import source_of_function

if TYPE_CHECKING:
    from streamlab.harness.scenario import Scenario
    from streamlab.trace.source import Source


def first_path(app: Any) -> str:
    """Return the first route that can be requested with GET and without arguments.

    :param app: any WSGI callable.
    :return: the path; ``/`` if no route fits, or if the app has no ``url_map``.

    >>> from streamlab import App
    >>> app = App()
    >>> @app.get("/users/<int:number>")
    ... def user(number):
    ...     return str(number)
    >>> @app.get("/hello")
    ... def hello():
    ...     return "hi"
    >>> first_path(app)
    '/hello'
    """
    rules = app.url_map.iter_rules() if hasattr(app, "url_map") else ()
    for rule in rules:
        if "GET" in (rule.methods or {"GET"}) and not rule.arguments:
            return str(rule.rule)
    return "/"


def view_source(app: Any, scenario: Scenario) -> Source | None:
    """Return the source of the view that answers a scenario's request.

    :param app: any WSGI callable. If it has no ``url_map`` but is a function, the function itself
        is the view.
    :param scenario: its path and method select the view.
    :return: the source; None if no route matches, or if Python does not have the source.

    >>> from streamlab.harness.scenario import Scenario
    >>> def app(environ, start_response):
    ...     start_response("200 OK", [])
    ...     return [b"Hello"]
    >>> view_source(app, Scenario("/")).text.splitlines()[0]
    'def app(environ, start_response):'
    """
    if not hasattr(app, "url_map"):
        return source_of_function(app) if hasattr(app, "__code__") else None
    path = scenario.path.partition("?")[0]
    try:
        endpoint, _ = app.url_map.bind("localhost").match(path, method=scenario.method)
    except HTTPException:  # no such route: the response will say so
        return None
    return source_of_function(app.view_functions[endpoint])
