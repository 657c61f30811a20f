"""The client's side of an exchange, as the verdict wants it; and of one that somebody else made.

A browser or curl that asks for a page shows as an exchange as well. Its client cannot be looked
into from here; what can be known is what the server was given to send, and how that ended.
"""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.trace.trace import Trace


class ClientResponse(Protocol):
    """The response as the client saw it."""

    @property
    def status_code(self) -> int | None:
        """The status code; None as long as there is none."""

    @property
    def reason(self) -> str:
        """The reason phrase, such as ``OK``."""

    @property
    def http_version(self) -> str:
        """Such as ``1.1``; "" where that is not known."""

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The header fields, in their order."""

    @property
    def framing(self) -> str | None:
        """How the end of the body is told; None where that is not known."""

    @property
    def complete(self) -> bool:
        """Whether the response has ended as its framing promised."""

    @property
    def missing(self) -> str:
        """What an incomplete response lacks, in words."""


class Client(Protocol):
    """Whoever made the request."""

    @property
    def stopped(self) -> bool:
        """Whether the client left before the end."""

    @property
    def problem(self) -> str | None:
        """What went wrong on the client's side, in words."""

    @property
    def timed_out(self) -> bool:
        """Whether it has left because it took too long; then whatever is missing is no fault."""

    @property
    def url(self) -> str:
        """The URL that it asked for; "" where that is not known."""

    @property
    def request(self) -> bytes:
        """What it sent; b"" where that is not known."""

    @property
    def response(self) -> ClientResponse:
        """What it got."""

    def run(self) -> None:
        """Make the request and read the response to its end."""

    def stop(self) -> None:
        """Leave."""


class ExternalClient:
    """A client from external: client and response in one, told by the trace of the server's side.

    :param cut: cuts the connection, where the server lets that be done.
    """

    framing = None
    http_version = ""
    request = b""
    missing = "what was not sent"
    problem = None
    timed_out = False

    def __init__(self, trace: Trace, cut: Callable[[], object], url: str = "") -> None:
        self.url = url
        self._trace = trace
        self._cut = cut

    @property
    def response(self) -> ClientResponse:
        return self

    @property
    def status_code(self) -> int | None:
        if self._trace.answer is not None:
            return int(self._trace.answer[0][:3])
        # What no application answers, every server answers with this.
        return HTTPStatus.INTERNAL_SERVER_ERROR.value if self._trace.failure else None

    @property
    def reason(self) -> str:
        if self._trace.answer is not None:
            return self._trace.answer[0][4:]
        return HTTPStatus.INTERNAL_SERVER_ERROR.phrase if self._trace.failure else ""

    @property
    def headers(self) -> list[tuple[str, str]]:
        return self._trace.answer[1] if self._trace.answer else []

    @property
    def complete(self) -> bool:
        return any(event.kind == "response finished" for event in self._trace.events)

    @property
    def stopped(self) -> bool:
        """Closed with neither an end nor an error: then nobody read any more."""
        trace = self._trace
        return trace.closed.is_set() and trace.failure is None and not self.complete

    def run(self) -> None:
        """Wait for the end; the request is being made by somebody else."""
        self._trace.closed.wait()

    def stop(self) -> None:
        with suppress(OSError):  # closed meanwhile
            self._cut()
