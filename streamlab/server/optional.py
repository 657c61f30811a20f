"""Import of the packages that only some servers need."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any


def import_optional(package: str, module: str | None = None) -> Any:
    """Import a package that the extra ``servers`` installs.

    :param package: the name of the package.
    :param module: the module to return, by default the package itself.
    :return: the module.
    :raises ModuleNotFoundError: if the package is not installed. The message has the command
        that installs it.

    >>> import_optional("waitress").__name__
    'waitress'
    """
    try:
        root = import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:  # the package is installed, but something it imports is not
            raise
        raise ModuleNotFoundError(_not_installed(package), name=package) from None
    return import_module(module) if module else root


def why_not_installed(package: str) -> str:
    """Return that a package is not installed, with the command that installs it.

    :param package: the name of the package. It is not imported.
    :return: the text; "" if the package is installed.

    >>> why_not_installed("waitress")
    ''
    >>> why_not_installed("a_server").rpartition(": ")[2]
    'pip install "streamlab[servers]"'
    """
    return "" if find_spec(package) else _not_installed(package)


def _not_installed(package: str) -> str:
    return (
        f"server={package!r} needs the package {package}, which is not installed: "
        'pip install "streamlab[servers]"'
    )
