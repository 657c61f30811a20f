"""Decoders for single content codings: gzip, deflate, brotli and zstd, piece by piece.

gzip and deflate are in Python's standard library. For brotli a package is needed (``brotli`` or
``brotlicffi``), for zstd the package ``zstandard`` or Python 3.14.
"""

from __future__ import annotations

import zlib
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

_SLICE_BYTES = 256
"""How many bytes are decoded at once where the library has no limit for its output."""
_MAX_WINDOW = 8 * 1024 * 1024
"""The largest window that zstd may use in HTTP (RFC 9659 section 3)."""
_WHAT_TO_INSTALL = {"br": "brotli", "zstd": "zstandard"}
"""The package that decodes a coding, by the coding's name."""


class Decoder(Protocol):
    """A decoder for one coding. It keeps what it has not decoded yet."""

    pending: bool
    """Whether the next call may return content without new bytes."""

    def decode(self, data: bytes, max_bytes: int = 0) -> bytes:
        """Return the content of the next bytes.

        :param data: the bytes that come next.
        :param max_bytes: about how many bytes to return at most; 0 (default) for no limit.
        :raises Exception: if the bytes are not in the coding; the type depends on the library.
        """


class IdentityDecoder:
    """The decoder for a body that is not coded."""

    def __init__(self) -> None:
        self.pending = False
        self._rest = b""

    def decode(self, data: bytes, max_bytes: int = 0) -> bytes:
        """Return the bytes themselves; see `Decoder.decode`.

        :param data: the bytes that come next.
        :param max_bytes: about how many bytes to return at most; 0 (default) for no limit.
        """
        data = self._rest + data
        end = max_bytes or len(data)
        self._rest = data[end:]
        self.pending = bool(self._rest)
        return data[:end]


class ZlibDecoder:
    """The decoder for gzip (RFC 1952) and deflate (RFC 1950, or RFC 1951 without its header).

    Some servers send deflate without the header of zlib, and browsers accept both.

    :param gzip: True for gzip, False for deflate.

    >>> decoder = ZlibDecoder(gzip=False)
    >>> decoder.decode(zlib.compress(b"Hello World!"))
    b'Hello World!'
    """

    def __init__(self, *, gzip: bool) -> None:
        self.pending = False
        self._gzip = gzip
        self._zlib = zlib.decompressobj(16 + zlib.MAX_WBITS) if gzip else None
        self._rest = b""

    def decode(self, data: bytes, max_bytes: int = 0) -> bytes:
        """Return the content of the next bytes; see `Decoder.decode`.

        :param data: the bytes that come next.
        :param max_bytes: about how many bytes to return at most; 0 (default) for no limit.
        """
        data = self._rest + data
        self._rest = b""
        if self._zlib is None:
            if len(data) < 2:
                self._rest = data
                return b""
            self._zlib = zlib.decompressobj(zlib.MAX_WBITS if _is_zlib(data) else -zlib.MAX_WBITS)
        content = self._zlib.decompress(data, max_bytes)
        self._rest = self._zlib.unconsumed_tail
        while self._zlib.eof and self._gzip and self._zlib.unused_data.startswith(b"\x1f"):
            data = self._zlib.unused_data  # a gzip body may have several members
            room = max_bytes and max_bytes - len(content)
            if max_bytes and not room:
                break
            self._zlib = zlib.decompressobj(16 + zlib.MAX_WBITS)
            content += self._zlib.decompress(data, room)
            self._rest = self._zlib.unconsumed_tail
        self.pending = bool(max_bytes) and len(content) >= max_bytes
        return content


