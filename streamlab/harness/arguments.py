"""Checks of the values that a scenario takes: each error says what was given and what to write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

MAX_SECONDS = 1_000_000.0
"""The most seconds that a limit or a pace may have. The timers of the system have a limit too."""


def check_seconds(name: str, value: object) -> None:
    """Raise an error unless a value is a number of seconds that a timer can wait for.

    :param name: the keyword.
    :param value: its value.
    :raises TypeError: if it is not a number.
    :raises ValueError: if it is not above 0, or too large.

    >>> check_seconds("timeout", 0.5)
    >>> check_seconds("timeout", float("inf"))
    Traceback (most recent call last):
    ValueError: timeout=inf: use a number of seconds above 0, and at most 1,000,000
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name}={_shown(value)}: use a number of seconds, such as {name}=5")
    if not (isfinite(value) and 0 < value <= MAX_SECONDS):
        raise ValueError(
            f"{name}={_shown(value)}: use a number of seconds above 0, and at most "
            f"{MAX_SECONDS:,.0f}"
        )


def check_text(name: str, value: object) -> None:
    """Raise a `TypeError` unless a value is a string.

    :param name: the keyword.
    :param value: its value.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name}={_shown(value)} is not a string")


def check_data(value: object) -> None:
    """Raise a `TypeError` unless a value can be the body of a request.

    :param value: the value of ``data``.

    >>> check_data({"name": "World"})
    Traceback (most recent call last):
    TypeError: data={'name': 'World'} is not bytes or a string. For a form write \
data=urllib.parse.urlencode(...), for JSON data=json.dumps(...)
    """
    if not isinstance(value, (bytes, str)):
        raise TypeError(
            f"data={_shown(value)} is not bytes or a string. For a form write "
            "data=urllib.parse.urlencode(...), for JSON data=json.dumps(...)"
        )


def checked_headers(value: Any) -> tuple[tuple[str, str], ...]:
    """Return header fields as pairs of strings.

    :param value: the value of ``headers``: a mapping or pairs.
    :raises TypeError: if it is something else.

    >>> checked_headers({"Accept": "text/html"})
    (('Accept', 'text/html'),)
    >>> checked_headers({"X": 5})
    Traceback (most recent call last):
    TypeError: headers={'X': 5}: use strings, as a mapping {"Accept": "text/html"} or as pairs \
[("Accept", "text/html")]
    """
    fits = isinstance(value, Iterable) and not isinstance(value, (str, bytes))
    pairs = list(value.items() if isinstance(value, Mapping) else value) if fits else []
    if not fits or not all(map(_is_field, pairs)):
        raise TypeError(
            f'headers={_shown(value)}: use strings, as a mapping {{"Accept": "text/html"}} or as '
            'pairs [("Accept", "text/html")]'
        )
    return tuple((name, text) for name, text in pairs)


def _is_field(pair: object) -> bool:
    return (
        isinstance(pair, (tuple, list))
        and len(pair) == 2
        and all(isinstance(text, str) for text in pair)
    )


def _shown(value: object) -> str:
    try:
        return f"{value!r:.80}"
    except Exception:  # noqa: BLE001 - a repr may raise anything
        return f"<{type(value).__name__}>"
