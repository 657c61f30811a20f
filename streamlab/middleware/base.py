"""The type of an entry: `Middleware` has a name, a description and one function to apply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication


class Proxy(Protocol):
    """A running program between the server and the client, such as nginx."""

    url: str
    """The root URL of the proxy, with a slash at the end."""

    def settle(self) -> None:
        """Block until the proxy has processed all bytes that have reached it so far."""

    def stop(self) -> object:
        """End the program."""


@dataclass(frozen=True, repr=False)
class Middleware:
    """A middleware that ``middleware=`` can name.

    Exactly one of `wrap`, `after_request` and `proxy` must be given.

    :param name: its name, and the name of its lane.
    :param text: one line that describes it to a learner.
    :param wrap: takes a WSGI application and returns one (PEP 3333). The bytes that leave it are
        recorded on a lane.
    :param after_request: takes the framework's response object and returns it, as in Flask. It
        runs between the lanes ``generator`` and ``app`` and has no lane.
    :param proxy: takes the URL of the server and starts a proxy. It always runs between the lanes
        ``server`` and ``client`` and has no lane.
    :raises ValueError: unless exactly one of the three is given.

    >>> def passthrough(app):
    ...     return app
    >>> Middleware("passthrough", "changes nothing", wrap=passthrough)
    <Middleware passthrough: changes nothing>
    """

    name: str
    text: str
    wrap: Callable[[WSGIApplication], WSGIApplication] | None = None
    after_request: Callable[[Any], Any] | None = None
    proxy: Callable[[str], Proxy] | None = None

    def __post_init__(self) -> None:
        given = (self.wrap, self.after_request, self.proxy)
        if sum(function is not None for function in given) != 1:
            raise ValueError(
                f"Middleware({self.name!r}) needs exactly one of wrap, after_request and proxy. "
                f"For WSGI middleware: Middleware({self.name!r}, {self.text!r}, wrap=my_middleware)"
            )

    def __repr__(self) -> str:
        return f"<Middleware {self.name}: {self.text}>"
