"""The Lab: an app, its background server, and a panel to experiment with it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal

from streamlab.arguments import checked_choice, checked_flag, shown
from streamlab.harness.exchange import Exchange
from streamlab.harness.keyword_hints import hint_keywords
from streamlab.harness.matrix import MATRIX_REASONS, matrix
from streamlab.harness.routes import first_path
from streamlab.harness.scenario import UNCHANGED, Scenario
from streamlab.lab import cell_labs
from streamlab.lab.runs import Runs
from streamlab.lab.saved_picture import notebook_publisher
from streamlab.wording import encodable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from _typeshed.wsgi import WSGIApplication
    from typing_extensions import Self

    from streamlab.harness.comparison import Comparison
    from streamlab.harness.matrix import Matrix
    from streamlab.harness.scenario import (
        HTTPVersion,
        MiddlewareArgument,
        MiddlewareLayer,
        Unchanged,
    )
    from streamlab.http1.request import RequestHeaders
    from streamlab.lab.panel import Panel
    from streamlab.trace.gate import Pace

_NO_LOCKSTEP = (
    'a Lab shows an exchange as it happens. Use pace="step" to continue by hand, or '
    "observe(app, path, lockstep=True) for a verdict that does not depend on time"
)


class Lab:
    r"""A server in the background, and a panel to send requests to it and to see each chunk.

    As the last value of a notebook cell it shows the panel, and the first run starts. The server
    starts at once, on a free port. If the cell runs again, the new Lab replaces the old one and
    keeps its port.

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
    :param autorun: whether the first run starts when the panel is shown. It ends after 30 seconds
        if there is no other limit.
    :param live: whether a run starts each time that a control or the view's code changes.
    :param scale: ``"projector"`` for text that can be read from the back of a room.
    :param trusted_hosts: names under which a browser reaches the server through a proxy, such as
        ``["lab.example"]``. ``localhost``, JupyterHub, Binder, VS Code and Colab need none; see
        `Server`.
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
    True
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
        autorun: bool = True,
        live: bool = False,
        scale: Literal["normal", "projector"] = "normal",
        trusted_hosts: Collection[str] = (),
    ) -> None:
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
        checked_flag("autorun", autorun)
        checked_flag("live", live)
        checked_choice("scale", scale, ("normal", "projector"))
        self._runs = Runs(
            app,
            self._scenario,
            autorun=autorun,
            live=live,
            scale=scale,
            trusted_hosts=trusted_hosts,
        )
        self._cell_slot = cell_labs.register(self)

    @property
    def app(self) -> WSGIApplication:
        """The app. If the cell ``app = App()`` has run again, it is the new app."""
        return self._runs.harness.app

    @property
    def panel(self) -> Panel:
        """The ipywidget that a cell shows.

        Its traits ``path``, ``stream_with_context``, ``middleware``, ``server`` and ``pace`` are
        the state of its controls.

        :raises RuntimeError: if the Lab is closed.
        """
        return self._open_panel()

    @property
    def url(self) -> str:
        """The root URL of the server, with a slash at the end."""
        return self._runs.harness.server.url

    @property
    def exchange(self) -> Exchange | None:
        """The latest exchange that was started here; None before the first."""
        return self._runs.latest

    @property
    def exchanges(self) -> list[Exchange]:
        """The latest exchanges, oldest first, also requests of other clients such as a browser."""
        return list(self._runs.harness.exchanges)

    def url_for(self, path: str) -> str:
        """Return the URL of a path, for a browser, curl or another client on this machine.

        The panel shows the requests of other clients too.

        :param path: path and query, such as ``"/stream?name=World"``.

        >>> from streamlab import App, Lab
        >>> with Lab(App()) as lab:
        ...     lab.url_for("/stream") == lab.url + "stream"
        True
        """
        return self._runs.harness.url_for(path)

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
        panel = self._open_panel()
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
        self._runs.leave()  # first, because the new pace would apply to the old run
        panel.show(chosen)
        if note := self._runs.replaced_note():
            warnings.warn(note, stacklevel=3)
        return self._runs.start(chosen)

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

    def compare(self, first: Exchange, second: Exchange) -> Comparison:
        """Show two exchanges in the panel, one above the other, and return their difference.

        The other parts of the panel show the second one.

        :param first: an exchange of this Lab or of `observe`. It may still stream.
        :param second: another one.
        :return: the comparison. As a text it is a sentence that says what differs.
        :raises TypeError: if something else is given, such as a path.
        :raises RuntimeError: if the Lab is closed.

        >>> from streamlab import App, Lab
        >>> app = App()
        >>> @app.get("/count")
        ... def count():
        ...     return (f"{number} " for number in range(3))
        >>> with Lab(app) as lab:
        ...     buffered = lab.run(middleware="buffer").wait()
        ...     print(lab.compare(lab.run().wait(), buffered).text.partition(". ")[2])
        With `buffer`, the bytes arrive together at the end.
        """
        self._open_panel()
        for exchange in (first, second):
            if not isinstance(exchange, Exchange):
                raise TypeError(
                    f"compare() takes two exchanges, such as lab.compare(lab.exchanges[-2], "
                    f"lab.exchange), not {shown(exchange)}."
                )
        return self._runs.compare(first, second)

    def next_chunk(self) -> None:
        """Continue the generator to its next ``yield``, like the button `Next chunk`.

        :raises RuntimeError: if the Lab is closed.
        """
        self._open_panel()
        self._runs.next_pressed()

    def stop(self) -> bool:
        """Stop the running exchange and the server. `run` starts it again on the same port.

        :return: whether everything has ended. If not, a warning names the function of the app that
            runs on: Python cannot end a thread.
        """
        self._runs.leave()
        harness = self._runs.harness
        ended = harness.stop()
        if not ended:
            what = " and ".join(harness.still_running) or "A thread of the app"
            message = f"{what} still runs and cannot be ended from outside."
            warnings.warn(message, RuntimeWarning, stacklevel=2)
        return ended

    def close(self) -> None:
        """Stop the server, and remove the panel from every page that shows it.

        The exchanges can still be read. A closed Lab cannot run again. A second call does nothing.
        """
        self.stop()
        self._runs.close()
        cell_labs.forget(self, self._cell_slot)

    def replaced(self) -> None:
        """Close the Lab, and drop its app and its exchanges: its cell has made another one."""
        self.close()
        self._runs.drop()

    def notice_new_code(self) -> None:
        """Mark the result as old if a cell has changed the view's code, or run again if `live`."""
        self._runs.notice_new_code()

    def _open_panel(self) -> Panel:
        if self._runs.panel is None:
            raise RuntimeError(
                "This Lab is closed. Make a new one: lab = Lab(app), or run the cell again that "
                "made it."
            )
        return self._runs.panel

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ipython_display_(self) -> None:
        publisher = notebook_publisher()
        if self._runs.panel is None or publisher is None:
            raise NotImplementedError  # IPython then calls _repr_mimebundle_
        bundle, metadata = self._repr_mimebundle_()
        # The text is what a saved notebook shows where widgets are not supported.
        text = encodable(f"The panel of a streamlab Lab: {self._scenario.path}")
        panel = {**bundle, "text/plain": text}
        self._runs.saved_picture.display(publisher, panel, metadata, self._runs.latest)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if self._runs.panel is None:
            return {"text/plain": f"{self!r}\nThis Lab is closed. Run the cell that made it again."}
        bundle, metadata = self._runs.panel._repr_mimebundle_(**kwargs)
        return {**bundle, "text/plain": encodable(repr(self))}, metadata

    def __repr__(self) -> str:
        running = "running" if self._runs.harness.server.running else "stopped"
        state = "closed" if self._runs.panel is None else running
        return f"<Lab {self.url} ({state}): {self._runs.latest or 'no exchange yet'}>"
