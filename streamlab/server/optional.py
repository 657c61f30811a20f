"""The optional servers: asked for by name, and when one is missing, what to install."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def needs(package: str, module: str | None = None) -> Any:
    """Import a package of the extra ``servers``.

    :param module: what to import, where it is not the package itself.
    :raises ModuleNotFoundError: which says how to get it.
    """
    try:
        whole = import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise ModuleNotFoundError(
            f"server={package!r} needs the package {package}, which is not installed. Get it with "
            'the extra `servers`: pip install "streamlab[servers]"',
            name=package,
        ) from None
    return import_module(module) if module else whole
