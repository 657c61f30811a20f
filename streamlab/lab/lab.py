"""The Lab: an app, its background server, and a panel to experiment with it."""

from __future__ import annotations

import threading
import warnings
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

import ipywidgets
from werkzeug.exceptions import NotFound

from streamlab.harness.harness import Harness
from streamlab.harness.import_path import import_path
from streamlab.harness.keyword_hints import hint_keywords
from streamlab.harness.matrix import MATRIX_REASONS, matrix
from streamlab.harness.routes import first_path, view_source
from streamlab.harness.scenario import UNCHANGED, Scenario
from streamlab.lab.controls import Controls
from streamlab.lab.feed import Feed
from streamlab.lab.message import idle_message
from streamlab.lab.replaced_app import names_of, replaced_note
from streamlab.lab.view import View
from streamlab.lab.widgets import close_all
from streamlab.notebook_cell import CellSlot, CellSlots
from streamlab.server import SERVERS
from streamlab.wording import encodable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _typeshed.wsgi import WSGIApplication
    from typing_extensions import Self

    from streamlab.harness.exchange import Exchange
    from streamlab.harness.matrix import Matrix
    from streamlab.harness.scenario import (
        HTTPVersion,
        MiddlewareArgument,
        MiddlewareLayer,
        Unchanged,
    )
    from streamlab.http1.request import RequestHeaders
    from streamlab.lab.message import Message
    from streamlab.trace.gate import Pace

_NO_LOCKSTEP = (
    'a Lab shows an exchange as it happens. Use pace="step" to continue by hand, or '
    "observe(app, path, lockstep=True) for a verdict that does not depend on time"
)
_labs: dict[CellSlot, Lab] = {}


def _close_labs_of(cell: str) -> None:
    for slot in [slot for slot in _labs if slot.cell == cell]:
        lab = _labs.pop(slot)
        lab.close()
        lab._let_go()  # noqa: SLF001 - IPython keeps the Lab itself in `Out`


_cell_slots = CellSlots(on_rerun=_close_labs_of)


