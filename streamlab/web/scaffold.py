"""Register views, hooks and template helpers, mostly with decorators.

Everything can be registered at any time, also after the first request. In a notebook, a cell that
runs again replaces what it registered before (see `streamlab.web.rerun`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.routing import Map, Rule

from streamlab.web.error_messages import endpoint_taken
from streamlab.web.rerun import add_or_replace, are_different_views, map_without
from streamlab.web.templating import default_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.web.config import Config
    from streamlab.web.templating import Environment

F = TypeVar("F", bound="Callable[..., Any]")
Hooks = list["Callable[..., Any]"]


class Scaffold:
    """The registering methods of `App`.

    :param host_matching: whether rules also match the host.
    """

    url_rule_class = Rule
    url_map_class = Map
    # Provided by App:
    config: Config
    jinja_env: Environment

    def __init__(self, *, host_matching: bool) -> None:
        self.url_map = self.url_map_class(host_matching=host_matching)
        self.view_functions: dict[str, Callable[..., Any]] = {}
        self.before_request_funcs: Hooks = []
        self.after_request_funcs: Hooks = []
        self.teardown_request_funcs: Hooks = []
        self.teardown_appcontext_funcs: Hooks = []
        self.template_context_processors: Hooks = [default_context]
        self.url_value_preprocessors: Hooks = []
        self.url_default_functions: Hooks = []
        self.url_build_error_handlers: Hooks = []

    # Routes

    def route(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Decorate a view function to answer the requests that match a rule.

        Source: Flask's page "Quickstart", section "Routing".

        :param rule: a path, which can have variables: ``"/user/<int:id>"``.
        :param options: ``methods`` (default ``["GET"]``; HEAD and OPTIONS are added), ``endpoint``
            (default: the view's name), and other arguments of `werkzeug.routing.Rule`.
        :return: a decorator that returns the view unchanged.
        :raises TypeError: if ``methods`` is a string.
        :raises AssertionError: if a different view has this endpoint.

        >>> from streamlab.web import App
        >>> app = App()
        >>> @app.route("/square/<int:n>", methods=["GET", "POST"])
        ... def square(n):
        ...     return str(n * n)
        >>> app.test_client().post("/square/12").text
        '144'
        """

        def decorator(view: F) -> F:
            self.add_url_rule(rule, options.pop("endpoint", None), view, **options)
            return view

        return decorator

    def get(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Decorate a view for GET requests.

        :param rule: as for `route`.
        :param options: as for `route`, without ``methods``.
        """
        return self._method_route("GET", rule, options)

    def post(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Decorate a view for POST requests.

        :param rule: as for `route`.
        :param options: as for `route`, without ``methods``.
        """
        return self._method_route("POST", rule, options)

    def put(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Decorate a view for PUT requests.

        :param rule: as for `route`.
        :param options: as for `route`, without ``methods``.
        """
        return self._method_route("PUT", rule, options)

    def patch(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Decorate a view for PATCH requests.

        :param rule: as for `route`.
        :param options: as for `route`, without ``methods``.
        """
        return self._method_route("PATCH", rule, options)

    def delete(self, rule: str, **options: Any) -> Callable[[F], F]:
        """Decorate a view for DELETE requests.

        :param rule: as for `route`.
        :param options: as for `route`, without ``methods``.
        """
        return self._method_route("DELETE", rule, options)

    def _method_route(self, method: str, rule: str, options: dict[str, Any]) -> Callable[[F], F]:
        if "methods" in options:
            raise TypeError("Use the 'route' decorator to use the 'methods' argument.")
        return self.route(rule, methods=[method], **options)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Register a rule and its view, as `route` does.

        :param rule: as for `route`.
        :param endpoint: the name of the rule; default: the view's name.
        :param view_func: the view. It can be registered later, with `endpoint`.
        :param provide_automatic_options: whether OPTIONS requests are answered without the view;
            default: the setting ``PROVIDE_AUTOMATIC_OPTIONS``.
        :param options: as for `route`.
        :raises TypeError: if ``methods`` is a string.
        :raises ValueError: if the rule is malformed.
        :raises AssertionError: if a different view has this endpoint, or if there is neither an
            endpoint nor a view.

        >>> from streamlab.web import App
        >>> app = App()
        >>> app.add_url_rule("/", "index", lambda: "Hello")
        >>> app.test_client().get("/").text
        'Hello'
        """
        if endpoint is None:
            if view_func is None:
                raise AssertionError(
                    "expected view func if endpoint is not provided.\n\nA rule needs a name. Either"
                    " give add_url_rule a view_func, or an endpoint whose view is registered later:"
                    " app.add_url_rule('/', endpoint='home')"
                )
            endpoint = view_func.__name__
        methods = options.pop("methods", None)
        if methods is None:
            methods = getattr(view_func, "methods", None) or ("GET",)
        if isinstance(methods, str):
            raise TypeError(
                "Allowed methods must be a list of strings, for example:"
                ' @app.route(..., methods=["POST"])'
            )
        methods = {method.upper() for method in methods}
        methods.update(getattr(view_func, "required_methods", ()))
        if provide_automatic_options is None:
            provide_automatic_options = getattr(view_func, "provide_automatic_options", None)
        if provide_automatic_options is None:
            automatic = self.config["PROVIDE_AUTOMATIC_OPTIONS"]
            provide_automatic_options = "OPTIONS" not in methods and automatic
        if provide_automatic_options:
            methods.add("OPTIONS")
        rule_object = self.url_rule_class(rule, methods=methods, endpoint=endpoint, **options)
        rule_object.provide_automatic_options = provide_automatic_options  # type: ignore[attr-defined]

        if view_func is not None:
            old = self.view_functions.get(endpoint)
            if old is not None and old != view_func:
                self._remove_rules(endpoint, rule, old, view_func)
            self.view_functions[endpoint] = view_func
        self.url_map.add(rule_object)

    def _remove_rules(
        self, endpoint: str, rule: str, old: Callable[..., Any], new: Callable[..., Any]
    ) -> None:
        """Remove the rules of a view that is defined again."""
        rules = {known.rule for known in self.url_map.iter_rules() if known.endpoint == endpoint}
        if rule not in rules and are_different_views(old, new):
            raise AssertionError(endpoint_taken(endpoint))
        self.url_map = map_without(self.url_map, endpoint)

    def endpoint(self, endpoint: str) -> Callable[[F], F]:
        """Decorate the view of an endpoint whose rule is registered with `add_url_rule`.

        :param endpoint: the name of the rule.
        """

        def decorator(view: F) -> F:
            self.view_functions[endpoint] = view
            return view

        return decorator

    # Hooks

    def before_request(self, f: F) -> F:
        """Register a function that runs before each view.

        :param f: called without arguments. If it returns a value other than None, this becomes the
            response and the view is not called.

        >>> from streamlab.web import App
        >>> app = App()
        >>> @app.before_request
        ... def closed():
        ...     return "closed today", 503
        >>> app.test_client().get("/").status_code
        503
        """
        return add_or_replace(self.before_request_funcs, f)

    def after_request(self, f: F) -> F:
        """Register a function that runs after each view, before the first chunk of a stream.

        The function that was registered last runs first.

        :param f: called with the response; returns the response to send.

        >>> from streamlab.web import App
        >>> app = App()
        >>> @app.after_request
        ... def add_header(response):
        ...     response.headers["X-Name"] = "value"
        ...     return response
        >>> app.test_client().get("/").headers["X-Name"]
        'value'
        """
        return add_or_replace(self.after_request_funcs, f)

    def teardown_request(self, f: F) -> F:
        """Register a function that runs when the context of a request is popped.

        If `stream_with_context` keeps the context, that is after the last chunk. All teardown
        functions run, even if one raises.

        :param f: called with the exception that was not handled, or None.

        >>> from streamlab.web import App
        >>> app = App()
        >>> @app.teardown_request
        ... def close(error):
        ...     print("closed", error)
        >>> with app.test_request_context("/"):
        ...     print("in the request")
        in the request
        closed None
        """
        return add_or_replace(self.teardown_request_funcs, f)

    def teardown_appcontext(self, f: F) -> F:
        """Register a function that runs when a context is popped, with a request or without.

        It runs after the functions of `teardown_request`.

        :param f: called with the exception that was not handled, or None.
        """
        return add_or_replace(self.teardown_appcontext_funcs, f)

    def context_processor(self, f: F) -> F:
        """Register a function that adds variables to every template.

        :param f: called without arguments; returns a dict of variables.

        >>> from streamlab.web import App, render_template_string
        >>> app = App()
        >>> @app.context_processor
        ... def add_year():
        ...     return {"year": 2026}
        >>> with app.app_context():
        ...     render_template_string("{{ year }}")
        '2026'
        """
        return add_or_replace(self.template_context_processors, f)

    def url_value_preprocessor(self, f: F) -> F:
        """Register a function that runs before the hooks and can change the view's arguments.

        :param f: called with the endpoint and the dict of arguments.
        """
        return add_or_replace(self.url_value_preprocessors, f)

    def url_defaults(self, f: F) -> F:
        """Register a function that can change the values from which `url_for` builds a URL.

        :param f: called with the endpoint and the dict of values.
        """
        return add_or_replace(self.url_default_functions, f)

    # Templates

    def template_filter(self, name: str | F | None = None) -> Any:
        """Decorate a function to use it as a filter in templates: ``{{ value|name }}``.

        :param name: the filter's name; default: the function's name.

        >>> from streamlab.web import App, render_template_string
        >>> app = App()
        >>> @app.template_filter
        ... def shout(text):
        ...     return text.upper()
        >>> with app.app_context():
        ...     render_template_string("{{ 'hello'|shout }}")
        'HELLO'
        """
        return _named(self.add_template_filter, name)

    def template_test(self, name: str | F | None = None) -> Any:
        """Decorate a function to use it as a test in templates: ``{% if value is name %}``.

        :param name: the test's name; default: the function's name.
        """
        return _named(self.add_template_test, name)

    def template_global(self, name: str | F | None = None) -> Any:
        """Decorate a function to use it in all templates: ``{{ name() }}``.

        :param name: the name in templates; default: the function's name.
        """
        return _named(self.add_template_global, name)

    def add_template_filter(self, f: Callable[..., Any], name: str | None = None) -> None:
        """Register a filter, as `template_filter` does.

        :param f: the function.
        :param name: the filter's name; default: the function's name.
        """
        self.jinja_env.filters[name or f.__name__] = f

    def add_template_test(self, f: Callable[..., Any], name: str | None = None) -> None:
        """Register a test, as `template_test` does.

        :param f: the function.
        :param name: the test's name; default: the function's name.
        """
        self.jinja_env.tests[name or f.__name__] = f

    def add_template_global(self, f: Callable[..., Any], name: str | None = None) -> None:
        """Register a function for all templates, as `template_global` does.

        :param f: the function.
        :param name: the name in templates; default: the function's name.
        """
        self.jinja_env.globals[name or f.__name__] = f


def _named(register: Callable[..., None], name: Any) -> Any:
    """Return a decorator that can be written with or without parentheses."""
    if callable(name):
        register(name)
        return name

    def decorator(f: F) -> F:
        register(f, name=name)
        return f

    return decorator
