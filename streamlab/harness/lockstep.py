"""Lockstep: a generator is asked for its next chunk when the one before is accounted for.

It has reached the client, or it is certain that it will not before more is made. Then the order
of the records is no longer a matter of which thread was faster, and the verdict is proof.

The check is made where the generator waits: whoever asks for the next chunk has done with the
last one whatever it will do. So every lane up to the server's is at rest. What may still be under
way is looked for hop by hop: what a server's other thread has to send, what the kernel has to
deliver, what a proxy has to pass on, what the client has to read.
"""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from streamlab.http1.tcp_queues import all_sent_from, bytes_received
from streamlab.server.readiness import get_status
from streamlab.trace.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from _typeshed.wsgi import StartResponse

    from streamlab.server import ServerKind
    from streamlab.trace.probe import Probe
    from streamlab.trace.trace import Trace

BARRIER_HEADER = "X-Streamlab-Barrier"
BARRIER = "HTTP_X_STREAMLAB_BARRIER"
"""Key of the WSGI environ of a request that asks for nothing but an answer."""
_LOOK_SECONDS = 0.0005
"""Between two looks at whether the client has the chunk; a pause, not a measure of anything."""
_LOOKS = 20
"""...before it is worth proving that it will not come."""
_ELSEWHERE_SECONDS = 0.2
"""Where no kernel tells what is under way, a chunk that has not come by then counts as held."""
_ANSWER_SECONDS = 10.0


class Hop(NamedTuple):
    """A program that bytes pass: `settle` returns when it has dealt with all it had got.

    `ready` returns when it answers, and raises `RuntimeError` where it never will; None where it
    answers already.
    """

    url: str
    settle: Callable[[], object]
    ready: Callable[[], object] | None = None


class Lockstep(Gate):
    """The gate of an exchange in lockstep.

    :param hops: what stands between the application and the client, the server first.
    """

    def __init__(self, hops: Sequence[Hop]) -> None:
        super().__init__()
        self._hops = hops
        self._trace: Trace | None = None
        self._probe: Probe | None = None

    def watch(self, trace: Trace, probe: Probe) -> None:
        """Heed this exchange's lanes and client."""
        trace.use_lockstep()
        self._trace, self._probe = trace, probe

    def pass_through(self) -> None:
        """Wait until all that has been made so far is accounted for."""
        for _ in range(_LOOKS):
            if self._arrived():
                return
            self._pause()
        if self._trace is not None and self._trace.reports_sends and len(self._hops) == 1:
            # The server said that it sends, and has come back from sending: the bytes are with
            # the kernel, and the client reads whatever comes.
            while not self._arrived():
                self._pause()
            return
        for hop in self._hops:
            hop.settle()
            self._wait_for(partial(all_sent_from, urlsplit(hop.url).port or 80))
        self._wait_for(self._client_has_read)

    def _arrived(self) -> bool:
        """Whether the client has all that the server was given, or nobody waits for it."""
        if self._trace is None or self._open:
            return True
        lanes = self._trace.lanes
        # Not the client's size: of a chunk that is still arriving the end has yet to come.
        ends = lanes["client"].columns.ends
        return (ends[-1] if ends else 0) >= lanes["server"].size

    def _client_has_read(self) -> bool | None:
        assert self._probe is not None  # noqa: S101 - set by watch()
        connection = self._probe.connection
        if connection is None:
            return True
        received = bytes_received(connection)
        return None if received is None else self._probe.bytes_reported >= received

    def _wait_for(self, told: Callable[[], bool | None]) -> None:
        """Until `told` is true; a while where it tells nothing; or until the client has all."""
        deadline = monotonic() + _ELSEWHERE_SECONDS
        while not self._arrived():
            answer = told()
            if answer or (answer is None and monotonic() > deadline):
                return
            self._pause()

    def _pause(self) -> None:
        with self._changed:
            if not self._open:
                self._changed.wait(_LOOK_SECONDS)


def settle_of(kind: ServerKind, url: str) -> Callable[[], object]:
    """What returns when a server has sent all that the application has handed over.

    Most send before they ask for more, so they have. One with a thread for sending deals with
    its sockets in turn: when it has answered a request that came later, it has been at the other
    sockets, too. Twice, because connecting and asking are turns of their own.
    """
    if not kind.sends_later:
        return lambda: None

    def settle() -> None:
        for _ in range(2):
            ask_barrier(url)

    return settle


def ask_barrier(url: str) -> int:
    """Ask the stage at `url` for an answer, and nothing else; returns the status."""
    return get_status(url, headers={BARRIER_HEADER: "1"}, timeout=_ANSWER_SECONDS)


def answer_barrier(start_response: StartResponse) -> Iterable[bytes]:
    """The answer to `ask_barrier`."""
    start_response("204 No Content", [])
    return []
