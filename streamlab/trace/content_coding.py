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


class ContentDecoder:
    """Decodes a body piece by piece, as its ``Content-Encoding`` header says.

    :param headers: the headers of the response.

    A body without a coding passes unchanged, and so does one in a coding that Python's standard
    library cannot decode (`decodes` is then False).

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

    def decode(self, data: bytes, max_bytes: int = 0) -> bytes:
        """Return the content of the next bytes of the body.

        :param data: the bytes that follow those of the last call.
        :param max_bytes: the most bytes to return; 0 for no limit. A few bytes of gzip can stand
            for very many.
        :raises ValueError: if the bytes are not in the coding that the header names.
        """
        if self._zlib is None:
            return data
        try:
            return self._zlib.decompress(data, max_bytes)
        except zlib.error as error:
            raise ValueError(
                f"The body is not in the coding that Content-Encoding names: {error}"
            ) from error