class Lab:
    r"""A server in the background, and a panel to send requests to it and to see each chunk.

    As the last value of a notebook cell it shows the panel. The server starts at once, on a free
    port. If the cell runs again, the new Lab replaces the old one and keeps its port.

    The keywords are the defaults of every run. The panel shows them and `run` can change them.

    :param app: any WSGI callable. With streamlab's `App` and with Flask's, contexts, lines of the
        generator and handled errors are observed too.
    :param path: path and query, such as ``"/stream?name=World"``. By default the first route that
        answers GET and has no arguments.
    :param method: the request's method.
    :param headers: header fields of the request, as a mapping or as pairs.
    :param data: the request's body; text is sent as UTF-8.
    :param stream_with_context: False switches off `stream_with_context`.
    :param middleware: one layer or several, the one nearest to the app first: names of
        `streamlab.middleware.MIDDLEWARE`, or callables that take and return a WSGI app.
    :param server: a name of `streamlab.server.SERVERS`.
    :param pace: None lets the generator continue at once, a number every so many seconds,
        ``"step"`` each time that `next_chunk` is called.
    :param http_version: ``"1.1"``, or ``"1.0"`` for a response without chunks.
    :param timeout: the most seconds between two reads of the client.
    :param chunks: after how many chunks the client leaves; None reads to the end. For a stream
        that does not end.
    :param time_limit: the most seconds for the whole exchange; then the client leaves.
        None sets no limit.
    :raises TypeError: if a keyword does not exist. The message names the nearest one.
    :raises ValueError: if a value is not valid, such as a path without a slash.

    >>> from streamlab import App, Lab
    >>> app = App()
    >>> @app.get("/count")
    ... def count():
    ...     return (f"{n}\\n" for n in range(3))
    >>> lab = Lab(app)
    >>> exchange = lab.run("/count").wait()
    >>> exchange.verdict.outcome, exchange.lanes["client"].chunks
    ('streamed', 3)
    >>> lab.stop()
    """

    @hint_keywords(lockstep=_NO_LOCKSTEP)
    def __init__(
        self,
        app: WSGIApplication,
        path: str | None = None,
        *,
        method: str = "GET",
        headers: RequestHeaders = (),
        data: bytes | str = b"",
        stream_with_context: bool = True,
        middleware: MiddlewareArgument = (),
        server: str = "werkzeug",
        pace: Pace = None,
        http_version: HTTPVersion = "1.1",
        timeout: float = 30.0,
        chunks: int | None = None,
        time_limit: float | None = None,
    ) -> None:
        self._closed = False
        self._scenario = Scenario(
            first_path(app) if path is None else path,
            method=method,
            headers=headers,
            data=data,
            stream_with_context=stream_with_context,
            middleware=middleware,
            server=server,
            pace=pace,
            http_version=http_version,
            timeout=timeout,
            chunks=chunks,
            time_limit=time_limit,
        )
        self._names = names_of(app)
        self._harness = Harness(app).start()
        self._exchange: Exchange | None = None
        self._numbers = count(1)
        self._controls = Controls(
            self._scenario,
            run=self._run_pressed,
            stop=self._leave,
            next_chunk=self.next_chunk,
            pace_changed=self._pace_changed,
            servers=_servers_for(app),
        )
        self._view = View(self._idle)
        self._harness.on_exchange(self._external_request)
        self._panel = ipywidgets.VBox([self._controls.widget, self._view])
        self._panel.add_class("streamlab-panel")
        self._cell_slot = _cell_slots.next_slot()
        if self._cell_slot:
            _labs[self._cell_slot] = self

    @property
    def app(self) -> WSGIApplication:
        """The app. If the cell ``app = App()`` has run again, it is the new app."""
        return self._harness.app

    @property
    def panel(self) -> ipywidgets.VBox:
        """The ipywidget that a cell shows: the controls and the view.

        :raises RuntimeError: if the Lab is closed.
        """
        self._check_open()
        return self._panel

    @property
    def url(self) -> str:
        """The root URL of the server, with a slash at the end."""
        return self._harness.server.url

    @property
    def exchange(self) -> Exchange | None:
        """The latest exchange that was started here; None before the first."""
        return self._exchange

    @property
    def exchanges(self) -> list[Exchange]:
        """The latest exchanges, oldest first, also requests of other clients such as a browser."""
        return list(self._harness.exchanges)

    def url_for(self, path: str) -> str:
        """Return the URL of a path, for a browser, curl or another client on this machine.

        The panel shows the requests of other clients too.

        :param path: path and query, such as ``"/stream?name=World"``.

        >>> from streamlab import App, Lab
        >>> with Lab(App()) as lab:
        ...     lab.url_for("/stream") == lab.url + "stream"
        True
        """
        return self._harness.url_for(path)

    @hint_keywords(lockstep=_NO_LOCKSTEP)
    def run(
        self,
        path: str | Unchanged = UNCHANGED,
        *,
        method: str | Unchanged = UNCHANGED,
        headers: RequestHeaders | Unchanged = UNCHANGED,
        data: bytes | str | Unchanged = UNCHANGED,
        stream_with_context: bool | Unchanged = UNCHANGED,
        middleware: MiddlewareArgument | Unchanged = UNCHANGED,
        server: str | Unchanged = UNCHANGED,
        pace: Pace | Unchanged = UNCHANGED,
        http_version: HTTPVersion | Unchanged = UNCHANGED,
        timeout: float | Unchanged = UNCHANGED,
        chunks: int | Unchanged | None = UNCHANGED,
        time_limit: float | Unchanged | None = UNCHANGED,
    ) -> Exchange:
        """Start an exchange, show it in the panel and return it at once, before it is done.

        ``await lab.run(...)`` and ``lab.run(...).wait()`` return it when it is done. A previous
        run that still streams is stopped. What is not given is as in the call of `Lab`.

        :param path: path and query, such as ``"/stream?name=World"``.
        :param method: the request's method.
        :param headers: header fields of the request, as a mapping or as pairs.
        :param data: the request's body; text is sent as UTF-8.
        :param stream_with_context: False switches off `stream_with_context` for this exchange.
        :param middleware: one layer or several, the one nearest to the app first.
        :param server: a name of `streamlab.server.SERVERS`.
        :param pace: None lets the generator continue at once, a number every so many seconds,
            ``"step"`` each time that `next_chunk` is called.
        :param http_version: ``"1.1"``, or ``"1.0"`` for a response without chunks.
        :param timeout: the most seconds between two reads of the client.
        :param chunks: after how many chunks the client leaves; None reads to the end. For a stream
            that does not end.
        :param time_limit: the most seconds for the whole exchange; then the client leaves.
            None sets no limit.
        :raises TypeError: if a keyword does not exist. The message names the nearest one.
        :raises ValueError: if a value is not valid, such as a path without a slash.
        :raises RuntimeError: if the Lab is closed.
        """
        self._check_open()
        chosen = self._scenario.replace(
            path,
            method=method,
            headers=headers,
            data=data,
            stream_with_context=stream_with_context,
            middleware=middleware,
            server=server,
            pace=pace,
            http_version=http_version,
            timeout=timeout,
            chunks=chunks,
            time_limit=time_limit,
        )
        self._leave()  # first, because the new pace would apply to the old run
        self._controls.show(chosen)
        if note := replaced_note(self.app, self._names):
            warnings.warn(note, stacklevel=3)
        return self._start(chosen)

    @hint_keywords(**MATRIX_REASONS)
    def matrix(
        self,
        path: str | Unchanged = UNCHANGED,
        *,
        middleware: Sequence[MiddlewareLayer] | None = None,
        servers: Sequence[str] | None = None,
        method: str | Unchanged = UNCHANGED,
        headers: RequestHeaders | Unchanged = UNCHANGED,
        data: bytes | str | Unchanged = UNCHANGED,
        stream_with_context: bool | None = None,
        http_version: HTTPVersion | Unchanged = UNCHANGED,
        timeout: float | Unchanged = UNCHANGED,
        chunks: int | Unchanged | None = UNCHANGED,
        time_limit: float | Unchanged | None = UNCHANGED,
    ) -> Matrix:
        """Request a path with each server and each middleware, and return the table of outcomes.

        Blocks until all exchanges are done, which takes some seconds. The panel does not show
        them. What is not given is as in the call of `Lab`.

        :param path: path and query, such as ``"/stream?name=World"``.
        :param middleware: the middleware to try, one row each; None tries all of
            `streamlab.middleware.MIDDLEWARE`.
        :param servers: names of the servers to try without middleware; None tries all of
            `streamlab.server.SERVERS`. The first one also serves the rows with middleware.
        :param method: the request's method.
        :param headers: header fields of the request, as a mapping or as pairs.
        :param data: the request's body; text is sent as UTF-8.
        :param stream_with_context: True keeps the request context, False switches
            `stream_with_context` off, None tries both if the app has the switch.
        :param http_version: ``"1.1"``, or ``"1.0"`` for responses without chunks.
        :param timeout: the most seconds between two reads of the client.
        :param chunks: after how many chunks the client leaves; None reads to the end. For a stream
            that does not end.
        :param time_limit: the most seconds for the whole exchange; then the client leaves.
            None sets no limit.
        :raises TypeError: if a keyword does not exist. The message names the nearest one.
        :raises ValueError: if a value is not valid.
        """
        asked = self._scenario.replace(
            path,
            method=method,
            headers=headers,
            data=data,
            http_version=http_version,
            timeout=timeout,
            chunks=chunks,
            time_limit=time_limit,
        )
        return matrix(
            self.app,
            asked.path,
            middleware=middleware,
            servers=servers,
            method=asked.method,
            headers=asked.headers,
            data=asked.data,
            stream_with_context=stream_with_context,
            http_version=asked.http_version,
            timeout=asked.timeout,
            chunks=asked.chunks,
            time_limit=asked.time_limit,
        )

    def next_chunk(self) -> None:
        """Continue the generator to its next ``yield``, like the button `Next chunk`.

        :raises RuntimeError: if the Lab is closed.
        """
        self._check_open()
        if self._exchange is None:
            self._view.show_error("Nothing is running yet. Press Run first.")
        elif not self._exchange.done:
            self._exchange.trace.gate.step()

    def stop(self) -> None:
        """Stop the running exchange and the server. `run` starts it again on the same port."""
        self._leave()
        self._harness.stop()

    def close(self) -> None:
        """Stop the server, and remove the panel from every page that shows it.

        The exchanges can still be read. A closed Lab cannot run again. A second call does nothing.
        """
        self.stop()
        if self._closed:
            return
        self._closed = True
        if self._cell_slot and _labs.get(self._cell_slot) is self:
            del _labs[self._cell_slot]
        close_all(self._panel)
        # IPython keeps a Lab that was the value of a cell, so the Lab must not keep its widgets.
        del self._panel, self._controls, self._view

    def _let_go(self) -> None:
        """Drop the app and the exchanges of a closed Lab."""
        self._exchange = None
        self._harness = _harness_of_no_app()

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError(
                "This Lab is closed. Make a new one: lab = Lab(app), or run the cell again that "
                "made it."
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, scenario: Scenario) -> Exchange:
        self._leave()
        exchange = self._exchange = self._harness.exchange(scenario)
        if note := replaced_note(self.app, self._names):
            exchange.trace.record_event("warning", note)
        threading.Thread(target=exchange.make, name="streamlab probe", daemon=True).start()
        self._show(exchange)
        return exchange

    def _show(self, exchange: Exchange) -> None:
        source = view_source(self.app, exchange.scenario)
        self._view.follow(Feed(next(self._numbers), exchange, source))

    def _external_request(self, exchange: Exchange) -> None:
        """Show an exchange of another client, unless an exchange of the panel is running."""
        if self._closed or exchange.path == "/favicon.ico":
            return  # a browser requests the icon without the user
        if self._exchange is None or self._exchange.done:
            self._show(exchange)

    def _run_pressed(self) -> None:
        try:
            self._start(self._scenario.replace(**self._controls.keywords()))
        except (TypeError, ValueError, ImportError, OSError) as error:
            # The message says which choice is wrong or what is not installed.
            self._view.show_error(str(error))

    def _leave(self) -> None:
        if self._exchange is not None:
            self._exchange.stop()

    def _pace_changed(self, pace: Pace) -> None:
        if self._exchange is not None and not self._exchange.client.stopped:
            self._exchange.trace.gate.pace = pace

    def _idle(self) -> Message:
        lanes = ["generator", "app", "server", "client"]
        return idle_message(self._scenario, lanes, view_source(self.app, self._scenario))

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if self._closed:
            return {"text/plain": f"{self!r}\nThis Lab is closed. Run the cell that made it again."}
        bundle = self._panel._repr_mimebundle_(**kwargs)
        if isinstance(bundle, dict):
            bundle["text/plain"] = encodable(repr(self))
        return bundle

    def __repr__(self) -> str:
        running = "running" if self._harness.server.running else "stopped"
        state = "closed" if self._closed else running
        return f"<Lab {self.url} ({state}): {self._exchange or 'no exchange yet'}>"


@cache
def _harness_of_no_app() -> Harness:
    """Return what all Labs share that another Lab has replaced."""
    return Harness(NotFound(), remembered=False)


def _servers_for(app: Any) -> list[str]:
    """Return the servers that can serve `app`. One in another process must be able to import it."""
    try:
        import_path(app)
    except ValueError:
        return [name for name, kind in SERVERS.items() if not kind.own_process]
    return list(SERVERS)
