"""Checks of arguments: each error says what was given, what is wrong, and what to write.

A check must not trust a value of the wrong type: its `repr` may raise an error or be endless, and
its comparison may. So the type is checked first, and only a shortened `repr` is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

MAX_SECONDS = 1_000_000.0
"""The most seconds that a limit or a pace may have. The timers of the system have a limit too."""
MAX_NUMBER = 1_000_000_000_000
"""The largest number of chunks or bytes that can be asked for."""
_SHOWN = 80
"""How many characters of a wrong value are shown."""


def shown(value: object) -> str:
    """Return the `repr` of a value, shortened, also if its `repr` raises an error.

    :param value: any object.

    >>> shown("x" * 1_000)[:10], len(shown("x" * 1_000))
    ("'xxxxxxxxx", 83)
    """
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a repr may raise anything
        return f"<{type(value).__name__}>"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def checked_seconds(name: str, value: object) -> float:
    """Return a number of seconds that a timer can wait for.

    :param name: the keyword.
    :param value: its value.
    :raises TypeError: if it is not a number.
    :raises ValueError: if it is not above 0, or too large.

    >>> checked_seconds("timeout", 0.5)
    0.5
    >>> checked_seconds("timeout", float("inf"))
    Traceback (most recent call last):
    ValueError: timeout=inf: use a number of seconds above 0, and at most 1,000,000
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name}={shown(value)}: use a number of seconds, such as {name}=5")
    if not 0 < value <= MAX_SECONDS:  # also for NaN
        raise ValueError(
            f"{name}={shown(value)}: use a number of seconds above 0, and at most "
            f"{MAX_SECONDS:,.0f}"
        )
    return value


def checked_number(name: str, value: object, unit: str, *, least: int = 1) -> int:
    """Return a whole number.

    :param name: the keyword.
    :param value: its value.
    :param unit: what is counted, in the plural.
    :param least: the smallest number that is valid.
    :raises TypeError: if it is not an `int`.
    :raises ValueError: if it is too small or too large.

    >>> checked_number("chunks", 10, "chunks")
    10
    >>> checked_number("chunks", 0, "chunks")
    Traceback (most recent call last):
    ValueError: chunks=0: use a number of chunks from 1 to 1,000,000,000,000
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}={shown(value)}: use a whole number of {unit}, such as {name}=10")
    if not least <= value <= MAX_NUMBER:
        raise ValueError(
            f"{name}={shown(value)}: use a number of {unit} from {least} to {MAX_NUMBER:,}"
        )
    return value


def checked_flag(name: str, value: object) -> bool:
    """Return True or False.

    :param name: the keyword.
    :param value: its value.
    :raises TypeError: if it is something else, such as the text ``"no"``, which Python counts as
        true.

    >>> checked_flag("live", "no")
    Traceback (most recent call last):
    TypeError: live='no': use True or False
    """
    if not isinstance(value, bool):
        raise TypeError(f"{name}={shown(value)}: use True or False")
    return value


def checked_text(name: str, value: object) -> str:
    """Return a string; for an object of a subclass, a plain string with the same characters.

    :param name: the keyword.
    :param value: its value.
    :raises TypeError: if it is not a string.

    >>> checked_text("path", b"/stream")
    Traceback (most recent call last):
    TypeError: path=b'/stream' is not a string. Decode it: path=b'/stream'.decode()
    """
    if isinstance(value, str):
        return str.__str__(value)
    advice = f". Decode it: {name}={shown(value)}.decode()" if isinstance(value, bytes) else ""
    raise TypeError(f"{name}={shown(value)} is not a string{advice}")


def checked_choice(name: str, value: object, choices: Iterable[str]) -> str:
    """Return one of several strings.

    :param name: the keyword.
    :param value: its value.
    :param choices: the strings that are valid.
    :raises TypeError: if it is not a string.
    :raises ValueError: if it is another string.

    >>> checked_choice("http_version", "2", ["1.0", "1.1"])
    Traceback (most recent call last):
    ValueError: http_version='2': use one of '1.0', '1.1'
    """
    known = list(choices)
    if not isinstance(value, str):
        raise TypeError(f"{name}={shown(value)}: use one of {', '.join(map(repr, known))}")
    text = str.__str__(value)
    if text not in known:
        raise ValueError(f"{name}={shown(value)}: use one of {', '.join(map(repr, known))}")
    return text


def checked_data(value: object) -> bytes:
    """Return the body of a request as bytes.

    :param value: the value of ``data``.
    :raises TypeError: if it is neither bytes nor a string.
    :raises ValueError: if it is a string that cannot be encoded as UTF-8.

    >>> checked_data({"name": "World"})
    Traceback (most recent call last):
    TypeError: data={'name': 'World'} is not bytes or a string. For a form write \
data=urllib.parse.urlencode(...), for JSON data=json.dumps(...)
    """
    if isinstance(value, bytes):
        return bytes(value)
    if isinstance(value, str):
        try:
            return str.encode(value)
        except UnicodeEncodeError:
            raise ValueError(
                f"data={shown(value)} has a lone surrogate, which UTF-8 cannot encode. Send bytes: "
                'data=text.encode("utf-8", "surrogateescape")'
            ) from None
    raise TypeError(
        f"data={shown(value)} is not bytes or a string. For a form write "
        "data=urllib.parse.urlencode(...), for JSON data=json.dumps(...)"
    )


def checked_items(name: str, value: object, most: int, hint: str) -> list[Any]:
    """Return the items of an iterable. An iterator is read once, here.

    :param name: the keyword.
    :param value: its value.
    :param most: how many items are valid. An endless iterator has more.
    :param hint: what to write instead.
    :raises TypeError: if it is not iterable, is text or bytes, or raises an error.
    :raises ValueError: if it has more items.

    >>> checked_items("servers", iter(["wsgiref"]), 10, "a list")
    ['wsgiref']
    """
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes, bytearray, memoryview)):
        raise TypeError(f"{name}={shown(value)}: use {hint}")
    try:
        items = list(islice(iter(value), most + 1))
    except Exception as error:
        raise TypeError(
            f"{name}={shown(value)} cannot be read: iterating over it raised "
            f"{type(error).__name__}. Use {hint}"
        ) from error
    if len(items) > most:
        raise ValueError(f"{name}={shown(value)}: use at most {most:,} items")
    return items


_MAX_FIELDS = 10_000
_HEADERS = 'strings, as a mapping {"Accept": "text/html"} or as pairs [("Accept", "text/html")]'


def checked_headers(value: Any) -> tuple[tuple[str, str], ...]:
    """Return header fields as pairs of strings. An iterator is read once, here.

    :param value: the value of ``headers``: a mapping or pairs.
    :raises TypeError: if it is something else.
    :raises ValueError: if there are too many.

    >>> checked_headers({"Accept": "text/html"})
    (('Accept', 'text/html'),)
    >>> checked_headers({"X": 5})
    Traceback (most recent call last):
    TypeError: headers={'X': 5}: use strings, as a mapping {"Accept": "text/html"} or as pairs \
[("Accept", "text/html")]
    """
    given = value.items() if isinstance(value, Mapping) else value
    fields = []
    for pair in checked_items("headers", given, _MAX_FIELDS, _HEADERS):
        if not _is_field(pair):
            raise TypeError(f"headers={shown(value)}: use {_HEADERS}")
        name, text = map(str.__str__, pair)
        fields.append((name, text))
    return tuple(fields)


def _is_field(pair: object) -> bool:
    return (
        isinstance(pair, (tuple, list))
        and len(pair) == 2
        and all(isinstance(text, str) for text in pair)
    )
