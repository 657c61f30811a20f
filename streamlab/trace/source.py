"""Where a chunk was made: the line at which a suspended generator stands.

A suspended generator keeps its frame, and where it waits in a ``yield from`` it names the inner
generator (`gi_yieldfrom`). Following those names down ends at the ``yield`` that made the chunk.
Templates are generators too; Jinja remembers which line of the template each line came from.
"""

from __future__ import annotations

import inspect
import linecache
import sys
from dataclasses import dataclass
from types import CodeType, FrameType, GeneratorType
from typing import TYPE_CHECKING, Any, Literal

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


def place_finder(
    iterable: Iterable[Any], index_of: Callable[[Source], int]
) -> Callable[[], tuple[int, int] | None]:
    """A function that tells (source, line) of the current yield of `iterable`; hot-path cheap.

    :param index_of: gives a `Source` its index; called once per piece of code.
    """
    known: dict[CodeType, tuple[int, Any]] = {}

    def find() -> tuple[int, int] | None:
        frame = innermost_frame(iterable)
        if frame is None:
            return None
        code = frame.f_code
        if code not in known:
            template = frame.f_globals.get("__jinja_template__")
            source = source_of_template(template) if template else source_of_code(code)
            known[code] = (index_of(source), template)
        index, template = known[code]
        line = frame.f_lineno
        return index, template.get_corresponding_lineno(line) if template else line

    return find


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
    text = ""
    if name is not None and environment.loader is not None:
        text = environment.loader.get_source(environment, name)[0]
    return Source(name or "template string", "jinja", template.filename or "<template>", 1, text)


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
