"""Refuse methods with the signatures of Flask 3.1, which do not have the context.

Since Flask 3.2 the methods that handle a request take the context as their first parameter. A
subclass that overrides one with the old signature would fail in every request, so its definition
raises the error.

Source: Flask's changelog, version 3.2.0.
"""

from __future__ import annotations

from inspect import Parameter, Signature, getattr_static, isfunction, signature
from typing import Any

from streamlab.web.ctx import AppContext


def refuse_old_signatures(cls: type, base: type) -> None:
    """Raise an error if a class overrides a method that takes the context, but does not take it.

    :param cls: the class.
    :param base: the class whose methods are overridden.
    :raises TypeError: with the signature to write instead.

    >>> from streamlab.web import App
    >>> class Timed(App):
    ...     def dispatch_request(self):
    ...         return super().dispatch_request()
    Traceback (most recent call last):
    TypeError: Timed.dispatch_request(self) does not take the context. Since Flask 3.2 it is the \
first parameter of this method. Write:
    <BLANKLINE>
        def dispatch_request(self, ctx):
            return super().dispatch_request(ctx)
    <BLANKLINE>
    The request is ctx.request.
    """
    for name, method in vars(cls).items():
        overridden = getattr_static(base, name, None)
        if not isfunction(method) or not isfunction(overridden):
            continue
        if _takes_context(overridden) and not _takes_context(method):
            raise TypeError(_message(cls, name, signature(method), signature(overridden)))


def _takes_context(method: Any) -> bool:
    """Return whether the first parameter after ``self`` is the context, by its name or its type."""
    first_two = list(signature(method).parameters.values())[:2]
    if any(parameter.kind is Parameter.VAR_POSITIONAL for parameter in first_two):
        return True
    if len(first_two) < 2:
        return False
    annotation = first_two[1].annotation
    return (
        first_two[1].name.lstrip("_") == "ctx"
        or (isinstance(annotation, str) and _class_of(annotation) == "AppContext")
        or (isinstance(annotation, type) and issubclass(annotation, AppContext))
    )


def _class_of(annotation: str) -> str:
    return annotation.strip("'\"").rpartition(".")[2]


def _message(cls: type, name: str, given: Signature, wanted: Signature) -> str:
    names = [one.name for one in wanted.parameters.values()]
    return (
        f"{cls.__name__}.{name}({', '.join(given.parameters)}) does not take the context. Since"
        " Flask 3.2 it is the first parameter of this method. Write:\n\n"
        f"    def {name}({', '.join(names)}):\n"
        f"        return super().{name}({', '.join(names[1:])})\n\n"
        "The request is ctx.request."
    )
