"""What a middleware is to streamlab: a name, a sentence, and one of three ways to stand there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication


class Proxy(Protocol):
    """A program between the server and the client."""

    url: str
    """The root URL, with a slash at its end."""

    def settle(self) -> None:
        """Return when all bytes that had reached the program before have been dealt with."""

    def stop(self) -> object:
        """End the program."""


@dataclass(frozen=True)
class Middleware:
    """Something that stands in the way of a stream.

    ``name`` is the name of its lane, ``text`` says in one line what it does. Of the three ways to
    stand there one is given:

    - ``wrap`` takes a WSGI application and returns one, as PEP 3333 has it. It has a lane.
    - ``after_request`` takes the framework's response and returns it. It stands between the lanes
      ``generator`` and ``app``, nearer to the generator than anything else.
    - ``proxy`` takes the server's URL and starts a program. It stands between the lanes
      ``server`` and ``client``, wherever it is named among the others.
    """

    name: str
    text: str
    wrap: Callable[[WSGIApplication], WSGIApplication] | None = field(default=None, repr=False)
    after_request: Callable[[Any], Any] | None = field(default=None, repr=False)
    proxy: Callable[[str], Proxy] | None = field(default=None, repr=False)
