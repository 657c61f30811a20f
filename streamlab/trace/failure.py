"""An exception on the server's side as text, with the lines of the user's code marked."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streamlab.places import title_of
from streamlab.trace.find_generator import is_inside, is_user_code, real_folders
from streamlab.trace.source import (
    TEMPLATE_STRING,
    line_text,
    source_of_template,
)
from streamlab.wording import encodable, printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from streamlab.trace.fixes import Fix

_OBSERVER = real_folders([str(Path(__file__).parent)])


@dataclass(frozen=True)
class TracebackEntry:
    """One call of a traceback.

    :param title: how a user knows the file, such as ``Cell In[3]`` or ``shop.py``.
    :param filename: the code's ``co_filename``.
    :param line: line number.
    :param name: name of the function.
    :param code: the text of the line, stripped; "" if not known.
    :param own: whether this is the user's code, not a library's.
    """

    title: str
    filename: str
    line: int
    name: str
    code: str
    own: bool


MAX_TEXT = 10_000
"""The most characters that are kept of an exception's text."""


def _bounded(text: str) -> str:
    """Return text that can be encoded and is not longer than `MAX_TEXT`."""
    if len(text) > MAX_TEXT:
        text = f"{text[:MAX_TEXT]}... ({len(text):,} characters in all)"
    return encodable(text)


@dataclass(frozen=True)
class Failure:
    """An exception on the server's side: what was raised, where, and what to do about it.

    :param exception: the exception; None if the exchange was read from a file.
    :param last: the last line of the traceback, such as ``ValueError: no name``.
    :param advice: what to do about it: the lines of the exception's message below the first one, or
        a text made of `sentence` and `fixes`.
    :param frames: the traceback, oldest call first.
    :param raised_by: name of the lane whose layer raised it: ``generator``, ``app`` or the name of
        a middleware; None if not known.
    :param clause: what happened, as a clause without a full stop, if "who raised what" does not say
        it well.
    :param tip: one sentence of advice for the verdict; "" if only the exception can tell.
    :param sentence: what happened and why; "" if `cause` says all that is known.
    :param fixes: what to write instead; none if that is not known.
    """

    exception: BaseException | None
    last: str
    advice: str
    frames: tuple[TracebackEntry, ...]
    raised_by: str | None = None
    clause: str = field(default="", compare=False)
    tip: str = field(default="", compare=False)
    sentence: str = field(default="", compare=False)
    fixes: tuple[Fix, ...] = field(default=(), compare=False)

    @classmethod
    def of(
        cls,
        exception: BaseException,
        template_text: str = "",
        *,
        raised_by: str | None = None,
    ) -> Failure:
        r"""Return the failure that an exception describes.

        :param exception: as it was caught, with its traceback.
        :param template_text: text of the template string that was being rendered, if any. Neither
            Jinja nor Python keeps it.
        :param raised_by: name of the lane whose layer raised it; None if not known.

        >>> Failure.of(ValueError("no name\nPass ?name=World.")).last
        'ValueError: no name'
        """
        if isinstance(exception, SyntaxError):  # its text begins with the file, not with its name
            last, advice = _bounded(f"{type(exception).__name__}: {exception}"), ""
        else:
            text = "".join(traceback.format_exception_only(exception)).strip()
            last, _, advice = _bounded(text).partition("\n")
        frames = tuple(_frames(exception, template_text))
        return cls(exception, last, advice.strip(), frames, raised_by)

    def __post_init__(self) -> None:
        # The text of an exception can contain what a stranger has sent.
        object.__setattr__(self, "last", printable(self.last))
        object.__setattr__(self, "raised_by", self.raised_by and printable(self.raised_by))
        object.__setattr__(self, "advice", printable(self.advice, lines=True))

    @property
    def cause(self) -> str:
        """What raised which exception, as a clause without a full stop.

        >>> Failure.of(ValueError("no name"), raised_by="generator").cause
        'the generator raised ValueError: no name'
        """
        if self.clause:
            return self.clause
        error = self.last.removesuffix(".")
        if self.raised_by is None:
            return f"{error} was raised"
        a_part = self.raised_by in {"generator", "app"}
        return f"{f'the {self.raised_by}' if a_part else f'`{self.raised_by}`'} raised {error}"

    @property
    def user_frame(self) -> TracebackEntry | None:
        """The line of the user's code that is nearest to the error; None if only libraries ran."""
        return next((frame for frame in reversed(self.frames) if frame.own), None)


def _frames(exception: BaseException, template_text: str) -> list[TracebackEntry]:
    """Return the traceback of an exception, and of its cause if only that shows the user's line.

    An exhausted ``next()`` in a generator raises StopIteration, for which Python raises a
    RuntimeError in its place (PEP 479), with a traceback that begins outside of the generator.
    """
    frames = list(_entries(exception.__traceback__, template_text))
    cause = exception.__cause__ or (
        None if exception.__suppress_context__ else exception.__context__
    )
    if cause is None or cause is exception:
        return frames
    replaced = isinstance(cause, (StopIteration, StopAsyncIteration))
    if replaced or not any(frame.own for frame in frames):
        behind = list(_entries(cause.__traceback__, template_text))
        if any(frame.own for frame in behind):
            return frames + behind
    return frames


def _entries(trace: TracebackType | None, template_text: str) -> Iterator[TracebackEntry]:
    while trace is not None:
        # The taps are in the call stack only because the exchange is observed.
        if not is_inside(trace.tb_frame.f_code.co_filename, _OBSERVER):
            yield _entry(trace, template_text)
        trace = trace.tb_next


def _entry(trace: TracebackType, template_text: str) -> TracebackEntry:
    code, names = trace.tb_frame.f_code, trace.tb_frame.f_globals
    filename, line = code.co_filename, trace.tb_lineno
    template: Any = names.get("__jinja_template__")
    if template is not None:
        line = template.get_corresponding_lineno(line)
        text = _line_of(source_of_template(template).text, line)
        return TracebackEntry(
            template.name or TEMPLATE_STRING, filename, line, "template", text, own=True
        )
    # Jinja replaces the frame of a template by a generated one, with the line of the template.
    if "__jinja_exception__" in names and filename == "<template>":
        text = _line_of(template_text, line)
        return TracebackEntry(TEMPLATE_STRING, filename, line, "template", text, own=True)
    return TracebackEntry(
        title_of(filename),
        filename,
        line,
        code.co_name,
        line_text(filename, line),
        own=is_user_code(filename),
    )


def _line_of(text: str, line: int) -> str:
    lines = text.splitlines()
    return lines[line - 1].strip() if line <= len(lines) else ""
