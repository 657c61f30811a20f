"""JSON for the session cookie, which keeps tuples, bytes, markup, UUIDs and datetimes.

A value of a type that JSON does not have is written as an object with one key, a tag that names the
type: ``(1, 2)`` becomes ``{" t": [1, 2]}``. The tags are Flask's, so each of the two frameworks can
read the other's cookies.

>>> dumps({"at": (1, b"x")})
'{"at":{" t":[1,{" b":"eA=="}]}}'
>>> loads(dumps({"at": (1, b"x")}))
{'at': (1, b'x')}
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from markupsafe import Markup
from werkzeug.http import http_date, parse_date

from streamlab.web import json

if TYPE_CHECKING:
    from collections.abc import Callable

# (tag, whether a value has this type, its conversion to JSON). The first that fits is used.
_WRITERS: tuple[tuple[str, Callable[[Any], bool], Callable[[Any], Any]], ...] = (
    (" t", lambda v: isinstance(v, tuple), lambda v: [_tagged(item) for item in v]),
    (" b", lambda v: isinstance(v, bytes), lambda v: b64encode(v).decode("ascii")),
    (" m", lambda v: callable(getattr(v, "__html__", None)), lambda v: str(v.__html__())),
    (" u", lambda v: isinstance(v, UUID), lambda v: v.hex),
    (" d", lambda v: isinstance(v, datetime), http_date),
)

_READERS: dict[str, Callable[[Any], Any]] = {
    # A dict that looks like a tagged value. `dumps` has appended "__" to its key.
    " di": lambda v: {key.removesuffix("__"): value for key, value in v.items()},
    " t": tuple,
    " b": b64decode,
    " m": Markup,
    " u": UUID,
    " d": parse_date,
}


def _tagged(value: Any) -> Any:
    if isinstance(value, dict):
        if len(value) == 1 and (key := next(iter(value))) in _READERS:
            return {" di": {f"{key}__": _tagged(value[key])}}
        return {key: _tagged(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_tagged(item) for item in value]
    for key, fits, convert in _WRITERS:
        if fits(value):
            return {key: convert(value)}
    return value


def _untagged(value: Any) -> Any:
    if isinstance(value, list):
        return [_untagged(item) for item in value]
    if not isinstance(value, dict):
        return value
    value = {key: _untagged(item) for key, item in value.items()}
    if len(value) == 1 and (key := next(iter(value))) in _READERS:
        return _READERS[key](value[key])
    return value


def dumps(value: Any) -> str:
    """Return a value as JSON with tags.

    :param value: the contents of a session.

    >>> dumps([1, (2,)])
    '[1,{" t":[2]}]'
    """
    return json.dumps(_tagged(value), separators=(",", ":"))


def loads(text: str | bytes) -> Any:
    """Parse JSON with tags.

    :param text: the result of `dumps`.

    >>> loads('[1,{" t":[2]}]')
    [1, (2,)]
    """
    return _untagged(json.loads(text))
