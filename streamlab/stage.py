"""Where the floors meet: an app on a stage, taps between its layers, and exchanges made with it.

Nothing below knows of one another. The server serves a `Stage`, which is WSGI itself; the stage
finds the trace of each request by a header, builds the stack for its scenario and steps aside.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

from streamlab.scenario import Scenario
from streamlab.server import Server
from streamlab.server.handler import ON_SEND
from streamlab.trace.exchange import Exchange
from streamlab.trace.gate import Gate
from streamlab.trace.probe import Probe
from streamlab.trace.signals import listen
from streamlab.trace.tap import TRACE, Tap
from streamlab.trace.trace import Trace, current_trace

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from typing_extensions import Self

TRACE_HEADER = "X-Streamlab-Trace"
"""Names the trace of a request on its way from the probe to the stage."""
KEEP_CONTEXT = "streamlab.stream_with_context"
"""Key of the WSGI environ: False switches `stream_with_context` off for one request."""


class Stage:
    """An app, served in the background so that every exchange with it is observed.

    :param app: any WSGI callable. With streamlab's `App` and with Flask's the contexts, the lines
        of the generator and the handled errors are observed too.
    """

    def __init__(self, app: WSGIApplication, *, remembered: bool = True) -> None:
        self.app = app
        self.server = Server(self, remembered=remembered)
        self._stack = Tap(app, "app", innermost=True, outermost=True)
        self._pending: dict[str, tuple[Scenario, Trace]] = {}
        self._ids = count(1)
        if namespace := signals_of(app):
            listen(namespace)

    def start(self) -> Self:
        """Serve, if not yet."""
        self.server.start()
        return self

    def stop(self) -> None:
        """Serve no more; open streams end."""
        for _, trace in list(self._pending.values()):
            trace.gate.open()
        self.server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url_for(self, path: str) -> str:
        """The URL of `path` on this stage's server."""
        return self.server.url + path.lstrip("/")

    def exchange(self, scenario: Scenario) -> Exchange:
        """An exchange that is ready to be made: `Exchange.make` blocks until its end.

        :raises ValueError: where the scenario asks for what this app cannot do.
        """
        check_context_toggle(self.app, scenario)
        self.start()
        trace = Trace(gate=Gate(scenario.pace))
        trace_id = str(next(self._ids))
        given = scenario.headers
        headers = given.items() if isinstance(given, Mapping) else given
        probe = Probe(
            self.url_for(scenario.path),
            trace,
            method=scenario.method,
            headers=[*headers, (TRACE_HEADER, trace_id)],
            data=scenario.data,
            http_version=scenario.http_version,
            timeout=scenario.timeout,
        )
        self._pending[trace_id] = (scenario, trace)
        exchange = Exchange(scenario.path, trace, probe)
        exchange.when_done(lambda _: self._pending.pop(trace_id, None))
        return exchange

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        found = self._pending.get(environ.pop("HTTP_X_STREAMLAB_TRACE", ""))
        if found is None:
            return self.app(environ, start_response)
        scenario, trace = found
        environ[TRACE] = trace
        environ[ON_SEND] = trace.sending
        environ[KEEP_CONTEXT] = scenario.stream_with_context
        current_trace.set(trace)  # each request has a thread, and so a context, of its own
        return self._stack(environ, start_response)


def observe(app: WSGIApplication, path: str = "/", **scenario: Any) -> Exchange:
    """Make one request to `app` over a real socket and return all that was observed of it.

    :param app: any WSGI callable.
    :param path: path and query.
    :param scenario: see `streamlab.scenario.Scenario`.
    :raises TypeError: for a keyword that no scenario has.
    :raises ValueError: for a value that is none.

    Blocks until the exchange has ended. The server lives as long as the call.

    >>> from streamlab import App, observe
    >>> app = App()
    >>> @app.get("/")
    ... def hello():
    ...     return iter(["Hello ", "World", "!"])
    >>> exchange = observe(app, "/")
    >>> exchange.verdict.outcome, exchange.body
    ('streamed', b'Hello World!')
    >>> [chunk.data for chunk in exchange.lanes["client"]]
    [b'Hello ', b'World', b'!']
    """
    asked = Scenario.of(path, scenario)
    if asked.pace == "step":
        raise ValueError(
            'pace="step" needs somebody to press `Next chunk`: use a Lab, or a pace of seconds'
        )
    with Stage(app, remembered=False) as stage:
        exchange = stage.exchange(asked)
        exchange.make()
    return exchange


def signals_of(app: Any) -> Any:
    """The module with the signals of `app`: `streamlab.web`, `flask`, or None for other apps."""
    for module_name, class_name in (("streamlab.web", "App"), ("flask", "Flask")):
        module = sys.modules.get(module_name)  # an app of a module that is not loaded: impossible
        if module is not None and isinstance(app, getattr(module, class_name)):
            return module
    return None


def check_context_toggle(app: Any, scenario: Scenario) -> None:
    """Refuse to switch off a `stream_with_context` that is not streamlab's."""
    namespace = signals_of(app)
    if not scenario.stream_with_context and getattr(namespace, "__name__", "") != "streamlab.web":
        raise ValueError(
            "stream_with_context=False works with an app made by streamlab's App, whose "
            f"stream_with_context can be switched off; {type(app).__name__!r} has one of its own. "
            "Take the wrapper out of the view instead, or import App from streamlab."
        )
