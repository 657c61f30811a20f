"""The worker's side of a remote trace: a trace that sends everything it records.

See `streamlab.harness.remote_receiver` for the side that receives.
"""

from __future__ import annotations

import os
import pickle
import socket
from contextlib import suppress
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from typing import TYPE_CHECKING, Any

from streamlab.clock import now_ns
from streamlab.harness.remote_receiver import ADDRESS, KEY
from streamlab.trace.gate import Gate
from streamlab.trace.lane import Lane
from streamlab.trace.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.harness.remote_receiver import WorkerScenario
    from streamlab.trace.events import EventKind
    from streamlab.trace.failure import Failure
    from streamlab.trace.made_early import Making
    from streamlab.trace.mistakes import Head
    from streamlab.trace.output import Stream
    from streamlab.trace.source import Source
    from streamlab.trace.variables import Variables


class TraceConnection:
    """The connection on which a worker sends the records of one exchange.

    :param trace_id: names the exchange.
    :raises OSError: if the receiver has stopped.
    """

    def __init__(self, trace_id: str) -> None:
        self._connection = _connect(os.environ[ADDRESS], bytes.fromhex(os.environ[KEY]))
        self._connection.send(trace_id)
        self.scenario: WorkerScenario | None = self._connection.recv()
        """The scenario; None if there is no exchange with this trace id."""
        self._records: list[tuple[Any, ...]] = []
        self._step_mode = False

    def add(self, *record: Any) -> None:
        """Collect a record for the next `flush`.

        :param record: the kind of the record and its values.
        """
        self._records.append(record)

    def pass_gate(self, look: Callable[[], Variables] | None) -> None:
        """Send the collected records, and wait until the gate lets the generator continue.

        :param look: returns the local variables of the generator; called in step mode.
        """
        self._send(look() if look is not None and self._step_mode else ())
        self._step_mode = self._connection.recv()

    def _send(self, variables: Variables | None = None) -> None:
        """Send the collected records, and what the gate needs if the generator is there."""
        records, self._records = self._records, []
        self._connection.send((records, variables))

    def close(self) -> None:
        """Send the last records and close the connection: the server's side is done."""
        self._send()
        self._connection.close()


def _connect(address: str, key: bytes) -> Connection:
    """Connect as `multiprocessing.connection.Client` does, also after gevent has patched sockets.

    A socket of gevent or eventlet does not block, and a `Connection` needs one that does.
    """
    with socket.socket(socket.AF_UNIX) as connecting:
        connecting.connect(address)
        descriptor = connecting.detach()
    os.set_blocking(descriptor, True)
    connection = Connection(descriptor)
    try:
        answer_challenge(connection, key)
        deliver_challenge(connection, key)
    except BaseException:
        connection.close()
        raise
    return connection


class SendingTrace(Trace):
    """A trace that sends everything it records.

    :param lanes: the names of the lanes, see `Trace`.
    :param connection: where to send it.
    """

    def __init__(self, lanes: tuple[str, ...], connection: TraceConnection) -> None:
        self._connection = connection
        super().__init__(
            lanes, gate=_RemoteGate(connection), make_lane=partial(_SendingLane, connection)
        )
        self.when_closed(connection.close)

    def record_event(self, kind: EventKind, text: str = "", *, time: int | None = None) -> None:
        """Record an event and send it.

        :param kind: see `Trace.record_event`.
        :param text: see `Trace.record_event`.
        :param time: in nanoseconds of the clock; None means now.
        """
        known = len(self.events)
        super().record_event(kind, text, time=time)
        for event in self.events[known:]:
            self._connection.add("event", event)

    def start_span(self, time: int) -> None:
        """Record and send that a request context was pushed.

        :param time: in nanoseconds of the clock.
        """
        super().start_span(time)
        self._connection.add("span", time)

    def end_span(self, time: int) -> None:
        """Record and send that a request context was popped.

        :param time: in nanoseconds of the clock.
        """
        super().end_span(time)
        self._connection.add("span end", time)

    def set_failure(self, failure: Failure) -> None:
        """Record and send an exception.

        :param failure: the exception with its traceback.
        """
        super().set_failure(failure)
        self._connection.add("failure", picklable_failure(failure))

    def set_head(self, lane: str, head: Head) -> None:
        """Note and send what a layer gave to ``start_response``.

        :param lane: name of the layer's lane.
        :param head: status and header fields.
        """
        super().set_head(lane, head)
        self._connection.add("head", lane, head)

    def record_output(self, text: str, stream: Stream, *, time: int | None = None) -> None:
        """Record and send what the app printed.

        :param text: a part of a line, or several lines.
        :param stream: ``stdout`` or ``stderr``.
        :param time: when, in nanoseconds of the clock; None means now.
        """
        time = now_ns() if time is None else time
        super().record_output(text, stream, time=time)
        self._connection.add("output", text, stream, time)

    def set_making(self, making: Making | None) -> None:
        """Note and send how the chunks came to be.

        :param making: see `Trace.set_making`.
        """
        if making != self.making:
            self._connection.add("making", making)
        super().set_making(making)

    def add_unobserved(self, lane: str, layer: str) -> None:
        """Note and send the name of a layer without a lane.

        :param lane: name of the lane that comes next after the layer.
        :param layer: name of the layer.
        """
        super().add_unobserved(lane, layer)
        self._connection.add("layer", lane, layer)

    def end_lane(self, lane: str) -> None:
        """Note and send that a layer has ended its body.

        :param lane: name of the layer's lane.
        """
        super().end_lane(lane)
        self._connection.add("end", lane)

    def index_of(self, source: Source) -> int:
        """Return the index of a source, and send the source if it is new.

        :param source: see `Trace.index_of`.
        """
        known = len(self.sources)
        index = super().index_of(source)
        for new in self.sources[known:]:
            self._connection.add("source", new)
        return index


class _SendingLane(Lane):
    def __init__(self, connection: TraceConnection, name: str, **options: Any) -> None:
        super().__init__(name, **options)
        self._connection = connection

    def record(self, data: bytes, location: int = -1) -> None:
        super().record(data, location)
        columns = self.columns
        time = (columns.lasts or columns.times)[-1]
        self._connection.add("chunk", self.name, time, data, location)


class _RemoteGate(Gate):
    """A gate that asks the gate in the other process."""

    def __init__(self, connection: TraceConnection) -> None:
        super().__init__()
        self._connection = connection

    def pass_through(self, look: Callable[[], Variables] | None = None) -> None:
        # If the observing process has ended, the client can still get its response.
        with suppress(EOFError, ConnectionError):
            self._connection.pass_gate(look)


def picklable_failure(failure: Failure) -> Failure:
    """Return a failure that can be sent to another process.

    :param failure: any failure.
    :return: the same failure; with a `RuntimeError` in place of its exception if that cannot be
        pickled.

    >>> from streamlab.trace.failure import Failure
    >>> failure = Failure.of(ValueError("no second row"))
    >>> picklable_failure(failure) is failure
    True
    """
    try:
        pickle.loads(pickle.dumps(failure.exception))  # noqa: S301 - made by this process
    except Exception:  # noqa: BLE001 - an exception class can raise anything when it is pickled
        stand_in = RuntimeError(
            f"{failure.last} (raised in another process, which could not send the exception)"
        )
        return replace(failure, exception=stand_in)
    return failure
