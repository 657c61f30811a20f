"""Closes ipywidgets together with the widgets that they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipywidgets import Widget

if TYPE_CHECKING:
    from collections.abc import Iterable


def close_all(widget: Widget) -> None:
    """Close a widget and every widget that it refers to: children, layouts and styles.

    `Widget.close` closes only the widget itself. The models of its layout and style would stay in
    the kernel and in the page, each with an open comm.

    :param widget: the outermost widget. It must not be used again.

    >>> import ipywidgets
    >>> button = ipywidgets.Button()
    >>> close_all(ipywidgets.VBox([button]))
    >>> button.comm is button.layout.comm is button.style.comm is None
    True
    """
    for one in _reachable(widget, {}).values():
        one.close()


def _reachable(widget: Widget, found: dict[int, Widget]) -> dict[int, Widget]:
    found[id(widget)] = widget
    for name in widget.keys:  # the names of the synchronised traits
        for value in _values(getattr(widget, name)):
            if isinstance(value, Widget) and id(value) not in found:
                _reachable(value, found)
    return found


def _values(value: Any) -> Iterable[Any]:
    return value if isinstance(value, tuple | list) else (value,)
