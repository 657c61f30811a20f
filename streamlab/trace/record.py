"""The record of one exchange: a request and its response, with everything that was observed."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers
from werkzeug.http import parse_options_header

from streamlab.trace.content_coding import ContentDecoder
from streamlab.trace.held_bytes import Holding, held_between
from streamlab.wording import printable

if TYPE_CHECKING:
    from streamlab.trace.client import Client
    from streamlab.trace.failure import Failure
    from streamlab.trace.lane import Lane
    from streamlab.trace.output import OutputLine
    from streamlab.trace.trace import Trace
    from streamlab.trace.verdict import Verdict


class Record:
    """One request and its response. Everything can be read while the exchange still goes on.

    `streamlab.Exchange` is a record that can also be made, waited for and stopped. An exchange
    that was read from a file is only a record.

    :param path: path and query of the request, such as ``/stream?name=World``.
    :param trace: what was observed on the server's side.
    :param client: what made the request, with what was sent and what was received.
    :param scenario: how the exchange was made (`streamlab.Scenario`), or None.
    :param external: whether a client outside of streamlab made the request, such as a browser or
        curl. The lane ``client`` is then empty, because what that client received is not visible
        from here.

    >>> from streamlab.trace.client import ExternalClient
    >>> from streamlab.trace.trace import Trace
    >>> trace = Trace()
    >>> record = Record("/hello", trace, ExternalClient(trace, cut=print), external=True)
    >>> trace.start_response("200 OK", [("Content-Type", "text/plain")])
    >>> record, record.status, record.headers["content-type"]
    (<Record GET /hello: still streaming>, '200 OK', 'text/plain')
    """

    def __init__(
        self,
        path: str,
        trace: Trace,
        client: Client,
        *,
        scenario: Any = None,
        external: bool = False,
    ) -> None:
        self.path = path
        self.trace = trace
        self.client = client
        self.scenario = scenario
        self.external = external
        self._done = threading.Event()
        self._verdict: Verdict | None = None

    @property
    def done(self) -> bool:
        """Whether the exchange has ended, on the client's side and on the server's side."""
        return self._done.is_set()

    @property
    def verdict(self) -> Verdict | None:
        """The result of the exchange; None until it has ended."""
        return self._verdict

    @property
    def failure(self) -> Failure | None:
        """The exception on the server's side as text, with its traceback; None without one."""
        return self.trace.failure

    @property
    def error(self) -> BaseException | None:
        """The exception raised on the server's side.

        None without one, and None in an exchange that was read from a file; `failure` has its text.
        """
        return self.trace.failure.exception if self.trace.failure else None

    @property
    def output(self) -> list[OutputLine]:
        """What the app printed while it answered this request, each line with its time."""
        return list(self.trace.output)

    @property
    def method(self) -> str:
        """The method of the request, such as ``GET``."""
        return self.scenario.method if self.scenario else "GET"

    @property
    def url(self) -> str:
        """The URL of the request if the client knows it, otherwise `path`."""
        return self.client.url or self.path

    @property
    def status_code(self) -> int | None:
        """The status code that the client received, such as 200; None before it has arrived."""
        return self.client.response.status_code

    @property
    def reason(self) -> str:
        """The reason phrase that the client received, such as ``OK``; "" before it has arrived."""
        return self.client.response.reason

    @property
    def status(self) -> str:
        """Status code and reason phrase, such as ``200 OK``; "" before they have arrived."""
        return f"{self.status_code or ''} {self.reason}".strip()

    @property
    def headers(self) -> Headers:
        """The response headers that the client received, in their order.

        A case-insensitive multi-dict: ``headers["content-type"]``, ``headers.getlist(...)``.
        """
        return Headers(self.client.response.headers)

    @property
    def complete(self) -> bool:
        """Whether the response ended as its framing promised (RFC 9112 section 8)."""
        return self.client.response.complete

    @property
    def _body_lane(self) -> Lane:
        return self.lanes["server" if self.external else "client"]

    @property
    def body(self) -> bytes:
        """The bytes of the body that the client received: no framing, content coding not undone.

        Only the first 64 KiB of a long body are kept here. `body_kept` is then False, and the last
        16 KiB are in ``exchange.lanes["client"].body.tail``.
        """
        kept = self._body_lane.body
        try:
            return kept.whole
        except ValueError:
            return kept.head

    @property
    def body_kept(self) -> bool:
        """Whether `body` is everything that was received, and not only its beginning."""
        return self._body_lane.body.complete

    @property
    def text(self) -> str:
        """The body as text: content coding undone, decoded with the charset of the Content-Type.

        Without a charset, or if Python does not know the charset, it is decoded as UTF-8. Bytes
        that are not valid in the charset become U+FFFD.
        """
        headers, kept_all, data = self.headers, self.body_kept, self.body
        with suppress(ValueError):  # not in the coding that the header names: keep it as it is
            data = ContentDecoder(headers).decode(data)
        charset = parse_options_header(headers.get("Content-Type"))[1].get("charset", "utf-8")
        try:
            text = data.decode(charset, "replace")
        except (LookupError, ValueError):  # not a charset that Python knows
            text = data.decode("utf-8", "replace")
        # Where the kept bytes end in the middle of a character, that character is not invalid.
        return text if kept_all else text.rstrip("\ufffd")

    def json(self) -> Any:
        """Return the body parsed as JSON.

        :raises ValueError: if the text is not JSON, or if the body was too long to be kept.
        """
        if not self.body_kept:
            raise ValueError(
                f"The body has {self._body_lane.size:,} bytes, but only the first "
                f"{len(self.body):,} were kept, so it cannot be parsed. Request a shorter "
                "response, or fetch it with another client: httpx.get(url).json()."
            )
        return json.loads(self.text)

    @property
    def lanes(self) -> dict[str, Lane]:
        """The lanes by name, in the order in which bytes pass them."""
        return self.trace.lanes

    @property
    def visible_lanes(self) -> list[Lane]:
        """The lanes that can have bytes: not ``client`` if the client is external."""
        return [
            lane for name, lane in self.lanes.items() if not (self.external and name == "client")
        ]

    @property
    def held(self) -> list[Holding]:
        """The bytes held between each two neighbouring lanes, over time.

        Computed from the lanes at each access.
        """
        return held_between(self.trace, self.visible_lanes)

    def set_verdict(self, verdict: Verdict) -> None:
        """Set the result. The record is then done.

        :param verdict: what the exchange shows.
        """
        self._verdict = verdict
        self._done.set()

    def __repr__(self) -> str:
        state = str(self.verdict) if self.verdict else "still streaming"
        request = printable(f"{self.method} {self.path}")
        return f"<{type(self).__name__} {request}: {state}>"
