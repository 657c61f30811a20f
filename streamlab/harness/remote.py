"""A server in a process of its own, put behind the same face as those of this process."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from streamlab.harness.lockstep import BARRIER_HEADER
from streamlab.harness.remote_trace import RemoteTraces, import_path
from streamlab.server.base import WSGIServer
from streamlab.server.server_kinds import process_server_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication
    from typing_extensions import Self

    from streamlab.harness.exchange import Exchange

APP = "STREAMLAB_APP"
"""Variable that tells the process where its app is imported from."""


class RemoteServer(WSGIServer):
    """A server in a separate process, and the connection that brings its traces back.

    :param name: the name of the server.
    :param app: the application; a module that the process can import must have it.
    :param exchange_of: finds the exchange of a trace id.
    :raises ValueError: if the process cannot import the app.
    """

    def __init__(
        self, name: str, app: WSGIApplication, exchange_of: Callable[[str], Exchange | None]
    ) -> None:
        self._name = name
        self._app_path = import_path(app)
        self._exchange_of = exchange_of
        self._traces: RemoteTraces | None = None
        self._server: WSGIServer | None = None

    @property
    def url(self) -> str:
        """The root URL, with a slash at its end."""
        assert self._server is not None  # noqa: S101 - only what was started is asked
        return self._server.url

    @property
    def running(self) -> bool:
        """Whether the process runs."""
        return self._server is not None and self._server.running

    def start(self) -> Self:
        """Start the process, if it does not run. It need not answer yet: see `wait_until_ready`."""
        if self._server is None:
            traces = RemoteTraces(self._exchange_of)
            try:
                self._server = self._serving(traces)
            except BaseException:
                traces.stop()
                raise
            self._traces = traces
        self._server.start()
        return self

    def wait_until_ready(self) -> None:
        """Block until the process answers.

        :raises RuntimeError: where it ends before that, with what it says.
        """
        if self._server is not None:
            self._server.wait_until_ready()

    def _serving(self, traces: RemoteTraces) -> WSGIServer:
        return process_server_for(
            self._name,
            "streamlab.harness.remote_worker:application",
            environment={
                **traces.environment,
                APP: self._app_path,
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            },
            ready={BARRIER_HEADER: "1"},
        )

    def stop(self, timeout: float = 5.0) -> bool:
        """End the process."""
        if self._server is not None and self._traces is not None:
            self._server.stop(timeout)
            self._traces.stop()
            self._server = self._traces = None
        return True
