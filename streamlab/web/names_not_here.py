"""Names of Flask and its extensions that are not here, with what to do instead.

A program for Flask often needs only its import lines changed to run here. Where that is not enough,
the error says what to do, and not only that a name does not exist.
"""

from __future__ import annotations

import sys

_USE_FLASK = (
    "Keep your Flask app and give it to streamlab, which observes it as it is:\n\n"
    "    from streamlab import Lab\n"
    "    Lab(app, '/path')"
)
_USE_FUNCTIONS = (
    "Write the view as a function:\n\n"
    "    @app.get('/path')\n"
    "    def view():\n"
    "        return generate()\n\n"
    f"Or: {_USE_FLASK[0].lower()}{_USE_FLASK[1:]}"
)
_SET_CORS = (
    "Set the header in a hook:\n\n"
    "    @app.after_request\n"
    "    def allow_other_origins(response):\n"
    "        response.headers['Access-Control-Allow-Origin'] = '*'\n"
    "        return response\n\n"
    f"Or: {_USE_FLASK[0].lower()}{_USE_FLASK[1:]}"
)
_SEND_FILE = (
    "Use werkzeug's function, which Flask's calls too:\n\n"
    "    import werkzeug.utils\n"
    "    return werkzeug.utils.send_file(path, request.environ)"
)
_SEND_FROM_DIRECTORY = (
    "Use werkzeug's function, which Flask's calls too:\n\n"
    "    import werkzeug.utils\n"
    "    return werkzeug.utils.send_from_directory(folder, path, request.environ)"
)

_RUN = "Run the app in a notebook with Lab(app, '/path'), or in a script with app.run()."

INSTEAD = {
    "Blueprint": _USE_FLASK,
    "CORS": _SET_CORS,
    "Flask": (
        "The class is called App here: from streamlab import App. It has Flask's decorators and"
        f" needs no import name: app = App()\n\nOr: {_USE_FLASK[0].lower()}{_USE_FLASK[1:]}"
    ),
    "MethodView": _USE_FUNCTIONS,
    "View": _USE_FUNCTIONS,
    "blueprints": _USE_FLASK,
    "cross_origin": _SET_CORS,
    "escape": "It is in the package markupsafe: from markupsafe import escape",
    "Markup": "It is in the package markupsafe: from markupsafe import Markup",
    "safe_join": "It is werkzeug's: from werkzeug.utils import safe_join",
    "send_file": _SEND_FILE,
    "send_from_directory": _SEND_FROM_DIRECTORY,
    "views": _USE_FUNCTIONS,
}
"""By the name of something that is not here, what to do instead."""

APP_INSTEAD = {
    "cli": _RUN,
    "open_resource": "Open the file with open(path), with a path relative to the notebook.",
    "register_blueprint": _USE_FLASK,
    "send_static_file": (
        "Files of the static folder are served at /static/<path>: url_for('static',"
        " filename='style.css')."
    ),
    "test_cli_runner": _RUN,
}
"""The same for attributes of Flask's app."""


def missing_name(module: str, name: str) -> AttributeError | ImportError:
    """Return the error for a name that a module does not have. Call it in its ``__getattr__``.

    :param module: the module, a package.
    :param name: the name that was asked for.
    :return: an `ImportError` with advice if an import statement asks for a name of `INSTEAD`.
        Otherwise an `AttributeError`, so that ``hasattr`` works.

    >>> import streamlab
    >>> hasattr(streamlab, "send_file")
    False
    >>> from streamlab import send_file
    Traceback (most recent call last):
    ImportError: cannot import name 'send_file' from 'streamlab': it is not here.
    <BLANKLINE>
    Use werkzeug's function, which Flask's calls too:
    <BLANKLINE>
        import werkzeug.utils
        return werkzeug.utils.send_file(path, request.environ)
    """
    advice = INSTEAD.get(name)
    if advice is None:
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    # An import statement first asks whether a package has the name. It passes on an ImportError,
    # but replaces the text of an AttributeError. Frames: this one, __getattr__, its caller.
    if sys._getframe(2).f_globals.get("__name__") == "importlib._bootstrap":  # noqa: SLF001
        return ImportError(
            f"cannot import name {name!r} from {module!r}: it is not here.\n\n{advice}", name=name
        )
    return AttributeError(f"module {module!r} has no attribute {name!r}.\n\n{advice}")


def missing_attribute(owner: object, name: str) -> AttributeError:
    """Return the error for an attribute of Flask's app that an app does not have here.

    :param owner: the app.
    :param name: a name of `APP_INSTEAD`.

    >>> from streamlab import App
    >>> App().open_resource("rows.csv")
    Traceback (most recent call last):
    AttributeError: 'App' object has no attribute 'open_resource'.
    <BLANKLINE>
    Open the file with open(path), with a path relative to the notebook.
    """
    return AttributeError(
        f"{type(owner).__name__!r} object has no attribute {name!r}.\n\n{APP_INSTEAD[name]}",
        name=name,
        obj=owner,
    )
