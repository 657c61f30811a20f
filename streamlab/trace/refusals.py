"""Why a framework refuses a request: no route matches, or a value that the view reads is missing.

Flask and streamlab answer with a short page, which does not say which routes there are, nor the
name of the value.
"""

from __future__ import annotations

import functools
import re
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from werkzeug.exceptions import BadRequestKeyError, MethodNotAllowed

from streamlab.trace.failure import Failure
from streamlab.trace.fixes import Fix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.routing import Rule

_MOST_ROUTES = 8
_MOST_CHARACTERS = 100
_MISSING = {
    "args": "the URL has no argument",
    "form": "the form has no field",
    "files": "the form has no file",
    "values": "neither the URL nor the form has a field",
    "cookies": "the request has no cookie",
}
"""For an attribute of a request, what is missing if it does not have a key."""
_KEY_ERROR = re.compile(r"(?<=: 400 Bad Request: ).*")


class Refusal(NamedTuple):
    """Why a request was refused.

    :param text: the reason, as a clause without a full stop.
    :param advice: what to do about it; "" if that is not known.
    """

    text: str
    advice: str

    @classmethod
    def parsed(cls, event: str) -> Refusal:
        """Return the refusal that the text of an event describes.

        :param event: the text, see `__str__`.

        >>> Refusal.parsed("the URL has no argument `name`. Add it.")
        Refusal(text='the URL has no argument `name`', advice='Add it.')
        """
        text, _, advice = event.partition(". ")
        return cls(text.removesuffix("."), advice)

    def __str__(self) -> str:
        return f"{self.text}. {self.advice}".strip()


def observe_refusals(namespace: Any, current_trace: Any) -> None:
    """Record why an app refuses a request, for all apps of a framework.

    There is no signal for it, so ``handle_http_exception`` is extended, which Flask and streamlab
    call with each such exception.

    :param namespace: the module ``flask`` or ``streamlab.web``.
    :param current_trace: the variable with the trace of the request that this thread serves.
    """
    app_class = getattr(namespace, "App", None) or namespace.Flask
    original = app_class.handle_http_exception

    @functools.wraps(original)
    def handle_http_exception(app: Any, *arguments: Any) -> Any:
        trace = current_trace.get()
        if trace is not None:
            # The reason is an extra: the response does not depend on it.
            with suppress(Exception):
                refusal = _why(app, arguments[-1], namespace.request)
                if refusal is not None:
                    trace.record_event("request refused", str(refusal))
        return original(app, *arguments)

    app_class.handle_http_exception = handle_http_exception


def _why(app: Any, error: BaseException, request: Any) -> Refusal | None:
    if isinstance(error, BadRequestKeyError):
        missing = _missing_value(error, Failure.of(error))
        return None if missing is None else missing.refusal
    if error is not request.routing_exception:  # the view has raised it, with abort(404)
        return None
    path = _short(quote(request.path))
    if isinstance(error, MethodNotAllowed):
        methods = [name for name in error.valid_methods or () if name not in {"HEAD", "OPTIONS"}]
        return Refusal(
            f"`{path}` does not answer {_short(request.method)}, only {_joined(methods, 'and')}",
            f'Choose the method: `method="{methods[0]}"`.' if methods else "",
        )
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    if not rules:
        return Refusal(f"no route matches `{path}`, because the app has no route", "")
    shown = [f"`{_described(rule)}`" for rule in rules[:_MOST_ROUTES]]
    if len(rules) > len(shown):
        shown.append(f"{len(rules) - len(shown)} more")
    near = get_close_matches(request.path, [rule.rule for rule in rules], 1)
    are = "the route is" if len(rules) == 1 else "the routes are"
    return Refusal(
        f"no route matches `{path}`: {are} {_joined(shown, 'and')}",
        f"Do you mean `{near[0]}`?" if near else "",
    )


def _described(rule: Rule) -> str:
    """Return a rule, with its methods if GET is not one of them."""
    methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    if not methods or "GET" in methods:
        return rule.rule
    return f"{' or '.join(methods)} {rule.rule}"


class _MissingValue(NamedTuple):
    refusal: Refusal
    fixes: tuple[Fix, ...] = ()


def explain_missing_value(failure: Failure) -> Failure:
    """Return a failure that names the value which a request does not have.

    :param failure: an exception as text. Any but werkzeug's ``BadRequestKeyError`` stays as it is.

    >>> failure = explain_missing_value(Failure.of(BadRequestKeyError("name")))
    >>> failure.last
    "werkzeug.exceptions.BadRequestKeyError: 400 Bad Request: KeyError: 'name'"
    >>> failure.sentence
    'The request has no `name`.'
    """
    error = failure.exception
    missing = _missing_value(error, failure) if isinstance(error, BadRequestKeyError) else None
    if missing is None or error is None:
        return failure
    said = f"{missing.refusal.text[:1].upper()}{missing.refusal.text[1:]}."
    tip = f"{said} {missing.refusal.advice}".strip()
    named = f"KeyError: {_short(repr(error.args[0]))}"
    return replace(
        failure,
        last=_KEY_ERROR.sub(lambda _: named, failure.last),
        advice=failure.advice or tip,
        tip=tip,
        sentence=said,
        fixes=missing.fixes,
    )


def _missing_value(error: BadRequestKeyError, failure: Failure) -> _MissingValue | None:
    if not error.args or not isinstance(error.args[0], str):
        return None
    key, line = error.args[0], failure.user_frame.code if failure.user_frame else ""
    read = re.search(rf"\.(\w+)\[\s*(?:'{re.escape(key)}'|\"{re.escape(key)}\")\s*\]", line)
    where = read[1] if read and read[1] in _MISSING else ""
    text = f"{_MISSING.get(where, 'the request has no')} `{_short(key)}`"
    if read is None or not where or len(line) > _MOST_CHARACTERS:
        return _MissingValue(Refusal(text, ""))
    example = "World" if key == "name" else ""
    default = f'.{where}.get("{key}", "{example}")'
    changed = line[: read.start()] + default + line[read.end() :]
    tip = f"Give it a default: `request{default}`."
    in_path = (
        f"Add it to the path: `?{quote(key)}={example or 'value'}`. Or {tip[0].lower()}{tip[1:]}"
    )
    tip = in_path if where in {"args", "values"} else tip
    return _MissingValue(Refusal(text, tip), (Fix("Give it a default", changed, changed),))


def _joined(words: Iterable[str], last: str) -> str:
    *before, end = words or ("nothing",)
    return f"{', '.join(before)} {last} {end}" if before else end


def _short(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}..."
