"""See how HTTP streaming works: every chunk, live, inside a notebook.

The names of the web floor are here at once; `Lab`, `Server` and `observe` are imported when they
are first asked for, so that ``import streamlab`` loads no widgets.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from streamlab.web import *  # noqa: F403
from streamlab.web import __all__ as _web_names

if TYPE_CHECKING:
    from streamlab.harness.harness import observe as observe
    from streamlab.lab import Lab as Lab
    from streamlab.server import Server as Server

# The module that a name is fetched from at its first use.
_LATER = {
    "Lab": "streamlab.lab",
    "Server": "streamlab.server",
    "observe": "streamlab.harness.harness",
}

__all__ = [*_web_names, *_LATER]  # noqa: PLE0604 - strings all


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'streamlab' has no attribute {name!r}")
    value = getattr(import_module(_LATER[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
