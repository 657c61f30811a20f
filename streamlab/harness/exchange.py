"""The exchange: a record, and what makes it happen."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from streamlab.exports.dataframe import to_frame
from streamlab.exports.display import mime_bundle
from streamlab.exports.har import to_har
from streamlab.exports.json import from_json, to_json
from streamlab.exports.svg.document import to_svg
from streamlab.exports.table import to_rich_table
from streamlab.exports.trace_events import to_trace_events
from streamlab.trace.record import Record
from streamlab.trace.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from rich.table import Table
    from typing_extensions import Self

    from streamlab.harness.scenario import Scenario
    from streamlab.trace.client import Client
    from streamlab.trace.trace import Trace

SERVER_GRACE_SECONDS = 1.0
"""How long the server may take to close the application's iterable after the client has its
response, or has left. After that the exchange is done, also if the generator still runs."""


class Exchange(Record):
    """A record that can be made, waited for, stopped and exported.

    `observe` returns one that is done; `Lab.run` returns one at once, while it goes on.
    """

    def __init__(
        self,
        path: str,
        trace: Trace,
        client: Client,
        *,
        scenario: Scenario | None = None,
        external: bool = False,
    ) -> None:
        super().__init__(path, trace, client, scenario=scenario, external=external)
        self._callbacks: list[Callable[[Exchange], object]] = []
        self._lock = threading.Lock()

    def wait_done(self, timeout: float) -> bool:
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

    def add_done_callback(self, callback: Callable[[Exchange], object]) -> None:
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
        trace.record_event("request", self.path)
        try:
            self.client.run()
        finally:
            trace.gate.open()  # whatever the generator still has to say, nobody waits for it
            if trace.entered.is_set():
                trace.closed.wait(SERVER_GRACE_SECONDS)
            self.mark_done()

    def mark_done(self) -> None:
        """Pass the verdict and call the callbacks, because both sides have ended.

        A second call does nothing.
        """
        with self._lock:
            if self.done:
                return
            self.set_verdict(judge(self.trace, self.client))
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

        self.add_done_callback(wake)
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
        return to_frame(self)

    def to_svg(self) -> str:
        """The timeline as a picture, an SVG document that stands for itself."""
        return to_svg(self)

    def to_har(self) -> str:
        """An HTTP Archive (HAR 1.2) as JSON, which the developer tools of browsers open."""
        return to_har(self)

    def to_trace_events(self) -> str:
        """JSON of the Trace Event Format, which Perfetto and chrome://tracing open."""
        return to_trace_events(self)

    def to_json(self) -> str:
        """All there is, as JSON from which `from_json` makes an exchange again.

        :raises ValueError: while it still streams.
        """
        return to_json(self)

    @classmethod
    def from_json(cls, text: str | bytes) -> Exchange:
        """The exchange that `to_json` has written; of its exception there are words, `failure`.

        :raises ValueError: where `text` is something else, or was written by a later streamlab.
        """
        record = from_json(text)
        exchange = cls(
            record.path,
            record.trace,
            record.client,
            scenario=record.scenario,
            external=record.external,
        )
        if record.verdict:
            exchange.set_verdict(record.verdict)
        return exchange

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return mime_bundle(self)

    def __rich__(self) -> Table:
        return to_rich_table(self)
