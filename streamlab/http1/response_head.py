"""Parse a response's status line and header fields (RFC 9112 sections 4 and 5).

The parser is strict if two readers could otherwise disagree about the end of a response, because
that makes response smuggling possible. It accepts what the RFC asks clients to accept: a
line feed without a carriage return, and folded lines.
"""

from __future__ import annotations

import re

from streamlab.http1.errors import ProtocolError, quoted
from streamlab.http1.events import Fields, InterimResponse, Response

_STATUS_LINE = re.compile(rb"HTTP/(1\.[0-9]) ([1-9][0-9]{2})(?: ([^\0-\x08\n-\x1f\x7f]*))?")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\0\r\n]*)")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_LINE_END = re.compile(rb"\r?\n")
_SWITCHING_PROTOCOLS = 101


def parse_head(data: bytes) -> InterimResponse | Response:
    r"""Parse a status line and the header fields below it.

    :param data: the lines, without the empty line that ends them.
    :return: an `InterimResponse` for a 1xx status, otherwise a `Response`. ``101 Switching
        Protocols`` is a `Response`, because no other response follows it (RFC 9110 section
        15.2.2).
    :raises ProtocolError: if the status line or a field is malformed.

    >>> parse_head(b"HTTP/1.1 200 OK\r\nContent-Length: 5")
    Response(http_version='1.1', status_code=200, reason='OK', headers=[('Content-Length', '5')])
    """
    line, *rest = _LINE_END.split(data, maxsplit=1)
    match = _STATUS_LINE.fullmatch(line)
    if match is None:
        raise ProtocolError(
            "bad status line",
            f"The response begins with {quoted(line)}, which is not a status line such as "
            "'HTTP/1.1 200 OK'.",
        )
    version, digits, reason = match.groups()
    status_code = int(digits)
    interim = status_code < 200 and status_code != _SWITCHING_PROTOCOLS
    return (InterimResponse if interim else Response)(
        version.decode(), status_code, (reason or b"").decode("latin-1"), parse_fields(*rest)
    )


def parse_fields(data: bytes = b"") -> Fields:
    r"""Parse header or trailer fields.

    :param data: one field per line. A line that begins with a space continues the line before.
    :return: names and values; the values without surrounding spaces and tabs.
    :raises ProtocolError: if a line is not a field.

    >>> parse_fields(b"Server: nginx\r\nVia: 1.1 a,\r\n  1.1 b")
    [('Server', 'nginx'), ('Via', '1.1 a, 1.1 b')]
    """
    fields = []
    for line in _LINE_END.split(_FOLD.sub(b" ", data)) if data else ():
        match = _FIELD.fullmatch(line)
        if match is None:
            raise ProtocolError(
                "bad header",
                f"{quoted(line)} is not a header field. A field is a name without spaces, a colon "
                "and a value without control characters.",
            )
        name, value = match.groups()
        fields.append((name.decode(), value.decode("latin-1").strip(" \t")))
    return fields
