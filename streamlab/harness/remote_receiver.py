"""Receives what a server in another process observes, and records it in the traces here.

The worker opens one connection for each exchange. Its taps send what they record, with times:
all processes of one machine share the clock of `streamlab.clock.now_ns`. The gate is in this
process. Before the worker's generator continues, the worker asks and waits for the answer.
"""

from __future__ import annotations

import os
import pickle
import threading
from contextlib import suppress
from functools import partial
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.harness.exchange import Exchange
    from streamlab.harness.scenario import Scenario
    from streamlab.middleware import Middleware
    from streamlab.trace.trace import Trace

ADDRESS, KEY = "STREAMLAB_TRACE_ADDRESS", "STREAMLAB_TRACE_KEY"
"""The environment variables with the address to connect to, and the key to prove the right to."""

WorkerScenario: TypeAlias = "tuple[tuple[Middleware, ...], bool]"
"""The part of a scenario for a worker: the layers without proxies, and `stream_with_context`."""


def scenario_for_worker(scenario: Scenario) -> WorkerScenario:
    """Return the part of a scenario that a worker needs.

    :param scenario: the scenario.
    :raises ValueError: if a middleware cannot be sent to another process.

    >>> from streamlab.harness.scenario import Scenario
    >>> scenario_for_worker(Scenario("/", server="gunicorn", stream_with_context=False))
    ((), False)
    """
    layers = tuple(layer for layer in scenario.layers if not layer.proxy)
    try:
        pickle.dumps(layers)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(
            f"server={scenario.server!r} runs in another process, which cannot import a "
            f"middleware of this one ({error}). Put your middleware into a module, or use a server "
            'of this process, such as server="werkzeug".'
        ) from error
    return layers, scenario.stream_with_context


class TraceReceiver:
    """Listens for workers, and records what they send in the traces of their exchanges.

    It listens in a background thread as soon as it is made.

    :param find_exchange: returns the exchange that a trace id names, or None.

    >>> receiver = TraceReceiver({}.get)
    >>> sorted(receiver.environment)
    ['STREAMLAB_TRACE_ADDRESS', 'STREAMLAB_TRACE_KEY']
    >>> receiver.stop()
    """

    def __init__(self, find_exchange: Callable[[str], Exchange | None]) -> None:
        self._find_exchange = find_exchange
        self._key = os.urandom(32)
        # The connection carries pickles, and a pickle can run code: so only a process with the
        # key may write, on a socket in a folder that other users cannot open.
        self._listener = Listener(None, "AF_UNIX", backlog=16, authkey=self._key)
        self._stopped = False
        threading.Thread(target=self._accept, name="streamlab traces", daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that a worker needs to connect."""
        return {ADDRESS: str(self._listener.address), KEY: self._key.hex()}

    def stop(self) -> None:
        """Accept no more connections. Open ones go on until their exchange is done."""
        self._stopped = True
        with suppress(OSError, AuthenticationError):  # wakes the thread, which waits for a client
            Client(str(self._listener.address), authkey=self._key).close()

    def _accept(self) -> None:
        while not self._stopped:
            # A client without the key must not end the loop.
            with suppress(OSError, EOFError, AuthenticationError):
                connection = self._listener.accept()
                threading.Thread(
                    target=self._serve, args=(connection,), name="streamlab trace", daemon=True
                ).start()
        self._listener.close()

    def _serve(self, connection: Connection) -> None:
        with connection, suppress(EOFError, ConnectionError):
            exchange = self._find_exchange(connection.recv())
            connection.send(exchange and scenario_for_worker(exchange.scenario))
            if exchange is not None:
                try:
                    _replay_all(connection, exchange.trace)
                finally:
                    exchange.trace.close()


def _replay_all(connection: Connection, trace: Trace) -> None:
    """Record what a worker sends, until it closes the connection."""
    trace.enter()
    replay: dict[str, Callable[..., object]] = {
        "chunk": partial(_replay_chunk, trace),
        "event": lambda event: trace.record_event(event.kind, event.text, time=event.time),
        "span": trace.start_span,
        "span end": trace.end_span,
        "source": trace.index_of,
        "failure": trace.set_failure,
        "output": lambda text, stream, time: trace.record_output(text, stream, time=time),
        "head": trace.set_head,
        "end": trace.end_lane,
        "making": trace.set_making,
        "layer": trace.add_unobserved,
    }
    while True:
        records, variables = connection.recv()
        for kind, *values in records:
            replay[kind](*values)
        if variables is not None:
            trace.gate.pass_through(partial(tuple, variables))
            connection.send(trace.gate.pace == "step")


def _replay_chunk(trace: Trace, lane: str, time: int, data: bytes, location: int) -> Any:
    trace.lanes[lane].record_at(data, time, location)
