"""Content codings (RFC 9110 section 8.4.1): what a compressed body contains."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

_ZLIB_WINDOWS = {
    "gzip": 16 + zlib.MAX_WBITS,
    "x-gzip": 16 + zlib.MAX_WBITS,
    "deflate": zlib.MAX_WBITS,
}
"""The codings that the standard library can decode, with the window argument that zlib needs."""
_HEAD_SIZES = {b"\x1f\x8b": 10, b"\x78\x01": 2, b"\x78\x5e": 2, b"\x78\x9c": 2, b"\x78\xda": 2}
"""By its first two bytes, the size of the header that a coding writes before any content: gzip (RFC
1952 section 2.3) and zlib (RFC 1950 section 2.2)."""


def coding_head(body: bytes) -> int:
    """Return how many bytes at the start of a body are the header of gzip or zlib.

    A compressor writes this header at once, so it does not show that content has passed.

    :param body: the body, or at least its first two bytes.
    :return: the size of the header; 0 for other bodies.

    >>> import gzip
    >>> coding_head(gzip.compress(b"Hello")), coding_head(b"Hello")
    (10, 0)
    """
    return _HEAD_SIZES.get(body[:2], 0)


class ContentDecoder:
    """Decodes a body piece by piece, as its ``Content-Encoding`` header says.

    A body without a coding is not changed. Neither is a body in a coding that Python's standard
    library cannot decode; `decodes` is then False.

    :param headers: the headers of the response.

    >>> import gzip
    >>> from werkzeug.datastructures import Headers
    >>> decoder = ContentDecoder(Headers([("Content-Encoding", "gzip")]))
    >>> data = gzip.compress(b"Hello World!")
    >>> decoder.decode(data[:20]) + decoder.decode(data[20:])
    b'Hello World!'
    """

    def __init__(self, headers: Headers) -> None:
        coding = headers.get("Content-Encoding", "").strip().lower()
        window = _ZLIB_WINDOWS.get(coding)
        self.decodes = window is not None or coding in {"", "identity"}
        """Whether the decoded bytes are the content."""
        self._zlib = None if window is None else zlib.decompressobj(window)
        self._rest = b""

    def decode(self, data: bytes, max_bytes: int = 0) -> bytes:
        """Return the content of the next bytes of the body.

        :param data: the bytes that come next.
        :param max_bytes: the most bytes to return; 0 (default) for no limit. The rest is returned
            by the next call. A few bytes of gzip can contain millions of bytes.
        :raises ValueError: if the bytes are not in the coding that the header names.
        """
        data = self._rest + data
        if self._zlib is None:
            end = max_bytes or len(data)
            self._rest = data[end:]
            return data[:end]
        try:
            content = self._zlib.decompress(data, max_bytes)
        except zlib.error as error:
            raise ValueError(
                f"The body is not in the coding that its Content-Encoding header names: {error}. "
                "Compress the body, or leave the header out."
            ) from error
        self._rest = self._zlib.unconsumed_tail
        return content
