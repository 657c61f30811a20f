"""The panel: the view together with its controls, whose state is synchronised traits.

The controls are native elements of the view. Python can read, set, `observe` and `link` their
traits like those of any other widget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import traitlets

from streamlab.harness.scenario import Scenario
from streamlab.lab.choices import Layers
from streamlab.lab.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.lab.choices import Choices
    from streamlab.lab.message import Message
    from streamlab.trace.gate import Pace

Lower: TypeAlias = Literal["timeline", "compare", "matrix"]
"""What the lower part of the panel shows."""
CONTROLS = ("path", "stream_with_context", "middleware", "server", "pace")
"""The traits that are the scenario of the next run."""


class PanelUser(Protocol):
    """What a panel tells its Lab. All methods are called in the kernel's main thread."""

    def panel_shown(self) -> None:
        """A front end shows the panel."""

    def run_pressed(self) -> None:
        """The user wants to send the request."""

    def stop_pressed(self) -> None:
        """The user wants to close the connection."""

    def next_pressed(self) -> None:
        """The user wants the generator to run to its next yield."""

    def compare_pressed(self) -> None:
        """The user wants a run with the request context and one without it."""

    def compare_with(self, number: int) -> None:
        """The user wants to compare the shown run with another one.

        :param number: of the other run.
        """

    def run_chosen(self, number: int) -> None:
        """The user wants to see an earlier run again.

        :param number: of that run.
        """

    def matrix_pressed(self) -> None:
        """The user wants a run with each server and each middleware."""

    def matrix_stopped(self) -> None:
        """The user wants no more of these runs."""

    def cell_pressed(self, position: int) -> None:
        """The user wants to see one of these runs.

        :param position: of the run in the matrix, counted from 0.
        """

    def pace_changed(self, pace: Pace) -> None:
        """The user has chosen another pace.

        :param pace: None, a number of seconds, or ``"step"``.
        """


class Panel(View):
    """A widget with the controls, and with what one exchange at a time did.

    :param scenario: what the controls show first.
    :param choices: what the controls offer.
    :param idle: returns what to show before the first exchange.
    :param user: what is called when the user does something.
    :param autorun: whether the first run starts when a front end shows the panel.
    :param live: whether each change of a control or of the view's code starts a run.
    :param scale: ``"normal"``, or ``"projector"`` for large text.
    """

    path = traitlets.Unicode().tag(sync=True)
    stream_with_context = traitlets.Bool(default_value=True).tag(sync=True)
    middleware = traitlets.List(traitlets.Unicode()).tag(sync=True)
    server = traitlets.Unicode().tag(sync=True)
    pace = traitlets.Any().tag(sync=True)
    live = traitlets.Bool(default_value=False).tag(sync=True)
    scale = traitlets.Enum(["normal", "projector"], default_value="normal").tag(sync=True)
    old = traitlets.Unicode().tag(sync=True)
    """Why the result is older than the code; "" if it is not."""
    saved = traitlets.Unicode().tag(sync=True)
    """The CSS class of the output that the view hides: a picture for the saved notebook."""
    address = traitlets.Dict().tag(sync=True)
    """How a browser reaches the server; see `streamlab.lab.address.Address`."""
    lower = traitlets.Enum(["timeline", "compare", "matrix"], "timeline").tag(sync=True)
    history = traitlets.List(traitlets.Dict()).tag(sync=True)
    """The runs that can be shown again; see `streamlab.lab.history.Entry`."""
    comparison = traitlets.Dict().tag(sync=True)
    """What is compared; see `streamlab.lab.compared.ComparisonFacts`."""
    matrix = traitlets.Dict().tag(sync=True)
    """The matrix so far; see `streamlab.lab.matrix_runs.MatrixState`."""
    choices = traitlets.Dict().tag(sync=True)
    autorun = traitlets.Bool(default_value=True).tag(sync=True)

    def __init__(
        self,
        scenario: Scenario,
        choices: Choices,
        *,
        idle: Callable[[], Message],
        user: PanelUser,
        autorun: bool = True,
        live: bool = False,
        scale: str = "normal",
    ) -> None:
        super().__init__(idle)
        self._layers = Layers()
        self._messages: dict[str, Callable[..., object]] = {
            "shown": user.panel_shown,
            "run": user.run_pressed,
            "stop": user.stop_pressed,
            "next": user.next_pressed,
            "compare": user.compare_pressed,
            "compare_with": user.compare_with,
            "show_run": user.run_chosen,
            "matrix": user.matrix_pressed,
            "stop_matrix": user.matrix_stopped,
            "cell": user.cell_pressed,
        }
        self.choices = dict(choices)
        self.autorun = autorun
        self.live = live
        self.scale = scale
        self.show(scenario)
        self.observe(lambda change: user.pace_changed(change["new"]), "pace")

    def show(self, scenario: Scenario) -> None:
        """Show a scenario in the controls.

        :param scenario: may have values that the controls do not offer.
        """
        with self.hold_sync():
            self.path = scenario.path
            self.stream_with_context = scenario.stream_with_context
            self.middleware = self._layers.names_of(scenario.layers)
            self.server = scenario.server
            self.pace = scenario.pace

    def keywords(self) -> dict[str, Any]:
        """Return what the user has set, as keywords of `Scenario`.

        The keywords are ``path``, ``stream_with_context``, ``middleware``, ``server`` and ``pace``.
        """
        return {
            "path": self.path.strip(),
            "stream_with_context": self.stream_with_context,
            "middleware": self._layers.named(self.middleware),
            "server": self.server,
            "pace": self.pace,
        }

    @traitlets.validate("pace")
    def _valid_pace(self, proposal: Any) -> Any:
        return Scenario("/", pace=proposal["value"]).pace

    def receive(self, message: dict[str, Any]) -> None:
        """Do what the user has asked for.

        :param message: what the view sent. It may carry the values of the controls, because traits
            that the view has set can arrive after it, and the number of a run.
        """
        super().receive(message)
        action = self._messages.get(str(message.get("type")))
        if action is None:
            return
        values = message.get("controls") or {}
        for name in CONTROLS:
            if name in values:
                setattr(self, name, values[name])
        number = message.get("number")
        action(*([] if number is None else [int(number)]))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.keywords().items())
        return f"<Panel {values}>"