class SlicedDecoder:
    """The decoder for a library that takes bytes and returns all their content.

    A few bytes can contain very many, so with a limit the bytes are given to it in small slices.

    :param decompress: takes the next bytes and returns their content.
    """

    def __init__(self, decompress: Callable[[bytes], bytes]) -> None:
        self.pending = False
        self._decompress = decompress
        self._rest = b""

    def decode(self, data: bytes, max_bytes: int = 0) -> bytes:
        """Return the content of the next bytes; see `Decoder.decode`.

        :param data: the bytes that come next.
        :param max_bytes: about how many bytes to return at most; 0 (default) for no limit.
        """
        data = self._rest + data
        if not max_bytes:
            self._rest, self.pending = b"", False
            return self._decompress(data) if data else b""
        content, position = b"", 0
        while position < len(data) and len(content) < max_bytes:
            content += self._decompress(data[position : position + _SLICE_BYTES])
            position += _SLICE_BYTES
        self._rest = data[position:]
        self.pending = bool(self._rest)
        return content


class BrotliDecoder:
    """The decoder for brotli (RFC 7932), with a library that can limit its output.

    :param decompressor: a ``brotli.Decompressor`` of release 1.2 or later.
    """

    def __init__(self, decompressor: Any) -> None:
        self.pending = False
        self._decompressor = decompressor
        self._rest = b""

    def decode(self, data: bytes, max_bytes: int = 0) -> bytes:
        """Return the content of the next bytes; see `Decoder.decode`.

        :param data: the bytes that come next.
        :param max_bytes: about how many bytes to return at most; 0 (default) for no limit.
        """
        data = self._rest + data
        process: Callable[..., bytes] = self._decompressor.process
        content = b""
        limit = {"output_buffer_limit": max_bytes} if max_bytes else {}
        while self.pending:  # the library takes bytes only when it has given out its content
            piece = process(b"", **limit)
            content += piece
            self.pending = bool(piece) or not self._decompressor.can_accept_more_data()
            if max_bytes and len(content) >= max_bytes:
                self._rest = data
                return content
        self._rest = b""
        if data:
            content += process(data, **limit)
        self.pending = bool(max_bytes) and len(content) >= max_bytes
        return content


def decoder_for(coding: str) -> Decoder | None:
    """Return a decoder for a content coding (RFC 9110 section 8.4.1).

    :param coding: its name in lower case, such as ``"gzip"``.
    :return: None if it is not known, or if its library is not installed.

    >>> type(decoder_for("x-gzip")).__name__, decoder_for("compress")
    ('ZlibDecoder', None)
    """
    if coding in {"", "identity"}:
        return IdentityDecoder()
    if coding in {"gzip", "x-gzip"}:
        return ZlibDecoder(gzip=True)
    if coding == "deflate":
        return ZlibDecoder(gzip=False)
    if coding == "br":
        return _brotli()
    return _zstd() if coding == "zstd" else None


def package_for(coding: str) -> str:
    """Return the name of the package that decodes a coding, or "" if no package is known.

    :param coding: its name in lower case.

    >>> package_for("br")
    'brotli'
    """
    return _WHAT_TO_INSTALL.get(coding, "")


def _is_zlib(data: bytes) -> bool:
    """Return whether data begins with the header of zlib (RFC 1950 section 2.2)."""
    return data[0] & 0x0F == 8 and data[0] >> 4 <= 7 and (data[0] << 8 | data[1]) % 31 == 0


def _brotli() -> Decoder | None:
    for name in ("brotli", "brotlicffi"):
        if (module := _imported(name)) is not None:
            decompressor = module.Decompressor()
            if hasattr(decompressor, "can_accept_more_data"):
                return BrotliDecoder(decompressor)
            return SlicedDecoder(decompressor.process)
    return None


def _zstd() -> Decoder | None:
    if (module := _imported("zstandard")) is not None:
        decompressor = module.ZstdDecompressor(max_window_size=_MAX_WINDOW)
        return SlicedDecoder(decompressor.decompressobj(read_across_frames=True).decompress)
    if (module := _imported("compression.zstd")) is not None:
        return SlicedDecoder(module.ZstdDecompressor().decompress)
    return None


def _imported(name: str) -> Any:
    """Return a module, or None if it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        return None
