"""The local variables of a suspended generator, as text.

A value can be anything: a list of 100 MB, a generator, a proxy such as `request`, an object whose
``__repr__`` never returns. So no code of a value runs: types of Python itself are read in part, and
of all other values only the name of the type is shown.
"""

from __future__ import annotations

import datetime as dt
import decimal
import pathlib
import uuid
from collections import Counter, OrderedDict, defaultdict, deque
from itertools import islice
from types import (
    AsyncGeneratorType,
    FunctionType,
    GeneratorType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any, TypeAlias

from streamlab.trace.find_generator import find_generator, is_user_code
from streamlab.trace.source import innermost_frame, is_template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType

Variables: TypeAlias = tuple[tuple[str, str], ...]
"""Names of variables and what `short_repr` returns for their values."""

MAX_VARIABLES = 20
MAX_CHARACTERS = 80
_MAX_ITEMS = 6
_MAX_DEPTH = 3
_MAX_BITS = 256
"""An integer with more bits is not written out: that takes long, and Python may refuse it."""
_OF_THE_FRAMEWORK = {"request", "session", "g", "config", "self"}
"""What Flask and streamlab add to the variables of each template."""
_PLAIN = {
    *(type(None), bool, float, complex, type(Ellipsis), type(NotImplemented)),
    *(dt.date, dt.timedelta, dt.timezone),
    *(uuid.UUID, pathlib.PosixPath, pathlib.WindowsPath),
}
"""Types whose values have a short `repr` that runs no code of others."""
_NAMED = (FunctionType, GeneratorType, AsyncGeneratorType, ModuleType)
_BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
    deque: ("deque([", "])"),
}
_DICTS = (dict, OrderedDict, defaultdict, Counter)


def variables_behind(iterable: Iterable[Any]) -> Variables:
    """Return the local variables of the user's generator behind an iterable, at its ``yield``.

    It must not be called while the generator runs. A template's variables are its arguments and the
    variables of its loops.

    :param iterable: a generator, or an object that takes its items from one.

    >>> def numbers(stop):
    ...     for number in range(stop):
    ...         yield str(number)
    >>> generator = numbers(3)
    >>> variables_behind(generator)
    (('stop', '3'),)
    >>> next(generator), variables_behind(generator)
    ('0', (('stop', '3'), ('number', '0')))
    """
    frame = innermost_frame(iterable)
    if frame is None or not _is_of_user(frame):
        frame = innermost_frame(find_generator(iterable))
    if frame is None:
        return ()
    try:
        pairs = _of_template(frame) if is_template(frame) else _of_function(frame)
        return tuple(
            (name[:MAX_CHARACTERS], short_repr(value))
            for name, value in islice(pairs, MAX_VARIABLES)
        )
    except Exception:  # noqa: BLE001 - such as a dict that another thread changes
        return ()


def _is_of_user(frame: FrameType) -> bool:
    return is_template(frame) or is_user_code(frame.f_code.co_filename)


def _of_function(frame: FrameType) -> Iterator[tuple[str, Any]]:
    for name, value in dict(frame.f_locals).items():
        if not name.startswith("."):  # the hidden iterator of a generator expression
            yield name, value


def _of_template(frame: FrameType) -> Iterator[tuple[str, Any]]:
    """Yield the variables of a template, beginning with its innermost loop.

    Jinja compiles a template to a function in which the variable ``item`` of a loop is
    ``l_1_item``; the number is the depth. What the template was given is in its ``context``.
    """
    names = dict(frame.f_locals)
    missing = names.get("missing")
    local: dict[str, tuple[int, Any]] = {}
    for name, value in names.items():
        prefix, _, rest = name.partition("_")
        depth, _, plain = rest.partition("_")
        if prefix == "l" and depth.isdecimal() and plain and value is not missing:
            local[plain] = max(local.get(plain, (-1, None)), (int(depth), value), key=_depth)
    for name, (_, value) in sorted(local.items(), key=lambda item: -item[1][0]):
        if type(value).__module__ == "jinja2.runtime":  # `loop`; macros and undefined variables
            if type(value).__name__ in {"LoopContext", "AsyncLoopContext"}:
                yield f"{name}.index", value.index0 + 1
        elif name not in _OF_THE_FRAMEWORK:
            yield name, value
    context: Any = names.get("context")
    common = context.environment.globals
    for name, value in {**context.parent, **context.vars}.items():
        known = name in local or name in _OF_THE_FRAMEWORK or common.get(name) is value
        if not known and not callable(value):
            yield name, value


