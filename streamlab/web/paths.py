"""Where an application's files are: beside its module, or where the notebook was started."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path


def find_root(import_name: str) -> str:
    """The folder of a module's file, found without importing it; else the current directory.

    >>> find_root("streamlab.web.app").endswith("web")
    True
    """
    file = _file_of(import_name)
    return str(Path.cwd() if file is None else Path(file).resolve().parent)


def has_no_file(import_name: str) -> bool:
    """Whether this is a module that lives in no file, as a notebook's: it changes as it runs."""
    return import_name in sys.modules and _file_of(import_name) is None


def _file_of(import_name: str) -> str | None:
    module = sys.modules.get(import_name)
    file: str | None = getattr(module, "__file__", None)
    if module is not None:
        return file
    try:
        spec = find_spec(import_name)
    except (ImportError, ValueError):
        return None
    return None if spec is None or not spec.has_location else spec.origin
