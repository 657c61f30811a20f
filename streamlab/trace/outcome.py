"""What a verdict consists of, and the parts of its sentences that several rules need.

The rules are in `streamlab.trace.verdict`, `streamlab.trace.verdict_failures` and
`streamlab.trace.verdict_held`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from streamlab.trace.client import ExternalClient
from streamlab.trace.held_bytes import Holding, held_between
from streamlab.trace.layer_record import refuses_to_end
from streamlab.trace.trace import same_bytes
from streamlab.wording import counted, printable

if TYPE_CHECKING:
    from streamlab.trace.client import Client, ClientResponse
    from streamlab.trace.events import EventKind
    from streamlab.trace.lane import Lane
    from streamlab.trace.trace import Trace

Outcome = Literal["streamed", "buffered", "truncated", "failed", "stopped", "empty", "inconclusive"]


@dataclass(frozen=True)
class Verdict:
    """What an exchange shows. `str()` is the sentence.

    :param outcome: one word.
    :param text: one plain sentence, or a few.
    :param culprit: name of what held the bytes back or lost them: a lane, or a layer without a
        lane such as ``proxy``; None if nothing did.
    :param advice: what to change, with code to copy; "" if that is not known.
    :param held_bytes: the most bytes that the culprit held back at once.
    :param held_seconds: for how long it held the first chunk that it held back.
    """

    outcome: Outcome
    text: str
    culprit: str | None = None
    advice: str = ""
    held_bytes: int = 0
    held_seconds: float = 0.0

    def __post_init__(self) -> None:
        # Parts of the sentence are chosen by an app or a server, and it is printed in terminals.
        for name in ("text", "culprit", "advice"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, printable(value, lines=name != "culprit"))

    def __str__(self) -> str:
        return self.text


def received_lane(trace: Trace, client: Client) -> Lane:
    """Return the lane that shows what the client received, or what was sent to it.

    :param trace: what was observed on the server's side.
    :param client: what made the request.
    """
    return trace.lanes["server" if isinstance(client, ExternalClient) else "client"]


def amount_of(lane: Lane) -> str:
    """Return how many chunks and bytes passed a lane, for a sentence.

    :param lane: the lane.

    >>> from streamlab.trace.lane import Lane
    >>> lane = Lane("app")
    >>> lane.record(b"Hello")
    >>> amount_of(lane)
    '1 chunk (5 bytes)'
    """
    return f"{counted(lane.chunks, 'chunk')} ({counted(lane.size, 'byte')})"


def status_of(response: ClientResponse) -> str:
    """Return status code and reason phrase, such as ``200 OK``.

    :param response: the response as the client received it.
    """
    return f"{response.status_code} {response.reason}".strip()


def capitalized(clause: str) -> str:
    """Return a clause with a capital letter, for the start of a sentence.

    :param clause: text, also with capital letters further on.

    >>> capitalized("the app raised ValueError")
    'The app raised ValueError'
    """
    return clause[:1].upper() + clause[1:]


def visible_lanes(trace: Trace, client: Client) -> list[Lane]:
    """Return the lanes; of an external client, what arrived is not known.

    :param trace: what was observed on the server's side.
    :param client: what made the request.
    """
    external = isinstance(client, ExternalClient)
    return [lane for lane in trace.lanes.values() if not (external and lane.name == "client")]


def lanes_with_bytes(trace: Trace, client: Client) -> list[Lane]:
    """Return the visible lanes that chunks have passed.

    :param trace: has the lanes.
    :param client: made the request.
    """
    return [lane for lane in visible_lanes(trace, client) if lane.chunks]


def time_of(kind: EventKind, trace: Trace) -> int | None:
    """Return when something happened first, in nanoseconds of the clock; None if it did not.

    :param kind: what happened.
    :param trace: has the events.
    """
    return next((event.time for event in trace.events if event.kind == kind), None)


def failed_before_leaving(trace: Trace) -> bool:
    """Return whether an exception was raised before the client left, and not by closing.

    :param trace: what was observed on the server's side.
    """
    if trace.failure is None or refuses_to_end(trace.failure.exception):
        return False
    raised = time_of("exception", trace)
    return trace.left is None or raised is None or raised < trace.left


def recoding_note(trace: Trace) -> str:
    """Return a sentence about a layer that changes the bytes; "" without one.

    :param trace: has the lanes.
    """
    if not (names := trace.recoded):
        return ""
    return f" `{names[0]}` changes the bytes, so chunks after it are matched by time."


def cut_looks_complete(response: ClientResponse) -> str:
    """Return why the end of a body that ends with the connection proves nothing.

    :param response: the response as the client received it.
    """
    if response.http_version == "1.0":
        return "In HTTP/1.0 a response that was cut looks like a complete one."
    return "Without chunks or Content-Length, a response that was cut looks like a complete one."


def first_without_bytes(trace: Trace) -> str | None:
    """Return what received the chunks and passed on no byte of them; None if all passed some on.

    :param trace: what was observed on the server's side.
    """
    made = next(iter(trace.lanes.values()))
    for before, behind in pairwise(trace.lanes.values()):
        if not behind.chunks or not same_bytes(made, behind):
            return trace.holder(behind.name) if before.chunks else behind.name
    return None


def holdings(trace: Trace, client: Client) -> list[Holding]:
    """Return the held bytes between each two neighbouring lanes with chunks.

    :param trace: has the lanes.
    :param client: made the request.
    """
    return held_between(trace, lanes_with_bytes(trace, client))
