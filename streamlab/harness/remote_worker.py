"""What a server in a process of its own imports: the app, observed for those who started it.

To be imported in such a process only: which app it is stands in a variable of the environment.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from werkzeug.utils import import_string

from streamlab.harness.lockstep import BARRIER, answer_barrier
from streamlab.harness.remote import APP
from streamlab.harness.remote_trace import Worker, WorkerTrace
from streamlab.harness.stack import Stacks
from streamlab.trace.trace import current_trace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_stacks = Stacks(import_string(os.environ[APP]))


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Serve one request; one that nobody waits for is served unobserved."""
    if BARRIER in environ:
        return answer_barrier(start_response)
    trace_id = environ.pop("HTTP_X_STREAMLAB_TRACE", None)
    worker = Worker(trace_id) if trace_id else None
    if worker is None or worker.scenario is None:
        current_trace.set(None)
        return _stacks.app(environ, start_response)
    layers, stream_with_context = worker.scenario
    stack = _stacks.of(layers)
    return stack.serve(
        environ,
        start_response,
        stack.prepared(WorkerTrace(stack.lanes, worker)),
        stream_with_context=stream_with_context,
    )
