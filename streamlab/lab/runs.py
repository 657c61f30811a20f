"""The runs of a Lab: makes exchanges, shows them in the panel, and does what its user asks for."""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from werkzeug.exceptions import NotFound

from streamlab.harness.comparison import Comparison
from streamlab.harness.harness import Harness
from streamlab.harness.routes import view_source
from streamlab.lab.address import address_of
from streamlab.lab.channel import with_encodable_texts
from streamlab.lab.choices import choices_for
from streamlab.lab.compared import Compared
from streamlab.lab.flusher import flusher
from streamlab.lab.history import History
from streamlab.lab.matrix_runs import MatrixRuns
from streamlab.lab.message import idle_message
from streamlab.lab.panel import Panel
from streamlab.lab.replaced_app import names_of, replaced_note
from streamlab.lab.saved_picture import SavedPicture
from streamlab.lab.stream_page import STREAM_PAGE, stream_page
from streamlab.lab.widgets import close_all

if TYPE_CHECKING:
    from collections.abc import Collection

    from _typeshed.wsgi import WSGIApplication

    from streamlab.harness.exchange import Exchange
    from streamlab.harness.scenario import Scenario
    from streamlab.lab.feed import Feed
    from streamlab.lab.message import Message
    from streamlab.lab.panel import Lower
    from streamlab.trace.gate import Pace

