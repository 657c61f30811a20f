"""WSGI middleware that delays or changes the body: `buffer` and `gzip`.

`functools.partial` is used instead of lambdas, because middleware is pickled for a server in
another process.
"""

from __future__ import annotations

import zlib
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from streamlab.middleware.base import Middleware

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_GZIP_WBITS = 15 + 16
"""zlib's largest window; adding 16 selects the gzip format (RFC 1952)."""
_STATUS_WITHOUT_BODY = ("204", "304")


class Transform(Protocol):
    """Transforms one body, incrementally."""

    def feed(self, data: bytes) -> bytes:
        """Take bytes of the body and return those that can be sent now, often none.

        :param data: the next bytes.
        """

    def end(self) -> bytes:
        """Return the bytes that are left at the end of the body."""


class _BufferTransform:
    """Collects bytes until there are at least `size`, or until the end."""

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


class _GzipTransform:
    """Compresses. Without `flush`, zlib keeps bytes until it has enough to compress well."""

    def __init__(self, *, flush: bool) -> None:
        self._deflate = zlib.compressobj(wbits=_GZIP_WBITS)
        self._flush = flush

    def feed(self, data: bytes) -> bytes:
        out = self._deflate.compress(data)
        return out + self._deflate.flush(zlib.Z_SYNC_FLUSH) if self._flush else out

    def end(self) -> bytes:
        return self._deflate.flush()


class _TransformMiddleware:
    """WSGI middleware that applies a new transform to each body.

    :param transform: creates the transform for a body.
    :param content_coding: the coding that the transform applies (RFC 9110 section 8.4.1), None if
        it does not change the bytes.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        transform: Callable[[], Transform],
        content_coding: str | None = None,
    ) -> None:
        self._app = app
        self._transform = transform
        self._content_coding = content_coding

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = _TransformedBody(self._transform())
        accepted = self._is_accepted(environ)

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            body.unchanged = not accepted or self._must_not_change(environ, status, headers)
            if self._content_coding and not body.unchanged:
                headers = [
                    *((name, value) for name, value in headers if name.lower() != "content-length"),
                    ("Content-Encoding", self._content_coding),
                    ("Vary", "Accept-Encoding"),
                ]
            write = start_response(status, headers, *exc_info)

            def transformed_write(data: bytes) -> None:
                if out := body.feed(data):
                    write(out)

            return transformed_write

        body.iterable = self._app(environ, start)
        return body

    def _is_accepted(self, environ: WSGIEnvironment) -> bool:
        """Return whether the client accepts the coding (RFC 9110 section 12.5.3).

        A client that does not send ``Accept-Encoding`` accepts any coding. Other middleware would
        not compress for it, but here the learner has asked for compression.
        """
        if not self._content_coding or "HTTP_ACCEPT_ENCODING" not in environ:
            return True
        accepted: str = environ["HTTP_ACCEPT_ENCODING"]
        return self._content_coding in accepted or "*" in accepted

    def _must_not_change(
        self, environ: WSGIEnvironment, status: str, headers: list[tuple[str, str]]
    ) -> bool:
        coded = any(name.lower() == "content-encoding" for name, _ in headers)
        no_body = environ["REQUEST_METHOD"] == "HEAD" or status.startswith(_STATUS_WITHOUT_BODY)
        return no_body or bool(self._content_coding and coded)


class _TransformedBody:
    """The transformed WSGI iterable. Its `close` closes the iterable of the application."""

    iterable: Iterable[bytes] = ()

    def __init__(self, transform: Transform) -> None:
        self._transform = transform
        self.unchanged = False

    def feed(self, data: bytes) -> bytes:
        # An empty item has no bytes of the body (PEP 3333), so it must not cause a flush.
        return data if self.unchanged or not data else self._transform.feed(data)

    def __iter__(self) -> Iterator[bytes]:
        for data in self.iterable:
            if out := self.feed(data):
                yield out
        if not self.unchanged and (out := self._transform.end()):
            yield out

    def close(self) -> None:
        if hasattr(self.iterable, "close"):
            self.iterable.close()


def buffer(size: int | None = None) -> Middleware:
    """Return a middleware that collects bytes before it sends them.

    :param size: how many bytes to collect, at least 1. None collects the whole body.
    :raises ValueError: if `size` is less than 1.

    >>> buffer()
    <Middleware buffer: keeps the whole body and sends it at the end>
    >>> def app(environ, start_response):
    ...     start_response("200 OK", [])
    ...     return iter([b"one ", b"two ", b"three"])
    >>> from wsgiref.util import setup_testing_defaults
    >>> environ = {}
    >>> setup_testing_defaults(environ)
    >>> list(buffer(5).wrap(app)(environ, lambda status, headers: None))
    [b'one two ', b'three']
    """
    if size is not None and size < 1:
        raise ValueError(
            f"buffer({size}): the size must be at least 1 byte. To keep the whole body until the "
            "end: buffer()"
        )
    text = (
        "keeps the whole body and sends it at the end"
        if size is None
        else f"collects {size:,} bytes before it sends them"
    )
    return Middleware(
        "buffer",
        text,
        wrap=partial(_TransformMiddleware, transform=partial(_BufferTransform, size)),
    )


def gzip(*, flush: bool = False) -> Middleware:
    """Return a middleware that compresses the body with gzip (RFC 1952).

    It compresses if the client accepts gzip or sends no ``Accept-Encoding``.

    :param flush: whether to send each chunk at once (zlib's ``Z_SYNC_FLUSH``), which compresses a
        little less. Without it, zlib keeps bytes until it has enough to compress well.

    >>> gzip()
    <Middleware gzip: compresses the body and keeps bytes until they compress well>
    >>> gzip(flush=True)
    <Middleware gzip-flushed: compresses each chunk and sends it at once>
    """
    return Middleware(
        "gzip-flushed" if flush else "gzip",
        "compresses each chunk and sends it at once"
        if flush
        else "compresses the body and keeps bytes until they compress well",
        wrap=partial(
            _TransformMiddleware,
            transform=partial(_GzipTransform, flush=flush),
            content_coding="gzip",
        ),
    )
