"""An exception on the server's side as reading matter: the learner's own lines first."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streamlab.trace.find_generator import is_own
from streamlab.trace.source import (
    TEMPLATE_STRING,
    line_text,
    source_of_template,
    title_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_OBSERVER = str(Path(__file__).parent)


@dataclass(frozen=True)
class TracebackEntry:
    """One call of a traceback. ``own`` where the code is the learner's, not a library's."""

    title: str
    filename: str
    line: int
    name: str
    code: str
    own: bool


@dataclass(frozen=True)
class Failure:
    """What was raised, where, and what to do about it.

    ``last`` is the exception's last line as Python prints it, ``advice`` what its message says
    below its first line, ``frames`` the traceback, oldest call first. ``exception`` is None in an
    exchange that was read from a file: there it is words alone.
    """

    exception: BaseException | None
    last: str
    advice: str
    frames: tuple[TracebackEntry, ...]

    @classmethod
    def of(cls, exception: BaseException, template_text: str = "") -> Failure:
        """The failure that `exception` tells of.

        :param template_text: of the template made of a string that was being rendered, if any:
            neither Jinja nor Python keeps it.
        """
        last, _, advice = (
            "".join(traceback.format_exception_only(exception)).strip().partition("\n")
        )
        return cls(
            exception, last, advice.strip(), tuple(_frames(exception.__traceback__, template_text))
        )

    @property
    def user_frame(self) -> TracebackEntry | None:
        """The learner's own line nearest to the error."""
        return next((frame for frame in reversed(self.frames) if frame.own), None)


def _frames(trace: TracebackType | None, template_text: str) -> Iterator[TracebackEntry]:
    while trace is not None:
        # Who looks on is no part of the story.
        if not trace.tb_frame.f_code.co_filename.startswith(_OBSERVER):
            yield _frame(trace, template_text)
        trace = trace.tb_next


def _frame(trace: TracebackType, template_text: str) -> TracebackEntry:
    code, names = trace.tb_frame.f_code, trace.tb_frame.f_globals
    filename, line = code.co_filename, trace.tb_lineno
    template: Any = names.get("__jinja_template__")
    if template is not None:
        line = template.get_corresponding_lineno(line)
        text = _line_of(source_of_template(template).text, line)
        return TracebackEntry(
            template.name or TEMPLATE_STRING, filename, line, "template", text, own=True
        )
    # Jinja puts a frame of its own making in the place of a template's, with the template's line.
    if "__jinja_exception__" in names and filename == "<template>":
        text = _line_of(template_text, line)
        return TracebackEntry(TEMPLATE_STRING, filename, line, "template", text, own=True)
    return TracebackEntry(
        title_of(filename),
        filename,
        line,
        code.co_name,
        line_text(filename, line),
        own=is_own(filename),
    )


def _line_of(text: str, line: int) -> str:
    lines = text.splitlines()
    return lines[line - 1].strip() if line <= len(lines) else ""
