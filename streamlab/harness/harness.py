"""Where the floors meet: an app on a stage, taps between its layers, and exchanges made with it.

Nothing below knows of one another. The server serves a `Harness`, which is WSGI itself; the stage
finds the trace of each request by a header, picks the stack for its scenario and steps aside.
"""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

from streamlab.harness.exchange import Exchange
from streamlab.harness.lockstep import BARRIER, Hop, Lockstep, answer_barrier, settle_of
from streamlab.harness.remote import RemoteServer
from streamlab.harness.remote_trace import scenario_for_worker
from streamlab.harness.scenario import Scenario
from streamlab.harness.stack import Stacks, context_can_be_switched
from streamlab.server import SERVERS, Server
from streamlab.server.response_writer import ON_SEND
from streamlab.server.server_kinds import server_for
from streamlab.trace.client import ExternalClient
from streamlab.trace.gate import Gate
from streamlab.trace.probe import Probe

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from typing_extensions import Self

    from streamlab.middleware.base import Middleware, Proxy
    from streamlab.server import WSGIServer

TRACE_HEADER = "X-Streamlab-Trace"
"""Names the trace of a request on its way from the probe to the stage."""
REMEMBERED = 100
"""Exchanges that a stage remembers."""


class Harness:
    """An app, served in the background so that every exchange with it is observed.

    :param app: any WSGI callable. With streamlab's `App` and with Flask's the contexts, the lines
        of the generator and the handled errors are observed too.
    """

    def __init__(self, app: WSGIApplication, *, remembered: bool = True) -> None:
        self.app = app
        self.server = Server(self, remembered=remembered)
        self.exchanges: deque[Exchange] = deque(maxlen=REMEMBERED)
        """The latest exchanges, oldest first: those made here, and requests from elsewhere."""
        self._servers: dict[str, WSGIServer] = {"werkzeug": self.server}
        self._proxies: dict[tuple[str, Middleware], Proxy] = {}
        self._stacks = Stacks(app)
        self._pending: dict[str, Exchange] = {}
        self._ids = count(1)
        self._on_exchange: list[Callable[[Exchange], object]] = []
        self._lock = threading.RLock()

    def start(self) -> Self:
        """Serve, if not yet."""
        self.server.start()
        return self

    def stop(self) -> None:
        """Serve no more; open streams end."""
        for exchange in list(self._pending.values()):
            exchange.trace.gate.open()
        with self._lock:
            proxies = list(self._proxies.values())
            self._proxies.clear()
            for server in self._servers.values():
                server.stop()
            for proxy in proxies:
                proxy.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url_for(self, path: str) -> str:
        """The URL of `path` on this stage's server."""
        return self.server.url + path.lstrip("/")

    def on_exchange(self, callback: Callable[[Exchange], object]) -> None:
        """Call `callback` with each exchange that somebody else begins, such as a browser.

        It is called when the request comes, in the thread that serves it, so it must be quick.
        """
        self._on_exchange.append(callback)

    def exchange(self, scenario: Scenario, *, lockstep: bool = False) -> Exchange:
        """An exchange that is ready to be made: `Exchange.make` blocks until its end.

        :param lockstep: let the generator go on by itself, but for each chunk only when the one
            before has reached the client, or is certain to be held.
        :raises ValueError: where the scenario asks for what this app cannot do.
        :raises ModuleNotFoundError: where its server is not installed.
        :raises FileNotFoundError: where its proxy is not installed.
        """
        check_context_toggle(self.app, scenario)
        if lockstep and scenario.pace is not None:
            raise ValueError(
                f"lockstep=True and pace={scenario.pace!r} exclude each other: in lockstep the "
                "generator continues when its previous chunk has arrived. Leave out one of them."
            )
        stack = self._stacks.of(scenario.layers)
        if SERVERS[scenario.server].own_process:
            scenario_for_worker(scenario)
        hops = self._hops(scenario)
        gate = Lockstep(hops) if lockstep else Gate(scenario.pace)
        trace = stack.new_trace(gate)
        trace_id = str(next(self._ids))
        given = scenario.headers
        headers = given.items() if isinstance(given, Mapping) else given
        probe = Probe(
            hops[-1].url + scenario.path.lstrip("/"),
            trace,
            method=scenario.method,
            headers=[*headers, (TRACE_HEADER, trace_id)],
            data=scenario.body,
            http_version=scenario.http_version,
            timeout=scenario.timeout,
            ready=hops[0].ready,
        )
        if isinstance(gate, Lockstep):
            gate.watch(trace, probe)
        exchange = Exchange(scenario.path, trace, probe, scenario=scenario)
        self._pending[trace_id] = exchange
        exchange.add_done_callback(lambda _: self._pending.pop(trace_id, None))
        self.exchanges.append(exchange)
        return exchange

    def _server(self, name: str) -> WSGIServer:
        with self._lock:
            if name not in self._servers:
                self._servers[name] = (
                    RemoteServer(name, self.app, self._pending.get)
                    if SERVERS[name].own_process
                    else server_for(name, self, remembered=False)
                )
            return self._servers[name].start()

    def _hops(self, scenario: Scenario) -> list[Hop]:
        """What bytes pass outside of the application, the server first, all of it running."""
        server = self._server(scenario.server)
        settle = settle_of(SERVERS[scenario.server], server.url)
        hops = [Hop(server.url, settle, server.wait_until_ready)]
        with self._lock:
            for layer in scenario.layers:
                if layer.proxy:
                    key = (hops[-1].url, layer)
                    if key not in self._proxies:
                        self._proxies[key] = layer.proxy(hops[-1].url)
                    proxy = self._proxies[key]
                    hops.append(Hop(proxy.url, proxy.settle))
        return hops

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if BARRIER in environ:
            return answer_barrier(start_response)
        exchange = self._pending.get(environ.pop("HTTP_X_STREAMLAB_TRACE", "")) or self._visit(
            environ
        )
        scenario, trace = exchange.scenario, exchange.trace
        environ[ON_SEND] = trace.report_send
        return self._stacks.of(scenario.layers).serve(
            environ, start_response, trace, stream_with_context=scenario.stream_with_context
        )

    def _visit(self, environ: WSGIEnvironment) -> Exchange:
        """The exchange of a request from elsewhere."""
        trace = self._stacks.of(()).new_trace()
        path = _path_of(environ)
        scenario = Scenario(path, method=environ["REQUEST_METHOD"])
        exchange = Exchange(
            path,
            trace,
            ExternalClient(trace, cut=_cutter(environ)),
            scenario=scenario,
            external=True,
        )
        trace.record_event("request", path)
        trace.when_closed(exchange.mark_done)
        self.exchanges.append(exchange)
        for callback in self._on_exchange:
            callback(exchange)
        return exchange


def _path_of(environ: WSGIEnvironment) -> str:
    path = "/" + environ.get("PATH_INFO", "").encode("latin-1").decode(errors="replace").lstrip("/")
    query = environ.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else path


def _cutter(environ: WSGIEnvironment) -> Callable[[], object]:
    """What cuts the connection of a request, on a server that shows its socket."""
    connection = environ.get("werkzeug.socket")
    return lambda: connection and connection.shutdown(socket.SHUT_RDWR)


def check_context_toggle(app: Any, scenario: Scenario) -> None:
    """Refuse to switch off a `stream_with_context` that is not streamlab's."""
    if not scenario.stream_with_context and not context_can_be_switched(app):
        raise ValueError(
            "stream_with_context=False works with an app made by streamlab's App, whose "
            f"stream_with_context can be switched off; {type(app).__name__!r} has one of its own. "
            "Take the wrapper out of the view instead, or import App from streamlab."
        )
