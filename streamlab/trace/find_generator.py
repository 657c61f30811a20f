"""The learner's generator behind what a framework puts around it.

Django maps its chunks, Bottle chains them, werkzeug wraps an iterator that closes. What the server
gets is then no generator, though the learner wrote one. The garbage collector knows what every
object refers to, so the way in can be searched for: along iterators first, and not far.
"""

from __future__ import annotations

import gc
import os
import site
import sysconfig
from collections import deque
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
from typing import Any

_MOST_LOOKED_AT = 400
"""Objects. A generator is three or four steps away or not to be found."""
_DEAD_ENDS = (type, ModuleType, FunctionType, CodeType, FrameType, str, bytes, int, float)
_NOT_THEIRS = tuple(
    path if path.startswith("<") else path + os.sep
    for path in (
        str(Path(__file__).parent.parent),
        sysconfig.get_path("stdlib"),
        sysconfig.get_path("purelib"),
        sysconfig.get_path("platlib"),
        site.getusersitepackages(),
        "<frozen",
    )
    if path
)


def is_own(filename: str) -> bool:
    """Whether code is the learner's: neither Python's, nor a library's, nor streamlab's."""
    return not filename.startswith(_NOT_THEIRS)


def find_generator(iterable: Any) -> Any:
    """The nearest generator of the learner's that `iterable` draws from, or None.

    >>> def numbers():
    ...     yield from "123"
    >>> generator = numbers()
    >>> find_generator(map(int, iter(generator))) is generator
    True
    """
    seen = {id(iterable)}
    queue = deque([iterable])
    while queue:
        one = queue.popleft()
        if type(one) is GeneratorType and one.gi_frame is not None:
            if is_own(one.gi_frame.f_code.co_filename):
                return one
            referents = [*gc.get_referents(one), *gc.get_referents(one.gi_frame)]
        else:
            referents = gc.get_referents(one)
        for referent in referents:
            if id(referent) in seen or not _may_lead(one, referent):
                continue
            if len(seen) >= _MOST_LOOKED_AT:
                return None
            seen.add(id(referent))
            if hasattr(type(referent), "__next__"):
                queue.appendleft(referent)
            else:
                queue.append(referent)
    return None


def _may_lead(holder: Any, referent: Any) -> bool:
    if isinstance(referent, dict):  # an object's attributes; not a module's, nor the environ
        return getattr(holder, "__dict__", None) is referent
    if isinstance(referent, BuiltinFunctionType):  # such as some iterator's own __next__
        return not isinstance(referent.__self__, ModuleType)
    return isinstance(referent, MethodType) or not isinstance(referent, _DEAD_ENDS)
