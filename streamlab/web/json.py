"""JSON for requests, responses and templates, through the provider of the application."""

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
    """The JSON of one application (``app.json``), made with Python's `json` module.

    Beyond its types: dates (as HTTP dates), `decimal.Decimal`, `uuid.UUID`, dataclasses, and
    objects with ``__html__``.
    """

    default = staticmethod(_default)
    ensure_ascii = True
    sort_keys = True
    compact: bool | None = None
    mimetype = "application/json"

    def __init__(self, app: App) -> None:
        self._app: App = proxy(app)  # type: ignore[assignment]

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        kwargs.setdefault("default", self.default)
        kwargs.setdefault("ensure_ascii", self.ensure_ascii)
        kwargs.setdefault("sort_keys", self.sort_keys)
        return stdlib_json.dumps(obj, **kwargs)

    def dump(self, obj: Any, fp: IO[str], **kwargs: Any) -> None:
        fp.write(self.dumps(obj, **kwargs))

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return stdlib_json.loads(s, **kwargs)

    def load(self, fp: IO[Any], **kwargs: Any) -> Any:
        return self.loads(fp.read(), **kwargs)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """A response of the one value, the list of values, or the keywords given."""
        if args and kwargs:
            raise TypeError("app.json.response() takes either args or kwargs, not both")
        obj = args[0] if len(args) == 1 else args or kwargs or None
        loose = self._app.debug if self.compact is None else not self.compact
        layout: dict[str, Any] = {"indent": 2} if loose else {"separators": (",", ":")}
        return self._app.response_class(f"{self.dumps(obj, **layout)}\n", mimetype=self.mimetype)


def dumps(obj: Any, **kwargs: Any) -> str:
    """Serialize *obj* as the active application does it, or as Python does it by default."""
    ctx = current_context.get(None)
    if ctx is not None:
        return ctx.app.json.dumps(obj, **kwargs)
    return stdlib_json.dumps(obj, **{"default": _default, **kwargs})


def dump(obj: Any, fp: IO[str], **kwargs: Any) -> None:
    fp.write(dumps(obj, **kwargs))


def loads(s: str | bytes, **kwargs: Any) -> Any:
    """Parse JSON as the active application does it, or as Python does it by default."""
    ctx = current_context.get(None)
    if ctx is not None:
        return ctx.app.json.loads(s, **kwargs)
    return stdlib_json.loads(s, **kwargs)


def load(fp: IO[Any], **kwargs: Any) -> Any:
    return loads(fp.read(), **kwargs)


def jsonify(*args: Any, **kwargs: Any) -> Response:
    """Make a JSON response of one value, several values or keywords, within a context.

    >>> from streamlab.web import App
    >>> with App().app_context():
    ...     jsonify(chunks=3).get_json()
    {'chunks': 3}
    """
    return current_app.json.response(*args, **kwargs)
