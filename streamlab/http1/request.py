"""The request as bytes (RFC 9112 section 3), checked so that nothing can break out of its line."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias
from urllib.parse import quote, unquote, urlsplit

Headers: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
"""Header fields: a mapping, or pairs where a name occurs more than once."""

_SAFE = "/:?#[]@!$&'()*+,;=%~-._"
_NO_BODY_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
_PORTS = {"http": 80, "https": 443}
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\0\r\n]*")


class Origin(NamedTuple):
    """Where to connect to, and what to say there."""

    scheme: str
    hostname: str
    port: int
    host: str
    """What goes into the Host field: the port only where it is not the scheme's own."""
    authorization: str | None
    """From a user and a password in the URL (RFC 7617)."""


def origin_of(url: str) -> Origin:
    """The origin that `url` names.

    :raises ValueError: where a client cannot go there, saying why.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        raise ValueError(
            f"{url!r} is no URL to ask: one begins with http:// or https://, as in "
            "http://127.0.0.1:5000/stream"
        )
    if not parts.hostname:
        raise ValueError(f"{url!r} names no host, as http://localhost/ does")
    own = _PORTS[parts.scheme]
    port = own if parts.port is None else parts.port
    ascii_name = parts.hostname.encode("idna").decode()
    name = f"[{ascii_name}]" if ":" in ascii_name else ascii_name
    credentials = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}".encode()
    return Origin(
        parts.scheme,
        ascii_name,
        port,
        name if port == own else f"{name}:{port}",
        f"Basic {b64encode(credentials).decode()}" if parts.username else None,
    )


def target(url: str) -> str:
    """The request target of `url`: path and query, with what may not stand there quoted.

    >>> target("http://localhost/stream?name=Ada Lövelace")
    '/stream?name=Ada%20L%C3%B6velace'
    """
    parts = urlsplit(url)
    return quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_SAFE)


def request_bytes(
    *,
    host: str,
    request_target: str,
    method: str,
    headers: Headers,
    data: bytes,
    http_version: str,
    authorization: str | None = None,
) -> bytes:
    """A whole request. What `headers` has of the fields that are always sent goes in their stead.

    :raises ValueError: where the method or a header would break out of its line.
    """
    if not _TOKEN.fullmatch(method):
        raise ValueError(f"the method {method!r} is no word such as GET or POST")
    fields = list(headers.items() if isinstance(headers, Mapping) else headers)
    given = {name.lower() for name, _ in fields}
    defaults = [("Host", host), ("Connection", "close"), ("Accept", "*/*")]
    if authorization is not None:
        defaults.append(("Authorization", authorization))
    if data or method not in _NO_BODY_METHODS:
        defaults.append(("Content-Length", str(len(data))))
    fields = [field for field in defaults if field[0].lower() not in given] + fields
    lines = [f"{method} {request_target} HTTP/{http_version}", *map(_line, fields), "", ""]
    return "\r\n".join(lines).encode("latin-1") + data


def _line(field: tuple[str, str]) -> str:
    name, value = field
    if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
        raise ValueError(
            f"the header {name!r}: {value!r} has a line break, or a name that is no single word"
        )
    if not all(ord(character) < 256 for character in value):
        raise ValueError(
            f"the header {name!r}: {value!r} has characters that a header cannot carry; quote "
            "them as the server expects it, most often with percent signs"
        )
    return f"{name}: {value}"
