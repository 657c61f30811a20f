"""Content codings (RFC 9110 section 8.4.1): what a compressed body contains.

A compressor writes the header of its coding at once, and keeps the content. So the first bytes of
a compressed body do not show that content has passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlab.trace.decoders import IdentityDecoder, decoder_for, package_for

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

    from streamlab.trace.decoders import Decoder

CODING_BYTES = 1024
"""How many bytes of a body `coding_head` needs. Only a gzip header with a long name has more."""
_ZLIB_HEADS = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
"""How bodies in zlib's format begin, by the level of compression (RFC 1950 section 2.2)."""
_GZIP_MAGIC, _ZSTD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_GZIP_HEAD_BYTES, _ZLIB_HEAD_BYTES = 10, 2
_FHCRC, _FEXTRA, _FNAME, _FCOMMENT = 2, 4, 8, 16
"""Flags in the fourth byte of a gzip header (RFC 1952 section 2.3.1)."""


def coding_head(body: bytes) -> int:
    """Return how many bytes at the start of a body are the header of gzip, zlib or zstd.

    Brotli and raw deflate have no header that can be recognised.

    :param body: the first `CODING_BYTES` of the body, or what there is of it.
    :return: the size of the header, also if only a part of it is there; 0 for other bodies.

    >>> import gzip
    >>> coding_head(gzip.compress(b"Hello")), coding_head(b"Hello")
    (10, 0)
    """
    if body.startswith(_GZIP_MAGIC):
        return _gzip_head(body)
    if body[:2] in _ZLIB_HEADS:
        return _ZLIB_HEAD_BYTES
    return _zstd_head(body) if body.startswith(_ZSTD_MAGIC) else 0


def sniffed_coding(body: bytes) -> str:
    r"""Return the name of the coding whose header a body begins with, or "".

    :param body: the first `CODING_BYTES` of the body, or what there is of it.

    >>> sniffed_coding(b"\x1f\x8b\x08"), sniffed_coding(b"Hello")
    ('gzip', '')
    """
    if body.startswith(_GZIP_MAGIC):
        return "gzip"
    if body[:2] in _ZLIB_HEADS:
        return "deflate"
    return "zstd" if body.startswith(_ZSTD_MAGIC) else ""


def _gzip_head(body: bytes) -> int:
    """Return the size of a gzip header with its optional fields (RFC 1952 section 2.3)."""
    if len(body) < _GZIP_HEAD_BYTES:
        return _GZIP_HEAD_BYTES
    flags, size = body[3], _GZIP_HEAD_BYTES
    if flags & _FEXTRA:
        size += 2 + int.from_bytes(body[size : size + 2], "little")
    for flag in (_FNAME, _FCOMMENT):
        if flags & flag:
            end = body.find(b"\0", size)
            if end < 0:
                return max(size, len(body))
            size = end + 1
    return size + (2 if flags & _FHCRC else 0)


def _zstd_head(body: bytes) -> int:
    """Return the size of a zstd frame header and of the first block's header (RFC 8878, 3.1.1)."""
    if len(body) <= len(_ZSTD_MAGIC):
        return len(_ZSTD_MAGIC) + 1
    descriptor = body[len(_ZSTD_MAGIC)]
    single_segment = bool(descriptor & 0x20)
    dictionary = (0, 1, 2, 4)[descriptor & 3]
    content_size = (int(single_segment), 2, 4, 8)[descriptor >> 6]
    frame = len(_ZSTD_MAGIC) + 1 + (not single_segment) + dictionary + content_size
    return frame + 3


class ContentDecoder:
    """Decodes a body piece by piece, as its ``Content-Encoding`` header says.

    A body without a coding is not changed. Neither is a body in a coding that cannot be decoded
    here; `decodes` is then False. Several codings are undone in turn, the last one first.

    :param headers: the headers of the response.

    >>> import gzip
    >>> from werkzeug.datastructures import Headers
    >>> decoder = ContentDecoder(Headers([("Content-Encoding", "gzip")]))
    >>> data = gzip.compress(b"Hello World!")
    >>> decoder.decode(data[:20]) + decoder.decode(data[20:])
    b'Hello World!'
    """

    def __init__(self, headers: Headers) -> None:
        self.codings = codings_of(headers.getlist("Content-Encoding"))
        """Names of the codings, in the order in which they were applied."""
        decoders = [decoder_for(coding) for coding in reversed(self.codings)]
        self.decodes = None not in decoders
        """Whether the decoded bytes are the content."""
        known = [decoder for decoder in decoders if decoder is not None]
        self._decoders: list[Decoder] = (known if self.decodes else []) or [IdentityDecoder()]

    @property
    def missing_package(self) -> str:
        """The name of the package that has to be installed to decode the body; "" if none is."""
        if self.decodes:
            return ""
        missing = next(coding for coding in self.codings if decoder_for(coding) is None)
        return package_for(missing)

    @property
    def pending(self) -> bool:
        """Whether a limit has left content for the next call of `decode`."""
        return any(decoder.pending for decoder in self._decoders)

    def decode(self, data: bytes, max_bytes: int = 0) -> bytes:
        """Return the content of the next bytes of the body.

        :param data: the bytes that come next.
        :param max_bytes: about how many bytes to return at most; 0 (default) for no limit. The
            rest is returned by the next calls, see `pending`. A few bytes of gzip can contain
            millions of bytes.
        :raises ValueError: if the bytes are not in the coding that the header names.
        """
        try:
            for decoder in self._decoders:
                data = decoder.decode(data, max_bytes)
        except Exception as error:  # each library has its own
            raise ValueError(
                f"The body is not in the coding that its Content-Encoding header names: {error}. "
                "Compress the body, or leave the header out."
            ) from error
        return data


def codings_of(values: list[str]) -> list[str]:
    """Return the names in ``Content-Encoding`` fields, in lower case.

    :param values: the values of the fields, in their order.

    >>> codings_of(["deflate, GZIP"])
    ['deflate', 'gzip']
    """
    names = [name.strip(" \t").lower() for value in values for name in value.split(",")]
    return [name for name in names if name not in {"", "identity"}]
