"""Register functions that make the response for an error, and find the one for an exception.

Source: Flask's page "Handling Application Errors".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.exceptions import HTTPException, default_exceptions

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")


class ErrorHandlers:
    """The methods of `App` for error handlers."""

    def __init__(self) -> None:
        #: Handlers by status code (None: any other exception) and class.
        self.error_handlers: dict[int | None, dict[type[Exception], Callable[..., Any]]] = {}

    def errorhandler(self, code_or_exception: type[Exception] | int) -> Callable[[F], F]:
        """Decorate a function that makes the response for an error.

        A handler for a status code is preferred to a handler for a class. Among classes, the
        nearest one in the exception's MRO is used.

        :param code_or_exception: a status code or a class of exceptions. The function is called
            with the exception and returns what a view may return.
        :raises TypeError: if it is an instance of an exception.
        :raises ValueError: if it is another class or an unknown status code.

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
        """Register an error handler, as `errorhandler` does.

        :param code_or_exception: as for `errorhandler`.
        :param f: called with the exception; returns what a view may return.
        """
        exception_class = _exception_class(code_or_exception)
        code = exception_class.code if issubclass(exception_class, HTTPException) else None
        self.error_handlers.setdefault(code, {})[exception_class] = f

    def find_error_handler(self, error: Exception) -> Callable[..., Any] | None:
        """Return the error handler for an exception, or None.

        :param error: the exception.
        """
        code = type(error).code if isinstance(error, HTTPException) else None
        for key in (None,) if code is None else (code, None):
            handlers = self.error_handlers.get(key)
            if handlers:
                for kind in type(error).__mro__:
                    if kind in handlers:
                        return handlers[kind]
        return None


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
