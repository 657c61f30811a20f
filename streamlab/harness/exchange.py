"""The exchange: a record that can be made, waited for, stopped and exported."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from streamlab.exports.dataframe import to_frame
from streamlab.exports.display import mime_bundle
from streamlab.exports.har import to_har
from streamlab.exports.json import from_json, to_json
from streamlab.exports.svg.document import to_svg
from streamlab.exports.table import to_rich_table
from streamlab.exports.trace_events import to_trace_events
from streamlab.trace.record import Record
from streamlab.trace.still_running import wait_until_ended, with_still_running
from streamlab.trace.trace import printing
from streamlab.trace.tracebacks import drop_tracebacks
from streamlab.trace.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from rich.table import Table
    from typing_extensions import Self

    from streamlab.harness.scenario import Scenario
    from streamlab.trace.client import Client
    from streamlab.trace.trace import Trace
    from streamlab.trace.verdict import Verdict

SERVER_GRACE_SECONDS = 1.0
"""How long to wait for the server to close the application's iterable after the client is done.
Then the exchange is done, even if the generator still runs."""


class Exchange(Record):
    """A record that can be made, waited for, stopped and exported.

    `observe` returns an exchange that is done. `Lab.run` returns one at once, while it streams.
    As the value of a notebook cell it is shown as a picture of its timeline.

    :param path: path and query of the request.
    :param trace: what is observed on the server's side.
    :param client: makes the request, and has what came back.
    :param scenario: how the exchange is made.
    :param external: whether another client makes the request, such as a browser or curl.

    >>> from streamlab import App, observe
    >>> app = App()
    >>> @app.get("/hello")
    ... def hello():
    ...     return (text for text in ("Hello ", "World"))
    >>> exchange = observe(app, "/hello", lockstep=True)
    >>> exchange.status, exchange.headers["content-type"], exchange.text
    ('200 OK', 'text/html; charset=utf-8', 'Hello World')
    >>> exchange.lanes["client"][0].data, exchange.verdict.outcome
    (b'Hello ', 'streamed')
    """

    scenario: Scenario

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
        self._merge: tuple[int, int] | None = None
        self._still_ran = False
        self._why_no_answer: Callable[[], str] | None = None
        trace.when_closed(self._server_closed)

    def wait_done(self, timeout: float) -> bool:
        """Block until the exchange is done, and return whether it is.

        :param timeout: the most seconds to wait.
        """
        return self._done.wait(timeout)

    def wait(self, timeout: float | None = None) -> Self:
        """Block until the exchange is done. A keyboard interrupt stops the exchange.

        :param timeout: the most seconds to wait; None (default) waits without a limit.
        :return: the exchange itself.
        :raises TimeoutError: if the exchange is not done in time. It is not stopped.
        """
        try:
            done = self._done.wait(timeout)
        except KeyboardInterrupt:
            self.stop()
            raise
        if not done:
            raise TimeoutError(
                f"{self.path} still streams after {timeout:g} s. It continues: call "
                "exchange.wait() again, or end it with exchange.stop()."
            )
        return self

    def stop(self) -> None:
        """Disconnect the client. The rest of the response is not read."""
        self.client.stop()
        self.trace.gate.open()

    def explain_no_answer(self, why: Callable[[], str]) -> None:
        """Have a function asked if the request does not reach the application.

        :param why: returns the reason as a sentence for the verdict; "" if it is not known.
        """
        self._why_no_answer = why

    def add_done_callback(self, callback: Callable[[Exchange], object]) -> None:
        """Call a function when the exchange is done, or at once if it is done already.

        :param callback: gets the exchange. It runs in the thread that ends the exchange.
        """
        with self._lock:
            if not self.done:
                self._callbacks.append(callback)
                return
        callback(self)

    def make(self) -> None:
        """Send the request, read the whole response, and set the verdict.

        For an external exchange, whose request another client sends, wait until it is done.
        """
        trace = self.trace
        trace.record_event("request", self.path)
        try:
            self.client.run()
        finally:
            if self.complete:
                trace.gate.open()
            else:
                trace.gate.abandon()
            if trace.entered.is_set():
                wait_until_ended(trace, SERVER_GRACE_SECONDS)
            self.mark_done()
            for error in (self.error, getattr(self.client, "error", None)):
                if error is not None:
                    drop_tracebacks(error)

    def merge_when_done(self, *, above: int, to: int) -> None:
        """Merge neighbouring chunks of long lanes at the end: the exchange takes less memory then.

        The verdict is made before. Counts, bytes and the times of first and last chunks stay.

        :param above: a lane with at most this many chunks is not changed.
        :param to: how many rows a longer lane has then at most, each with several chunks.

        >>> from streamlab import App
        >>> from streamlab.harness.harness import Harness
        >>> from streamlab.harness.scenario import Scenario
        >>> app = App()
        >>> @app.get("/count")
        ... def count():
        ...     return (b"x" for _ in range(100))
        >>> with Harness(app, remembered=False) as harness:
        ...     exchange = harness.exchange(Scenario("/count"))
        ...     exchange.merge_when_done(above=50, to=25)
        ...     exchange.make()
        >>> lane = exchange.lanes["app"]
        >>> lane.chunks, len(lane), lane[0].count
        (100, 25, 4)
        """
        self._merge = (above, to)

    def mark_done(self) -> None:
        """Set the verdict and call the callbacks. A second call does nothing."""
        with self._lock:
            if self.done:
                return
            verdict = self._judged()
            if self._merge and self.trace.closed.is_set():  # otherwise chunks may still come
                self.trace.merge_rows(*self._merge)
            self.set_verdict(verdict)
            callbacks, self._callbacks = self._callbacks, []
        printing.stop(self.trace)  # a server may never close the application's iterable
        for callback in callbacks:
            callback(self)

    def judge_again(self) -> None:
        """Set the verdict again if code still ran when the exchange was done: it may have ended."""
        if self._still_ran:
            self.set_verdict(self._judged())

    def _judged(self) -> Verdict:
        verdict = judge(self.trace, self.client)
        # Forget it: it refers to the server, which need not live as long as the exchange.
        why, self._why_no_answer = self._why_no_answer, None
        if why is not None and not self.trace.entered.is_set() and (reason := why()):
            verdict = replace(verdict, text=f"{verdict.text} {reason}")
        with_place = with_still_running(verdict, self.trace, self.client)
        self._still_ran = with_place is not verdict
        return with_place

    def _server_closed(self) -> None:
        """Mark an external exchange as done. Drop a traceback that comes after the end."""
        if self.external:
            self.mark_done()
        if self.done and self.error is not None:
            # In a thread, because the server still has to log the traceback.
            threading.Thread(
                target=drop_tracebacks, args=(self.error,), name="streamlab clean-up", daemon=True
            ).start()

    def __await__(self) -> Generator[Any, None, Self]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()

        def settle() -> None:
            if not future.done():  # it may have been cancelled
                future.set_result(None)

        def wake(_: Exchange) -> None:
            with suppress(RuntimeError):  # the event loop may be closed
                loop.call_soon_threadsafe(settle)

        self.add_done_callback(wake)
        try:
            yield from future
        except asyncio.CancelledError:  # the notebook cell was interrupted
            self.stop()
            raise
        return self

    def to_frame(self) -> Any:
        """Return a `pandas.DataFrame` with a row for each chunk on each lane.

        :raises ModuleNotFoundError: if pandas is not installed.
        """
        return to_frame(self)

    def to_svg(self, *, animated: bool = False) -> str:
        """Return a picture as an SVG document, which needs no other file.

        :param animated: whether the picture also shows how the chunks move from the generator to
            the client, in slow motion. The animation is CSS and runs without scripts.
        """
        return to_svg(self, animated=animated)

    def to_har(self) -> str:
        """Return an HTTP Archive (HAR 1.2), which the developer tools of browsers open."""
        return to_har(self)

    def to_trace_events(self) -> str:
        """Return JSON in the Trace Event Format, which Perfetto and chrome://tracing open."""
        return to_trace_events(self)

    def to_json(self) -> str:
        """Return the whole record as JSON, which `from_json` reads.

        :raises ValueError: if the exchange is not done.

        >>> from streamlab import App, observe
        >>> app = App()
        >>> @app.get("/hello")
        ... def hello():
        ...     return "Hello"
        >>> Exchange.from_json(observe(app, "/hello").to_json()).text
        'Hello'
        """
        return to_json(self)

    @classmethod
    def from_json(cls, text: str | bytes) -> Exchange:
        """Return the exchange that `to_json` wrote.

        The exception is saved as text only: `failure` has it, `error` does not.

        :param text: the JSON, as text or as UTF-8 bytes.
        :raises ValueError: if the text is something else, or was written by a newer version of
            streamlab.
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