def _depth(found: tuple[int, Any]) -> int:
    return found[0]


def short_repr(value: Any) -> str:
    """Return what `repr` would return, at most `MAX_CHARACTERS` of it, without running any code.

    :param value: anything. Of types that are not Python's own only the name is shown.

    >>> short_repr("Hello"), short_repr([1, "two", object()])
    ("'Hello'", "[1, 'two', <object>]")
    >>> short_repr(list(range(1_000_000)))
    '[0, 1, 2, 3, 4, 5, ... 1,000,000 in all]'
    >>> short_repr(number for number in "123")
    '<generator <genexpr>>'
    """
    try:
        text = _repr_of(value, _MAX_DEPTH)
    except Exception:  # noqa: BLE001 - such as a set that another thread changes meanwhile
        text = f"<{_type_name(value)}>"
    return text if len(text) <= MAX_CHARACTERS else f"{text[: MAX_CHARACTERS - 3]}..."


def _repr_of(value: Any, depth: int) -> str:  # noqa: PLR0911 - one for each kind of type
    # `type`, because the `__class__` of a proxy runs code.
    kind = type(value)
    if kind in _PLAIN:
        return repr(value)
    if kind is int:
        bits = value.bit_length()
        return repr(value) if bits <= _MAX_BITS else f"<int of {bits:,} bits>"
    if kind is decimal.Decimal:
        return repr(value) if len(value.as_tuple().digits) < _MAX_BITS else "<Decimal>"
    if issubclass(kind, (str, bytes, bytearray)):
        return _repr_of_text(value, kind)
    if kind in _BRACKETS:
        opening, closing = _BRACKETS[kind]
        end = "," if kind is tuple and len(value) == 1 else ""
        return f"{opening}{_items(value, depth, _repr_of)}{end}{closing}"
    if kind in _DICTS:
        return f"{{{_items(value.items(), depth, _repr_of_pair)}}}"
    if kind in (dt.datetime, dt.time):
        return repr(value.replace(tzinfo=None))  # a time zone can be anyone's object
    if kind is range:
        parts = (value.start, value.stop, value.step)[: 2 + (value.step != 1)]
        return f"range({', '.join(_repr_of(part, 1) for part in parts)})"
    if kind in _NAMED:
        return f"<{kind.__name__} {value.__name__}>"
    return f"<{_type_name(value)}>"


def _repr_of_text(value: Any, kind: type) -> str:
    """Return the `repr` of the beginning of a str or bytes, also of a subclass such as Markup."""
    base = next(one for one in (str, bytes, bytearray) if issubclass(kind, one))
    text = base.__repr__(base.__getitem__(value, slice(MAX_CHARACTERS)))
    return text if kind is base else f"{_type_name(value)}({text})"


def _items(values: Any, depth: int, repr_of: Callable[[Any, int], str]) -> str:
    """Return the first items of a container and how many it has."""
    if not depth:
        return "..." if values else ""
    shown = [repr_of(value, depth - 1) for value in islice(values, _MAX_ITEMS)]
    size = len(values)
    return ", ".join(shown + ([f"... {size:,} in all"] if size > len(shown) else []))


def _repr_of_pair(pair: tuple[Any, Any], depth: int) -> str:
    key, value = pair
    return f"{_repr_of(key, depth)}: {_repr_of(value, depth)}"


def _type_name(value: Any) -> str:
    # Past the `__name__` that a metaclass may define.
    return str(type.__dict__["__name__"].__get__(type(value)))[:MAX_CHARACTERS]
