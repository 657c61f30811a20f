"""Decide how a response's body ends, and decode bodies that do not use the chunked coding.

RFC 9112 section 6.3 has the rules. The decoder for the chunked transfer coding is in
`streamlab.http1.chunked`.

All decoders have the same members. `complete` tells whether the body has ended as its framing
promised, `began` whether any byte of it has been received, `missing` names what an incomplete
body lacks, and `trailers` are the fields after the body.
"""

from __future__ import annotations

import re
from typing import Literal, Protocol, TypeAlias

from streamlab.http1.chunked import ChunkedDecoder
from streamlab.http1.errors import ProtocolError
from streamlab.http1.events import Data, Event, Fields, ResponseHead

Framing: TypeAlias = Literal["chunked", "length", "close", "none"]
"""What marks the end of a body: an empty chunk (``"chunked"``), the Content-Length (``"length"``)
or the end of the connection (``"close"``). With ``"none"`` there is no body."""

_LENGTH = re.compile("[0-9]{1,19}")
_CODING = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+(?:[ \t]*;[\t -~]*)?")
"""A transfer coding in lower case, with parameters (RFC 9112 section 7)."""
_STATUS_CODES_WITHOUT_BODY = {101, 204, 304}


class Decoder(Protocol):
    """What the decoders of all framings have in common."""

    trailers: Fields
    complete: bool
    began: bool

    @property
    def missing(self) -> str:
        """What an incomplete body lacks, in words."""

    def decode(self, data: bytes, events: list[Event]) -> int:
        """Decode received bytes.

        :param data: the next bytes of the response.
        :param events: the list to which new events are added.
        :return: the number of bytes after the end of the body.
        :raises ProtocolError: if the bytes break the rules of the framing.
        """

    def end(self, events: list[Event], *, clean: bool) -> None:
        """Handle the end of the connection.

        :param events: the list to which new events are added.
        :param clean: True if the server closed the connection, False if it broke.
        """


class NoBodyDecoder:
    """The decoder for responses without a body: to HEAD, and with status 101, 204 or 304."""

    missing = ""

    def __init__(self) -> None:
        self.trailers: Fields = []
        self.complete = True
        self.began = False

    def decode(self, data: bytes, events: list[Event]) -> int:  # noqa: ARG002 - see Decoder
        """Count all bytes as bytes after the end; see `Decoder.decode`."""
        return len(data)

    def end(self, events: list[Event], *, clean: bool) -> None:
        """Do nothing; see `Decoder.end`."""


class LengthDecoder:
    """The decoder for a body with a Content-Length.

    :param length: the number of bytes in the body.

    >>> decoder, events = LengthDecoder(5), []
    >>> decoder.decode(b"Hel", events)
    0
    >>> decoder.complete, decoder.missing
    (False, '2 of 5 bytes')
    >>> decoder.decode(b"lo, and more", events)
    10
    >>> decoder.complete, [event.data for event in events]
    (True, [b'Hel', b'lo'])
    """

    def __init__(self, length: int) -> None:
        self.trailers: Fields = []
        self.complete = not length
        self.began = False
        self._length = self._remaining = length

    @property
    def missing(self) -> str:
        """How many bytes have not been received, in words."""
        return f"{self._remaining} of {self._length} bytes"

    def decode(self, data: bytes, events: list[Event]) -> int:
        """Decode received bytes; see `Decoder.decode`."""
        piece = data[: self._remaining]
        if piece:
            self.began = True
            self._remaining -= len(piece)
            self.complete = not self._remaining
            events.append(Data([piece]))
        return len(data) - len(piece)

    def end(self, events: list[Event], *, clean: bool) -> None:
        """Do nothing: the number of bytes decides; see `Decoder.end`."""


class CloseDecoder:
    """The decoder for a body that ends when the connection ends, as in HTTP/1.0.

    Such a body counts as complete when the server closes the connection. A response that was cut
    in the middle looks the same.
    """

    missing = "a clean end of the connection"

    def __init__(self) -> None:
        self.trailers: Fields = []
        self.complete = False
        self.began = False

    def decode(self, data: bytes, events: list[Event]) -> int:
        """Decode received bytes; see `Decoder.decode`."""
        self.began = True
        events.append(Data([data]))
        return 0

    def end(self, events: list[Event], *, clean: bool) -> None:  # noqa: ARG002 - see Decoder
        """Complete the body if the connection was closed cleanly; see `Decoder.end`."""
        self.complete = clean


def decoder_for(head: ResponseHead, method: str) -> tuple[Framing, Decoder]:
    """Return the framing of a response's body and a decoder for it.

    :param head: the status line and headers of the response.
    :param method: the method of the request, such as ``"GET"``. A response to HEAD has no body.
    :raises ProtocolError: if the headers contradict each other, or a length is not a number.

    >>> framing, decoder = decoder_for(ResponseHead("1.0", 200, "OK", []), "GET")
    >>> framing, type(decoder).__name__
    ('close', 'CloseDecoder')
    """
    codings = _members(head.headers, "transfer-encoding")
    lengths = set(_members(head.headers, "content-length"))
    length = _length(lengths)
    if method == "HEAD" or head.status_code in _STATUS_CODES_WITHOUT_BODY:
        return "none", NoBodyDecoder()
    if codings:
        _check_codings(head, codings, lengths)
        if codings[-1] == "chunked":
            return "chunked", ChunkedDecoder()
        return "close", CloseDecoder()
    return ("close", CloseDecoder()) if length is None else ("length", LengthDecoder(length))


def _check_codings(head: ResponseHead, codings: list[str], lengths: set[str]) -> None:
    """Refuse a Transfer-Encoding that two readers could understand differently."""
    for coding in codings:
        if not _CODING.fullmatch(coding):
            raise ProtocolError(
                "ambiguous length",
                f"The Transfer-Encoding {coding[:40]!r} is not the name of a coding. Only spaces "
                "and tabs may surround the name.",
            )
    if head.http_version == "1.0":
        raise ProtocolError(
            "ambiguous length",
            "An HTTP/1.0 response has the header Transfer-Encoding, which exists only since "
            "HTTP/1.1.",
        )
    if lengths:
        raise ProtocolError(
            "ambiguous length",
            "The response has both Transfer-Encoding and Content-Length. Readers could disagree "
            "about where it ends, which makes response smuggling possible.",
        )
    if "chunked" in codings[:-1]:
        raise ProtocolError(
            "ambiguous length",
            f"'chunked' must be the last transfer coding, but the header is {', '.join(codings)}.",
        )


def _members(headers: Fields, wanted: str) -> list[str]:
    """Return the comma-separated members of all fields with a name, in lower case.

    Only spaces and tabs are removed around them, HTTP's white space (RFC 9110 section 5.6.3).
    Python's `str.strip` would also remove other characters, such as U+000B and U+00A0.
    """
    values = [value.lower() for name, value in headers if name.lower() == wanted]
    return [member.strip(" \t") for value in values for member in value.split(",")]


def _length(lengths: set[str]) -> int | None:
    """Return the one value in `lengths` as a number; None if there is no value."""
    if not lengths:
        return None
    if len(lengths) > 1:
        raise ProtocolError(
            "ambiguous length", "The response has several Content-Length values that differ."
        )
    (length,) = lengths
    if not _LENGTH.fullmatch(length):
        raise ProtocolError(
            "bad length", f"The Content-Length {length[:40]!r} is not a number of bytes."
        )
    return int(length)
