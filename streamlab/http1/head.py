"""The head of a response: its status line and header fields (RFC 9112 sections 4 and 5).

Read strictly where leniency would make two readers disagree about where a response ends, which is
how responses are smuggled; leniently where the RFC asks for it (a lone LF, folded lines).
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from streamlab.http1.errors import ProtocolError, shown

Framing = Literal["chunked", "length", "close", "none"]
"""How the end of a body is told: by a last chunk, a Content-Length, the end of the connection,
or there is no body at all."""
Fields = list[tuple[str, str]]

_STATUS_LINE = re.compile(rb"HTTP/(1\.[0-9]) ([1-9][0-9]{2})(?: ([^\0-\x08\n-\x1f\x7f]*))?")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\0\r\n]*)")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_LINE_END = re.compile(rb"\r?\n")
_LENGTH = re.compile("[0-9]{1,19}")
_BODILESS = {101, 204, 304}
"""Statuses without a body. Behind a 101 comes another protocol, which is not read."""


class Head(NamedTuple):
    """A status line and the fields below it."""

    http_version: str
    status_code: int
    reason: str
    headers: Fields

    @property
    def interim(self) -> bool:
        """Whether the real response is still to come, as after ``103 Early Hints``."""
        return self.status_code < 200 and self.status_code != 101


def parse_head(data: bytes) -> Head:
    """The head that `data` is, without the empty line that ends it.

    :raises ProtocolError: where it is none.
    """
    line, *rest = _LINE_END.split(data, maxsplit=1)
    match = _STATUS_LINE.fullmatch(line)
    if match is None:
        raise ProtocolError(
            "bad status line",
            f"the response begins with {shown(line)}; a status line such as 'HTTP/1.1 200 OK' was "
            "expected",
        )
    version, status, reason = match.groups()
    return Head(
        version.decode(), int(status), (reason or b"").decode("latin-1"), parse_fields(*rest)
    )


def parse_fields(data: bytes = b"") -> Fields:
    """Header or trailer fields, one a line; a line that begins with a space goes on the last.

    :raises ProtocolError: where a line is no field.
    """
    fields = []
    for line in _LINE_END.split(_FOLD.sub(b" ", data)) if data else ():
        match = _FIELD.fullmatch(line)
        if match is None:
            raise ProtocolError(
                "bad header",
                f"{shown(line)} is no header field; one is a name without spaces, a colon and a "
                "value without control characters",
            )
        name, value = match.groups()
        fields.append((name.decode(), value.decode("latin-1").strip(" \t")))
    return fields


def framing_of(head: Head, method: str) -> tuple[Framing, int]:
    """How the end of the body is told, and its length where the head says it.

    The order of the rules is that of RFC 9112 section 6.3.

    :raises ProtocolError: where the head says it in two ways, or in one that means nothing.
    """
    codings = _values(head, "transfer-encoding")
    lengths = set(_values(head, "content-length"))
    length = _length(lengths)
    if method == "HEAD" or head.status_code in _BODILESS:
        return "none", 0
    if codings:
        if head.http_version == "1.0":
            raise ProtocolError(
                "ambiguous length", "an HTTP/1.0 response says Transfer-Encoding, which 1.1 brought"
            )
        if lengths:
            raise ProtocolError(
                "ambiguous length",
                "the response has both Transfer-Encoding and Content-Length; which of them another "
                "reader would go by nobody knows, and responses are smuggled that way",
            )
        if "chunked" in codings[:-1]:
            raise ProtocolError(
                "ambiguous length", f"'chunked' is not the last coding: {', '.join(codings)}"
            )
        return ("chunked" if codings[-1] == "chunked" else "close"), 0
    return ("close", 0) if length is None else ("length", length)


def _values(head: Head, wanted: str) -> list[str]:
    """The members of a comma-separated field, of all its lines."""
    lines = [value.lower() for name, value in head.headers if name.lower() == wanted]
    return [member.strip() for line in lines for member in line.split(",")]


def _length(lengths: set[str]) -> int | None:
    """The length that all of `lengths` agree on; None where there is none."""
    if not lengths:
        return None
    if len(lengths) > 1:
        raise ProtocolError(
            "ambiguous length", "there are several Content-Lengths, and they differ"
        )
    (length,) = lengths
    if not _LENGTH.fullmatch(length):
        raise ProtocolError("bad length", f"Content-Length is {length[:40]!r}, which is no number")
    return int(length)
