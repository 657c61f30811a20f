"""Import of the packages that only some servers need."""

from __future__ import annotations

from importlib import import_module
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
        raise ModuleNotFoundError(
            f"server={package!r} needs the package {package}, which is not installed: "
            'pip install "streamlab[servers]"',
            name=package,
        ) from None
    return import_module(module) if module else root
