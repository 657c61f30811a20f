"""The view: an anywidget that shows exchanges while a thread sends it what is new."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget

from streamlab.lab import running_cell
from streamlab.lab.channel import Channel

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.lab.message import Message

_STATIC = Path(__file__).parent / "static"


def _built(name: str) -> str:
    path = _STATIC / name
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing, because the panel's JavaScript is not built. Run `make` or "
            "`pip install -e .` in the root of the repository."
        )
    # As text: anywidget watches a file with a signal of the class, which keeps every view alive.
    return path.read_text("utf-8")


class View(anywidget.AnyWidget):  # type: ignore[misc]
    """A widget that shows one exchange at a time, and another one beside it to compare.

    :param idle: returns what to show before the first exchange.
    """

    _esm = _built("view.js")
    _css = _built("view.css")

    def __init__(self, idle: Callable[[], Message | None]) -> None:
        # In an HBox the view would have no width of its own.
        super().__init__(layout={"width": "100%", "min_width": "0"})
        self.shown = Channel("shown", self._send_batch, idle)
        """The exchange that all regions show."""
        self.beside = Channel("beside", self._send_batch, lambda: None)
        """The exchange that is compared with the shown one."""
        running_cell.watch()
        self.on_msg(self._received)

    def _send_batch(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        self.send(content, buffers)

    def receive(self, message: dict[str, Any]) -> None:
        """Do what the view asks for.

        :param message: what the view sent.
        """
        channel = self.beside if message.get("channel") == self.beside.name else self.shown
        channel.receive(message)

    def _received(self, _view: View, content: dict[str, Any], _buffers: list[bytes]) -> None:
        self.receive(content)

    def __repr__(self) -> str:
        feed = self.shown.feed
        return f"<View {feed!r}>" if feed else "<View, nothing has run yet>"
