"""The session's JSON: also tuples, bytes, markup, UUIDs and datetimes survive the journey.

A value JSON does not have becomes an object with one key that names its type: ``(1, 2)`` is
written ``{" t": [1, 2]}``. The keys are Flask's, so that its cookies can be read.

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

# key, is it this type?, to JSON. The first that fits is taken.
_WRITERS: tuple[tuple[str, Callable[[Any], bool], Callable[[Any], Any]], ...] = (
    (" t", lambda v: isinstance(v, tuple), lambda v: [_tagged(item) for item in v]),
    (" b", lambda v: isinstance(v, bytes), lambda v: b64encode(v).decode("ascii")),
    (" m", lambda v: callable(getattr(v, "__html__", None)), lambda v: str(v.__html__())),
    (" u", lambda v: isinstance(v, UUID), lambda v: v.hex),
    (" d", lambda v: isinstance(v, datetime), http_date),
)

_READERS: dict[str, Callable[[Any], Any]] = {
    # A dict of the learner's own that happens to look like a tag; its key was given a tail.
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
    return json.dumps(_tagged(value), separators=(",", ":"))


def loads(text: str | bytes) -> Any:
    return _untagged(json.loads(text))
