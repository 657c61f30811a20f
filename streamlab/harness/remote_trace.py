"""A trace that is written in another process: what is sent there and back, and both ends of it.

A server in a process of its own has the taps there, and the Lab is here. The worker connects to
us, once for each exchange, and what its taps see comes over that connection, with its times: on
one machine all processes share the clock of `streamlab.clock.now_ns`. The gate stays here; before
the generator goes on, the worker asks and waits for the answer.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from functools import partial
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from typing import TYPE_CHECKING, Any

from streamlab.trace.gate import Gate
from streamlab.trace.lane import Lane
from streamlab.trace.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.harness.exchange import Exchange
    from streamlab.harness.scenario import Scenario
    from streamlab.trace.failure import Failure
    from streamlab.trace.source import Source
    from streamlab.trace.trace import EventKind

_ADDRESS, _KEY = "STREAMLAB_TRACE_ADDRESS", "STREAMLAB_TRACE_KEY"


class RemoteTraces:
    """Our end: takes what workers see into the traces of the exchanges.

    :param exchange_of: finds the exchange that a request's header names.
    """

    def __init__(self, exchange_of: Callable[[str], Exchange | None]) -> None:
        self._exchange_of = exchange_of
        self._key = os.urandom(32)
        # Pickles come over it, so nobody else may write: a key, and a socket in our own folder.
        self._listener = Listener(None, "AF_UNIX", backlog=16, authkey=self._key)
        self._stopped = False
        threading.Thread(target=self._accept, name="streamlab traces", daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        """What a worker's process needs to find us."""
        return {_ADDRESS: str(self._listener.address), _KEY: self._key.hex()}

    def stop(self) -> None:
        """Take no more connections."""
        self._stopped = True
        with suppress(OSError, AuthenticationError):  # wakes the thread that waits for one
            Client(str(self._listener.address), authkey=self._key).close()

    def _accept(self) -> None:
        while not self._stopped:
            with suppress(OSError, EOFError, AuthenticationError):  # theirs, and not the next one's
                connection = self._listener.accept()
                threading.Thread(
                    target=self._serve, args=(connection,), name="streamlab trace", daemon=True
                ).start()
        self._listener.close()

    def _serve(self, connection: Connection) -> None:
        with connection, suppress(EOFError, ConnectionError):
            exchange = self._exchange_of(connection.recv())
            connection.send(exchange and scenario_for_worker(exchange.scenario))
            if exchange is not None:
                try:
                    _replay_all(connection, exchange.trace)
                finally:
                    exchange.trace.close()


def _replay_all(connection: Connection, trace: Trace) -> None:
    trace.enter()
    replay: dict[str, Callable[..., object]] = {
        "passed": partial(_replay_passed, trace),
        "event": lambda event: trace.record_event(event.kind, event.text, time=event.time),
        "span": trace.start_span,
        "span end": trace.end_span,
        "source": trace.index_of,
        "failure": trace.set_failure,
    }
    while True:
        records, at_gate = connection.recv()
        for kind, *values in records:
            replay[kind](*values)
        if at_gate:
            trace.gate.pass_through()
            connection.send(True)


def _replay_passed(trace: Trace, name: str, time: int, data: bytes, place: int) -> None:
    trace.lanes[name].record_at(data, time, place)


def scenario_for_worker(scenario: Scenario) -> tuple[tuple[Any, ...], bool]:
    """What the worker's stack needs to know of a scenario, checked that it can be sent.

    :raises ValueError: for middleware that only this process has.
    """
    layers = tuple(layer for layer in scenario.layers if not layer.proxy)
    try:
        pickle.dumps(layers)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(
            f"server={scenario.server!r} is a process of its own, and cannot import all of the "
            f"middleware from here ({error}). Put yours into a module, or take a server of this "
            "process."
        ) from error
    return layers, scenario.stream_with_context


class Worker:
    """The worker's end of one exchange.

    :param trace_id: names the exchange.
    """

    def __init__(self, trace_id: str) -> None:
        self._connection = Client(os.environ[_ADDRESS], authkey=bytes.fromhex(os.environ[_KEY]))
        self._connection.send(trace_id)
        self.scenario: tuple[tuple[Any, ...], bool] | None = self._connection.recv()
        """Layers and context; None where nobody waits for this exchange."""
        self._records: list[tuple[Any, ...]] = []

    def note(self, *record: Any) -> None:
        """Have something sent, with the next `flush`."""
        self._records.append(record)

    def flush(self, *, at_gate: bool = False) -> None:
        """Send what was noted; `at_gate` waits until the generator may go on."""
        records, self._records = self._records, []
        self._connection.send((records, at_gate))
        if at_gate:
            self._connection.recv()

    def close(self) -> None:
        """Say that the server's side has ended."""
        self.flush()
        self._connection.close()


class WorkerTrace(Trace):
    """A trace that notes for `Worker` whatever is written into it."""

    def __init__(self, lanes: tuple[str, ...], worker: Worker) -> None:
        self._worker = worker
        super().__init__(lanes, gate=_WorkerGate(worker), make_lane=partial(_WorkerLane, worker))
        self.when_closed(worker.close)

    def record_event(self, kind: EventKind, text: str = "", *, time: int | None = None) -> None:
        noted = len(self.events)
        super().record_event(kind, text, time=time)
        for event in self.events[noted:]:
            self._worker.note("event", event)

    def start_span(self, time: int) -> None:
        super().start_span(time)
        self._worker.note("span", time)

    def end_span(self, time: int) -> None:
        super().end_span(time)
        self._worker.note("span end", time)

    def set_failure(self, failure: Failure) -> None:
        super().set_failure(failure)
        self._worker.note("failure", _portable(failure))

    def index_of(self, source: Source) -> int:
        noted = len(self.sources)
        index = super().index_of(source)
        for new in self.sources[noted:]:
            self._worker.note("source", new)
        return index


class _WorkerLane(Lane):
    def __init__(self, worker: Worker, name: str, **options: Any) -> None:
        super().__init__(name, **options)
        self._worker = worker

    def record(self, data: bytes, location: int = -1) -> None:
        super().record(data, location)
        columns = self.columns
        time = (columns.lasts or columns.times)[-1]
        self._worker.note("passed", self.name, time, data, location)


class _WorkerGate(Gate):
    """Its other half is with us."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self._worker = worker

    def pass_through(self) -> None:
        with suppress(EOFError, ConnectionError):  # whoever observed has gone; the client has not
            self._worker.flush(at_gate=True)


def _portable(failure: Failure) -> Failure:
    """A failure that can be sent: an exception that cannot is replaced by one that says as much."""
    try:
        pickle.loads(pickle.dumps(failure.exception))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - whatever its class does when it is pickled
        stand_in = RuntimeError(f"{failure.last} (in another process, which could not send it)")
        return replace(failure, exception=stand_in)
    return failure


def import_path(app: Any) -> str:
    """Where `app` is imported from, as in ``"shop:app"``.

    :raises ValueError: where no module has it, such as an app of a notebook.
    """
    likely = (getattr(app, "import_name", None), getattr(app, "__module__", None), *sys.modules)
    for name in likely:
        # The program's own module is known to this process alone, whatever its alias.
        module = sys.modules.get(name) if name not in {None, "__main__", "__mp_main__"} else None
        for attribute, value in list(getattr(module, "__dict__", {}).items()):
            if value is app:
                return f"{name}:{attribute}"
    raise ValueError(
        f"{app!r} is in no module that another process could import. Put the app into a file, "
        "say shop.py, and write `from shop import app`; or take a server of this process."
    )
