"""The client of an exchange that was read from a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlab.trace.client import ClientResponse


@dataclass(frozen=True)
class RecordedClient:
    """The client of an exchange that was read from a file, and its response in the same object.

    See `streamlab.trace.client.Client` and `ClientResponse` for the fields.
    """

    request: bytes
    url: str
    status_code: int | None
    reason: str
    http_version: str
    headers: list[tuple[str, str]]
    framing: str | None
    complete: bool
    missing: str
    stopped: bool
    problem: str | None
    timed_out: bool
    limit_reached: str
    surplus = 0

    @property
    def response(self) -> ClientResponse:
        """The response that the client received."""
        return self

    def run(self) -> None:
        """Do nothing: the request was made before the exchange was saved."""

    def stop(self) -> None:
        """Do nothing: the exchange is done."""
