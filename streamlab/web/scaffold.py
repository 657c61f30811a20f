"""What an application is told before requests come, or, in a notebook, between them.

Routes, hooks, error handlers and template helpers. A cell that runs again does not add a second
copy of what it defined: it replaces it. Nothing is ever too late.
"""

from __future__ import annotations

from contextlib import suppress
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.routing import Map, Rule

from streamlab.web.error_messages import endpoint_taken
from streamlab.web.templating import default_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.web.config import Config
    from streamlab.web.templating import Environment

F = TypeVar("F", bound="Callable[..., Any]")
Hooks = list["Callable[..., Any]"]


class Scaffold:
    """The part of `App` that learners call, mostly as decorators."""

    url_rule_class = Rule
    url_map_class = Map
    config: Config
    jinja_env: Environment

    def __init__(self, *, host_matching: bool) -> None:
        self.url_map = self.url_map_class(host_matching=host_matching)
        self.view_functions: dict[str, Callable[..., Any]] = {}
        self.error_handlers: dict[int | None, dict[type[Exception], Callable[..., Any]]] = {}
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
        """Decorate a view to answer requests for *rule*, such as ``"/user/<int:id>"``.

        *methods* (default ``["GET"]``; HEAD and OPTIONS come of themselves), *endpoint* (the
        view's name), *defaults* and what else `werkzeug.routing.Rule` takes. The same function
        name again replaces the view and its rules. Source: Flask's "Routing".

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
        """`route` with ``methods=["GET"]``."""
        return self._method_route("GET", rule, options)

    def post(self, rule: str, **options: Any) -> Callable[[F], F]:
        """`route` with ``methods=["POST"]``."""
        return self._method_route("POST", rule, options)

    def put(self, rule: str, **options: Any) -> Callable[[F], F]:
        """`route` with ``methods=["PUT"]``."""
        return self._method_route("PUT", rule, options)

    def patch(self, rule: str, **options: Any) -> Callable[[F], F]:
        """`route` with ``methods=["PATCH"]``."""
        return self._method_route("PATCH", rule, options)

    def delete(self, rule: str, **options: Any) -> Callable[[F], F]:
        """`route` with ``methods=["DELETE"]``."""
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
        """What `route` does, as a call; *view_func* may follow later, see `endpoint`.

        Raises `TypeError` for *methods* as a string, `ValueError` for a malformed rule, and
        `AssertionError` if two different views would share an endpoint, or if there is neither.
        """
        if endpoint is None:
            if view_func is None:
                raise AssertionError(
                    "expected view func if endpoint is not provided.\n\nA rule needs a name: give"
                    " add_url_rule a view_func, or an endpoint whose view follows."
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
                self._forget(endpoint, rule, old, view_func)
            self.view_functions[endpoint] = view_func
        self.url_map.add(rule_object)

    def _forget(
        self, endpoint: str, rule: str, old: Callable[..., Any], new: Callable[..., Any]
    ) -> None:
        """Drop the rules of a view that is defined anew: werkzeug's Map cannot, so build another.

        Requests under way keep the map that they were matched with.
        """
        rules = list(self.url_map.iter_rules())
        if _hide_each_other(old, new) and rule not in {
            known.rule for known in rules if known.endpoint == endpoint
        }:
            raise AssertionError(endpoint_taken(endpoint))
        was = self.url_map
        self.url_map = self.url_map_class(
            default_subdomain=was.default_subdomain,
            strict_slashes=was.strict_slashes,
            merge_slashes=was.merge_slashes,
            redirect_defaults=was.redirect_defaults,
            converters=was.converters,
            sort_parameters=was.sort_parameters,
            sort_key=was.sort_key,
            host_matching=was.host_matching,
        )
        for known in rules:
            if known.endpoint != endpoint:
                again = known.empty()
                automatic = known.provide_automatic_options  # type: ignore[attr-defined]
                again.provide_automatic_options = automatic  # type: ignore[attr-defined]
                self.url_map.add(again)

    def endpoint(self, endpoint: str) -> Callable[[F], F]:
        """Decorate the view of an endpoint whose rule was given with `add_url_rule`."""

        def decorator(view: F) -> F:
            self.view_functions[endpoint] = view
            return view

        return decorator

    # Hooks

    def before_request(self, f: F) -> F:
        """Call *f* before each view; what it returns, unless None, is the response instead.

        >>> from streamlab.web import App
        >>> app = App()
        >>> @app.before_request
        ... def closed():
        ...     return "closed today", 503
        >>> app.test_client().get("/").status_code
        503
        """
        return _add(self.before_request_funcs, f)

    def after_request(self, f: F) -> F:
        """Call *f* with each response, last registered first; it returns the one to send.

        It runs before the first chunk of a stream is made.
        """
        return _add(self.after_request_funcs, f)

    def teardown_request(self, f: F) -> F:
        """Call *f* when the request's context is popped: with a kept one, after the last chunk.

        It gets the exception that was not handled, or None. All run, even if one raises.
        """
        return _add(self.teardown_request_funcs, f)

    def teardown_appcontext(self, f: F) -> F:
        """As `teardown_request`, and for contexts without a request too; runs after it."""
        return _add(self.teardown_appcontext_funcs, f)

    def context_processor(self, f: F) -> F:
        """Have *f* return a dict of further variables for every template."""
        return _add(self.template_context_processors, f)

    def url_value_preprocessor(self, f: F) -> F:
        """Call ``f(endpoint, view_args)`` before the hooks; it may change the arguments."""
        return _add(self.url_value_preprocessors, f)

    def url_defaults(self, f: F) -> F:
        """Call ``f(endpoint, values)`` before a URL is built; it may change the values."""
        return _add(self.url_default_functions, f)

    # Errors

    def errorhandler(self, code_or_exception: type[Exception] | int) -> Callable[[F], F]:
        """Decorate a function that answers for a status code or a class of exceptions.

        A handler for the code goes before one for the class, the nearest class of the MRO
        first. Raises `TypeError` or `ValueError` for what is neither.

        >>> from streamlab.web import App
        >>> app = App()
        >>> @app.errorhandler(404)
        ... def missing(error):
        ...     return "no such page", 404
        >>> app.test_client().get("/nowhere").text
        'no such page'
        """

        def decorator(f: F) -> F:
            self.register_error_handler(code_or_exception, f)
            return f

        return decorator

    def register_error_handler(
        self, code_or_exception: type[Exception] | int, f: Callable[..., Any]
    ) -> None:
        """What `errorhandler` does, as a call."""
        exception_class = _exception_class(code_or_exception)
        code = exception_class.code if issubclass(exception_class, HTTPException) else None
        self.error_handlers.setdefault(code, {})[exception_class] = f

    def find_error_handler(self, error: Exception) -> Callable[..., Any] | None:
        code = type(error).code if isinstance(error, HTTPException) else None
        for key in (None,) if code is None else (code, None):
            handlers = self.error_handlers.get(key)
            if handlers:
                for kind in type(error).__mro__:
                    if kind in handlers:
                        return handlers[kind]
        return None

    # Templates

    def template_filter(self, name: str | F | None = None) -> Any:
        """Decorate a function to be a filter, ``{{ value|name }}``; with or without a name."""
        return _named(self.add_template_filter, name)

    def template_test(self, name: str | F | None = None) -> Any:
        """Decorate a function to be a test, ``{% if value is name %}``."""
        return _named(self.add_template_test, name)

    def template_global(self, name: str | F | None = None) -> Any:
        """Decorate a function to be known in every template, ``{{ name() }}``."""
        return _named(self.add_template_global, name)

    def add_template_filter(self, f: Callable[..., Any], name: str | None = None) -> None:
        self.jinja_env.filters[name or f.__name__] = f

    def add_template_test(self, f: Callable[..., Any], name: str | None = None) -> None:
        self.jinja_env.tests[name or f.__name__] = f

    def add_template_global(self, f: Callable[..., Any], name: str | None = None) -> None:
        self.jinja_env.globals[name or f.__name__] = f


def _named(register: Callable[..., None], name: Any) -> Any:
    """A decorator that may be written with or without parentheses."""
    if callable(name):
        register(name)
        return name

    def decorator(f: F) -> F:
        register(f, name=name)
        return f

    return decorator


def _add(hooks: Hooks, new: F) -> F:
    """Append a hook, or put it in the place of the one that the same cell defined before."""
    for index, old in enumerate(hooks):
        if _is_rerun(old, new):
            hooks[index] = new
            return new
    hooks.append(new)
    return new


def _is_rerun(old: Any, new: Any) -> bool:
    """Whether *new* is *old* defined once more by a cell that ran again, perhaps edited.

    Two functions of one file at different lines are two functions, whatever their names; so are
    two closures made by one ``def`` in a loop, which share their code object.
    """
    old_code, new_code = getattr(old, "__code__", None), getattr(new, "__code__", None)
    return (
        old_code is not None
        and new_code is not None
        and old_code is not new_code
        and (old.__module__, old.__qualname__) == (new.__module__, new.__qualname__)
        and (
            old_code.co_filename != new_code.co_filename
            or old_code.co_firstlineno == new_code.co_firstlineno
        )
    )


def _hide_each_other(old: Any, new: Any) -> bool:
    """Whether two views with one name are different views, not one defined again.

    True for lambdas and other views without a name of their own, and for wrappers that a decorator
    made around functions of other names.
    """
    names = {getattr(view, "__name__", "<lambda>") for view in (old, new)}
    return "<lambda>" in names or _wrapped(old) != _wrapped(new)


def _wrapped(view: Any) -> list[str]:
    names = []
    for cell in getattr(view, "__closure__", None) or ():
        with suppress(ValueError):  # a cell whose variable has no value yet
            if isinstance(cell.cell_contents, FunctionType):
                names.append(cell.cell_contents.__name__)
    return names


def _exception_class(code_or_exception: Any) -> type[Exception]:
    if isinstance(code_or_exception, int):
        if code_or_exception not in default_exceptions:
            raise ValueError(
                f"'{code_or_exception}' is not a recognized HTTP error code. Use a subclass of"
                " HTTPException with that code instead."
            )
        return default_exceptions[code_or_exception]
    if isinstance(code_or_exception, Exception):
        raise TypeError(
            f"{code_or_exception!r} is an instance, not a class. Handlers can only be registered"
            " for Exception classes or HTTP error codes."
        )
    if not issubclass(code_or_exception, Exception):
        raise ValueError(  # noqa: TRY004 - Flask's choice
            f"'{code_or_exception.__name__}' is not a subclass of Exception. Handlers can only be"
            " registered for Exception classes or HTTP error codes."
        )
    exception_class: type[Exception] = code_or_exception
    return exception_class
