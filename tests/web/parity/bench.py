"""Run one case and record its events: the observed app, the clients, and the log.

The log is one list of lines in the order of the events: signals, hooks, the steps of a generator,
what a client does and receives. Two runs behave in the same way if their logs are equal.
"""

from __future__ import annotations

import contextvars
import gc
import logging
import sys
from typing import TYPE_CHECKING, Any

from tests.web.parity.client import Exchange
from tests.web.parity.wording import error_line, outline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tests.web.parity.frameworks import Framework
    from tests.web.parity.registry import Case

# Signal -> the argument that is logged, or None.
SIGNALS = {
    "appcontext_pushed": None,
    "appcontext_popped": None,
    "appcontext_tearing_down": "exc",
    "request_started": None,
    "request_finished": "response",
    "request_tearing_down": "exc",
    "got_request_exception": "exception",
    "before_render_template": "template",
    "template_rendered": "template",
}


class Boom(Exception):
    """The exception that the cases raise on purpose."""


class Bench:
    """The argument of a case: it makes apps and clients, and writes the log."""

    def __init__(self, framework: Framework) -> None:
        self.framework = framework
        self.web = framework.module
        self.log: list[str] = []
        self._receivers: list[Callable[..., None]] = []  # blinker has only weak references

    def note(self, line: str) -> None:
        self.log.append(line)

    def note_where(self, line: str) -> None:
        """Log a line and the kind of context that is active."""
        self.note(f"{line} [{self.context}]")

    @property
    def context(self) -> str:
        if self.web.has_request_context():
            return "request"
        return "app" if self.web.has_app_context() else "no context"

    # Observed apps -------------------------------------------------------------------------

    def app(
        self,
        view: Callable[..., Any] | None = None,
        *,
        templates: Mapping[str, str] | None = None,
        hooks: bool = True,
        **config: Any,
    ) -> Any:
        """Return an app that logs its signals and hooks, with `view` at `/`."""
        app = self.framework.make_app(templates or {})
        app.secret_key = "parity"
        app.config.update(config)
        if view is not None:
            app.add_url_rule("/", endpoint="view", view_func=view)
        self._observe_signals(app)
        if hooks:
            self._observe_hooks(app)
        return app

    def _observe_signals(self, app: Any) -> None:
        for name, argument in SIGNALS.items():

            def receive(
                _app: Any, *, _name: str = name, _argument: str | None = argument, **given: Any
            ) -> None:
                value = "" if _argument is None else f" {outline(given.get(_argument))}"
                self.note(f"signal {_name}{value}")

            self._receivers.append(receive)
            getattr(self.web, name).connect(receive, app)

    def _observe_hooks(self, app: Any) -> None:
        def before() -> None:
            self.note_where("before_request")

        def after(response: Any) -> Any:
            self.note_where(f"after_request {response.status_code}")
            return response

        def teardown_request(exc: BaseException | None) -> None:
            self.note(f"teardown_request {outline(exc)}")

        def teardown_appcontext(exc: BaseException | None) -> None:
            self.note(f"teardown_appcontext {outline(exc)}")

        app.before_request(before)
        app.after_request(after)
        app.teardown_request(teardown_request)
        app.teardown_appcontext(teardown_appcontext)

    def steps(
        self, *chunks: Any, name: str = "stream", fail_at: int | None = None
    ) -> Iterator[Any]:
        """Return a generator that logs each step. It raises instead of the chunk at `fail_at`."""
        self.note_where(f"{name}: starts")
        try:
            for index, chunk in enumerate(chunks):
                if index == fail_at:
                    raise Boom(f"instead of chunk {index}")
                self.note_where(f"{name}: yields {chunk!r}")
                yield chunk
            if fail_at == len(chunks):
                raise Boom("after the last chunk")
        except GeneratorExit:
            self.note_where(f"{name}: GeneratorExit")
            raise
        finally:
            self.note_where(f"{name}: finally")

    def rows(self, *chunks: Any, fail_at: int | None = None) -> Rows:
        return Rows(self, chunks, fail_at)

    # Actions --------------------------------------------------------------------------------

    def request(self, app: Any, path: str = "/", **options: Any) -> Exchange:
        """Send a request as a WSGI server does, and log the status and the headers."""
        return Exchange(self, app, path, **options)

    def attempt(self, what: str, act: Callable[[], Any]) -> Any:
        """Call `act`, log its result or its exception, and return the result or None."""
        try:
            result = act()
        except Exception as error:
            self.note(f"{what} raised {error_line(error)}")
            return None
        self.note(f"{what} -> {outline(result)}")
        return result


class Rows:
    """An iterator with a `close()` that is not a generator, like a database cursor."""

    def __init__(self, bench: Bench, chunks: Iterable[Any], fail_at: int | None) -> None:
        self._bench = bench
        self._chunks = enumerate(chunks)
        self._fail_at = fail_at

    def __iter__(self) -> Rows:
        return self

    def __next__(self) -> Any:
        index, chunk = next(self._chunks)
        if index == self._fail_at:
            raise Boom(f"instead of chunk {index}")
        self._bench.note_where(f"rows: gives {chunk!r}")
        return chunk

    def close(self) -> None:
        self._bench.note_where("rows: close()")


def record(case: Case, framework: Framework) -> list[str]:
    """Run the case under the framework and return its log.

    Each run has a new `contextvars` context, so a context that a case does not pop appears only in
    the log of that case. Garbage is collected at the end of the case and not earlier. A stream that
    is not read ends there, so exceptions are logged during the collection. `logging` is disabled,
    because a log record refers to a traceback, which refers to the stream.
    """
    bench = Bench(framework)

    def unraisable(hook: Any) -> None:
        bench.note(f"unraisable {error_line(hook.exc_value)}")

    def play() -> None:
        try:
            case.run(bench)
        except Exception as error:
            bench.note(f"the case raised {error_line(error)}")
        gc.collect()
        bench.note_where("at the end")

    before, sys.unraisablehook = sys.unraisablehook, unraisable
    gc.collect()
    gc.disable()
    logging.disable()
    try:
        contextvars.Context().run(play)
    finally:
        logging.disable(logging.NOTSET)
        gc.enable()
        sys.unraisablehook = before
    return bench.log
