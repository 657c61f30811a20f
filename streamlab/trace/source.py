"""Where a chunk was made: the line of the ``yield`` at which a generator is suspended.

A suspended generator keeps its frame. If it is suspended in a ``yield from``, its `gi_yieldfrom` is
the inner generator, and so on down to the ``yield`` that made the chunk. A template is a generator
too, and Jinja knows which line of the template each line of its code came from.
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

from streamlab.places import title_of
from streamlab.trace.find_generator import find_generator, is_user_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True)
class Source:
    """A piece of code that makes chunks: a generator function or a template.

    :param title: how a user knows the file, such as ``Cell In[3]`` or ``list.html``.
    :param kind: the language.
    :param filename: the code's ``co_filename``, or the template's file.
    :param first: number of the first line of `text` in its file.
    :param text: the source; "" if not available.
    """

    title: str
    kind: Literal["python", "jinja"]
    filename: str
    first: int
    text: str


def innermost_frame(iterable: Iterable[Any]) -> FrameType | None:
    """Return the frame of the current ``yield``.

    :param iterable: a generator; it may be suspended in a ``yield from``.
    :return: the frame; None if `iterable` is not a generator, or has ended.

    >>> innermost_frame(number for number in [1, 2]).f_code.co_name
    '<genexpr>'
    >>> innermost_frame([1, 2]) is None
    True
    """
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
    """Return a function that finds the current ``yield`` behind an iterable.

    It returns the index of the source and the line, or None if not known. It is called for every
    chunk, so it searches only a few times and remembers what it found.

    :param iterable: a generator, or an object that takes its items from one.
    :param index_of: returns the index of a `Source`; called once for each piece of code.

    >>> def numbers():
    ...     yield "1"
    >>> generator = numbers()
    >>> find = location_finder(generator, lambda source: 0)
    >>> next(generator), find()
    ('1', (0, 2))
    """
    return _LocationFinder(iterable, index_of).find


class _LocationFinder:
    def __init__(self, iterable: Iterable[Any], index_of: Callable[[Source], int]) -> None:
        self._iterable = iterable
        self._index_of = index_of
        self._generator: Any = iterable
        self._searches = _MOST_SEARCHES
        self._is_user_code: dict[CodeType, bool] = {}
        self._known: dict[CodeType, tuple[int, Any]] = {}
        self._settled: dict[int, tuple[int, Any]] = {}
        """The entries of `_known` that need no further search. The keys are ids, because hashing a
        code object reads all its parts at each look-up. `_known` keeps the objects alive, so an id
        is not used twice."""

    def find(self) -> tuple[int, int] | None:
        frame = innermost_frame(self._generator)
        code = self._settled.get(id(frame.f_code)) if frame is not None else None
        if code is None:
            frame = self._search(frame)
            if frame is None:
                return None
            code = self._describe(frame)
        index, template = code
        line = frame.f_lineno  # type: ignore[union-attr]  # with code there is a frame
        return index, template.get_corresponding_lineno(line) if template else line

    def _search(self, frame: FrameType | None) -> FrameType | None:
        """Return the frame of the user's generator if `frame` is a library's, otherwise `frame`."""
        if self._searches and (frame is None or not self._is_of_user(frame)):
            self._searches -= 1
            behind = find_generator(self._iterable)
            # A generator that has not started cannot have made this chunk.
            if behind is not None and inspect.getgeneratorstate(behind) != inspect.GEN_CREATED:
                self._generator = behind
                return innermost_frame(behind)
        return frame

    def _is_of_user(self, frame: FrameType) -> bool:
        code = frame.f_code
        if code not in self._is_user_code:
            self._is_user_code[code] = is_template(frame) or is_user_code(code.co_filename)
        return self._is_user_code[code]

    def _describe(self, frame: FrameType) -> tuple[int, Any]:
        """Return the index of the source that runs in `frame`, and its template if it has one."""
        code = frame.f_code
        if code not in self._known:
            template = frame.f_globals.get("__jinja_template__")
            source = source_of_template(template) if template else source_of_code(code)
            self._known[code] = (self._index_of(source), template)
        if not self._searches or self._is_user_code.get(code):
            self._settled[id(code)] = self._known[code]
        return self._known[code]


_MOST_SEARCHES = 8
"""How often to search for the generator behind wrappers in one response."""


def is_template(frame: FrameType) -> bool:
    """Return whether a frame runs a Jinja template.

    :param frame: any frame.
    """
    return "__jinja_template__" in frame.f_globals


def source_of_code(code: CodeType) -> Source:
    """Return the source of the function that a code object was compiled from.

    :param code: of a function; without its file, the source has a line but no text.
    """
    try:
        lines, first = inspect.getsourcelines(code)
    except (OSError, TypeError):  # made by exec(), or its file is gone
        lines, first = [], code.co_firstlineno
    return Source(title_of(code.co_filename), "python", code.co_filename, first, "".join(lines))


def source_of_function(function: Callable[..., Any]) -> Source | None:
    """Return the source of a function with its decorators.

    :param function: wrappers made with `functools.wraps` are undone.
    :return: the source; None if Python does not have it.

    >>> source_of_function(title_of).text.splitlines()[0]
    'def title_of(filename: str) -> str:'
    >>> source_of_function(len) is None
    True
    """
    function = inspect.unwrap(function)
    try:
        lines, first = inspect.getsourcelines(function)
        filename = inspect.getfile(function)
    except (OSError, TypeError):
        return None
    return Source(title_of(filename), "python", filename, first or 1, "".join(lines))


def source_of_template(template: Any) -> Source:
    """Return the source of a Jinja template.

    :param template: a template; its text is "" if the loader does not have it any more.
    """
    environment, name = template.environment, template.name
    text = _template_texts.get(template, "")
    if name is not None and environment.loader is not None:
        with suppress(LookupError):  # removed in the meantime
            text = environment.loader.get_source(environment, name)[0]
    return Source(name or TEMPLATE_STRING, "jinja", template.filename or "<template>", 1, text)


TEMPLATE_STRING = "template string"
"""The title of a template that has no name."""
_template_texts: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


def remember_template_string(template: Any) -> str:
    """Keep the text of a template string, which Jinja forgets, and return it.

    Call it while the template is being rendered. The text is a local variable of a calling function
    (``stream_template_string`` or ``render_template_string``).

    :param template: a template without a name.
    :return: the text; "" if no such function is calling.
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
"""How many callers to look at: enough from a signal's receiver up to the rendering function."""


def line_text(filename: str, line: int) -> str:
    """Return one line of a file or notebook cell, stripped.

    :param filename: a ``co_filename``.
    :param line: line number, from 1.
    :return: the text; "" if the file has fewer lines.

    >>> line_text(__file__, 1_000_000)
    ''
    """
    return linecache.getline(filename, line).strip()
