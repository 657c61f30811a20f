"""A server in another process, with the same interface as the servers of this process."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from streamlab.harness.import_path import import_path
from streamlab.harness.lockstep import BARRIER_HEADER
from streamlab.harness.remote_receiver import TraceReceiver
from streamlab.server.base import WSGIServer
from streamlab.server.server_kinds import process_server_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication
    from typing_extensions import Self

    from streamlab.harness.exchange import Exchange

APP = "STREAMLAB_APP"
"""The environment variable with the import path of the app."""
TRUSTED_HOSTS = "STREAMLAB_TRUSTED_HOSTS"
"""The environment variable with the names under which a browser may reach the server."""


class RemoteServer(WSGIServer):
    """A server in another process, and the connection on which its records come back.

    :param name: a name of `streamlab.server.SERVERS` with ``own_process``.
    :param app: the application. A module that the process can import must contain it.
    :param find_exchange: returns the exchange that a trace id names, or None.
    :param trusted_hosts: names under which a browser may reach it; see `streamlab.Server`.
    :raises ValueError: if no module contains the app.
    """

    def __init__(
        self,
        name: str,
        app: WSGIApplication,
        find_exchange: Callable[[str], Exchange | None],
        trusted_hosts: tuple[str, ...] = (),
    ) -> None:
        self._name = name
        self._app_path = import_path(app)
        self._find_exchange = find_exchange
        self._trusted_hosts = trusted_hosts
        self._receiver: TraceReceiver | None = None
        self._server: WSGIServer | None = None

    @property
    def url(self) -> str:
        """The root URL, with a slash at the end; "" before the first start."""
        return self._server.url if self._server else ""

    @property
    def running(self) -> bool:
        """Whether the process runs."""
        return self._server is not None and self._server.running

    def start(self) -> Self:
        """Start the process if it does not run. It may answer later; see `wait_until_ready`.

        :return: the server itself.
        :raises ModuleNotFoundError: if the server's package is not installed.
        """
        if self._server is None:
            receiver = TraceReceiver(self._find_exchange)
            try:
                self._server = self._process_server(receiver)
            except BaseException:
                receiver.stop()
                raise
            self._receiver = receiver
        self._server.start()
        return self

    def wait_until_ready(self) -> None:
        """Block until the process answers requests.

        :raises RuntimeError: if it ends before that; the message contains its output.
        """
        if self._server is not None:
            self._server.wait_until_ready()

    def stop(self, timeout: float = 5.0) -> bool:
        """End the process. Do nothing if it does not run.

        :param timeout: seconds to wait for its end.
        :return: whether everything has ended. Always True: a process that does not end in time is
            killed.
        """
        if self._server is not None and self._receiver is not None:
            self._server.stop(timeout)
            self._receiver.stop()
            self._server = self._receiver = None
        return True

    def _process_server(self, receiver: TraceReceiver) -> WSGIServer:
        return process_server_for(
            self._name,
            "streamlab.harness.remote_worker:application",
            environment={
                **receiver.environment,
                APP: self._app_path,
                TRUSTED_HOSTS: " ".join(self._trusted_hosts),
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            },
            ready={BARRIER_HEADER: "1"},
        )
