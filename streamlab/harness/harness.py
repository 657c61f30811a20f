"""The harness: serves an app in the background and makes exchanges that are observed.

The server serves the `Harness`, which is a WSGI application itself. For each request it finds the
exchange by a header, and lets the stack of that exchange's scenario answer.
"""

from __future__ import annotations

import secrets
import socket
from functools import partial
from typing import TYPE_CHECKING

from streamlab.harness.exchange import Exchange
from streamlab.harness.kept_exchanges import KeptExchanges
from streamlab.harness.lockstep import BARRIER, Lockstep, answer_barrier
from streamlab.harness.remote_receiver import scenario_for_worker
from streamlab.harness.scenario import Scenario
from streamlab.harness.servers import Servers
from streamlab.harness.stack import Stacks, check_context_switch
from streamlab.harness.visitors import is_from_other_page
from streamlab.harness.wsgi_check import check_wsgi_app
from streamlab.http1.request import is_method
from streamlab.middleware.nginx import PROXIED, refuse_proxied
from streamlab.server import SERVERS, Server
from streamlab.server.peer import can_find_peers
from streamlab.server.response_writer import ON_SEND
from streamlab.server.trusted_hosts import checked_trusted_hosts
from streamlab.trace.client import ExternalClient
from streamlab.trace.gate import Gate
from streamlab.trace.probe import Probe
from streamlab.web.rerun import latest_version
from streamlab.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from typing_extensions import Self

    from streamlab.server import WSGIServer

TRACE_HEADER = "X-Streamlab-Trace"
"""The request header with the id of the exchange, which works once. The app does not see it."""
_TRACE_ID = "HTTP_X_STREAMLAB_TRACE"
_OF_OTHER_PAGES = 10, 8 * 1024 * 1024
"""How many exchanges of other pages are kept, and how many bytes they may take."""


