"""Middleware that takes bytes in and lets other bytes out, now or later: `buffer` and `gzip`.

Made of partials and not of lambdas: what goes to a server in a process of its own is pickled.
"""

from __future__ import annotations

import zlib
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from streamlab.middleware.base import Middleware

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_GZIP_WINDOW = 15 + 16
"""zlib's largest window; 16 more asks for gzip's frame (RFC 1952)."""
_BODILESS = ("204", "304")


class Transform(Protocol):
    """What happens to a body: bytes in, those out that may go on already."""

    def feed(self, data: bytes) -> bytes:
        """Take bytes; return what may leave now, often nothing."""

    def end(self) -> bytes:
        """Return what was still held."""


class _Buffer:
    """Holds bytes until there are `size` of them, or until the end."""

    def __init__(self, size: int | None) -> None:
        self._size = size
        self._held: list[bytes] = []
        self._count = 0

    def feed(self, data: bytes) -> bytes:
        self._held.append(data)
        self._count += len(data)
        return self.end() if self._size is not None and self._count >= self._size else b""

    def end(self) -> bytes:
        data = b"".join(self._held)
        self._held, self._count = [], 0
        return data


class _Gzip:
    """Compresses. zlib holds bytes until it has enough to compress well, unless told to flush."""

    def __init__(self, *, flush: bool) -> None:
        self._deflate = zlib.compressobj(wbits=_GZIP_WINDOW)
        self._flush = flush

    def feed(self, data: bytes) -> bytes:
        out = self._deflate.compress(data)
        return out + self._deflate.flush(zlib.Z_SYNC_FLUSH) if self._flush else out

    def end(self) -> bytes:
        return self._deflate.flush()


class _Transforming:
    """WSGI middleware that sends each body through a transform of its own.

    :param recodes: the coding the body has afterwards, None where the bytes stay what they are.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        transform: Callable[[], Transform],
        recodes: str | None = None,
    ) -> None:
        self._app = app
        self._transform = transform
        self._recodes = recodes

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = _Body(self._transform())
        may = self._accepted(environ)

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            body.untouched = not may or self._leave_alone(environ, status, headers)
            if self._recodes and not body.untouched:
                kept = [(k, v) for k, v in headers if k.lower() != "content-length"]
                headers = [*kept, ("Content-Encoding", self._recodes), ("Vary", "Accept-Encoding")]
            write = start_response(status, headers, *exc_info)

            def transformed_write(data: bytes) -> None:
                if out := body.feed(data):
                    write(out)

            return transformed_write

        body.iterable = self._app(environ, start)
        return body

    def _accepted(self, environ: WSGIEnvironment) -> bool:
        """Whether the client takes the coding; one that does not say takes any (RFC 9110 12.5.3).

        Whoever puts gzip in the way in a lab wants to see it at work.
        """
        if not self._recodes or "HTTP_ACCEPT_ENCODING" not in environ:
            return True
        codings: str = environ["HTTP_ACCEPT_ENCODING"]
        return self._recodes in codings or "*" in codings

    def _leave_alone(
        self, environ: WSGIEnvironment, status: str, headers: list[tuple[str, str]]
    ) -> bool:
        coded = any(name.lower() == "content-encoding" for name, _ in headers)
        bodiless = environ["REQUEST_METHOD"] == "HEAD" or status.startswith(_BODILESS)
        return bodiless or bool(self._recodes and coded)


class _Body:
    """The transformed body; closing it closes that of the application."""

    iterable: Iterable[bytes] = ()

    def __init__(self, transform: Transform) -> None:
        self._transform = transform
        self.untouched = False

    def feed(self, data: bytes) -> bytes:
        # An empty item is a word between application and server, not a part of the body.
        return data if self.untouched or not data else self._transform.feed(data)

    def __iter__(self) -> Iterator[bytes]:
        for data in self.iterable:
            if out := self.feed(data):
                yield out
        if not self.untouched and (out := self._transform.end()):
            yield out

    def close(self) -> None:
        if hasattr(self.iterable, "close"):
            self.iterable.close()


def buffer(size: int | None = None) -> Middleware:
    """Middleware that holds the body back until `size` bytes have gathered; None for all of it.

    :raises ValueError: where `size` is not a number of bytes above 0.
    """
    if size is not None and size < 1:
        raise ValueError(f"buffer({size}): a buffer holds at least 1 byte; buffer() holds all")
    held = "all of the body" if size is None else f"the body, {size:,} bytes at a time"
    return Middleware(
        "buffer",
        f"holds back {held}",
        wrap=partial(_Transforming, transform=partial(_Buffer, size)),
    )


def gzip(*, flush: bool = False) -> Middleware:
    """Middleware that compresses the body; with `flush`, chunk by chunk (``Z_SYNC_FLUSH``)."""
    return Middleware(
        "gzip-flushed" if flush else "gzip",
        "compresses each chunk and lets it go" if flush else "compresses, and holds bytes for it",
        wrap=partial(_Transforming, transform=partial(_Gzip, flush=flush), recodes="gzip"),
    )
