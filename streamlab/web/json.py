"""JSON for requests, responses and templates, as the active application writes it."""

from __future__ import annotations

import dataclasses
import json as stdlib_json
from datetime import date
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID
from weakref import proxy

from werkzeug.http import http_date

from streamlab.web.globals import current_app, current_context

if TYPE_CHECKING:
    from streamlab.web.app import App
    from streamlab.web.wrappers import Response


def _default(value: Any) -> Any:
    if isinstance(value, date):
        return http_date(value)
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


class DefaultJSONProvider:
    """The JSON methods of one application (``app.json``), based on Python's `json` module.

    It also writes dates (as HTTP dates), `decimal.Decimal`, `uuid.UUID`, dataclasses, and objects
    with a method ``__html__``.

    :param app: the application.
    """

    default = staticmethod(_default)
    ensure_ascii = True
    sort_keys = True
    compact: bool | None = None
    mimetype = "application/json"

    def __init__(self, app: App) -> None:
        self._app: App = proxy(app)  # type: ignore[assignment]

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return a value as JSON.

        :param obj: the value.
        :param kwargs: the arguments of `json.dumps`.
        :raises TypeError: if a part of the value has no form in JSON.

        >>> from streamlab.web import App
        >>> App().json.dumps({"b": 1, "a": None})
        '{"a": null, "b": 1}'
        """
        kwargs.setdefault("default", self.default)
        kwargs.setdefault("ensure_ascii", self.ensure_ascii)
        kwargs.setdefault("sort_keys", self.sort_keys)
        return stdlib_json.dumps(obj, **kwargs)

    def dump(self, obj: Any, fp: IO[str], **kwargs: Any) -> None:
        """Write a value as JSON.

        :param obj: the value.
        :param fp: an open text file.
        :param kwargs: the arguments of `json.dumps`.
        """
        fp.write(self.dumps(obj, **kwargs))

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse JSON.

        :param s: the text.
        :param kwargs: the arguments of `json.loads`.
        :raises ValueError: if it is not valid JSON.
        """
        return stdlib_json.loads(s, **kwargs)

    def load(self, fp: IO[Any], **kwargs: Any) -> Any:
        """Parse the JSON of a file.

        :param fp: an open file.
        :param kwargs: the arguments of `json.loads`.
        :raises ValueError: if it is not valid JSON.
        """
        return self.loads(fp.read(), **kwargs)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Make a JSON response of one value, of a list of values, or of keywords.

        It is indented in debug mode, unless the attribute ``compact`` is True.

        :param args: the values.
        :param kwargs: the items of a JSON object.
        :raises TypeError: if there are both.
        """
        if args and kwargs:
            raise TypeError("app.json.response() takes either args or kwargs, not both")
        obj = args[0] if len(args) == 1 else args or kwargs or None
        indented = self._app.debug if self.compact is None else not self.compact
        layout: dict[str, Any] = {"indent": 2} if indented else {"separators": (",", ":")}
        return self._app.response_class(f"{self.dumps(obj, **layout)}\n", mimetype=self.mimetype)


def dumps(obj: Any, **kwargs: Any) -> str:
    """Return a value as JSON, written by the active application if there is one.

    :param obj: the value.
    :param kwargs: the arguments of `json.dumps`.
    :raises TypeError: if a part of the value has no form in JSON.

    >>> dumps({"at": date(2026, 1, 2)})
    '{"at": "Fri, 02 Jan 2026 00:00:00 GMT"}'
    """
    ctx = current_context.get(None)
    if ctx is not None:
        return ctx.app.json.dumps(obj, **kwargs)
    return stdlib_json.dumps(obj, **{"default": _default, **kwargs})


def dump(obj: Any, fp: IO[str], **kwargs: Any) -> None:
    """Write a value as JSON to a file, as `dumps` does.

    :param obj: the value.
    :param fp: an open text file.
    :param kwargs: the arguments of `json.dumps`.
    """
    fp.write(dumps(obj, **kwargs))


def loads(s: str | bytes, **kwargs: Any) -> Any:
    """Parse JSON, with the active application if there is one.

    :param s: the text.
    :param kwargs: the arguments of `json.loads`.
    :raises ValueError: if it is not valid JSON.

    >>> loads('{"chunks": 3}')
    {'chunks': 3}
    """
    ctx = current_context.get(None)
    if ctx is not None:
        return ctx.app.json.loads(s, **kwargs)
    return stdlib_json.loads(s, **kwargs)


def load(fp: IO[Any], **kwargs: Any) -> Any:
    """Parse the JSON of a file, as `loads` does.

    :param fp: an open file.
    :param kwargs: the arguments of `json.loads`.
    """
    return loads(fp.read(), **kwargs)


def jsonify(*args: Any, **kwargs: Any) -> Response:
    """Make a JSON response of one value, of several values (a list) or of keywords (an object).

    :param args: the values.
    :param kwargs: the items of a JSON object.
    :raises TypeError: if there are both.
    :raises RuntimeError: if no context is active.

    >>> from streamlab.web import App
    >>> with App().app_context():
    ...     jsonify(chunks=3).get_json()
    {'chunks': 3}
    """
    return current_app.json.response(*args, **kwargs)
