"""Checks that a generator is closed, and reads the chunks of a request for other checks."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from streamlab.testing.in_process import NothingSentError
from streamlab.testing.report import failure_text, lanes_text, last_location
from streamlab.trace.failure import Failure
from streamlab.wording import counted

if TYPE_CHECKING:
    from streamlab.harness.scenario import Scenario
    from streamlab.testing.in_process import InProcessRequest
    from streamlab.trace.trace import Trace


def check_closing(request: InProcessRequest, after: int) -> None:
    """Assert that the generator is closed when the client disconnects.

    :param request: the request; it has not begun.
    :param after: how many chunks the client gets before it disconnects.
    :raises AssertionError: see `streamlab.testing.assert_closes_generator`.
    """
    __tracebackhide__ = True
    line = request_line(request.scenario)
    got = read_chunks(request, after, line)
    if any(event.kind == "generator finished" for event in request.trace.events):
        raise AssertionError(_done_too_soon(request, line, got))
    location = last_location(request.trace)
    suspended = f"It is still suspended at {location}.\n" if location else ""
    try:
        request.close()
    except RuntimeError as error:
        raise AssertionError(
            f"{line} does not close its generator: {error}.\n\n{suspended}A generator is closed by "
            "a GeneratorExit, raised at its yield. A `try` around the yield catches it and goes "
            "on. Write `except Exception` instead of `except BaseException` or a bare `except`.\n\n"
            f"{lanes_text(request.trace)}"
        ) from error
    layer = request.layer_without_close
    if layer is not None:
        raise AssertionError(
            f"{line} does not close its generator: {layer} does not pass close() on.\n\n{suspended}"
            "The server calls close() on the iterable that it got (PEP 3333). Middleware that "
            "wraps an iterable must call the inner close() in its own close(). Return "
            "werkzeug.wsgi.ClosingIterator(items, iterable.close), which does this.\n\n"
            f"{lanes_text(request.trace, layer, 'did not pass close() on')}"
        )
    if request.generator_is_open:
        raise AssertionError(
            f"{line} does not close its generator.\n\n{suspended}"
            "The iterable that the app returned was closed, but it did not close the generator "
            "inside. Return the generator itself, or give the iterable a close() method that calls "
            "generator.close()."
            f"\n\n{lanes_text(request.trace, 'app', 'close() was called here')}"
        )
    if request.has_no_generator:
        raise AssertionError(
            f"{line} has no generator to close: the app returned {request.kind_of_body}. Call "
            "assert_closes_generator for a view that returns a generator.\n\n"
            f"{lanes_text(request.trace)}"
        )


def request_line(scenario: Scenario) -> str:
    """Return method and path of a scenario, for the first words of a message.

    :param scenario: the scenario.

    >>> from streamlab import Scenario
    >>> request_line(Scenario("/stream", method="post"))
    'POST /stream'
    """
    return f"{scenario.method} {scenario.path}"


def read_chunks(request: InProcessRequest, count: int, line: str) -> int:
    """Read some chunks, and return how many there were.

    :param request: the request; it has not begun.
    :param count: how many to read.
    :param line: the request line, for messages.
    :raises AssertionError: if the application raises an exception, answers with an error, or sends
        nothing.
    """
    got = 0
    trace: Trace = request.trace
    try:
        for got, _ in enumerate(islice(request.chunks(), count), 1):  # noqa: B007
            pass
    except NothingSentError:
        raise nothing_sent(request) from None
    except Exception as error:
        request.close()
        raise AssertionError(
            f"{line} failed.\n\n{failure_text(trace.failure or Failure.of(error))}\n\n"
            f"{lanes_text(trace)}"
        ) from error
    if request.status[:1] in {"4", "5"}:
        request.close()
        raise AssertionError(
            f"{line} answered {request.status}, so its stream cannot be checked. Check the path, "
            f"the method and the data that the view needs.\n\n{lanes_text(trace)}"
        )
    return got


def nothing_sent(request: InProcessRequest) -> AssertionError:
    """Return the error for a response of which a layer collects everything.

    :param request: the request that was stopped.
    """
    trace = request.trace
    made = max(lane.chunks for lane in trace.lanes.values())
    if not made:
        return AssertionError(
            f"{request_line(request.scenario)} yields only empty chunks, so the request was "
            "stopped. A server sends nothing for an empty chunk and does not notice that the "
            "client has left. Yield something that the client ignores, such as a comment line in "
            'an event stream: `yield ": keep-alive\\n\\n"`.'
        )
    return AssertionError(
        f"{request_line(request.scenario)} sends nothing: {counted(made, 'chunk')} were made and "
        "none was sent, so the request was stopped.\n\n"
        f"{lanes_text(trace, _collecting_layer(trace))}"
    )


def _collecting_layer(trace: Trace) -> str | None:
    """Return the name of the first layer that got chunks and passed none on."""
    return next((lane.name for lane in trace.lanes.values() if not lane.chunks), None)


def _done_too_soon(request: InProcessRequest, line: str, got: int) -> str:
    return (
        f"{line} could not be interrupted in the middle: the generator was done when the "
        f"client had {counted(got, 'chunk')} ({request.status}).\n\n{lanes_text(request.trace)}\n\n"
        "The response is too short for this after=..., or a layer collects it before it sends "
        "anything. Call assert_streams to find out."
    )
