"""Find the folder of an application's files: its module's, or the one the notebook runs in."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path


def find_root(import_name: str) -> str:
    """Return the folder of a module's file, without importing the module.

    :param import_name: the module's name.
    :return: an absolute path; the current directory if the module has no file.

    >>> find_root("streamlab.web.app").endswith("web")
    True
    """
    file = _file_of(import_name)
    return str(Path.cwd() if file is None else Path(file).resolve().parent)


def has_no_file(import_name: str) -> bool:
    """Return whether a module is loaded and has no file, like ``__main__`` in a notebook.

    :param import_name: the module's name.

    >>> has_no_file("streamlab.web.app")
    False
    """
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
