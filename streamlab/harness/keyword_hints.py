"""Errors for keyword arguments that a function does not have: they name the nearest one it has."""

from __future__ import annotations

from difflib import get_close_matches
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C")


def hint_keywords(**reasons: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a function so that an unknown keyword raises a `TypeError` with a hint.

    The signature stays the same for `help`, for completion and for type checkers.

    :param reasons: why the function does not have a keyword that the reader may expect, by its
        name. This text is used instead of the nearest keyword.

    >>> @hint_keywords(size="use length= instead: one unit for all functions")
    ... def cut(path, *, length=1, middleware=()):
    ...     return path[:length]
    >>> cut("/stream", length=3)
    '/st'
    >>> cut("/stream", midleware="gzip")
    Traceback (most recent call last):
    TypeError: cut() has no keyword 'midleware'; did you mean 'middleware'?
    >>> cut("/stream", size=3)
    Traceback (most recent call last):
    TypeError: cut() has no keyword 'size': use length= instead: one unit for all functions
    >>> cut("/stream", x=3)
    Traceback (most recent call last):
    TypeError: cut() has no keyword 'x'. It has: path, length, middleware
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        names = [name for name in signature(function).parameters if name != "self"]
        title = function.__qualname__.removesuffix(".__init__")

        @wraps(function)
        def call(*args: P.args, **keywords: P.kwargs) -> R:
            __tracebackhide__ = True  # pytest shows the line that called an assertion, not this one
            for keyword in keywords:
                if keyword not in names:
                    raise TypeError(_message(title, keyword, names, reasons))
            return function(*args, **keywords)

        return call

    return decorate


def hint_init_keywords(cls: type[C]) -> type[C]:
    """Decorate a class so that an unknown keyword of its constructor raises a helpful `TypeError`.

    For a dataclass, whose constructor is not written out. See `hint_keywords`.

    :param cls: the class; its ``__init__`` is replaced.

    >>> from dataclasses import dataclass
    >>> @hint_init_keywords
    ... @dataclass
    ... class Point:
    ...     left: int = 0
    >>> Point(lefft=1)
    Traceback (most recent call last):
    TypeError: Point() has no keyword 'lefft'; did you mean 'left'?
    """
    decorated: Any = cls
    decorated.__init__ = hint_keywords()(decorated.__init__)
    return cls


def _message(title: str, keyword: str, names: list[str], reasons: Mapping[str, str]) -> str:
    unknown = f"{title}() has no keyword {keyword!r}"
    if keyword in reasons:
        return f"{unknown}: {reasons[keyword]}"
    if near := get_close_matches(keyword, names, 1):
        return f"{unknown}; did you mean {near[0]!r}?"
    return f"{unknown}. It has: {', '.join(names)}"
