"""The scenario: how an exchange is made. It is checked when it is written, not when it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from streamlab.arguments import (
    checked_choice,
    checked_data,
    checked_flag,
    checked_headers,
    checked_number,
    checked_seconds,
    checked_text,
    shown,
)
from streamlab.harness.keyword_hints import hint_init_keywords, hint_keywords
from streamlab.http1.request import check_request
from streamlab.middleware.available import as_middleware, checked_middleware
from streamlab.middleware.base import Middleware
from streamlab.server.server_kinds import SERVERS
from streamlab.trace.gate import Pace, checked_pace

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from streamlab.http1.request import RequestHeaders

WSGIMiddleware: TypeAlias = Callable[["WSGIApplication"], "WSGIApplication"]
"""Middleware as WSGI has it: takes an application and returns one (PEP 3333)."""
MiddlewareLayer: TypeAlias = str | Middleware | WSGIMiddleware
"""One layer of middleware: a name of `streamlab.middleware.MIDDLEWARE`, or your own."""
MiddlewareArgument: TypeAlias = MiddlewareLayer | Sequence[MiddlewareLayer]
"""What ``middleware=`` takes: one layer, or several in the order in which bytes pass them."""
HTTPVersion: TypeAlias = Literal["1.0", "1.1"]
"""The versions of HTTP that a request can have."""

_HTTP_VERSIONS = ("1.0", "1.1")


class Unchanged(Enum):
    """The type of `UNCHANGED`."""

    UNCHANGED = "UNCHANGED"

    def __repr__(self) -> str:
        return self.value


UNCHANGED: Final = Unchanged.UNCHANGED
"""The default of a keyword that was not given. None cannot be used: ``pace=None`` has a meaning."""


@hint_init_keywords
@dataclass(frozen=True, repr=False)
class Scenario:
    """How an exchange is made: the request, and what is between the app and the client.

    These are the keywords of `observe`, `Lab`, `Lab.run`, `matrix` and the assertions.

    :param path: path and query, such as ``"/stream?name=World"``. It begins with a slash.
    :param method: the request's method (RFC 9110 section 9).
    :param headers: header fields of the request, as a mapping or as pairs. They are kept as pairs.
    :param data: the request's body; text is sent as UTF-8. It is kept as bytes.
    :param stream_with_context: False switches off `stream_with_context`, also the one in
        `stream_template`, for this exchange. Only an app made by streamlab's `App` has the switch.
    :param middleware: one layer or several, in the order in which bytes pass them: the one
        nearest to the app first. A layer is a name of `streamlab.middleware.MIDDLEWARE` or a
        callable that takes a WSGI application and returns one (PEP 3333).
    :param server: a name of `streamlab.server.SERVERS`.
    :param pace: when the generator may continue: None at once, a number every so many seconds,
        ``"step"`` when `Lab.next_chunk` is called.
    :param http_version: ``"1.1"`` or ``"1.0"``. Only 1.1 has the chunked transfer coding
        (RFC 9112 section 7.1).
    :param timeout: the most seconds between two reads of the client.
    :param chunks: after how many chunks the client leaves; None reads to the end. For a stream
        that does not end.
    :param time_limit: the most seconds for the whole exchange (default 60); then the client leaves.
        None sets no limit.
    :raises TypeError: if a keyword does not exist. The message names the nearest one.
    :raises ValueError: if a value is not valid.

    >>> scenario = Scenario("/stream", middleware="gzip", pace=0.5)
    >>> scenario
    Scenario('/stream', middleware=('gzip',), pace=0.5)
    >>> scenario.layers[0].name
    'gzip'
    """

    path: str = "/"
    method: str = "GET"
    headers: RequestHeaders = ()
    data: bytes | str = b""
    stream_with_context: bool = True
    middleware: MiddlewareArgument = ()
    server: str = "werkzeug"
    pace: Pace = None
    http_version: HTTPVersion = "1.1"
    timeout: float = 30.0
    chunks: int | None = None
    time_limit: float | None = 60.0
    layers: tuple[Middleware, ...] = field(init=False, compare=False, default=())
    """`middleware` as objects."""

    def __post_init__(self) -> None:
        method = checked_text("method", self.method).upper()
        headers, data = checked_headers(self.headers), checked_data(self.data)
        version = checked_choice("http_version", self.http_version, _HTTP_VERSIONS)
        middleware = checked_middleware(self.middleware)
        check_request(method, headers, data, version)
        for name, _ in headers:
            if name.lower().startswith("x-streamlab-"):
                raise ValueError(f"headers: streamlab itself sets {name}. Leave it out.")
        self._set(
            path=_checked_path(self.path),
            method=method,
            headers=headers,
            data=data,
            stream_with_context=checked_flag("stream_with_context", self.stream_with_context),
            middleware=middleware,
            layers=tuple(map(as_middleware, middleware)),
            server=checked_choice("server", self.server, SERVERS),
            pace=checked_pace(self.pace),
            http_version=version,
            timeout=checked_seconds("timeout", self.timeout),
        )
        if self.chunks is not None:
            checked_number("chunks", self.chunks, "chunks")
        if self.time_limit is not None:
            checked_seconds("time_limit", self.time_limit)

    def _set(self, **values: object) -> None:
        """Set attributes of this frozen object."""
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def body(self) -> bytes:
        """The request's body: `data` as bytes."""
        return checked_data(self.data)

    @property
    def header_fields(self) -> tuple[tuple[str, str], ...]:
        """`headers` as pairs."""
        return checked_headers(self.headers)

    @hint_keywords()
    def replace(
        self,
        path: str | Unchanged = UNCHANGED,
        *,
        method: str | Unchanged = UNCHANGED,
        headers: RequestHeaders | Unchanged = UNCHANGED,
        data: bytes | str | Unchanged = UNCHANGED,
        stream_with_context: bool | Unchanged = UNCHANGED,
        middleware: MiddlewareArgument | Unchanged = UNCHANGED,
        server: str | Unchanged = UNCHANGED,
        pace: Pace | Unchanged = UNCHANGED,
        http_version: HTTPVersion | Unchanged = UNCHANGED,
        timeout: float | Unchanged = UNCHANGED,
        chunks: int | Unchanged | None = UNCHANGED,
        time_limit: float | Unchanged | None = UNCHANGED,
    ) -> Scenario:
        """Return a scenario like this one with other values. What is not given stays the same.

        :param path: path and query, such as ``"/stream?name=World"``.
        :param method: the request's method.
        :param headers: header fields of the request, as a mapping or as pairs.
        :param data: the request's body; text is sent as UTF-8.
        :param stream_with_context: False switches off `stream_with_context`.
        :param middleware: one layer or several, the one nearest to the app first.
        :param server: a name of `streamlab.server.SERVERS`.
        :param pace: None, a number of seconds, or ``"step"``.
        :param http_version: ``"1.1"`` or ``"1.0"``.
        :param timeout: the most seconds between two reads of the client.
        :param chunks: after how many chunks the client leaves; None reads to the end. For a stream
            that does not end.
        :param time_limit: the most seconds for the whole exchange (default 60); then the client
            leaves. None sets no limit.
        :raises TypeError: if a keyword does not exist. The message names the nearest one.
        :raises ValueError: if a value is not valid.

        >>> Scenario("/stream", pace=0.5).replace("/count", pace=None)
        Scenario('/count')
        """
        given = {
            "path": path,
            "method": method,
            "headers": headers,
            "data": data,
            "stream_with_context": stream_with_context,
            "middleware": middleware,
            "server": server,
            "pace": pace,
            "http_version": http_version,
            "timeout": timeout,
            "chunks": chunks,
            "time_limit": time_limit,
        }
        changes = {name: value for name, value in given.items() if value is not UNCHANGED}
        return replace(self, **changes)  # type: ignore[arg-type] # each has the type of its field

    def __repr__(self) -> str:
        """Return the call that makes this scenario; what has its default is left out."""
        shown = [repr(self.path)]
        for one in fields(self):
            value = getattr(self, one.name)
            if one.init and one.name != "path" and value != one.default:
                shown.append(f"{one.name}={value!r}")
        return f"Scenario({', '.join(shown)})"


def _checked_path(path: object) -> str:
    text = checked_text("path", path)
    if not text.startswith("/"):
        raise ValueError(
            f"path={shown(text)} does not begin with a slash. Write path={shown('/' + text)}; the "
            "address of the server is added for you."
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"path={shown(text)} has a lone surrogate, which cannot be sent. Write the bytes that "
            "you mean with percent signs: urllib.parse.quote(os.fsencode(name))"
        ) from None
    return text
