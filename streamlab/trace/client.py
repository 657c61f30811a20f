"""The client of an exchange, as the verdict needs it, and the client outside of streamlab.

A browser or curl that requests a page is an exchange as well. What such a client received is not
visible from here. Known is what the server was given to send, and how that ended.
"""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from streamlab.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.trace.trace import Trace


class ClientResponse(Protocol):
    """The response as the client received it."""

    @property
    def status_code(self) -> int | None:
        """The status code; None before it has arrived."""

    @property
    def reason(self) -> str:
        """The reason phrase, such as ``OK``."""

    @property
    def http_version(self) -> str:
        """The HTTP version of the response, such as ``1.1``; "" if not known."""

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The header fields, in their order."""

    @property
    def framing(self) -> str | None:
        """How the end of the body is marked (RFC 9112 section 6.3); None if not known.

        ``chunked``, ``length`` (Content-Length), ``close`` (end of the connection) or ``none`` (a
        response without a body).
        """

    @property
    def complete(self) -> bool:
        """Whether the response ended as its framing promised."""

    @property
    def missing(self) -> str:
        """What an incomplete response lacks, in words."""

    @property
    def surplus(self) -> int:
        """How many bytes came after the end of the response."""


class Client(Protocol):
    """The interface of a client: it makes a request and reads the response."""

    @property
    def stopped(self) -> bool:
        """Whether the client left before the end because it was told to."""

    @property
    def problem(self) -> str | None:
        """What went wrong on the client's side, in words; None if nothing did."""

    @property
    def limit_reached(self) -> str:
        """The keyword of the limit at which the client left: ``chunks=``, ``time_limit=`` or ""."""

    @property
    def timed_out(self) -> bool:
        """Whether the client left because the response took too long."""

    @property
    def url(self) -> str:
        """The URL that was requested; "" if not known."""

    @property
    def request(self) -> bytes:
        """The request as it was sent; b"" if not known."""

    @property
    def response(self) -> ClientResponse:
        """The response as far as it was received."""

    def run(self) -> None:
        """Make the request and read the response to its end."""

    def stop(self) -> None:
        """Leave before the end."""


_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


class ExternalClient:
    """A client outside of streamlab, such as a browser: client and response in one object.

    :param trace: the trace of the server's side, from which everything here is read.
    :param cut: called to close the connection, if the server allows that.
    :param url: the URL that was requested; "" if not known.
    :param method: the request's method.

    >>> from streamlab.trace.trace import Trace
    >>> trace = Trace()
    >>> trace.start_response("404 Not Found", [])
    >>> ExternalClient(trace, cut=print).status_code
    404
    """

    http_version = ""
    request = b""
    missing = "the rest of the response"
    problem = None
    surplus = 0
    timed_out = False
    limit_reached = ""

    def __init__(
        self, trace: Trace, cut: Callable[[], object], url: str = "", method: str = "GET"
    ) -> None:
        self.url = url
        self._method = method
        self._trace = trace
        self._cut = cut

    def __repr__(self) -> str:
        status = f"{self.status_code or 'no response'} {self.reason}".strip()
        return printable(f"<ExternalClient {self.url}: {status}>")

    @property
    def response(self) -> ClientResponse:
        """This object: it is the response as well."""
        return self

    @property
    def status_code(self) -> int | None:
        """The status code that the server was given; None before that."""
        if self._trace.response_head is not None:
            return int(self._trace.response_head[0][:3])
        # An application that raises before start_response makes every server send this status.
        return HTTPStatus.INTERNAL_SERVER_ERROR.value if self._trace.failure else None

    @property
    def reason(self) -> str:
        """The reason phrase that the server was given."""
        if self._trace.response_head is not None:
            return self._trace.response_head[0][4:]
        return HTTPStatus.INTERNAL_SERVER_ERROR.phrase if self._trace.failure else ""

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The header fields that the server was given, in their order."""
        return self._trace.response_head[1] if self._trace.response_head else []

    @property
    def framing(self) -> str | None:
        """``none`` for a response without a body, otherwise not known (RFC 9112 section 6.3)."""
        without_body = self._method == "HEAD" or self.status_code in _WITHOUT_BODY
        return "none" if without_body else None

    @property
    def complete(self) -> bool:
        """Whether the server has taken all items of the application's iterable."""
        return any(event.kind == "response finished" for event in self._trace.events)

    @property
    def stopped(self) -> bool:
        """Whether the server closed the iterable early without an error: the client has left."""
        trace = self._trace
        return trace.closed.is_set() and trace.failure is None and not self.complete

    def run(self) -> None:
        """Wait until the server has closed the application's iterable."""
        self._trace.closed.wait()

    def stop(self) -> None:
        """Close the connection, if the server allows that."""
        with suppress(OSError):  # it was closed in the meantime
            self._cut()
