"""Detect a notebook cell that runs again, so that what it defines replaces what it defined before.

A function that is defined again has a new code object. Comparing code objects, names and lines
tells a second run of a cell from a second function that has the same name.
"""

from __future__ import annotations

import weakref
from contextlib import suppress
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

from streamlab.notebook_cell import CellSlot, CellSlots

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.routing import Map

A = TypeVar("A")
F = TypeVar("F", bound="Callable[..., Any]")


def add_or_replace(functions: list[Callable[..., Any]], new: F) -> F:
    """Append a function to a list, or replace its previous version from the same cell.

    :param functions: the list, changed in place.
    :param new: the function.
    :return: the function, for use in a decorator.

    >>> cell = "def hook(): return {}"
    >>> hooks = []
    >>> for version in (1, 2):  # the cell runs, is edited, and runs again
    ...     names = {"__name__": "__main__"}
    ...     exec(compile(cell.format(version), f"<cell {version}>", "exec"), names)
    ...     _ = add_or_replace(hooks, names["hook"])
    >>> [hook() for hook in hooks]
    [2]
    """
    for index, old in enumerate(functions):
        if is_rerun(old, new):
            functions[index] = new
            return new
    functions.append(new)
    return new


def is_rerun(old: Any, new: Any) -> bool:
    """Return whether a cell that ran again, perhaps edited, defined `new` in place of `old`.

    Two functions at different lines of one file are different functions, even if they have the same
    name. So are two closures that one ``def`` makes in a loop: they share their code object.

    :param old: the function that is registered.
    :param new: the function to register.

    >>> def hook(): ...
    >>> is_rerun(hook, hook)
    False
    """
    old_code, new_code = getattr(old, "__code__", None), getattr(new, "__code__", None)
    return (
        old_code is not None
        and new_code is not None
        and old_code is not new_code
        and (old.__module__, old.__qualname__) == (new.__module__, new.__qualname__)
        and (
            old_code.co_filename != new_code.co_filename
            or old_code.co_firstlineno == new_code.co_firstlineno
        )
    )


def remember_app(app: object) -> CellSlot | None:
    """Remember which app a notebook cell has made last, for `latest_version`.

    :param app: an app that the running cell makes now.
    :return: identifies the app across the executions of its cell; None outside of a notebook. The
        app must keep it in the attribute ``_cell_slot``.
    """
    slot = _app_slots.next_slot()
    if slot is not None:
        _latest_apps[slot] = weakref.ref(app)
    return slot


def latest_version(app: A) -> A:
    """Return the app that the cell of an app made when it ran last.

    :param app: any app.
    :return: the app itself, unless it is an `App` and its cell has run again.

    >>> from streamlab import App
    >>> app = App()
    >>> latest_version(app) is app  # this example does not run in a notebook
    True
    """
    slot = getattr(app, "_cell_slot", None)
    latest: Any = _latest_apps[slot]() if isinstance(slot, CellSlot) else None
    return app if latest is None else latest


_app_slots = CellSlots(on_rerun=lambda _: None)
_latest_apps: dict[CellSlot, weakref.ref[Any]] = {}


def are_different_views(old: Any, new: Any) -> bool:
    """Return whether two views with the same name are certainly not one view that was redefined.

    This is so for lambdas and other callables without a name, and for wrappers that a decorator
    made around functions with different names.

    :param old: the view that is registered.
    :param new: the view to register.

    >>> are_different_views(lambda: "a", lambda: "b")
    True
    """
    names = {getattr(view, "__name__", "<lambda>") for view in (old, new)}
    return "<lambda>" in names or _wrapped_names(old) != _wrapped_names(new)


def _wrapped_names(view: Any) -> list[str]:
    names = []
    for cell in getattr(view, "__closure__", None) or ():
        with suppress(ValueError):  # the variable has no value yet
            if isinstance(cell.cell_contents, FunctionType):
                names.append(cell.cell_contents.__name__)
    return names


def map_without(url_map: Map, endpoint: str) -> Map:
    """Return a copy of a URL map without the rules of one endpoint.

    werkzeug's map cannot remove a rule. Requests that are being handled keep the old map.

    :param url_map: the map, which is not changed.
    :param endpoint: the endpoint whose rules are left out.

    >>> from streamlab.web import App
    >>> app = App(static_folder=None)
    >>> app.add_url_rule("/a", "a"); app.add_url_rule("/b", "b")
    >>> [rule.rule for rule in map_without(app.url_map, "a").iter_rules()]
    ['/b']
    """
    copied = type(url_map)(
        default_subdomain=url_map.default_subdomain,
        strict_slashes=url_map.strict_slashes,
        merge_slashes=url_map.merge_slashes,
        redirect_defaults=url_map.redirect_defaults,
        converters=url_map.converters,
        sort_parameters=url_map.sort_parameters,
        sort_key=url_map.sort_key,
        host_matching=url_map.host_matching,
    )
    for rule in url_map.iter_rules():
        if rule.endpoint != endpoint:
            again = rule.empty()
            automatic = rule.provide_automatic_options  # type: ignore[attr-defined]
            again.provide_automatic_options = automatic  # type: ignore[attr-defined]
            copied.add(again)
    return copied
