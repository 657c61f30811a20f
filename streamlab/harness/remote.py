"""A server in a process of its own, put behind the same face as those of this process."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from streamlab.harness.lockstep import BARRIER_HEADER
from streamlab.harness.remote_trace import RemoteTraces, import_path
from streamlab.server.server_kinds import SERVERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication
    from typing_extensions import Self

    from streamlab.harness.exchange import Exchange
    from streamlab.server.gunicorn import GunicornSync

APP = "STREAMLAB_APP"
"""Variable that tells the process where its app is imported from."""


class RemoteServer:
    """A server in a process of its own, and what brings its traces back. Looks like a `Server`.

    :param name: of the server.
    :raises ValueError: where the app cannot be imported from there.
    """

    def __init__(
        self, name: str, app: WSGIApplication, exchange_of: Callable[[str], Exchange | None]
    ) -> None:
        self._name = name
        self._app_path = import_path(app)
        self._exchange_of = exchange_of
        self._traces: RemoteTraces | None = None
        self._server: GunicornSync | None = None

    @property
    def url(self) -> str:
        """The root URL, with a slash at its end."""
        assert self._server is not None  # noqa: S101 - only what was started is asked
        return self._server.url

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
        self._server.launch()
        return self

    def wait_until_ready(self) -> None:
        """Block until the process answers.

        :raises RuntimeError: where it ends before that, with what it says.
        """
        if self._server is not None:
            self._server.wait_until_ready()

    def _serving(self, traces: RemoteTraces) -> GunicornSync:
        return SERVERS[self._name].load()(  # type: ignore[no-any-return]
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
