"""Names places in the user's code: a file, a line of a function, what a thread executes now."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

_OWN = __name__.partition(".")[0]
_INSTALLED = ("/site-packages/", "/dist-packages/")


def title_of(filename: str) -> str:
    """Return how a user knows a file: ``Cell In[3]`` for a notebook cell, else the file's name.

    :param filename: a ``co_filename``. ipykernel compiles each cell under an invented path and
        remembers which cell it belongs to.

    >>> title_of("/home/ada/shop.py")
    'shop.py'
    """
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    if shell is not None:
        label = shell.compile.format_code_name(filename)
        if label:
            return " ".join(label)
    return filename.replace("\\", "/").rsplit("/", 1)[-1]


def running_code(thread: int) -> str:
    """Return the function of the user that a thread executes, with its line.

    Python cannot end a thread. It can say what the thread waits for.

    :param thread: the thread's `threading.Thread.ident`.
    :return: such as ``"`ticks` (shop.py, line 7)"``; "" if the thread executes only code of
        libraries, or has ended.

    >>> running_code(0)
    ''
    """
    for frame in _frames(thread):
        if _is_of_user(frame):
            return place_of(frame.f_code, frame.f_lineno)
    return ""


def place_of(code: CodeType, line: int | None) -> str:
    """Return the name of a function with its file and line, for a sentence.

    :param code: the code of the function.
    :param line: the line it executes, or at which it is suspended; None for its first line.

    >>> place_of(place_of.__code__, 50)
    '`place_of` (places.py, line 50)'
    """
    return f"`{code.co_name}` ({title_of(code.co_filename)}, line {line or code.co_firstlineno})"


def executes(thread: int, codes: frozenset[CodeType]) -> bool:
    """Return whether a thread executes one of some functions now.

    :param thread: the thread's `threading.Thread.ident`.
    :param codes: the code of the functions.

    >>> import threading
    >>> executes(threading.get_ident(), frozenset([executes.__code__]))
    True
    """
    return any(frame.f_code in codes for frame in _frames(thread))


def _frames(thread: int) -> Iterator[FrameType]:
    """Yield the frames of a thread, the innermost first."""
    frame = sys._current_frames().get(thread)  # noqa: SLF001 - it is documented
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_of_user(frame: FrameType) -> bool:
    package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    if package == _OWN or (package in sys.stdlib_module_names and package != "__main__"):
        return False
    return not any(folder in frame.f_code.co_filename for folder in _INSTALLED)
