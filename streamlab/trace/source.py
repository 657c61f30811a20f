"""Where a chunk was made: the line at which a suspended generator stands.

A suspended generator keeps its frame, and where it waits in a ``yield from`` it names the inner
generator (`gi_yieldfrom`). Following those names down ends at the ``yield`` that made the chunk.
Templates are generators too; Jinja remembers which line of the template each line came from.
"""

from __future__ import annotations

import inspect
import linecache
import sys
from contextlib import suppress
from dataclasses import dataclass
from types import CodeType, FrameType, GeneratorType
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from streamlab.trace.find_generator import find_generator, is_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True)
class Source:
    """A piece of code that makes chunks: a generator function, or a template.

    ``first`` is the number of the first line of ``text`` in its file.
    """

    title: str
    kind: Literal["python", "jinja"]
    filename: str
    first: int
    text: str


def innermost_frame(iterable: Iterable[Any]) -> FrameType | None:
    """The frame that stands at the current ``yield``; None where `iterable` is no generator."""
    generator: Any = iterable
    if type(generator) is not GeneratorType:
        return None
    while type(inner := generator.gi_yieldfrom) is GeneratorType:
        generator = inner
    frame: FrameType | None = generator.gi_frame
    return frame


def location_finder(
    iterable: Iterable[Any], index_of: Callable[[Source], int]
) -> Callable[[], tuple[int, int] | None]:
    """A function that tells (source, line) of the current yield behind `iterable`; hot-path cheap.

    :param index_of: gives a `Source` its index; called once per piece of code.
    """
    return _LocationFinder(iterable, index_of).find


class _LocationFinder:
    def __init__(self, iterable: Iterable[Any], index_of: Callable[[Source], int]) -> None:
        self._iterable = iterable
        self._index_of = index_of
        self._generator: Any = iterable
        self._searches = _MOST_SEARCHES
        self._own: dict[CodeType, bool] = {}
        self._known: dict[CodeType, tuple[int, Any]] = {}
        self._settled: dict[int, tuple[int, Any]] = {}
        """What `_known` has, of code that needs no search any more. By id, because a code object's
        hash is made of all its parts at each look-up; `_known` keeps the object and so the id."""

    def find(self) -> tuple[int, int] | None:
        frame = innermost_frame(self._generator)
        place = self._settled.get(id(frame.f_code)) if frame is not None else None
        if place is None:
            frame = self._search(frame)
            if frame is None:
                return None
            place = self._describe(frame)
        index, template = place
        line = frame.f_lineno  # type: ignore[union-attr]  # where a place is, a frame is
        return index, template.get_corresponding_lineno(line) if template else line

    def _search(self, frame: FrameType | None) -> FrameType | None:
        """`frame`, or that of the learner's generator, where `frame` is none of theirs."""
        if self._searches and (frame is None or not self._is_own(frame)):
            self._searches -= 1
            behind = find_generator(self._iterable)
            # One that has not begun has made nothing yet: what came is another's.
            if behind is not None and inspect.getgeneratorstate(behind) != inspect.GEN_CREATED:
                self._generator = behind
                return innermost_frame(behind)
        return frame

    def _is_own(self, frame: FrameType) -> bool:
        code = frame.f_code
        if code not in self._own:
            self._own[code] = is_template(frame) or is_own(code.co_filename)
        return self._own[code]

    def _describe(self, frame: FrameType) -> tuple[int, Any]:
        """Index of the source of what runs in `frame`, and the template where it is one."""
        code = frame.f_code
        if code not in self._known:
            template = frame.f_globals.get("__jinja_template__")
            source = source_of_template(template) if template else source_of_code(code)
            self._known[code] = (self._index_of(source), template)
        if not self._searches or self._own.get(code):
            self._settled[id(code)] = self._known[code]
        return self._known[code]


_MOST_SEARCHES = 8
"""For the generator behind wrappers, in one response: where it is not found, it is not there."""


def is_template(frame: FrameType) -> bool:
    """Whether a frame is that of a Jinja template."""
    return "__jinja_template__" in frame.f_globals


def source_of_code(code: CodeType) -> Source:
    """The source of the function that `code` was compiled from."""
    try:
        lines, first = inspect.getsourcelines(code)
    except (OSError, TypeError):  # made by exec(), or its file is gone
        lines, first = [], code.co_firstlineno
    return Source(title_of(code.co_filename), "python", code.co_filename, first, "".join(lines))


def source_of_function(function: Callable[..., Any]) -> Source | None:
    """The source of `function` with its decorators; None where Python does not have it."""
    function = inspect.unwrap(function)
    try:
        lines, first = inspect.getsourcelines(function)
        filename = inspect.getfile(function)
    except (OSError, TypeError):
        return None
    return Source(title_of(filename), "python", filename, first or 1, "".join(lines))


def source_of_template(template: Any) -> Source:
    """The source of a Jinja template; without its text where the loader does not tell it."""
    environment, name = template.environment, template.name
    text = _template_texts.get(template, "")
    if name is not None and environment.loader is not None:
        with suppress(LookupError):  # it has gone since
            text = environment.loader.get_source(environment, name)[0]
    return Source(name or TEMPLATE_STRING, "jinja", template.filename or "<template>", 1, text)


TEMPLATE_STRING = "template string"
"""The title of a template that has no name."""
_template_texts: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def remember_template_string(template: Any) -> str:
    """Keep the text of a template that was made of a string, and return it; Jinja forgets it.

    To be called while it is being rendered: the text is found with the caller, the function
    ``stream_template_string`` or ``render_template_string`` of Flask and of streamlab.
    """
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the only way to the caller's caller
    for _ in range(_MOST_CALLERS):
        if frame is None:
            break
        if frame.f_code.co_name in _STRING_RENDERERS:
            text = frame.f_locals.get("source")
            if isinstance(text, str):
                _template_texts[template] = text
                return text
        frame = frame.f_back
    return ""


_STRING_RENDERERS = ("stream_template_string", "render_template_string")
_MOST_CALLERS = 12
"""From a signal's receiver up to the function that renders, with room for wrappers."""


def title_of(filename: str) -> str:
    """How a learner knows a file: ``Cell In[3]`` for a cell, else the file's name.

    ipykernel compiles each cell under a made-up path and remembers which cell it was.
    """
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    if shell is not None:
        label = shell.compile.format_code_name(filename)
        if label:
            return " ".join(label)
    return filename.replace("\\", "/").rsplit("/", 1)[-1]


def line_text(filename: str, line: int) -> str:
    """One line of a file or cell, stripped."""
    return linecache.getline(filename, line).strip()
