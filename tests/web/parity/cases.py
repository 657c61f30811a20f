"""All cases: importing this module registers the cases of every `cases_*.py`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from tests.web.parity.registry import CASES

__all__ = ["CASES"]

for _path in sorted(Path(__file__).parent.glob("cases_*.py")):
    import_module(f"{__package__}.{_path.stem}")
