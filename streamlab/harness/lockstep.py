"""Lockstep: a generator makes its next chunk only when the previous one is accounted for.

Accounted for means that the chunk has reached the client, or that a layer is certain to keep it
until it gets more. Then the order of the records does not depend on which thread was faster, and
the verdict is a proof.

The gate checks this when the generator is asked for its next chunk. At that moment every layer up
to the server has processed the previous chunk. Bytes may still be on their way behind the server:
in its sending thread, in the kernel's TCP buffers, in a proxy, or unread by the client. Each of
these places is checked in turn.
"""

from __future__ import annotations

from functools import partial
from threading import get_ident
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from streamlab.http1.tcp_queues import all_sent_from, bytes_received
from streamlab.server.readiness import get_status
from streamlab.trace.gate import Gate
from streamlab.trace.trace import same_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from _typeshed.wsgi import StartResponse

    from streamlab.server import ServerKind
    from streamlab.trace.lane import Lane
    from streamlab.trace.probe import Probe
    from streamlab.trace.trace import Trace
    from streamlab.trace.variables import Variables

BARRIER_HEADER = "X-Streamlab-Barrier"
BARRIER = "HTTP_X_STREAMLAB_BARRIER"
"""Key of the WSGI environ. A request with this header gets an empty response at once."""
_CHECK_SECONDS = 0.0005
"""The pause between two checks of whether the client has the chunk."""
_CHECKS = 20
"""How often to check before looking for where the chunk is held."""
_UNKNOWN_SECONDS = 0.2
"""If the kernel cannot say whether bytes are on their way, a chunk that takes longer is held."""
_ANSWER_SECONDS = 10.0
_HAND_OVER_SECONDS, _SHORT_HAND_OVER_SECONDS = 1.0, 0.02
"""How long a middleware with its own thread may take to hand a chunk over, and how long after
one that was held."""


class Hop(NamedTuple):
    """A program that bytes pass: a server or a proxy."""

    url: str
    """The root URL."""
    settle: Callable[[], object]
    """Blocks until the program has processed all bytes that it has received."""
    ready: Callable[[], object] | None = None
    """Blocks until the program answers, and raises `RuntimeError` if it has ended; None if it
    answers already."""


class Lockstep(Gate):
    """The gate of an exchange in lockstep.

    :param hops: the programs between the application and the client, the server first.

    >>> gate = Lockstep([])
    >>> gate.pass_through()  # nothing to wait for before `watch`
    """

    def __init__(self, hops: Sequence[Hop]) -> None:
        super().__init__()
        self._hops = hops
        self._trace: Trace | None = None
        self._probe: Probe | None = None
        self._hand_over_seconds = _HAND_OVER_SECONDS
        self._passed_before_hand_over: dict[str, int] = {}

    def watch(self, trace: Trace, probe: Probe) -> None:
        """Set the exchange that the gate belongs to.

        :param trace: the lanes of the exchange.
        :param probe: the client of the exchange.
        """
        trace.use_lockstep()
        self._trace, self._probe = trace, probe

    def pass_through(self, look: Callable[[], Variables] | None = None) -> None:  # noqa: ARG002
        """Block until all chunks made so far are accounted for.

        :param look: not called, because no step mode is in lockstep.
        """
        if self._trace is not None and self._trace.serving_thread not in {None, get_ident()}:
            self._wait_for_hand_over(self._trace)
        for _ in range(_CHECKS):
            if self._arrived():
                return
            self._pause()
        if self._trace is not None and self._trace.reports_sends and len(self._hops) == 1:
            # The server has reported that it sent the bytes, and there is no proxy. So the client
            # will read them.
            while not self._arrived():
                self._pause()
            return
        for hop in self._hops:
            hop.settle()
            self._wait_for(partial(all_sent_from, urlsplit(hop.url).port or 80))
        self._wait_for(self._client_has_read)

    def _wait_for_hand_over(self, trace: Trace) -> None:
        """Block until the thread that serves the request has got what this thread has made.

        A middleware that reads ahead in a thread hands its items over, and it is not known when.
        What has not come after `_HAND_OVER_SECONDS` is held. The next chunks then get less time.
        """
        lanes = [lane for name, lane in trace.lanes.items() if name != "client"]
        deadline = monotonic() + self._hand_over_seconds
        while not self._open and not self._handed_over(lanes):
            if monotonic() > deadline:
                self._hand_over_seconds = _SHORT_HAND_OVER_SECONDS
                break
            self._pause()
        else:
            self._hand_over_seconds = _HAND_OVER_SECONDS
        self._passed_before_hand_over = {lane.name: lane.size for lane in lanes}

    def _handed_over(self, lanes: list[Lane]) -> bool:
        """Return whether every lane up to the server has got the latest chunk, or its output."""
        made = lanes[0]
        return all(
            lane.size >= made.size
            if same_bytes(made, lane)
            else lane.size > self._passed_before_hand_over.get(lane.name, 0)
            for lane in lanes[1:]
        )

    def _arrived(self) -> bool:
        """Return whether the client has all bytes that the server got, or the exchange is over."""
        if self._trace is None or self._open:
            return True
        lanes = self._trace.lanes
        # Not the client's size, which includes the first bytes of an incomplete chunk.
        ends = lanes["client"].columns.ends
        return (ends[-1] if ends else 0) >= lanes["server"].size

    def _client_has_read(self) -> bool | None:
        assert self._probe is not None  # noqa: S101 - set by watch()
        connection = self._probe.connection
        if connection is None:
            return True
        received = bytes_received(connection)
        return None if received is None else self._probe.bytes_reported >= received

    def _wait_for(self, check: Callable[[], bool | None]) -> None:
        """Block until `check` returns true, or the client has all bytes.

        If it returns None, which means unknown, block for `_UNKNOWN_SECONDS` at most.
        """
        deadline = monotonic() + _UNKNOWN_SECONDS
        while not self._arrived():
            answer = check()
            if answer or (answer is None and monotonic() > deadline):
                return
            self._pause()

    def _pause(self) -> None:
        with self._changed:
            if not self._open:
                self._changed.wait(_CHECK_SECONDS)


def settle_of(kind: ServerKind, url: str) -> Callable[[], object]:
    """Return a function that blocks until a server has sent all bytes that it got from the app.

    Most servers send an item before they ask for the next one, so there is nothing to wait for. A
    server with a sending thread handles its sockets in turn: when it has answered a later request,
    it has also handled the socket of the exchange. Two requests are needed, because accepting a
    connection and answering it are separate turns.

    :param kind: the server's entry in `streamlab.server.SERVERS`.
    :param url: the server's root URL.
    """
    if not kind.sends_later:
        return lambda: None

    def settle() -> None:
        for _ in range(2):
            ask_barrier(url)

    return settle


def ask_barrier(url: str) -> int:
    """Send a request that the harness answers at once with 204, and return the status code.

    :param url: the root URL of a server of the harness.
    :raises OSError: if nothing answers.
    """
    return get_status(url, headers={BARRIER_HEADER: "1"}, timeout=_ANSWER_SECONDS)


def answer_barrier(start_response: StartResponse) -> Iterable[bytes]:
    """Answer the request of `ask_barrier`.

    :param start_response: see PEP 3333.

    >>> answer_barrier(lambda status, headers: print(status))
    204 No Content
    []
    """
    start_response("204 No Content", [])
    return []
