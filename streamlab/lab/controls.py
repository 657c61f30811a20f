"""The controls: the scenario as widgets. Their names are a contract (see the design)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.scenario import Scenario
    from streamlab.trace.gate import Pace

PACES: dict[str, Pace] = {"at once": None, "0.1 s": 0.1, "0.5 s": 0.5, "1 s": 1.0, "step": "step"}


class Controls:
    """What a learner sets and presses.

    :param scenario: what the controls show at first.

    ``run``, ``stop``, ``next_chunk`` and ``pace_changed`` are called in the kernel's main thread
    when a learner presses or chooses.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        run: Callable[[], object],
        stop: Callable[[], object],
        next_chunk: Callable[[], object],
        pace_changed: Callable[[Pace], object],
    ) -> None:
        # No icons: the sign of an icon font would become a part of a button's accessible name.
        self._path = ipywidgets.Text(
            description="Path",
            placeholder="/stream?name=World",
            layout={"flex": "1 1 16em", "width": "auto"},
            style={"description_width": "auto"},
        )
        self._run = ipywidgets.Button(
            description="Run", button_style="primary", tooltip="Send the request"
        )
        self._stop = ipywidgets.Button(
            description="Stop", tooltip="Close the connection, as closing a tab does"
        )
        self._context = ipywidgets.ToggleButton(
            description="stream_with_context",
            tooltip="Off: stream_with_context does nothing in the next run",
            layout={"width": "auto"},
        )
        self._pace = ipywidgets.Dropdown(
            description="Pace",
            options=list(PACES),
            layout={"width": "auto"},
            style={"description_width": "auto"},
        )
        self._next = ipywidgets.Button(
            description="Next chunk",
           
            tooltip="Let the generator go on to its next yield",
            layout={"width": "auto"},
        )
        self._path.on_msg(
            lambda _, content, __: run() if content.get("event") == "submit" else None
        )
        self._run.on_click(lambda _: run())
        self._stop.on_click(lambda _: stop())
        self._next.on_click(lambda _: next_chunk())
        self._pace.observe(lambda _: self._pace_chosen(pace_changed), "value")
        self.show(scenario)
        row = {"flex_flow": "row wrap", "align_items": "center", "grid_gap": "4px 8px"}
        self.widget = ipywidgets.Box(
            [self._path, self._run, self._stop, self._context, self._pace, self._next],
            layout={**row, "width": "100%", "overflow": "visible"},
        )

    def show(self, scenario: Scenario) -> None:
        """Let the controls show `scenario`."""
        self._path.value = scenario.path
        self._context.value = scenario.stream_with_context
        label = next((label for label, pace in PACES.items() if pace == scenario.pace), None)
        if label is None:  # a pace of the caller's own, such as 0.25
            label = f"{scenario.pace:g} s"
            self._pace.options = [*PACES, label]
        self._pace.value = label
        self._show_next()

    def keywords(self) -> dict[str, Any]:
        """The scenario's keywords as the controls stand."""
        return {
            "path": self._path.value.strip(),
            "stream_with_context": self._context.value,
            "pace": self._chosen_pace(),
        }

    def close(self) -> None:
        """Take the controls off every page."""
        for widget in (*self.widget.children, self.widget):
            widget.close()

    def _chosen_pace(self) -> Pace:
        label: str = self._pace.value
        return PACES[label] if label in PACES else float(label.removesuffix(" s"))

    def _pace_chosen(self, pace_changed: Callable[[Pace], object]) -> None:
        self._show_next()
        pace_changed(self._chosen_pace())

    def _show_next(self) -> None:
        self._next.layout.display = None if self._chosen_pace() == "step" else "none"
