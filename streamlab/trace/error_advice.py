"""Advice for an exception, by its text, by the framework that answers, and by where it was raised.

An app of streamlab puts such advice into the exception's message. Other frameworks do not, and
Flask's own text about a missing context is written for tests, not for generators.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING

from streamlab.trace.find_generator import is_user_code
from streamlab.trace.fixes import Fix, keep_context
from streamlab.trace.refusals import explain_missing_value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, TracebackType

    from streamlab.trace.failure import Failure

KEEP_CONTEXT = keep_context().tip

_NO_CONTEXT = (
    "Working outside of ",
    "There is no request in this context",
    "Unable to build URLs outside an active request",
)
"""How the messages of Flask and streamlab about a missing context begin."""
_ONLY_IN_A_CONTEXT = "can only be used when a request context is active"
_FLASK, _STREAMLAB = "flask", "streamlab"
_OWNERS = {_FLASK: "Flask's", _STREAMLAB: "streamlab's"}

_FLASK_CLOSES_EARLY = (
    " What the end of the request closes stays open with `return stream_with_context(generate())`, "
    "in Flask 3.2 and in streamlab. Flask 3.1 ends the request and runs the teardown functions "
    "before the first chunk, even with `stream_with_context`."
)
_SYMPTOMS = {
    "closed file": (
        "The file was closed before the generator ran, when the view returned or the request "
        "ended. Open it in the generator: `with open(path) as lines: yield from lines`. Read an "
        "uploaded file in the view."
    ),
    "closed database": (
        "The database was closed before the generator ran, when the view returned or the request "
        "ended. Open it in the generator: `db = sqlite3.connect(path)`."
    ),
    "generator already executing": (
        "Two requests read the same generator. Make one for each request: call the generator "
        "function in the view, `return generate()`."
    ),
    "generator raised StopIteration": (
        "`next()` on an exhausted iterator raised StopIteration in the generator, which Python "
        "turns into this error (PEP 479). Give it a default, `next(rows, None)`, or use a `for` "
        "loop."
    ),
}
"""Part of a message, and the advice for it if it is raised in a generator."""
_CODE = {
    "closed file": (
        "Open it in the generator",
        "def generate():\n    with open(path) as lines:\n        yield from lines\n",
    ),
    "closed database": (
        "Connect in the generator",
        (
            "def generate():\n"
            "    db = sqlite3.connect(path)\n"
            '    for (name,) in db.execute("SELECT name FROM users"):\n'
            "        yield name\n"
        ),
    ),
    "generator already executing": (
        "Make a generator for each request",
        "def view():\n    return generate()\n",
    ),
    "generator raised StopIteration": (
        "Give next() a default",
        "row = next(rows, None)\nif row is not None:\n    yield row\n",
    ),
}
"""For the same parts of a message, the title and the code of a fix."""
_CLOSED = ("closed file", "closed database")


def explained(failure: Failure, frameworks: tuple[str, ...] = ()) -> Failure:
    r"""Return a failure with advice, if more is known than its exception's message says.

    :param failure: an exception as text.
    :param frameworks: the modules of the frameworks whose apps answered the request, such as
        ``("flask",)``.

    >>> from streamlab.trace.failure import Failure
    >>> failure = Failure.of(RuntimeError("generator raised StopIteration"), raised_by="generator")
    >>> explained(failure).tip[:39]
    '`next()` on an exhausted iterator raise'
    """
    if failure.tip or failure.exception is None:
        return failure
    missing = explain_missing_value(failure)
    if missing is not failure:
        return missing
    message = failure.last.partition(": ")[2]
    in_generator = failure.raised_by == "generator"
    if message.startswith(_NO_CONTEXT) or _ONLY_IN_A_CONTEXT in message:
        return _without_context(failure, failure.exception, frameworks, in_generator=in_generator)
    symptom = next((symptom for symptom in _SYMPTOMS if symptom in message), None)
    if symptom is None or not in_generator:
        return failure
    tip = _SYMPTOMS[symptom]
    said = f"{tip.partition('. ')[0]}."
    title, code = _CODE[symptom]
    if symptom in _CLOSED and frameworks:
        tip += _FLASK_CLOSES_EARLY
    return replace(
        failure,
        tip=tip,
        advice=failure.advice or tip,
        sentence=said,
        fixes=(Fix(title, code, code),),
    )


def _without_context(
    failure: Failure, error: BaseException, frameworks: tuple[str, ...], *, in_generator: bool
) -> Failure:
    """Return the failure of an object that has no context, with advice."""
    raised_by = _framework_that_raised(error.__traceback__)
    active = [name.partition(".")[0] for name in frameworks]
    if raised_by and active and raised_by not in active:
        tip = _other_framework(raised_by, active[0], error.__traceback__)
        return replace(failure, advice=tip, tip=tip)
    if not in_generator:
        return failure
    framework = raised_by or next((name for name in active if name in _OWNERS), _STREAMLAB)
    found = keep_context(error.__traceback__, framework)
    return replace(
        failure, advice=found.advice, tip=found.tip, sentence=found.sentence, fixes=found.fixes
    )


def _framework_that_raised(trace: TracebackType | None) -> str | None:
    """Return whose context is missing, by where the exception was raised."""
    frame = None
    for frame in _frames(trace):  # noqa: B007 - the last one
        pass
    if frame is None:
        return None
    owner: str = frame.f_globals.get("__name__", "")
    if owner == "werkzeug.local":  # a proxy, which looks up a context variable of its framework
        owner = getattr(frame.f_locals.get("local"), "name", "")
    framework = owner.partition(".")[0]
    return framework if framework in _OWNERS else None


def _other_framework(wrong: str, right: str, trace: TracebackType | None) -> str:
    """Return the advice for objects of one framework in an app of another.

    :param wrong: the module that they were imported from.
    :param right: the module that they should be imported from.
    :param trace: the traceback, which shows the names that the user's code uses.
    """
    user_frame = None
    for frame in _frames(trace):
        if is_user_code(frame.f_code.co_filename):
            user_frame = frame
    names = sorted(_names_used(user_frame, wrong, right)) if user_frame is not None else []
    if len(names) == 1:
        subject = f"`{names[0]}` is {_OWNERS[wrong]}"
    elif names:
        subject = f"{', '.join(f'`{name}`' for name in names)} are {_OWNERS[wrong]}"
    else:
        subject = f"This line uses an object that is {_OWNERS[wrong]}"
    return (
        f"{subject}, but the app is {_OWNERS[right]}, and each framework knows only its own "
        f"requests. Import it from there: `from {right} import {', '.join(names) or 'request'}`."
    )


def _names_used(frame: FrameType, wrong: str, right: str) -> Iterator[str]:
    """Yield the names of objects of a framework that code uses, if the other one has them too."""
    theirs = vars(sys.modules[wrong])
    ours = sys.modules.get(right)
    code = frame.f_code
    mentioned = (*code.co_names, *code.co_varnames, *code.co_freevars, *code.co_cellvars)
    values = {name: frame.f_locals.get(name, frame.f_globals.get(name)) for name in mentioned}
    # `is`, because comparing a proxy, or reading an attribute of it, raises the error again.
    through_module = any(
        type(value) is ModuleType and value.__name__ == wrong for value in values.values()
    )
    for name, value in values.items():
        known = [key for key, one in theirs.items() if one is value and not key.startswith("_")]
        if value is None and through_module and name in theirs:
            known = [name]  # an attribute, as in `flask.request`
        for key in known[:1]:
            if type(value) is not ModuleType and ours is not None and key in dir(ours):
                yield key


def _frames(trace: TracebackType | None) -> Iterator[FrameType]:
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next
