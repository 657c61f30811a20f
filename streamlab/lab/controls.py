"""The controls of the panel: the scenario as ipywidgets.

Their names are the accessible names of the panel, which tests and screen readers rely on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets

from streamlab.middleware import MIDDLEWARE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streamlab.harness.scenario import Scenario
    from streamlab.trace.gate import Pace

PACES: dict[str, Pace] = {"at once": None, "0.1 s": 0.1, "0.5 s": 0.5, "1 s": 1.0, "step": "step"}
NO_MIDDLEWARE = "none"


class Choice:
    """A drop-down list in which each label has a value.

    :param name: the label of the list.
    :param values: the values by label.

    >>> choice = Choice("Pace", {"at once": None, "0.5 s": 0.5})
    >>> choice.show("2 s", 2.0)  # not in the list: it is added
    >>> choice
    <Choice Pace: 2 s>
    >>> choice.value
    2.0
    """

    def __init__(self, name: str, values: Mapping[str, Any]) -> None:
        self._values = dict(values)
        self.widget = ipywidgets.Dropdown(
            description=name,
            options=list(self._values),
            layout={"width": "auto"},
            style={"description_width": "auto"},
        )

    @property
    def value(self) -> Any:
        """The value of the chosen label."""
        return self._values[self.widget.value]

    def show(self, label: str, value: Any) -> None:
        """Choose a value. A value that is not in the list is added to it.

        :param label: for a value that is not in the list.
        :param value: the value to choose.
        """
        known = next((name for name, other in self._values.items() if other == value), None)
        if known is None:
            self._values[label] = value
            self.widget.options = list(self._values)
        self.widget.value = known or label

    def __repr__(self) -> str:
        return f"<Choice {self.widget.description}: {self.widget.value}>"


class Controls:
    """The buttons and fields above the view.

    All callbacks run in the kernel's main thread.

    :param scenario: what the controls show first.
    :param run: called when the user presses ``Run``, or Enter in the field ``Path``.
    :param stop: called when the user presses ``Stop``.
    :param next_chunk: called when the user presses ``Next chunk``.
    :param pace_changed: called with the new pace: None, a number of seconds, or "step".
    :param servers: the names of the servers that can serve the app.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        run: Callable[[], object],
        stop: Callable[[], object],
        next_chunk: Callable[[], object],
        pace_changed: Callable[[Pace], object],
        servers: Sequence[str],
    ) -> None:
        # No icons: the character of an icon font would become a part of the accessible name.
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
            description="Stop", tooltip="Close the connection, like closing a browser tab"
        )
        self._context = ipywidgets.ToggleButton(
            description="stream_with_context",
            tooltip="Off: stream_with_context has no effect in the next run",
            layout={"width": "auto"},
        )
        self._middleware = Choice(
            "Middleware", {NO_MIDDLEWARE: (), **{n: (n,) for n in MIDDLEWARE}}
        )
        self._server = Choice("Server", {name: name for name in servers})
        self._pace = Choice("Pace", PACES)
        self._next = ipywidgets.Button(
            description="Next chunk",
            tooltip="Run the generator to its next yield",
            layout={"width": "auto"},
        )
        self._path.on_msg(
            lambda _, content, __: run() if content.get("event") == "submit" else None
        )
        self._run.on_click(lambda _: run())
        self._stop.on_click(lambda _: stop())
        self._next.on_click(lambda _: next_chunk())
        self._pace.widget.observe(lambda _: self._pace_chosen(pace_changed), "value")
        self.show(scenario)
        self._show_next()
        self.widget = ipywidgets.VBox(
            [
                _row(self._path, self._run, self._stop, self._next),
                _row(
                    self._context,
                    self._pace.widget,
                    self._middleware.widget,
                    self._server.widget,
                ),
            ],
            layout={"width": "100%", "overflow": "visible"},
        )

    def show(self, scenario: Scenario) -> None:
        """Show a scenario in the controls.

        :param scenario: may have values that the lists do not offer.
        """
        self._path.value = scenario.path
        self._context.value = scenario.stream_with_context
        layers = " + ".join(layer.name for layer in scenario.layers)
        self._middleware.show(layers or NO_MIDDLEWARE, scenario.middleware)
        self._server.show(scenario.server, scenario.server)
        self._pace.show(f"{scenario.pace} s", scenario.pace)

    def keywords(self) -> dict[str, Any]:
        """Return what the user has set, as keywords of `Scenario`.

        The keywords are ``path``, ``stream_with_context``, ``middleware``, ``server`` and ``pace``.
        """
        return {
            "path": self._path.value.strip(),
            "stream_with_context": self._context.value,
            "middleware": self._middleware.value,
            "server": self._server.value,
            "pace": self._pace.value,
        }

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.keywords().items())
        return f"<Controls {values}>"

    def _pace_chosen(self, pace_changed: Callable[[Pace], object]) -> None:
        self._show_next()
        pace_changed(self._pace.value)

    def _show_next(self) -> None:
        self._next.layout.display = None if self._pace.value == "step" else "none"


def _row(*widgets: ipywidgets.Widget) -> ipywidgets.Box:
    """Return widgets side by side. They wrap to the next line if there is no room."""
    return ipywidgets.Box(
        widgets,
        layout={
            "flex_flow": "row wrap",
            "align_items": "center",
            "grid_gap": "4px 8px",
            "width": "100%",
            "overflow": "visible",
        },
    )
