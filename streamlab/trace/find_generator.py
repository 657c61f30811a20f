"""Find the user's generator behind the objects that a framework wraps around it.

Django uses `map`, Bottle `itertools.chain`, and werkzeug its `ClosingIterator`. The server then
gets an object that is not a generator. The garbage collector knows what every object refers to, so
this module follows these references: iterators first, and only a limited number of objects.
"""

from __future__ import annotations

import gc
import os
import site
import sysconfig
from collections import deque
from functools import lru_cache
from pathlib import Path
from types import (
    BuiltinFunctionType,
    CodeType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any

import werkzeug

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_OBJECTS = 400
"""How many objects `find_generator` looks at. A generator is usually three or four steps away."""
_DEAD_ENDS = (type, ModuleType, FunctionType, CodeType, FrameType, str, bytes, int, float)


def real_folders(folders: Iterable[str | None]) -> tuple[str, ...]:
    """Return folders as prefixes of real paths, for `is_inside`.

    :param folders: paths; None and "" are left out, and so is a root folder such as ``/``, which
        contains every file.

    >>> real_folders(["/", "", None])
    ()
    """
    real = {os.path.normcase(os.path.realpath(folder)) for folder in folders if folder}
    roots = {folder for folder in real if os.path.dirname(folder) == folder}  # noqa: PTH120
    return tuple(folder + os.sep for folder in sorted(real - roots))


def is_inside(filename: str, folders: tuple[str, ...]) -> bool:
    """Return whether a file is inside one of the folders, at any depth.

    Symbolic links are resolved, and only whole path components are compared: ``/lib/py`` does not
    contain ``/lib/python/os.py``.

    :param filename: path of the file, which need not exist.
    :param folders: prefixes as `real_folders` returns them.
    """
    return os.path.normcase(os.path.realpath(filename)).startswith(folders)


_LIBRARY_FOLDERS = real_folders([
    str(Path(__file__).parent.parent),
    *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    site.getusersitepackages(),
    # In Pyodide the paths of sysconfig are of no use. The files of these modules are.
    str(Path(os.__file__).parent),
    str(Path(werkzeug.__file__).parent.parent),
])  # fmt: skip

_OWN_FOLDERS = real_folders([str(Path(__file__).parent.parent)])


@lru_cache(maxsize=1_024)
def is_user_code(filename: str) -> bool:
    """Return whether code belongs to the user: not to Python, to a library or to streamlab.

    :param filename: the code's ``co_filename``. Names such as ``<stdin>`` count as user code.

    >>> is_user_code("/tmp/ipykernel_1/123.py"), is_user_code(os.__file__)
    (True, False)
    """
    if filename.startswith("<"):
        return not filename.startswith("<frozen")
    return not is_inside(filename, _LIBRARY_FOLDERS)


_PLUMBING = frozenset({
    "werkzeug", "flask", "django", "bottle", "jinja2", "streamlab", "asgiref", "falcon", "pyramid",
    "webob", "a2wsgi", "starlette", "fastapi", "anyio",
})  # fmt: skip
_MIDDLEWARE = ("django/middleware/", "django/contrib/", "starlette/middleware/gzip.py")


@lru_cache(maxsize=1_024)
def is_plumbing(filename: str) -> bool:
    """Return whether code belongs to a web framework or to Python, and only passes chunks on.

    Django's middleware does not count as plumbing, and neither does what Starlette compresses with.

    :param filename: the code's ``co_filename``.

    >>> is_plumbing(werkzeug.__file__), is_plumbing("/home/ada/shop.py")
    (True, False)
    """
    if is_user_code(filename):
        return False
    path = filename.replace("\\", "/")
    if any(folder in path for folder in _MIDDLEWARE):
        return False
    name = package_of(filename)
    return name in _PLUMBING or is_inside(filename, _OWN_FOLDERS) or not name


def package_of(filename: str) -> str:
    """Return the name of the installed package that code is in; "" for other code.

    :param filename: the code's ``co_filename``.

    >>> package_of("/usr/lib/python3/site-packages/flask/app.py")
    'flask'
    """
    _, installed, path = filename.replace("\\", "/").rpartition("site-packages/")
    return path.split("/", 1)[0].removesuffix(".py") if installed else ""


def referents(root: Any, max_objects: int) -> Iterator[Any]:
    """Iterate over an object and everything it refers to, directly or not; iterators first.

    Classes, functions, modules and plain values such as strings are left out.

    :param root: the object to begin with.
    :param max_objects: the search ends when it has seen this many objects, even if it has not
        yielded all of them.

    >>> [type(found).__name__ for found in referents(iter([[], []]), 10)]
    ['list_iterator', 'list', 'list', 'list']
    """
    seen = {id(root): root}  # also keeps the objects alive, so that no id is used twice
    queue = deque([root])
    while queue:
        found = queue.popleft()
        yield found
        children = gc.get_referents(found)
        if type(found) is GeneratorType and found.gi_frame is not None:
            children += gc.get_referents(found.gi_frame)
        for child in children:
            if id(child) in seen or not may_lead(found, child):
                continue
            if len(seen) >= max_objects:
                return
            seen[id(child)] = child
            if hasattr(type(child), "__next__"):
                queue.appendleft(child)
            else:
                queue.append(child)


def find_generator(iterable: Any) -> Any:
    """Return the user's generator that an iterable takes its items from.

    :param iterable: what an application returned, for example.
    :return: the nearest generator made by user code (`is_user_code`), or None.

    >>> def numbers():
    ...     yield from "123"
    >>> generator = numbers()
    >>> find_generator(map(int, iter(generator))) is generator
    True
    """
    for found in referents(iterable, MAX_OBJECTS):
        frame = found.gi_frame if type(found) is GeneratorType else None
        if frame is not None and is_user_code(frame.f_code.co_filename):
            return found
    return None


def may_lead(holder: Any, referent: Any) -> bool:
    """Return whether a reference may lead to the user's generator.

    :param holder: the object that has the reference.
    :param referent: the object that it refers to.

    >>> may_lead([], iter("")), may_lead([], "text")
    (True, False)
    """
    if isinstance(referent, dict):  # an object's attributes, but not a module's or the environ
        return getattr(holder, "__dict__", None) is referent
    if isinstance(referent, BuiltinFunctionType):  # such as the bound __next__ of an iterator
        return not isinstance(referent.__self__, ModuleType)
    return isinstance(referent, MethodType) or not isinstance(referent, _DEAD_ENDS)
