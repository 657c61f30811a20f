"""The runs of a Lab: makes exchanges, shows them in the panel, and does what its user asks for."""

from __future__ import annotations

import threading
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any, Literal

from werkzeug.exceptions import NotFound

from streamlab.harness.harness import Harness
from streamlab.harness.routes import view_source
from streamlab.lab.choices import choices_for
from streamlab.lab.feed import Feed
from streamlab.lab.message import idle_message
from streamlab.lab.panel import Panel
from streamlab.lab.replaced_app import names_of, replaced_note
from streamlab.lab.saved_picture import SavedPicture
from streamlab.lab.widgets import close_all

if TYPE_CHECKING:
    from collections.abc import Collection

    from _typeshed.wsgi import WSGIApplication

    from streamlab.harness.exchange import Exchange
    from streamlab.harness.scenario import Scenario
    from streamlab.lab.message import Message
    from streamlab.trace.gate import Pace

_AUTORUN_SECONDS = 30.0
"""The time limit of the first run, which nobody has asked for: its stream may be endless."""
_MERGE = {"above": 50_000, "to": 25_000}
"""A run with more chunks than the view can draw is kept with fewer rows: in less than 3 MiB."""
_CHANGED = "The view's code has changed since this run."


class Runs:
    """Makes one exchange after the other, and shows each in a panel.

    It is the `PanelUser` of its panel.

    :param app: any WSGI callable.
    :param scenario: what the panel shows first, and what each run has unless it says otherwise.
    :param autorun: whether the first run starts when the panel is shown.
    :param live: whether a run starts each time that a control or the view's code changes.
    :param scale: ``"normal"`` or ``"projector"``.
    :param trusted_hosts: names under which a browser may reach the server.
    """

    def __init__(
        self,
        app: WSGIApplication,
        scenario: Scenario,
        *,
        autorun: bool,
        live: bool,
        scale: Literal["normal", "projector"],
        trusted_hosts: Collection[str] = (),
    ) -> None:
        self.scenario = scenario
        self.harness = Harness(app, trusted_hosts=trusted_hosts).start()
        self.latest: Exchange | None = None
        self.panel: Panel | None = Panel(
            scenario,
            choices_for(app),
            idle=self._idle,
            user=self,
            autorun=autorun,
            live=live,
            scale=scale,
        )
        self.saved_picture = SavedPicture()
        self.panel.saved = self.saved_picture.name
        self._names = names_of(app)
        self._numbers = count(1)
        self._code = self._shown_code()
        self.harness.on_exchange(self._external_request)

    def start(self, scenario: Scenario) -> Exchange:
        """Start an exchange and show it. One that still streams is stopped.

        :param scenario: how the request is sent.
        """
        self.leave()
        exchange = self.latest = self.harness.exchange(scenario)
        exchange.merge_when_done(**_MERGE)
        if note := self.replaced_note():
            exchange.trace.record_event("warning", note)
        threading.Thread(target=exchange.make, name="streamlab probe", daemon=True).start()
        self._show(exchange)
        return exchange

    def leave(self) -> None:
        """Close the connection of the run that still streams, if there is one."""
        if self.latest is not None:
            self.latest.stop()

    def replaced_note(self) -> str:
        """Return a sentence for a user whose variable has become another app, otherwise ""."""
        return replaced_note(self.harness.app, self._names)

    def close(self) -> None:
        """Remove the panel from every page that shows it. The exchanges can still be read."""
        if self.panel is not None:
            close_all(self.panel)
        # IPython keeps a Lab that was the value of a cell, so it must not keep its widget.
        self.panel = None

    def drop(self) -> None:
        """Forget the app and the exchanges. Call `close` first."""
        self.latest = None
        self.harness = _harness_of_no_app()

    # What the panel calls.

    def panel_shown(self) -> None:
        """Start the first run, if the panel has `autorun`."""
        if self.latest is None and self.panel is not None and self.panel.autorun:
            self._try_run(time_limit=self.scenario.time_limit or _AUTORUN_SECONDS)

    def run_pressed(self) -> None:
        """Send the request that the controls show."""
        self._try_run()

    def stop_pressed(self) -> None:
        """Close the connection."""
        self.leave()

    def next_pressed(self) -> None:
        """Continue the generator to its next ``yield``."""
        if self.latest is None:
            if self.panel is not None:
                self.panel.shown.show_error("Nothing is running yet. Press Run first.")
        elif not self.latest.done:
            self.latest.trace.gate.step()

    def compare_pressed(self) -> None:
        """Send the request with the request context and without it."""
        self._try_run()

    def pace_changed(self, pace: Pace) -> None:
        """Apply another pace to the run that still streams.

        :param pace: None, a number of seconds, or ``"step"``.
        """
        if self.latest is not None and not self.latest.client.stopped:
            self.latest.trace.gate.pace = pace

    def notice_new_code(self) -> None:
        """Mark the result as old, or run again, if a cell has changed the view's code."""
        if self.panel is None or self._shown_code() == self._code:
            return
        self._code = self._shown_code()
        if self.latest is None:
            self.panel.shown.refresh()
        elif self.panel.live:
            self._try_run()
        else:
            self.panel.old = _CHANGED

    def _try_run(self, **changes: Any) -> None:
        if self.panel is None:
            return
        try:
            self.start(self.scenario.replace(**self.panel.keywords(), **changes))
        except (TypeError, ValueError, ImportError, OSError) as error:
            # The message says which choice is wrong or what is not installed.
            self.panel.shown.show_error(str(error))

    def _show(self, exchange: Exchange) -> None:
        if self.panel is None:
            return
        self._code = self._shown_code()
        self.panel.old = ""
        source = view_source(self.harness.app, exchange.scenario)
        feed = Feed(next(self._numbers), exchange, source)
        self.panel.shown.follow(feed)
        self.saved_picture.follow(feed)

    def _external_request(self, exchange: Exchange) -> None:
        """Show an exchange of another client, unless an exchange of the panel is running."""
        if exchange.path == "/favicon.ico":
            return  # a browser requests the icon without the user
        exchange.merge_when_done(**_MERGE)
        if self.latest is None or self.latest.done:
            self._show(exchange)

    def _shown_code(self) -> str:
        scenario = self.latest.scenario if self.latest else self.scenario
        source = view_source(self.harness.app, scenario)
        return source.text if source else ""

    def _idle(self) -> Message:
        lanes = ["generator", "app", "server", "client"]
        return idle_message(self.scenario, lanes, view_source(self.harness.app, self.scenario))

    def __repr__(self) -> str:
        return f"<Runs, latest {self.latest!r}>"


@cache
def _harness_of_no_app() -> Harness:
    """Return what all Labs share that another Lab has replaced."""
    return Harness(NotFound(), remembered=False)
