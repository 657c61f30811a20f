"""Notices that the variable of a Lab's app has become another app, because its cell has run again.

A Lab follows an `App` by itself if the front end sends cell ids. An app of Flask, or a front end
without cell ids, gives no sign of this but the variable.
"""

from __future__ import annotations

import sys
from typing import Any


def names_of(app: object) -> tuple[str, ...]:
    """Return the names of the variables of the notebook, or of the script, that have an app.

    :param app: any object.
    """
    return tuple(
        name for name, value in _variables().items() if value is app and not name.startswith("_")
    )


def replaced_note(app: object, names: tuple[str, ...]) -> str:
    """Return a sentence for a user whose variable has become another app.

    :param app: the app that a Lab serves.
    :param names: the names that it had when the Lab was made.
    :return: the sentence; "" if one of the variables is still the app, or none is an app like it.

    >>> replaced_note(object(), ())
    ''
    """
    values = _variables()
    if any(values.get(name) is app for name in names):
        return ""
    kind = type(app)
    name = next((name for name in names if type(values.get(name)) is kind), None)
    if name is None:
        return ""
    return (
        f"`{name}` is another {kind.__name__} now than when the Lab was made. The Lab still uses "
        "the old one. Run the cell with Lab(...) again to use the new one."
    )


def _variables() -> dict[str, Any]:
    return dict(vars(sys.modules["__main__"]))
