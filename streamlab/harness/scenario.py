"""A scenario: how an exchange is to be made. Checked when it is written down, not when it runs."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from streamlab.middleware.available import as_middleware
from streamlab.server.server_kinds import SERVERS
from streamlab.trace.gate import Pace, checked_pace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamlab.http1.client import Headers
    from streamlab.middleware import Middleware

_HTTP_VERSIONS = ("1.0", "1.1")


@dataclass(frozen=True)
class Scenario:
    """What is asked for, and under which circumstances it is answered.

    :param path: path and query, as in ``/stream?name=World``.
    :param method: of the request (RFC 9110 section 9).
    :param headers: of the request, as a mapping or as pairs.
    :param data: the body of the request.
    :param stream_with_context: False lets `stream_with_context`, and the one in
        `stream_template`, do nothing in this exchange.
    :param middleware: what stands in the way, in the order in which the bytes pass, so the one
        nearest to the app first: names of `streamlab.middleware.MIDDLEWARE`, callables of your
        own, or one of either.
    :param server: a name of `streamlab.server.SERVERS`.
    :param pace: when the generator may go on: None for at once, a number of seconds, or "step".
    :param http_version: "1.0" or "1.1"; only the latter has chunks (RFC 9112 section 7.1).
    :param timeout: seconds the client waits for anything to come.
    """

    path: str = "/"
    method: str = "GET"
    headers: Headers = ()
    data: bytes = b""
    stream_with_context: bool = True
    middleware: Any = ()
    server: str = "werkzeug"
    pace: Pace = None
    http_version: str = "1.1"
    timeout: float = 30.0
    layers: tuple[Middleware, ...] = field(init=False, repr=False, compare=False, default=())
    """What `middleware` means."""

    def __post_init__(self) -> None:
        if not self.path.startswith("/"):
            raise ValueError(
                f"path={self.path!r}: a path starts with a slash, as in '/{self.path}'; the "
                "server's address is added by itself"
            )
        if self.http_version not in _HTTP_VERSIONS:
            raise ValueError(f"http_version={self.http_version!r}: there is '1.0' and '1.1'")
        if not self.timeout > 0:
            raise ValueError(f"timeout={self.timeout!r}: must be a number of seconds above 0")
        if self.server not in SERVERS:
            raise ValueError(f"server={self.server!r}: there is {', '.join(SERVERS)}")
        given = self.middleware
        several = isinstance(given, (tuple, list))
        object.__setattr__(self, "middleware", tuple(given) if several else (given,))
        object.__setattr__(self, "layers", tuple(as_middleware(one) for one in self.middleware))
        object.__setattr__(self, "method", self.method.upper())
        object.__setattr__(self, "pace", checked_pace(self.pace))
        object.__setattr__(
            self, "data", self.data.encode() if isinstance(self.data, str) else self.data
        )

    @classmethod
    def of(cls, path: str, keywords: Mapping[str, Any]) -> Scenario:
        """The scenario that `path` and keyword arguments describe; raises as `replace` does."""
        return cls(path).replace(keywords)

    def replace(self, keywords: Mapping[str, Any]) -> Scenario:
        """This scenario with something else in place of what `keywords` name.

        :raises TypeError: for a keyword that does not exist, naming the nearest that does.
        :raises ValueError: for a value that is none.
        """
        names = [one.name for one in fields(self) if one.init]
        for keyword in keywords:
            if keyword not in names:
                near = get_close_matches(keyword, names, 1)
                hint = f"did you mean {near[0]!r}?" if near else "there are " + ", ".join(names[1:])
                raise TypeError(f"no scenario has {keyword!r}; {hint}")
        return replace(self, **keywords)
