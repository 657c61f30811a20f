"""A server in a process of its own, put behind the same face as those of this process."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from streamlab.server.registry import server_for
from streamlab.stage.lockstep import BARRIER_HEADER
from streamlab.stage.remote_trace import RemoteTraces, import_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication
    from typing_extensions import Self

    from streamlab.trace.exchange import Exchange

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
        self._server: Any = None

    @property
    def url(self) -> str:
        """The root URL, with a slash at its end."""
        url: str = self._server.url
        return url

    def start(self) -> Self:
        """Start the process, if not yet, and wait until it answers."""
        if self._traces is None:
            traces = RemoteTraces(self._exchange_of)
            paths = [path for path in sys.path if path]
            try:
                self._server = server_for(
                    self._name,
                    "streamlab.stage.remote_worker:application",
                    environment={
                        **traces.environment,
                        APP: self._app_path,
                        "PYTHONPATH": os.pathsep.join(paths),
                    },
                    ready={BARRIER_HEADER: "1"},
                ).start()
            except BaseException:
                traces.stop()
                raise
            self._traces = traces
        return self

    def stop(self, timeout: float = 5.0) -> bool:
        """End the process."""
        if self._traces is not None:
            self._server.stop(timeout)
            self._traces.stop()
            self._traces = None
        return True
