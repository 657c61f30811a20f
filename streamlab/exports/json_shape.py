"""Checks that a value from a JSON document has the shape that a type describes.

Types are annotations: ``str``, ``int | None``, ``list[tuple[str, str]]``, a `Literal`,
a `TypedDict` or a dataclass. JSON has no ``bytes``: they are text in base64. A whole number is also
a `float`.
"""

from __future__ import annotations

import math
from dataclasses import is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

_MOST = 2**62
"""The largest number: the sum of two fits into 64 bits."""
_SHOWN = 60
_WRITTEN_AS: dict[Any, tuple[type, ...]] = {float: (int, float), bytes: (str,)}


def check_shape(value: Any, shape: Any, where: str = "it") -> None:
    """Raise an error unless a value has the shape that a type describes.

    :param value: made by `json.loads`.
    :param shape: a type as in an annotation. Keys that a `TypedDict` does not have are allowed.
    :param where: names the value in the message.
    :raises ValueError: if a part of the value has another type, or a number is not finite or needs
        more than 63 bits.

    >>> check_shape([["a", 1]], list[tuple[str, int]])
    >>> check_shape({"a": [1, True]}, dict[str, list[int]], "numbers")
    Traceback (most recent call last):
    ...
    ValueError: numbers.a[1] is True, not int
    """
    origin, arguments = get_origin(shape), get_args(shape)
    if shape is Any:
        return
    if origin in {Union, UnionType}:
        _check_union(value, arguments, where)
    elif origin is Literal:
        _require(value in arguments if isinstance(value, str) else False, value, shape, where)
    elif origin is list:
        _check_list(value, arguments[0], where)
    elif origin is tuple:
        _require(type(value) is list and len(value) == len(arguments), value, shape, where)
        for index, (item, item_shape) in enumerate(zip(value, arguments, strict=True)):
            check_shape(item, item_shape, f"{where}[{index}]")
    elif origin is dict:
        _require(type(value) is dict, value, shape, where)
        for key, item in value.items():
            check_shape(item, arguments[1], f"{where}.{key[:_SHOWN]}")
    elif is_typeddict(shape) or is_dataclass(shape):
        _check_fields(value, shape, where)
    else:
        _check_scalar(value, shape, where)


def _check_union(value: Any, shapes: tuple[Any, ...], where: str) -> None:
    if value is None and NoneType in shapes:
        return
    others = [shape for shape in shapes if shape is not NoneType]
    for shape in others[:-1]:
        try:
            check_shape(value, shape, where)
        except ValueError:
            continue
        return
    check_shape(value, others[-1], where)


def _check_list(value: Any, shape: Any, where: str) -> None:
    _require(type(value) is list, value, list, where)
    if shape is int and set(map(type, value)) <= {int}:  # a column may have a million numbers
        for extreme in (min(value, default=0), max(value, default=0)):
            check_shape(extreme, int, where)
        return
    for index, item in enumerate(value):
        check_shape(item, shape, f"{where}[{index}]")


def _check_fields(value: Any, shape: Any, where: str) -> None:
    _require(type(value) is dict, value, shape, where)
    for name, field_shape in _fields(shape).items():
        if name not in value:
            raise ValueError(f"{where} has no {name!r}")
        check_shape(value[name], field_shape, f"{where}.{name}")


@cache
def _fields(shape: Any) -> dict[str, Any]:
    return get_type_hints(shape)


def _check_scalar(value: Any, shape: Any, where: str) -> None:
    allowed = _WRITTEN_AS.get(shape, (shape,))
    _require(type(value) in allowed, value, shape, where)
    if type(value) is float and not math.isfinite(value):
        raise ValueError(f"{where} is not a finite number")
    if type(value) is int and abs(value) > _MOST:
        raise ValueError(f"{where} is too large a number")


def _require(holds: bool, value: Any, shape: Any, where: str) -> None:
    if not holds:
        shown = f"of type {type(value).__name__}" if type(value) in {dict, list} else repr(value)
        name = getattr(shape, "__name__", str(shape)) if get_origin(shape) is None else str(shape)
        raise ValueError(f"{where} is {shown[:_SHOWN]}, not {name.replace('typing.', '')}")


def one_line(value: str) -> str:
    """Return the value of a header field.

    :param value: the value in a file.
    :raises ValueError: if it has a line end, which no client would have accepted.

    >>> one_line("text/html")
    'text/html'
    """
    if "\r" in value or "\n" in value:
        raise ValueError("a header field has a line end")
    return value
