"""The servers and proxies of a harness: each one is started when an exchange first needs it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from streamlab.harness.lockstep import Hop, settle_of
from streamlab.harness.remote_server import RemoteServer
from streamlab.server import SERVERS
from streamlab.server.server_kinds import server_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

    from streamlab.harness.exchange import Exchange
    from streamlab.harness.scenario import Scenario
    from streamlab.middleware.base import Middleware, Proxy
    from streamlab.server import Server, WSGIServer


class Servers:
    """The running servers and proxies of one harness.

    :param harness: the WSGI application that servers of this process serve.
    :param app: the app behind the harness, which servers in another process import.
    :param first: the server named ``werkzeug``.
    :param find_exchange: returns the exchange that a trace id names, or None.
    :param recognise: returns whether the harness itself has sent a request; see `Server`.
    :param trusted_hosts: names under which a browser may reach the servers; see `Server`.
    """

    def __init__(
        self,
        harness: WSGIApplication,
        app: WSGIApplication,
        first: Server,
        find_exchange: Callable[[str], Exchange | None],
        *,
        recognise: Callable[[WSGIEnvironment], bool],
        trusted_hosts: tuple[str, ...] = (),
    ) -> None:
        self._recognise = recognise
        self._trusted_hosts = trusted_hosts
        self._harness = harness
        self._app = app
        self._find_exchange = find_exchange
        self._servers: dict[str, WSGIServer] = {"werkzeug": first}
        self._proxies: dict[tuple[str, Middleware], Proxy] = {}
        self._lock = threading.RLock()

    def start(self, name: str) -> WSGIServer:
        """Start a server if it does not run yet, and return it.

        :param name: a name of `streamlab.server.SERVERS`.
        :raises ValueError: if the server needs another process and cannot import the app there.
        :raises ModuleNotFoundError: if the server is not installed.
        """
        with self._lock:
            if name not in self._servers:
                self._servers[name] = (
                    RemoteServer(name, self._app, self._find_exchange, self._trusted_hosts)
                    if SERVERS[name].own_process
                    else server_for(
                        name,
                        self._harness,
                        remembered=False,
                        trusted_hosts=self._trusted_hosts,
                        recognise=self._recognise,
                    )
                )
            return self._servers[name].start()

    def hops(self, scenario: Scenario) -> list[Hop]:
        """Start what a scenario needs and return it in the order in which bytes pass.

        :param scenario: names the server and the proxies.
        :return: the server first, then the proxies; the client connects to the last one.
        :raises ValueError: see `start`.
        :raises ModuleNotFoundError: see `start`.
        :raises FileNotFoundError: if a proxy is not installed.
        """
        server = self.start(scenario.server)
        settle = settle_of(SERVERS[scenario.server], f"{server.origin}/")
        hops = [Hop(f"{server.origin}/", settle, server.wait_until_ready)]
        with self._lock:
            for layer in scenario.layers:
                if layer.proxy:
                    key = (hops[-1].url, layer)
                    if key not in self._proxies:
                        self._proxies[key] = layer.proxy(hops[-1].url)
                    proxy = self._proxies[key]
                    hops.append(Hop(proxy.url, proxy.settle))
        return hops

    def stop(self) -> bool:
        """Stop all servers and proxies, and return whether everything has ended.

        A server can be started again.
        """
        with self._lock:
            proxies = list(self._proxies.values())
            self._proxies.clear()
            ended = [server.stop() for server in self._servers.values()]
            for proxy in proxies:
                proxy.stop()
        return all(ended)

    @property
    def still_running(self) -> tuple[str, ...]:
        """What `stop` could not end; see `Server.still_running`."""
        servers = list(self._servers.values())
        return tuple(name for server in servers for name in server.still_running)
