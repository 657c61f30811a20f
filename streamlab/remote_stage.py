"""The stage in a server's own process: what gunicorn imports, and what serves the app there."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from werkzeug.utils import import_string

from streamlab.lockstep import BARRIER, BARRIER_HEADER, answer_barrier
from streamlab.remote_trace import RemoteTraces, Worker, WorkerTrace, import_path
from streamlab.server.registry import server_for
from streamlab.stack import Stacks
from streamlab.trace.trace import current_trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from typing_extensions import Self

    from streamlab.trace.exchange import Exchange

_APP = "STREAMLAB_APP"


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
            self._traces = RemoteTraces(self._exchange_of)
            paths = [path for path in sys.path if path]
            self._server = server_for(
                self._name,
                f"{__name__}:application",
                environment={
                    **self._traces.environment,
                    _APP: self._app_path,
                    "PYTHONPATH": os.pathsep.join(paths),
                },
                ready={BARRIER_HEADER: "1"},
            )
        self._server.start()
        return self

    def stop(self, timeout: float = 5.0) -> bool:
        """End the process."""
        if self._traces is not None:
            self._server.stop(timeout)
            self._traces.stop()
            self._traces = None
        return True


@cache
def _stacks() -> Stacks:
    return Stacks(import_string(os.environ[_APP]))


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The app that the environment names, observed for the process that started this one."""
    stacks = _stacks()  # imports the app, so that one that cannot be is told of at the start
    if BARRIER in environ:
        return answer_barrier(start_response)
    trace_id = environ.pop("HTTP_X_STREAMLAB_TRACE", None)
    worker = Worker(trace_id) if trace_id else None
    if worker is None or worker.scenario is None:
        current_trace.set(None)
        return stacks.app(environ, start_response)
    layers, stream_with_context = worker.scenario
    stack = stacks.of(layers)
    return stack.serve(
        environ,
        start_response,
        stack.prepared(WorkerTrace(stack.lanes, worker)),
        stream_with_context=stream_with_context,
    )
