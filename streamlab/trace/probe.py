"""The probe: an HTTP client that records in a trace what it receives, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlab.arguments import (
    checked_data,
    checked_headers,
    checked_number,
    checked_seconds,
    checked_text,
)
from streamlab.clock import now_ns
from streamlab.http1.client import ClientObserver, HTTPClient
from streamlab.http1.events import Data, Event, Response
from streamlab.http1.protocol import MAX_HEAD_BYTES

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from streamlab.http1.errors import ClientError, LimitError
    from streamlab.http1.request import RequestHeaders
    from streamlab.trace.trace import Trace


class TraceRecorder(ClientObserver):
    r"""An observer that records everything in a trace.

    Each frame of the body becomes a chunk on the lane ``client``, with the time at which it was
    complete. Each read becomes a chunk of `Trace.reads`. The rest becomes events.

    :param trace: the trace; it must have a lane ``client``.
    :param max_chunks: after how many frames the rest is not recorded; None records all.
    :param on_last: called when that many frames are recorded.

    >>> from streamlab.trace.trace import Trace
    >>> trace = Trace()
    >>> recorder = TraceRecorder(trace)
    >>> recorder.event_received(Data([b"Hello", b" World"]))
    >>> [chunk.data for chunk in trace.lanes["client"]]
    [b'Hello', b' World']
    """

    def __init__(
        self,
        trace: Trace,
        *,
        max_chunks: int | None = None,
        on_last: Callable[[], object] = lambda: None,
    ) -> None:
        self._trace = trace
        self._record_frames = trace.lanes["client"].record_all
        self._record_part = trace.lanes["client"].record_part
        self._left_to_record = max_chunks
        self._on_last = on_last

    def connected(self) -> None:
        """Record the event ``client connected``."""
        self._trace.record_event("client connected")

    def data_received(self, data: bytes) -> None:
        """Record a read; see `ClientObserver.data_received`."""
        self._trace.reads.record(data)

    def event_received(self, event: Event) -> None:
        """Record frames, and ``headers received``; see `ClientObserver.event_received`."""
        if isinstance(event, Data):
            if self._left_to_record is not None:
                self._record_until_last(event)
            elif event.end_of_frame:
                self._record_frames(event.frames)
            else:
                self._record_part(event.data)
        elif isinstance(event, Response):
            status = f"{event.status_code} {event.reason}".strip()
            self._trace.record_event("headers received", status)

    def _record_until_last(self, event: Data) -> None:
        assert self._left_to_record is not None  # noqa: S101 - only called with a limit
        if not self._left_to_record:
            return
        if not event.end_of_frame:
            self._record_part(event.data)
            return
        self._record_frames(event.frames[: self._left_to_record])
        self._left_to_record -= min(self._left_to_record, len(event.frames))
        if not self._left_to_record:
            self._on_last()

    def response_completed(self) -> None:
        """Record the event ``client finished``."""
        self._trace.record_event("client finished")

    def client_stopped(self) -> None:
        """Record the event ``client left``."""
        self._trace.record_event("client left")

    def exchange_failed(self, error: ClientError, missing: str) -> None:
        """Record the event ``client cut off``; see `ClientObserver.exchange_failed`."""
        self._trace.record_event("client cut off", f"{error} Missing: {missing}.")


class Probe(HTTPClient):
    """An HTTP client for one request whose response is recorded in a trace.

    Waiting for the user in step mode does not count as a timeout: while the trace's gate holds
    the generator, the probe keeps waiting.

    :param url: what to ask for, an ``http`` or ``https`` URL.
    :param trace: where to record. Its lanes decide how much of the body is kept.
    :param method: the request's method.
    :param headers: header fields of the request, as a mapping or as pairs.
    :param data: the request's body.
    :param http_version: ``"1.1"`` (default) or ``"1.0"``.
    :param timeout: the most seconds between two reads (default 30).
    :param connect_timeout: the most seconds for connecting; None (default) means `timeout`.
    :param time_limit: the most seconds for everything; None (default) sets no limit.
    :param max_chunks: after how many chunks of the body the client leaves; None (default) reads
        to the end.
    :param max_head_bytes: the most bytes for status line and headers (default 64 KiB).
    :param tls: TLS settings, see `streamlab.http1.connect.tls_context`; None (default) verifies
        the certificate against those that the system trusts.
    :param ready: called at the start of `run`, see `HTTPClient`.
    :param surplus_seconds: how long to wait for bytes after the body, see `HTTPClient`.
    :raises TypeError: if a value has the wrong type.
    :raises ValueError: if the URL, the method, the version or a header cannot be sent, or if a
        limit is not valid.
    """

    def __init__(
        self,
        url: str,
        trace: Trace,
        *,
        method: str = "GET",
        headers: RequestHeaders = (),
        data: bytes = b"",
        http_version: str = "1.1",
        timeout: float = 30.0,
        connect_timeout: float | None = None,
        time_limit: float | None = None,
        max_chunks: int | None = None,
        max_head_bytes: int = MAX_HEAD_BYTES,
        tls: ssl.SSLContext | None = None,
        ready: Callable[[], object] | None = None,
        surplus_seconds: float = 0.0,
    ) -> None:
        for name, seconds in (("connect_timeout", connect_timeout), ("time_limit", time_limit)):
            if seconds is not None:
                checked_seconds(name, seconds)
        if max_chunks is not None:
            checked_number("max_chunks", max_chunks, "chunks")
        super().__init__(
            checked_text("url", url),
            observer=TraceRecorder(trace, max_chunks=max_chunks, on_last=self._leave_as_asked),
            method=checked_text("method", method),
            headers=checked_headers(headers),
            data=checked_data(data),
            http_version=checked_text("http_version", http_version),
            timeout=checked_seconds("timeout", timeout),
            connect_timeout=connect_timeout,
            time_limit=time_limit,
            max_head_bytes=checked_number("max_head_bytes", max_head_bytes, "bytes"),
            tls=tls,
            ready=ready,
            is_paused=lambda: trace.gate.held_within(timeout),
            surplus_seconds=surplus_seconds,
        )
        self.trace = trace
        """Where everything is recorded."""
        self._has_max_chunks = False

    @property
    def limit_reached(self) -> str:
        """The limit of the exchange at which the client left, as text; "" if it did not."""
        if self._has_max_chunks:
            return "chunks="
        return "time_limit=" if self.error is not None and self.error.kind == "time limit" else ""

    def _leave_as_asked(self) -> None:
        if not self.response.complete:
            self._has_max_chunks = True
            self.stop()

    def stop(self) -> None:
        """Leave before the end; see `HTTPClient.stop`."""
        self._note_left()
        super().stop()

    def _timeout_error(self) -> LimitError:
        self._note_left()
        return super()._timeout_error()

    def _note_left(self) -> None:
        if self.trace.left is None:
            self.trace.left = now_ns()
