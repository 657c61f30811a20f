"""Fixes: what to write instead, as code to copy, made from the user's own code where possible."""

from __future__ import annotations

import inspect
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from streamlab.trace.find_generator import is_user_code
from streamlab.trace.rewrite import View
from streamlab.trace.source import is_template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType, TracebackType

WRAP, PASS_IN = "Wrap it", "Pass the value in"
_MOST_CHARACTERS = 120
"""A longer line of code is not quoted in a sentence."""


@dataclass(frozen=True)
class Fix:
    """A change that removes the cause of an error.

    :param title: what to do, in a few words.
    :param code: the changed functions as a whole, to copy; only `change` if they are not known.
    :param change: the lines of `code` that are new, to show.
    """

    title: str
    code: str
    change: str

    @property
    def quotable(self) -> str:
        """The last line of the change, for a sentence; "" if it is too long."""
        line = self.change.rstrip().rpartition("\n")[2].strip().rstrip(",")
        return line if len(line) <= _MOST_CHARACTERS else ""


class Explanation(NamedTuple):
    """Why a generator has no request context, and what to do.

    :param sentence: what happened and why.
    :param fixes: keep the context, and do without it.
    """

    sentence: str
    fixes: tuple[Fix, Fix]

    @property
    def advice(self) -> str:
        """The whole as a text of several lines."""
        wrap, pass_in = (indented(fix.change) for fix in self.fixes)
        return (
            f"{self.sentence} Either keep the context until the stream ends:\n\n{wrap}\n\n"
            f"or read the value in the view and pass it in:\n\n{pass_in}"
        )

    @property
    def tip(self) -> str:
        """The whole in three sentences."""
        examples = _example("generate")
        wrap, pass_in = (
            fix.quotable or example.quotable
            for fix, example in zip(self.fixes, examples, strict=True)
        )
        return (
            f"The request context ends when the view returns. Keep it for the generator: `{wrap}`. "
            f"Or read the value in the view and pass it in: `{pass_in.removeprefix('return ')}`."
        )


def indented(code: str) -> str:
    r"""Return code as a block of a text.

    :param code: some lines.

    >>> indented("def view():\n    return 'a'\n")
    "    def view():\n        return 'a'"
    """
    lines = code.rstrip().splitlines()
    return "\n".join(f"    {line}" if line.strip() else "" for line in lines)


def keep_context(trace: TracebackType | None = None, framework: str = "streamlab") -> Explanation:
    """Explain a generator that has no request context.

    :param trace: the traceback of the error; without one, the code is an example.
    :param framework: where `stream_with_context` is imported from: ``"flask"`` or ``"streamlab"``.

    >>> print(keep_context().fixes[0].code)
    return stream_with_context(generate())
    <BLANKLINE>
    """
    calls = _user_calls(trace)
    if any(_is_template(frame) for frame, _ in calls):
        return _in_template(trace)
    generator = next((frame for frame, _ in calls if _is_generator(frame)), None)
    if generator is None:
        return _explanation("", *_example("generate"))
    name = generator.f_code.co_name
    fixes = _example(name if name.isidentifier() else "generate")
    reads = ""
    with suppress(Exception):  # the text of the user's file may be anything
        view = View(generator, framework)
        fixes = _made(WRAP, view.wrapped, fixes[0]), fixes[1]
        if calls[-1][0] is generator:
            fixes = fixes[0], _made(PASS_IN, view.passed_in, fixes[1])
            reads = view.reads_at(calls[-1][1])
    return _explanation(reads, *fixes)


def _made(title: str, make: Callable[[], tuple[str, str]], otherwise: Fix) -> Fix:
    with suppress(Exception):
        return Fix(title, *make())
    return otherwise


def _explanation(reads: str, *fixes: Fix) -> Explanation:
    what = f"reads `{reads}`" if 0 < len(reads) <= _MOST_CHARACTERS else "needs the request"
    wrap, pass_in = fixes
    return Explanation(
        f"The generator {what}, but the view has returned and its request context has ended.",
        (wrap, pass_in),
    )


def _example(name: str) -> tuple[Fix, Fix]:
    """Return the fixes for code that is not known, except for the name of the generator."""
    wrap = f"return stream_with_context({name}())\n"
    pass_in = (
        f'def {name}(name):\n    yield "Hello "\n    yield name\n\n'
        f'return {name}(request.args["name"])\n'
    )
    return Fix(WRAP, wrap, wrap), Fix(PASS_IN, pass_in, pass_in)


def _in_template(trace: TracebackType | None) -> Explanation:
    """Return the explanation for a template that is rendered while it is sent."""
    name = None
    for entry in _entries(trace):  # Jinja's own: it replaces the frames of the template
        frame = entry.tb_frame
        if frame.f_globals.get("__name__") == "jinja2.environment":
            name = name or getattr(frame.f_locals.get("self"), "name", None)
    function = "stream_template" if name else "stream_template_string"
    subject = json.dumps(name) if name else "text"
    wrap = f"return {function}({subject})\n"
    pass_in = f'return {function}({subject}, name=request.args["name"])\n'
    return Explanation(
        "The template needs the request, but the view has returned and its request context has "
        "ended.",
        (Fix(WRAP, wrap, wrap), Fix(PASS_IN, pass_in, pass_in)),
    )


def _is_template(frame: FrameType) -> bool:
    return is_template(frame) or "__jinja_exception__" in frame.f_globals


def _is_generator(frame: FrameType) -> bool:
    return bool(frame.f_code.co_flags & (inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR))


def _user_calls(trace: TracebackType | None) -> list[tuple[FrameType, int]]:
    """Return the calls of the user's functions in a traceback, each with its line."""
    return [
        (entry.tb_frame, entry.tb_lineno)
        for entry in _entries(trace)
        if is_user_code(entry.tb_frame.f_code.co_filename) or _is_template(entry.tb_frame)
    ]


def _entries(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next
