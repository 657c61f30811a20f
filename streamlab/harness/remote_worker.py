"""The WSGI application that a server in another process imports and serves.

Import it only in such a process: an environment variable has the import path of the app.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from streamlab.harness.import_app import import_app
from streamlab.harness.lockstep import BARRIER, answer_barrier
from streamlab.harness.remote_sender import SendingTrace, TraceConnection
from streamlab.harness.remote_server import APP, TRUSTED_HOSTS
from streamlab.harness.stack import Stacks
from streamlab.middleware.nginx import PROXIED, refuse_proxied
from streamlab.server.admission import Admission
from streamlab.server.gunicorn import THREADS
from streamlab.trace.trace import current_trace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_stacks = Stacks(import_app(os.environ[APP]))
_trusted_hosts = os.environ.get(TRUSTED_HOSTS, "").split()


def _check_threads() -> None:
    """Raise an error if gunicorn's threads would never run, because gevent has replaced them."""
    monkey = sys.modules.get("gevent.monkey")
    if THREADS in sys.argv and monkey is not None and monkey.is_module_patched("threading"):
        raise RuntimeError(
            "The app calls gevent's monkey.patch_all(), which replaces the threads that gunicorn's "
            "worker gthread waits for: it would never answer, with or without streamlab. Use "
            'server="gunicorn", or call patch_all() only under `gunicorn -k gevent`.'
        )


_check_threads()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Serve one request. Without an exchange that waits for it, it is served unobserved.

    An unobserved request is answered only if this user has sent it.

    :param environ: see PEP 3333.
    :param start_response: see PEP 3333.
    """
    if BARRIER in environ:
        return answer_barrier(start_response)
    proxied = environ.pop(PROXIED, None)
    trace_id = environ.pop("HTTP_X_STREAMLAB_TRACE", None)
    connection = TraceConnection(trace_id) if trace_id else None
    if connection is None or connection.scenario is None:
        current_trace.set(None)
        if proxied:
            return refuse_proxied(start_response)
        address = environ["SERVER_NAME"], int(environ["SERVER_PORT"])
        admission = Admission(_stacks.app, address, address[0], trusted_hosts=_trusted_hosts)
        return admission(environ, start_response)
    layers, stream_with_context = connection.scenario
    stack = _stacks.of(layers)
    return stack.serve(
        environ,
        start_response,
        stack.prepare(SendingTrace(stack.lanes, connection)),
        stream_with_context=stream_with_context,
    )
