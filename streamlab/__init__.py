"""See how HTTP streaming works: every chunk, live, inside a notebook.

The names of the web framework (`streamlab.web`) are imported at once. All other names are imported
when they are first used, so that ``import streamlab`` is fast and loads no widgets.

>>> from streamlab import App, observe
>>> app = App()
>>> @app.get("/count")
... def count():
...     return (f"{number} " for number in range(3))
>>> exchange = observe(app, "/count", lockstep=True)
>>> exchange.text, exchange.verdict.outcome
('0 1 2 ', 'streamed')
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from streamlab import web
from streamlab.web import *  # noqa: F403 - all of them are offered here too
from streamlab.web import json as json  # not in __all__, which would replace Python's json
from streamlab.web.names_not_here import missing_name

if TYPE_CHECKING:
    from streamlab.harness.exchange import Exchange as Exchange
    from streamlab.harness.matrix import matrix as matrix
    from streamlab.harness.observe import observe as observe
    from streamlab.harness.scenario import Scenario as Scenario
    from streamlab.lab import Lab as Lab
    from streamlab.middleware import Middleware as Middleware
    from streamlab.middleware import buffer as buffer
    from streamlab.middleware import gzip as gzip
    from streamlab.server import Server as Server
    from streamlab.trace.lane import Chunk as Chunk
    from streamlab.trace.lane import Lane as Lane
    from streamlab.trace.probe import Probe as Probe
    from streamlab.trace.record import Record as Record
    from streamlab.trace.verdict import Verdict as Verdict

    __version__: str

_MODULES = {
    "Chunk": "streamlab.trace.lane",
    "Exchange": "streamlab.harness.exchange",
    "Lab": "streamlab.lab",
    "Lane": "streamlab.trace.lane",
    "Middleware": "streamlab.middleware",
    "Probe": "streamlab.trace.probe",
    "Record": "streamlab.trace.record",
    "Scenario": "streamlab.harness.scenario",
    "Server": "streamlab.server",
    "Verdict": "streamlab.trace.verdict",
    "buffer": "streamlab.middleware",
    "gzip": "streamlab.middleware",
    "matrix": "streamlab.harness.matrix",
    "observe": "streamlab.harness.observe",
}
"""The modules that names are imported from when they are first used."""

__all__ = [
    "Chunk",
    "Exchange",
    "Lab",
    "Lane",
    "Middleware",
    "Probe",
    "Record",
    "Scenario",
    "Server",
    "Verdict",
    "__version__",
    "buffer",
    "gzip",
    "matrix",
    "observe",
]
__all__ += web.__all__


def __getattr__(name: str) -> Any:
    if name == "__version__":
        value: Any = _version()
    elif name in _MODULES:
        value = getattr(import_module(_MODULES[name]), name)
    else:
        raise missing_name(__name__, name)
    globals()[name] = value
    return value


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - takes 10 ms

    try:
        return version("streamlab")
    except PackageNotFoundError:  # imported from a folder, not installed
        return "unknown"


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