_AUTORUN_SECONDS = 30.0
"""The time limit of runs that start by themselves: their streams may be endless."""
_MERGE = {"above": 50_000, "to": 25_000}
"""A run with more chunks than the view can draw is kept with fewer rows: in less than 3 MiB."""
_NOT_KEPT = "This run is not kept any more, because later ones needed the memory. Make it again."
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
        self.harness = Harness(app, trusted_hosts=trusted_hosts)
        self.latest: Exchange | None = None
        self.history = History()
        self._shown: Exchange | None = None
        self._compared: Compared | None = None
        self._starting = threading.RLock()
        self._putting = threading.Lock()
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
        self.harness.pages[STREAM_PAGE] = stream_page
        self.harness.start()  # late, because an interrupt before it leaves no server behind
        self._tell_address()
        self._names = names_of(app)
        self._matrix = MatrixRuns(lambda state: self._put(matrix=state))
        self._code = self._shown_code()
        self.harness.on_exchange(self._external_request)

    def start(self, scenario: Scenario, lower: Lower = "timeline") -> Exchange:
        """Start an exchange and show it. One that still streams is stopped.

        :param scenario: how the request is sent.
        :param lower: what the lower part of the panel shows.
        """
        with self._starting:
            self.leave()
            exchange = self._make(scenario)
            self._show(exchange, lower)
        return exchange

    def _make(self, scenario: Scenario) -> Exchange:
        exchange = self.latest = self.harness.exchange(scenario)
        self._tell_address()  # a server that starts again may have another port
        exchange.merge_when_done(**_MERGE)
        if note := self.replaced_note():
            exchange.trace.record_event("warning", note)
        threading.Thread(target=exchange.make, name="streamlab probe", daemon=True).start()
        return exchange

    def compare(self, first: Exchange, second: Exchange) -> Comparison:
        """Show two runs, one above the other.

        :param first: a run.
        :param second: another one, which all other regions show.
        """
        with self._starting:
            self._compare(first, second)
        return Comparison(first, second)

    def leave(self) -> None:
        """Close the connection of the run that still streams, if there is one."""
        if self.latest is not None:
            self.latest.stop()

    def replaced_note(self) -> str:
        """Return a sentence for a user whose variable has become another app, otherwise ""."""
        return replaced_note(self.harness.app, self._names)

    def close(self) -> None:
        """Remove the panel from every page that shows it. The exchanges can still be read."""
        self._matrix.stop()
        if self.panel is not None:
            close_all(self.panel)
        # IPython keeps a Lab that was the value of a cell, so it must not keep its widget.
        self.panel = None

    def drop(self) -> None:
        """Forget the app and the exchanges. Call `close` first."""
        self.latest = self._shown = self._compared = None
        self._matrix.kept.clear()
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
        """Send the request with the request context, and when it is done without it."""
        if self.panel is None:
            return
        if no_switch := self.panel.choices["no_switch"]:
            self.panel.shown.show_error(no_switch)
            return
        limit = self.scenario.time_limit
        if self.panel.pace != "step":
            limit = limit or _AUTORUN_SECONDS
        with self._starting:
            first = self._try_run("compare", stream_with_context=True, time_limit=limit)
            if first is not None:
                self._compared = Compared(first, None)
                self._tell()

    def compare_with(self, number: int) -> None:
        """Compare the run that is shown with another one.

        :param number: of the other run.
        """
        other = self._kept_run(number)
        if other is not None and self._shown is not None:
            self.compare(other, self._shown)

    def run_chosen(self, number: int) -> None:
        """Show an earlier run again.

        :param number: of that run.
        """
        exchange = self._kept_run(number)
        if exchange is not None:
            self._show_again(exchange, "timeline")

    def matrix_pressed(self) -> None:
        """Send the request with each server and each middleware."""
        if self.panel is None:
            return
        try:
            scenario = self.scenario.replace(self.panel.keywords()["path"])
            self._matrix.start(self.harness.app, scenario)
        except (TypeError, ValueError) as error:
            self.panel.shown.show_error(str(error))
        else:
            self._put(lower="matrix")

    def matrix_stopped(self) -> None:
        """End the matrix before it is complete."""
        self._matrix.stop()

    def cell_pressed(self, position: int) -> None:
        """Show the run of a row of the matrix.

        :param position: of the row, counted from 0.
        """
        exchange = self._matrix.exchange(position)
        if exchange is not None:
            self._show_again(exchange, "matrix")
        elif self.panel is not None:
            self.panel.shown.show_error(_NOT_KEPT)

    def pace_changed(self, pace: Pace) -> None:
        """Apply another pace to the run that still streams.

        :param pace: None, a number of seconds, or ``"step"``.
        """
        if self.latest is not None and not (self.latest.done or self.latest.client.stopped):
            self.latest.trace.gate.pace = pace

    def notice_new_code(self) -> None:
        """Mark the result as old, or run again, if a cell has changed the view's code."""
        if self.panel is None or self._shown_code() == self._code:
            return
        self._code = self._shown_code()
        if self._shown is None:
            self.panel.shown.refresh()
        elif self.panel.live:
            self._try_run()
        else:
            self.panel.old = _CHANGED

    def _try_run(self, lower: Lower = "timeline", **changes: Any) -> Exchange | None:
        if self.panel is None:
            return None
        try:
            scenario = self.scenario.replace(**{**self.panel.keywords(), **changes})
            return self.start(scenario, lower)
        except (TypeError, ValueError, ImportError, OSError) as error:
            # The message says which choice is wrong or what is not installed.
            self.panel.shown.show_error(str(error))
            return None

    def _show(self, exchange: Exchange, lower: Lower = "timeline") -> None:
        """Show a run in all regions, and something in the lower part of the panel."""
        if self.panel is None:
            return
        self._shown = exchange
        if lower != "compare":
            self._compared = None
        run = self.history.add(exchange, view_source(self.harness.app, exchange.scenario))
        self._code = self._shown_code()
        code_then = run.source.text if run.source else ""
        self._put(old="" if code_then == self._code else _CHANGED, lower=lower)
        feed = self.history.feed(exchange)
        self.panel.shown.follow(feed)
        self.saved_picture.follow(feed)
        self._tell()
        flusher.add(self._update, feed)

    def _show_again(self, exchange: Exchange, lower: Lower) -> None:
        """Show an earlier run, also in the controls. One that still streams is stopped."""
        if self.panel is None:
            return
        with self._starting:
            if exchange is not self.latest:
                self.leave()
            if not exchange.external:
                self.panel.show(exchange.scenario)
            self._show(exchange, lower)

    def _compare(self, first: Exchange, second: Exchange) -> None:
        if self.panel is None:
            return
        self._compared = Compared(first, second)
        self.history.add(first, view_source(self.harness.app, first.scenario))
        feed = self.history.feed(first)
        self.panel.beside.follow(feed)
        self._show(second, "compare")
        flusher.add(self._update_beside, feed)

    def _update(self, feed: Feed) -> bool:
        """Tell the view when the run that it shows is done, and go on with a comparison.

        The flusher calls this in its thread, so that no thread of a run needs a socket.
        """
        first = feed.exchange
        if not first.done:
            return False
        with self._starting:
            if self._compared == (first, None) and self.latest is first:
                self._go_on(first)
        self._tell()
        return True

    def _update_beside(self, feed: Feed) -> bool:
        if feed.exchange.done:
            self._tell()
        return feed.exchange.done

    def _go_on(self, first: Exchange) -> None:
        """Make the second run of a comparison, unless the user has stopped the first one."""
        if self.panel is None or (first.client.stopped and not first.client.limit_reached):
            self._compared = None
            self._put(lower="timeline")
            return
        try:
            second = self._make(first.scenario.replace(stream_with_context=False))
        except (TypeError, ValueError, ImportError, OSError) as error:
            self._compared = None
            self._put(lower="timeline")
            self.panel.shown.show_error(str(error))
        else:
            self._put(stream_with_context=False)  # as in the run that is shown
            self._compare(first, second)

    def _tell(self) -> None:
        """Send the view the history and the comparison."""
        self._put(
            history=self.history.entries(self._kept()),
            comparison=self._compared.facts(self.history) if self._compared else {},
        )

    def _tell_address(self) -> None:
        self._put(address=address_of(self.harness.server.url))

    def _put(self, **values: Any) -> None:
        """Set traits of the panel. Any thread may call this."""
        with self._putting:
            for name, value in values.items():
                if self.panel is not None:
                    setattr(self.panel, name, with_encodable_texts(value))

    def _kept(self) -> list[Exchange]:
        return [*self.harness.exchanges, *self._matrix.kept]

    def _kept_run(self, number: int) -> Exchange | None:
        run = self.history.find(number, self._kept())
        if run is None and self.panel is not None:
            self.panel.shown.show_error(_NOT_KEPT)
        return run

    def _external_request(self, exchange: Exchange) -> None:
        """Show an exchange of another client, unless an exchange of the panel is running."""
        if exchange.path == "/favicon.ico":
            return  # a browser requests the icon without the user
        exchange.merge_when_done(**_MERGE)
        if self.latest is None or self.latest.done:
            self._show(exchange)

    def _shown_code(self) -> str:
        scenario = self._shown.scenario if self._shown else self.scenario
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
