"""Write a request as bytes (RFC 9112 section 3), checked so that no value can end its line."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias
from urllib.parse import quote, unquote, urlsplit

from streamlab.http1.chunked import ChunkedDecoder
from streamlab.http1.errors import ClientError

RequestHeaders: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
"""Header fields to send: a mapping, or pairs if a name occurs more than once."""

_SAFE = "/:?#[]@!$&'()*+,;=%~-._"
_METHODS_WITHOUT_BODY = {"GET", "HEAD", "OPTIONS", "TRACE"}
_PORTS = {"http": 80, "https": 443}
_VERSIONS = {"1.0", "1.1"}
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\0\r\n]*")


class Origin(NamedTuple):
    """The server that a URL names."""

    scheme: str
    """``"http"`` or ``"https"``."""
    hostname: str
    """The name or address to connect to, in ASCII."""
    port: int
    """The TCP port."""
    host: str
    """The value of the Host header. It has the port only if that is not the scheme's default."""
    authorization: str | None
    """The Authorization header for a user and password in the URL (RFC 7617), or None."""


def parse_origin(url: str) -> Origin:
    """Return the origin of a URL.

    :param url: an absolute URL.
    :raises ValueError: if the URL has another scheme than ``http`` and ``https``, no host name,
        or an invalid port.

    >>> origin = parse_origin("http://localhost/stream")
    >>> origin.scheme, origin.hostname, origin.port, origin.host
    ('http', 'localhost', 80, 'localhost')
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        raise ValueError(
            f"{url!r} does not begin with http:// or https://. Write the whole URL, for example "
            "http://127.0.0.1:5000/stream"
        )
    if not parts.hostname:
        raise ValueError(
            f"{url!r} has no host name. Write for example http://127.0.0.1:5000/stream"
        )
    default_port = _PORTS[parts.scheme]
    port = default_port if parts.port is None else parts.port
    ascii_name = parts.hostname.encode("idna").decode()
    name = f"[{ascii_name}]" if ":" in ascii_name else ascii_name
    credentials = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}".encode()
    return Origin(
        parts.scheme,
        ascii_name,
        port,
        name if port == default_port else f"{name}:{port}",
        f"Basic {b64encode(credentials).decode()}" if parts.username else None,
    )


def request_target(url: str) -> str:
    """Return the request target of a URL: its path and query, with special characters quoted.

    :param url: an absolute URL.

    >>> request_target("http://localhost/stream?name=Ada Lövelace")
    '/stream?name=Ada%20L%C3%B6velace'
    """
    parts = urlsplit(url)
    return quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_SAFE)


def request_bytes(
    method: str,
    target: str,
    *,
    host: str,
    headers: RequestHeaders = (),
    data: bytes = b"",
    http_version: str = "1.1",
    authorization: str | None = None,
) -> bytes:
    r"""Return a whole request as bytes.

    Host, Connection and Accept are always sent, Content-Length if there is a body or the method
    usually has one, unless the body is chunked. A field in `headers` replaces the one of the same
    name.

    :param method: the method, such as ``"GET"``.
    :param target: the request target, such as ``"/stream?name=World"``.
    :param host: the value of the Host header.
    :param headers: further header fields.
    :param data: the body. With the header ``Transfer-Encoding: chunked`` it must be in the chunked
        coding already.
    :param http_version: ``"1.1"`` (default) or ``"1.0"``.
    :param authorization: the value of the Authorization header; None sends none.
    :raises ValueError: if the method, the version or a header cannot be sent, or if the headers
        give the body two lengths (RFC 9112 section 6.3).

    >>> request_bytes("POST", "/", host="localhost", data=b"name=World")[-45:]
    b'Accept: */*\r\nContent-Length: 10\r\n\r\nname=World'
    """
    fields = list(headers.items() if isinstance(headers, Mapping) else headers)
    check_request(method, fields, data, http_version)
    given = {name.lower() for name, _ in fields}
    defaults = [("Host", host), ("Connection", "close"), ("Accept", "*/*")]
    if authorization is not None:
        defaults.append(("Authorization", authorization))
    if (data or method not in _METHODS_WITHOUT_BODY) and "transfer-encoding" not in given:
        defaults.append(("Content-Length", str(len(data))))
    fields = [field for field in defaults if field[0].lower() not in given] + fields
    written = (f"{name}: {value}" for name, value in fields)
    lines = [f"{method} {target} HTTP/{http_version}", *written, "", ""]
    return "\r\n".join(lines).encode("latin-1") + data


def check_request(
    method: str, fields: Iterable[tuple[str, str]], data: bytes, http_version: str
) -> None:
    """Raise a `ValueError` if a request cannot be sent as it is.

    :param method: the method.
    :param fields: its header fields.
    :param data: its body.
    :param http_version: ``"1.1"`` or ``"1.0"``.

    >>> check_request("GET /", [], b"", "1.1")
    Traceback (most recent call last):
    ValueError: 'GET /' is not a method. A method is one word, such as GET or POST.
    """
    if not _TOKEN.fullmatch(method):
        raise ValueError(
            f"{_cut(method)} is not a method. A method is one word, such as GET or POST."
        )
    if http_version not in _VERSIONS:
        raise ValueError(f'http_version must be "1.0" or "1.1", not {_cut(http_version)}.')
    for name, value in fields:
        _check_field(name, value)
    _check_one_length(fields, data, http_version)


def is_method(text: str) -> bool:
    """Return whether a text can be a method: one word (RFC 9110 section 9.1).

    :param text: such as ``"GET"``.

    >>> is_method("PROPFIND"), is_method("GÉT")
    (True, False)
    """
    return _TOKEN.fullmatch(text) is not None


def _cut(text: str) -> str:
    return f"{text!r:.80}"


def _check_one_length(fields: Iterable[tuple[str, str]], data: bytes, http_version: str) -> None:
    """Raise a `ValueError` if the end of the body would not be clear to the server."""
    lengths = {value.strip(" \t") for name, value in fields if name.lower() == "content-length"}
    codings = [value for name, value in fields if name.lower() == "transfer-encoding"]
    if len(lengths) + bool(codings) > 1:
        raise ValueError(
            "The headers give the body two lengths, and servers refuse such a request: "
            f"{', '.join(f'Content-Length: {length}' for length in sorted(lengths))}"
            f"{', Transfer-Encoding: ' + codings[0] if codings else ''}. Keep one of them."
        )
    if not codings:
        return
    if http_version == "1.0":
        raise ValueError(
            "HTTP/1.0 has no Transfer-Encoding, so the server would not find the end of the body. "
            'Remove the header, or use http_version="1.1".'
        )
    if codings[-1].lower().rpartition(",")[2].strip(" \t") != "chunked":
        raise ValueError(
            f"Transfer-Encoding: {codings[-1]} does not end with chunked, so the server would not "
            "find the end of the body (RFC 9112 section 6.3). Remove the header."
        )
    if not _is_chunked(data):
        sample = data[:40]
        chunk = f"{len(sample):x}\r\n".encode() + sample + b"\r\n" if sample else b""
        framed = chunk + b"0\r\n\r\n"
        raise ValueError(
            "With Transfer-Encoding: chunked the body is sent as it is, so it must be in the "
            f"chunked coding, such as {framed!r}. Write the chunks like this, or remove the "
            "header: Content-Length is then set for you."
        )


def _is_chunked(data: bytes) -> bool:
    """Whether `data` is one whole body in the chunked coding."""
    decoder = ChunkedDecoder()
    try:
        return decoder.decode(data, []) == 0 and decoder.complete
    except ClientError:
        return False


def _check_field(name: str, value: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"The header name {_cut(name)} is not a single word, such as X-Name.")
    if not _VALUE.fullmatch(value):
        raise ValueError(
            f"The value of the header {_cut(name)} has a line break or a null character: "
            f"{_cut(value)}. Remove it."
        )
    if not all(ord(character) < 256 for character in value):
        raise ValueError(
            f"The value of the header {_cut(name)} has characters that a header cannot carry: "
            f"{_cut(value)}. Encode it the way the server expects, usually with "
            "urllib.parse.quote()."
        )
