"""What an exchange could not end: code that still runs, and a generator that refuses to end.

Python cannot end a thread from outside. A generator is closed by a `GeneratorExit` at its ``yield``
(PEP 342), so it goes on if it never comes to its next ``yield``, or if it catches the exception.
"""

from __future__ import annotations

from dataclasses import replace
from time import monotonic, sleep
from typing import TYPE_CHECKING

from streamlab.places import executes, place_of, running_code
from streamlab.trace.layer_record import refuses_to_end
from streamlab.trace.tap import OBSERVING

if TYPE_CHECKING:
    from streamlab.trace.client import Client
    from streamlab.trace.outcome import Verdict
    from streamlab.trace.trace import Trace

_PAUSE_SECONDS = 0.005
_ADVICE = (
    "Let code that waits come back by itself: give each wait a timeout, such as "
    "`queue.get(timeout=1)`, and yield in between."
)


def still_running(trace: Trace) -> str:
    """Return the user's code that still runs for an exchange, as a part of a sentence.

    :param trace: what was observed on the server's side.
    :return: such as ``"`ticks` (shop.py, line 7)"``; "" if nothing runs, or if it runs in another
        process.

    >>> from streamlab.trace.trace import Trace
    >>> still_running(Trace())
    ''
    """
    thread = trace.serving_thread
    if thread is not None and not trace.closed.is_set() and executes(thread, OBSERVING):
        return running_code(thread) or "the code of a library"
    generator = trace.generator  # a middleware may iterate in its own thread
    if generator is not None and generator.gi_running:
        frame = generator.gi_frame
        return place_of(generator.gi_code, frame.f_lineno if frame else None)
    return ""


def wait_until_ended(trace: Trace, seconds: float) -> None:
    """Block until nothing runs any more for an exchange.

    :param trace: what was observed on the server's side.
    :param seconds: the most seconds to wait.
    """
    deadline = monotonic() + seconds
    trace.closed.wait(seconds)
    while still_running(trace) and monotonic() < deadline:
        sleep(_PAUSE_SECONDS)


def with_still_running(verdict: Verdict, trace: Trace, client: Client) -> Verdict:
    """Return a verdict that also names the code that still runs.

    :param verdict: what the exchange shows.
    :param trace: what was observed on the server's side.
    :param client: what made the request.
    """
    failure, place = trace.failure, still_running(trace)
    if failure and refuses_to_end(failure.exception) and failure.tip not in verdict.advice:
        verdict = replace(verdict, advice=f"{verdict.advice} {failure.tip}".strip())
    if not place:
        return verdict
    since = "the response was complete" if client.response.complete else "the client left"
    text = f"{place[:1].upper()}{place[1:]} still runs: it has not come back since {since}."
    return replace(
        verdict,
        text=f"{verdict.text} {text}",
        advice=f"{verdict.advice} {_ADVICE}".strip(),
    )
