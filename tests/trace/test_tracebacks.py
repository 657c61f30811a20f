"""A kept exception has no traceback, and what waits for the traceback still gets it."""

from __future__ import annotations

import threading

from streamlab.trace.tracebacks import drop_tracebacks


def caught(function):
    try:
        function()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def fail(error, cause=None):
    if cause is not None:
        raise error from cause
    raise error


def test_the_tracebacks_of_causes_contexts_and_groups_are_dropped():
    inner = caught(lambda: fail(KeyError("inner")))
    context = caught(lambda: fail(OSError("context")))
    cause = caught(lambda: fail(TypeError("cause"), inner))
    cause.__context__ = context
    error = caught(lambda: fail(ValueError("outer"), cause))
    error.exceptions = (member := caught(lambda: fail(RuntimeError("member"))),)
    context.__context__ = error  # a loop
    drop_tracebacks(error)
    errors = [error, cause, inner, context, member]
    assert [one.__traceback__ for one in errors] == [None] * 5
    assert error.__cause__ is cause
    assert str(error) == "outer"


def test_a_thread_that_handles_the_exception_keeps_the_traceback_until_it_is_done():
    raised, finish = threading.Event(), threading.Event()
    seen = []

    def handle():
        try:
            fail(ValueError("x"))
        except ValueError as error:
            seen.append(error)
            raised.set()
            finish.wait(10)
            seen.append(error.__traceback__)

    handler = threading.Thread(target=handle)
    handler.start()
    raised.wait(10)
    dropper = threading.Thread(target=drop_tracebacks, args=(seen[0],))
    dropper.start()
    finish.set()
    handler.join(10)
    dropper.join(10)
    assert seen[1] is not None
    assert seen[0].__traceback__ is None


def test_an_exception_without_a_traceback_is_no_problem():
    error = ValueError("never raised")
    drop_tracebacks(error)
    assert error.__traceback__ is None
