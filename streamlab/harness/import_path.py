"""Finds the import path of an app, for a server in another process."""

from __future__ import annotations

import sys
from typing import Any

_MAIN_MODULES = {"__main__", "__mp_main__"}
"""Names of the program's own module, which another process cannot import."""
_imported: dict[str, Any] = {}
"""The apps that `streamlab.harness.import_app` has imported, by their paths. No module contains an
app that a factory has made."""


def remember_import_path(app: Any, path: str) -> None:
    """Let `import_path` return this path for an app.

    :param app: the application.
    :param path: a path that `streamlab.harness.import_app.import_app` can import.
    """
    _imported[path] = app


def import_path(app: Any) -> str:
    """Return where an app can be imported from, such as ``"shop:app"``.

    :param app: the application.
    :return: the name of a module, a colon and the name of an attribute.
    :raises ValueError: if no module contains the app, such as an app of a notebook.

    >>> from streamlab import web
    >>> import_path(web.jsonify)
    'streamlab.web.json:jsonify'
    """
    for path, imported in _imported.items():
        if imported is app:
            return path
    likely = (getattr(app, "import_name", None), getattr(app, "__module__", None), *sys.modules)
    for name in likely:
        module = sys.modules.get(name) if name and name not in _MAIN_MODULES else None
        attributes = getattr(module, "__dict__", {})
        for value in tuple(attributes.values()):  # without the names: the modules have thousands
            if value is app:
                found = next(key for key, value in list(attributes.items()) if value is app)
                return f"{name}:{found}"
    raise ValueError(
        f"{app!r} is in no module that another process can import. Put the app into a file such "
        "as shop.py and write `from shop import app`, or use a server of this process, such as "
        'server="werkzeug".'
    )
