"""The exchange: one request and its response, with all that was observed of it, as one object."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from streamlab.trace.exports import frame, har, saved, svg, table, trace_events
from streamlab.trace.exports.display import mime_bundle
from streamlab.trace.exports.matching import shown_lanes
from streamlab.trace.held import Holding, held_over_time
from streamlab.trace.verdict import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from rich.table import Table
    from typing_extensions import Self

    from streamlab.trace.failure import Failure
    from streamlab.trace.lane import Lane
    from streamlab.trace.trace import Trace
    from streamlab.trace.visit import Client

SERVER_GRACE_SECONDS = 1.0
"""How long the server may take to close the application's iterable after the client has its
response, or has left: an exchange is told as ended after that, whatever the generator does."""


class Exchange:
    """What `observe()` returns, and `Lab.run()` at once, while it still goes on.

    Await it, or call `wait`, for its end. Everything can be read before that, too, and then says
    how far it has come.
    """

    def __init__(
        self,
        path: str,
        trace: Trace,
        client: Client,
        *,
        scenario: Any = None,
        elsewhere: bool = False,
    ) -> None:
        self.path = path
        self.trace = trace
        self.scenario = scenario
        """How the exchange is made."""
        self.elsewhere = elsewhere
        """Whether somebody else makes the request, such as a browser. Its lane ``client`` stays
        empty then: what that client gets cannot be seen from here."""
        self.client = client
        """Who made the request, with what was sent and what came back."""
        self._done = threading.Event()
        self._verdict: Verdict | None = None
        self._callbacks: list[Callable[[Exchange], object]] = []
        self._lock = threading.Lock()

    @property
    def done(self) -> bool:
        """Whether the exchange has ended, on the client's and on the server's side."""
        return self._done.is_set()

    @property
    def verdict(self) -> Verdict | None:
        """What the exchange shows; None until it has ended."""
        return self._verdict

    @property
    def failure(self) -> Failure | None:
        """The exception on the server's side with its traceback as reading matter, or None."""
        return self.trace.failure

    @property
    def error(self) -> BaseException | None:
        """The exception raised on the server's side, or None."""
        return self.trace.failure.exception if self.trace.failure else None

    @property
    def status(self) -> int | None:
        """The status code that the client saw; None as long as there is none."""
        return self.client.response.status

    @property
    def reason(self) -> str:
        """The reason phrase that the client saw, such as ``OK``."""
        return self.client.response.reason

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The header fields that the client saw, in their order."""
        return self.client.response.headers

    @property
    def complete(self) -> bool:
        """Whether the response has ended as its framing promised; a client knows no more."""
        return self.client.response.complete

    @property
    def body(self) -> bytes:
        """The body that the client got; of a long one the head and the tail."""
        return bytes(self.lanes["server" if self.elsewhere else "client"].body)

    @property
    def lanes(self) -> dict[str, Lane]:
        """The lanes by name, in the order in which bytes pass them."""
        return self.trace.lanes

    @property
    def held(self) -> list[Holding]:
        """The bytes held between each two lanes, over time; made anew from the lanes each time."""
        return held_over_time(self.trace, shown_lanes(self))

    def ended(self, timeout: float) -> bool:
        """Whether it has ended, or does so within `timeout` seconds."""
        return self._done.wait(timeout)

    def wait(self, timeout: float | None = None) -> Self:
        """Block until the exchange has ended.

        :param timeout: seconds, or None for as long as it takes.
        :raises TimeoutError: where it still goes on by then; it is not stopped.
        """
        try:
            ended = self._done.wait(timeout)
        except KeyboardInterrupt:  # an interrupted cell leaves nothing running behind
            self.stop()
            raise
        if not ended:
            raise TimeoutError(
                f"{self.path} still streams after {timeout:g} s. It goes on: wait again, or "
                "end it with stop()."
            )
        return self

    def stop(self) -> None:
        """Let the client leave: the connection is closed, whatever still comes is not read."""
        self.client.stop()
        self.trace.gate.open()

    def when_done(self, callback: Callable[[Exchange], object]) -> None:
        """Call `callback` with the exchange when it has ended, in the thread that ends it."""
        with self._lock:
            if not self.done:
                self._callbacks.append(callback)
                return
        callback(self)

    def make(self) -> None:
        """Make the request, read the response to its end, and pass the verdict.

        One from elsewhere is being made already: this waits for its end.
        """
        trace = self.trace
        trace.happened("request", self.path)
        try:
            self.client.run()
        finally:
            trace.gate.open()  # whatever the generator still has to say, nobody waits for it
            if trace.entered.is_set():
                trace.closed.wait(SERVER_GRACE_SECONDS)
            self.finish()

    def finish(self, verdict: Verdict | None = None) -> None:
        """Both sides have ended: pass the verdict and tell everybody. Once is enough.

        :param verdict: one that was passed before, where this exchange comes out of a file.
        """
        with self._lock:
            if self.done:
                return
            self._verdict = verdict or judge(self.trace, self.client)
            self._done.set()
        for callback in self._callbacks:
            callback(self)

    def __await__(self) -> Generator[Any, None, Self]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()

        def settle() -> None:
            if not future.done():  # the one who waited may have been cancelled
                future.set_result(None)

        def wake(_: Exchange) -> None:
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(settle)

        self.when_done(wake)
        try:
            yield from future
        except asyncio.CancelledError:  # likewise, where the cell awaits
            self.stop()
            raise
        return self

    def to_frame(self) -> Any:
        """A `pandas.DataFrame` with a row for each chunk on each lane.

        :raises ModuleNotFoundError: where pandas is not installed.
        """
        return frame.to_frame(self)

    def to_svg(self) -> str:
        """The timeline as a picture, an SVG document that stands for itself."""
        return svg.to_svg(self)

    def to_har(self) -> str:
        """An HTTP Archive (HAR 1.2) as JSON, which the developer tools of browsers open."""
        return har.to_har(self)

    def to_trace_events(self) -> str:
        """JSON of the Trace Event Format, which Perfetto and chrome://tracing open."""
        return trace_events.to_trace_events(self)

    def to_json(self) -> str:
        """All there is, as JSON from which `from_json` makes an exchange again.

        :raises ValueError: while it still streams.
        """
        return saved.to_json(self)

    @classmethod
    def from_json(cls, text: str | bytes) -> Exchange:
        """The exchange that `to_json` has written; of its exception there are words, `failure`.

        :raises ValueError: where `text` is something else, or was written by a later streamlab.
        """
        return saved.from_json(text, cls)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return mime_bundle(self)

    def __rich__(self) -> Table:
        return table.to_rich_table(self)

    def __repr__(self) -> str:
        state = str(self.verdict) if self.verdict else "still streaming"
        return f"<Exchange {self.path}: {state}>"
