"""The probe of a URL whose server is not observed: it also notes what each arrival contained."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers

from streamlab.clock import now_ns
from streamlab.http1.events import Data, Event, Response
from streamlab.trace.bursts import BURST_NS, MAX_BURSTS, Burst
from streamlab.trace.content_coding import ContentDecoder
from streamlab.trace.lane import MAX_CHUNKS
from streamlab.trace.messages import Messages
from streamlab.trace.probe import Probe, TraceRecorder
from streamlab.trace.stored_body import StoredBody

if TYPE_CHECKING:
    from streamlab.http1.waits import Waits
    from streamlab.trace.trace import Trace

MAX_CONTENT_BYTES = 1024 * 1024 * 1024
"""How many bytes of content are decoded. A few bytes can contain very many."""
_PIECE_BYTES = 1024 * 1024
_SURPLUS_SECONDS = 0.5
"""How long to wait for what comes after the Content-Length, if the server leaves the connection
open. It was asked to close it."""


class BodyRecorder(TraceRecorder):
    """Records in a trace, and notes the content and the messages of each burst.

    :param trace: where to record.
    :param waits: the waits of the client.
    """

    def __init__(self, trace: Trace, waits: Waits) -> None:
        super().__init__(trace)
        self.bursts: list[Burst] = []
        """What arrived between two waits, from the first byte of the body on."""
        self.decoder: ContentDecoder | None = None
        """Undoes the content coding; None before the headers, and after an error."""
        self.codings: list[str] = []
        """Names of the content codings."""
        self.missing_package = ""
        """The package that is needed to decode the body, or ""."""
        self.coding_problem = ""
        """Why the body could not be decoded, as a sentence."""
        self.messages = Messages("")
        """The messages in the content."""
        self.content = StoredBody()
        """The content, as far as it is kept."""
        self.content_ends = array("q")
        """For each read how many bytes of content had arrived with it."""
        self._waits = waits
        self._wait_ns = 0
        self._time = 0
        self._between_frames = False
        self._read = b""
        self._first_of_read = True
        self._waits_noted = 0

    @property
    def decodes(self) -> bool:
        """Whether the content of the body can be seen."""
        return self.decoder is None or self.decoder.decodes

    @property
    def silence_ns(self) -> int:
        """The wait after the last read, in nanoseconds. A limit or the server ended it."""
        return self._waits.latest_ns if self._waits.total > self._waits_noted else 0

    @property
    def end_wait_ns(self) -> int:
        """The wait between the last byte of the body and its end mark, in nanoseconds."""
        return self._wait_ns if self.bursts and self._first_of_read else 0

    def data_received(self, data: bytes) -> None:
        """Record a read; see `ClientObserver.data_received`."""
        super().data_received(data)
        if not self._first_of_read:
            self._wait_ns = 0
        self._wait_ns += self._waits.latest_ns  # also for a read that has no part of the body
        self._time, self._read = now_ns(), data
        self._waits_noted, self._first_of_read = self._waits.total, True
        if len(self.content_ends) < MAX_CHUNKS:
            self.content_ends.append(self.content.size)

    def event_received(self, event: Event) -> None:
        """Record an event; see `ClientObserver.event_received`."""
        super().event_received(event)
        if isinstance(event, Response):
            headers = Headers(event.headers)
            self.decoder = ContentDecoder(headers)
            self.codings = self.decoder.codings
            self.missing_package = self.decoder.missing_package
            self.messages = Messages(headers.get("Content-Type", ""))
        elif isinstance(event, Data):
            self._note(event)

    def response_completed(self) -> None:
        """Record the end of the response; see `ClientObserver.response_completed`."""
        super().response_completed()
        before = self.messages.marks
        self.messages.end()
        if self.bursts:
            last, after = self.bursts[-1], self.messages.marks
            last.absorb(Burst(0, last.end, last.end, marks=_difference(after, before)))

    def _note(self, event: Data) -> None:
        data, frames = event.data, len(event.frames) if event.end_of_frame else 0
        if not (data or frames):
            return
        messages = self.messages
        before, comments = messages.marks, messages.events.comments
        content = self._count_content(data)
        self._add(
            Burst(
                self._wait_ns if self._first_of_read else 0,
                self._time,
                self._time,
                self._between_frames,
                reads=int(self._first_of_read),
                body=len(data),
                content=content,
                frames=frames,
                marks=_difference(messages.marks, before),
                comments=messages.events.comments - comments,
            )
        )
        # A read that ends with a line break has no part of the next frame.
        self._between_frames = event.end_of_frame and self._read.endswith(b"\r\n")
        self._first_of_read = False
        if self.content_ends:
            self.content_ends[-1] = self.content.size

    def _add(self, burst: Burst) -> None:
        bursts = self.bursts
        apart = min(BURST_NS, self._waits.apart_ns)
        new = self._first_of_read and burst.wait_ns >= apart and len(bursts) < MAX_BURSTS
        if new or not bursts:
            bursts.append(burst)
        else:
            bursts[-1].absorb(burst)

    def _count_content(self, data: bytes) -> int:
        """Decode bytes of the body, count the messages in them, and return their size."""
        decoder, size = self.decoder, self.content.size
        if decoder is None:
            return len(data)
        if not self.codings:
            self.content.append(data)
            self.messages.feed(data)
            return len(data)
        while self.content.size < MAX_CONTENT_BYTES:
            try:
                content = decoder.decode(data, _PIECE_BYTES)
            except ValueError as error:
                self.coding_problem = str(error)
                break
            self.content.append(content)
            self.messages.feed(content)
            data = b""
            if not decoder.pending:
                return self.content.size - size
        self.decoder = None
        return self.content.size - size


class URLProbe(Probe):
    """A probe for `streamlab.trace.probe_verdict.judge_probe`.

    :param url: what to ask for, an ``http`` or ``https`` URL.
    :param trace: where to record.
    :param options: see `streamlab.trace.probe.Probe`.
    :raises ValueError: if the URL, the method, the version or a header cannot be sent.

    >>> from streamlab.trace.trace import Trace
    >>> URLProbe("http://localhost/", Trace(("client",))).body.bursts
    []
    """

    def __init__(self, url: str, trace: Trace, **options: Any) -> None:
        super().__init__(url, trace, **{"surplus_seconds": _SURPLUS_SECONDS, **options})
        self.observer = self.body = BodyRecorder(trace, self.waits)
        """What each burst contained."""


def _difference(after: tuple[int, int, int], before: tuple[int, int, int]) -> tuple[int, int, int]:
    return after[0] - before[0], after[1] - before[1], after[2] - before[2]