class Harness:
    """Serves an app in the background, so that every exchange with it is observed.

    As a context manager it starts and stops the server.

    :param app: any WSGI application. With streamlab's `App` and with Flask the request context,
        the lines of the generator and errors that the framework handles are observed too.
    :param remembered: whether the server belongs to the notebook cell that runs; see `Server`.
    :param trusted_hosts: names under which a browser may reach the servers; see `Server`.

    >>> from streamlab import App
    >>> app = App()
    >>> @app.get("/count")
    ... def count():
    ...     return (f"{number} " for number in range(3))
    >>> with Harness(app, remembered=False) as harness:
    ...     exchange = harness.exchange(Scenario("/count"), lockstep=True)
    ...     exchange.make()
    >>> exchange.text
    '0 1 2 '
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        remembered: bool = True,
        trusted_hosts: Collection[str] = (),
    ) -> None:
        check_wsgi_app(app)
        hosts = checked_trusted_hosts(trusted_hosts)
        self.server = Server(
            self, remembered=remembered, trusted_hosts=hosts, recognise=self._recognise
        )
        """The server named ``werkzeug``, which browsers and curl can reach too."""
        self.exchanges = KeptExchanges()
        """The latest exchanges, oldest first, including requests of other clients."""
        self.exchanges_of_other_pages = KeptExchanges(*_OF_OTHER_PAGES)
        """The latest requests that pages of other origins made a browser send. They are kept apart,
        because no page may replace what the user looks at."""
        self.pages: dict[str, WSGIApplication] = {}
        """Pages for a browser beside the app, by path. To get one is no exchange."""
        self._pending: dict[str, Exchange] = {}
        self._unclaimed: dict[str, Exchange] = {}
        self._servers = Servers(
            self, app, self.server, self._claim, recognise=self._recognise, trusted_hosts=hosts
        )
        self._stacks_so_far = Stacks(app)
        self._callbacks: list[Callable[[Exchange], object]] = []

    @property
    def app(self) -> WSGIApplication:
        """The app. If the notebook cell that made an `App` has run again, it is the new `App`."""
        return self._stacks.app

    @property
    def _stacks(self) -> Stacks:
        stacks = self._stacks_so_far
        latest = latest_version(stacks.app)
        if latest is not stacks.app:
            stacks = self._stacks_so_far = Stacks(latest)
        return stacks

    def start(self) -> Self:
        """Start the server. Do nothing if it runs already.

        :return: the harness itself.
        :raises OSError: if the server cannot listen on its port.
        """
        self.server.start()
        return self

    def stop(self) -> bool:
        """Stop all servers and proxies, and end open responses.

        :return: whether everything has ended. If not, `still_running` names what runs on.
        """
        for exchange in list(self._pending.values()):
            exchange.trace.gate.abandon()
        return self._servers.stop()

    @property
    def still_running(self) -> tuple[str, ...]:
        """The functions of the app that `stop` could not end; see `Server.still_running`."""
        return self._servers.still_running

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:  # also if the user interrupts
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        except BaseException:  # also if the user interrupts
            self.stop()
            raise

    def __repr__(self) -> str:
        state = f"{self.server.url} (running)" if self.server.running else "(stopped)"
        return f"<Harness {state}: {counted(len(self.exchanges), 'exchange')} kept>"

    def url_for(self, path: str) -> str:
        """Return the URL of a path on `server`, for a browser or curl on this machine.

        :param path: path and query, with or without a slash at its beginning.
        """
        return self.server.url + path.lstrip("/")

    def start_server(self, name: str) -> WSGIServer:
        """Start a server of this harness if it does not run yet, and return it.

        :param name: a name of `streamlab.server.SERVERS`.
        :raises ValueError: if the server needs another process and cannot import the app there.
        :raises ModuleNotFoundError: if the server is not installed.
        """
        return self._servers.start(name)

    def on_exchange(self, callback: Callable[[Exchange], object]) -> None:
        """Call a function for each request that another client sends, such as a browser.

        It is not called for `exchanges_of_other_pages`.

        :param callback: gets the exchange when its request arrives. It runs in the thread that
            serves the request, so it must return quickly.
        """
        self._callbacks.append(callback)

    def exchange(self, scenario: Scenario, *, lockstep: bool = False) -> Exchange:
        """Prepare an exchange. `Exchange.make` sends its request and blocks until it is done.

        :param scenario: how the exchange is made.
        :param lockstep: whether the generator continues only when its previous chunk has reached
            the client, or is certain to be held.
        :raises ValueError: if the app, the server, the middleware and the pace do not work
            together.
        :raises ModuleNotFoundError: if the server is not installed.
        :raises FileNotFoundError: if the proxy is not installed.
        """
        check_context_switch(self.app, scenario)
        if lockstep and scenario.pace is not None:
            raise ValueError(
                f"lockstep=True and pace={scenario.pace!r} exclude each other: in lockstep the "
                "generator continues when its previous chunk has arrived. Leave out one of them."
            )
        stack = self._stacks.of(scenario.layers)
        if SERVERS[scenario.server].own_process:
            scenario_for_worker(scenario)
        hops = self._servers.hops(scenario)
        gate = Lockstep(hops) if lockstep else Gate(scenario.pace)
        trace = stack.new_trace(gate)
        trace_id = secrets.token_urlsafe(16)
        probe = Probe(
            hops[-1].url + _with_quoted_controls(scenario.path.lstrip("/")),
            trace,
            method=scenario.method,
            headers=[*scenario.header_fields, (TRACE_HEADER, trace_id)],
            data=scenario.body,
            http_version=scenario.http_version,
            timeout=scenario.timeout,
            time_limit=scenario.time_limit,
            max_chunks=scenario.chunks,
            ready=hops[0].ready,
        )
        if isinstance(gate, Lockstep):
            gate.watch(trace, probe)
        exchange = Exchange(scenario.path, trace, probe, scenario=scenario)
        server = self._servers.start(scenario.server)
        exchange.explain_no_answer(partial(server.problem_since, trace.origin))
        self._pending[trace_id] = self._unclaimed[trace_id] = exchange
        exchange.add_done_callback(lambda _: self._forget(trace_id))
        self.exchanges.append(exchange)
        return exchange

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request: the server calls the harness as a WSGI application.

        :param environ: see PEP 3333.
        :param start_response: see PEP 3333.
        """
        if BARRIER in environ:
            return answer_barrier(start_response)
        proxied = environ.pop(PROXIED, None)
        exchange = self._claim(environ.pop(_TRACE_ID, ""))
        if exchange is None and proxied:
            return refuse_proxied(start_response)
        if exchange is None and not is_method(environ["REQUEST_METHOD"]):
            return _refuse_method(start_response)
        if exchange is None and (page := self.pages.get(environ.get("PATH_INFO", ""))):
            return page(environ, start_response)
        exchange = exchange or self._external_exchange(environ)
        scenario, trace = exchange.scenario, exchange.trace
        environ[ON_SEND] = trace.report_send
        return self._stacks.of(scenario.layers).serve(
            environ, start_response, trace, stream_with_context=scenario.stream_with_context
        )

    def _recognise(self, environ: WSGIEnvironment) -> bool:
        """Whether the harness itself has sent a request."""
        if BARRIER in environ:  # it has no token; the system tells who has sent it
            return not can_find_peers()
        return environ.get(_TRACE_ID) in self._unclaimed

    def _claim(self, trace_id: str) -> Exchange | None:
        """Return the exchange that a trace id names. It can be claimed by one request only."""
        return self._unclaimed.pop(trace_id, None)

    def _forget(self, trace_id: str) -> None:
        self._pending.pop(trace_id, None)
        self._unclaimed.pop(trace_id, None)

    def _external_exchange(self, environ: WSGIEnvironment) -> Exchange:
        """Return an exchange for the request of another client."""
        trace = self._stacks.of(()).new_trace()
        path = _path_of(environ)
        scenario = Scenario(path, method=environ["REQUEST_METHOD"])
        client = ExternalClient(trace, cut=_disconnecter(environ), method=environ["REQUEST_METHOD"])
        exchange = Exchange(path, trace, client, scenario=scenario, external=True)
        trace.record_event("request", path)
        if is_from_other_page(environ):
            self.exchanges_of_other_pages.append(exchange)
            return exchange
        self.exchanges.append(exchange)
        for callback in self._callbacks:
            callback(exchange)
        return exchange


def _refuse_method(start_response: StartResponse) -> Iterable[bytes]:
    text = b"The method of this request is not a single word (RFC 9112 section 3.1).\n"
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))]
    start_response("400 Bad Request", headers)
    return [text]


_CONTROLS = {code: f"%{code:02X}" for code in (*range(32), 127)}


def _with_quoted_controls(path: str) -> str:
    """Return a path in which control characters are quoted. `urllib` would remove line ends."""
    return path.translate(_CONTROLS)


def _path_of(environ: WSGIEnvironment) -> str:
    path = "/" + environ.get("PATH_INFO", "").encode("latin-1").decode(errors="replace").lstrip("/")
    query = environ.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else path


def _disconnecter(environ: WSGIEnvironment) -> Callable[[], object]:
    """Return a function that closes the connection of a request, if the server gives its socket."""
    connection = environ.get("werkzeug.socket")
    return lambda: connection and connection.shutdown(socket.SHUT_RDWR)
