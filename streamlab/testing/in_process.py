"""A WSGI application driven step by step in this thread, as a server would, but without one.

What an application does when its client leaves, or how much memory it takes, does not depend on a
socket. Without one nothing has to be waited for, and the same happens each time.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from inspect import GEN_CLOSED, GEN_CREATED, getgeneratorstate
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from werkzeug.test import create_environ

from streamlab.harness.harness import check_context_toggle
from streamlab.harness.scenario import Scenario
from streamlab.harness.stack import Stack, Stacks
from streamlab.trace.find_generator import find_generator, referents
from streamlab.trace.gate import Gate
from streamlab.trace.trace import Trace, current_trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from typing_extensions import Self

    from streamlab.middleware import Middleware

_MOST_BEFORE_ONE = 10_000
"""Chunks that are made, and none comes out: whoever holds so many holds them all."""
_ROWS_KEPT = 1_024
_MOST_LOOKED_AT = 2_000
"""Objects on the search for chunks that are there already."""


class NothingComesOutError(Exception):
    """The generator goes on and on, and something in the way keeps all of it."""


class _Limit(Gate):
    """Stops a generator whose chunks nobody hands out."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0

    def pass_through(self) -> None:
        self.made += 1
        if self.made > _MOST_BEFORE_ONE:
            raise NothingComesOutError


class Watched:
    """What a layer was given, with a note of whether that layer passed `close()` on."""

    def __init__(self, iterable: Iterable[bytes]) -> None:
        self.iterable = iterable
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.iterable)

    def close(self) -> None:
        self.closed = True
        close = getattr(self.iterable, "close", None)
        if close is not None:
            close()


class Watch:
    """Middleware that does nothing, and remembers what it has handed on."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self.handed: Watched | None = None
        self.generator: Any = None
        """The learner's generator behind it. It is held here, so that it is closed by whoever has
        to, and not by the way when the last reference to it goes."""
        self.looks = False
        """Whether to look for chunks that are there already."""
        self.sequences: list[Sequence[str | bytes]] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        iterable = self.app(environ, start_response)
        self.generator = find_generator(iterable)
        if self.looks and self.generator is None:
            self.sequences = list(_sequences(iterable))
        self.handed = Watched(iterable)
        return self.handed

    @property
    def closed(self) -> bool:
        """Whether `close()` came this far."""
        return self.handed is not None and self.handed.closed


class InProcessRequest:
    """One request to `app`.

    :param keywords: of `Scenario`, those that have a meaning without a server.
    :raises TypeError: for another one.
    :raises ValueError: for a value that is none, and for a proxy.
    """

    def __init__(self, app: WSGIApplication, scenario: Scenario) -> None:
        self.scenario = scenario
        for layer in scenario.layers:
            if layer.proxy:
                raise ValueError(
                    f"middleware={layer.name!r} stands behind the server, and this test calls the "
                    "application without one. Leave it out; assert_streams and assert_buffered "
                    "can have it."
                )
        check_context_toggle(app, scenario)
        Stacks(app)  # lets the framework's signals be heard
        self.app = Watch(app)
        self.passing: list[tuple[Middleware, list[Watch]]] = []
        stack = Stack(self.app, tuple(map(self._watched, scenario.layers)))
        self._stack = stack
        self._limit = _Limit()
        self.trace = stack.prepared(Trace(stack.lanes, gate=self._limit, max_chunks=_ROWS_KEPT))
        self.trace.remove_lane("client")
        self.status = ""
        self._iterable: Iterable[bytes] | None = None

    def _watched(self, layer: Middleware) -> Middleware:
        if layer.wrap is None:
            return layer
        wrap, watches = layer.wrap, list[Watch]()
        self.passing.append((layer, watches))

        def wrapped(inner: WSGIApplication) -> WSGIApplication:
            watches.append(Watch(inner))
            return wrap(watches[0])

        return replace(layer, wrap=wrapped)

    def keep_no_bytes(self) -> None:
        """Let the record be small: of the bodies nothing is kept."""
        self.trace.keep_no_bytes()

    def chunks(self) -> Iterator[bytes]:
        """What a server gets, empty chunks left out; the request begins with the first."""
        scenario = self.scenario
        environ = create_environ(
            scenario.path,
            method=scenario.method,
            headers=scenario.headers,
            data=scenario.body or None,
        )
        self._iterable = self._stack.serve(
            environ,
            self._start_response,
            self.trace,
            stream_with_context=scenario.stream_with_context,
        )
        for chunk in self._iterable:
            if chunk:
                self._limit.made = 0
                yield chunk

    def _start_response(self, status: str, *_: Any) -> Any:
        self.status = status
        return lambda data: None  # noqa: ARG005 - the older way to hand out bytes

    def close(self) -> None:
        """What a server does when the response has ended, or its client has left."""
        close = getattr(self._iterable, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close what was left open: a context that stays pushed would be the caller's as well."""
        with suppress(Exception):  # whoever left it open has been told of by now
            if self.app.handed is not None and not self.app.closed:
                self.app.handed.close()
        with suppress(Exception):
            if self.left_open:
                self.app.generator.close()
        current_trace.set(None)  # the thread goes on to other things

    @property
    def holds_close(self) -> str | None:
        """The name of the layer that has not passed `close()` on, if one has not."""
        for layer, watches in reversed(self.passing):
            if watches and watches[0].handed is not None and not watches[0].closed:
                return layer.name
        return None

    @property
    def has_close(self) -> bool:
        """Whether what the application returned has a `close()`."""
        handed = self.app.handed
        return handed is not None and hasattr(handed.iterable, "close")

    @property
    def kind_of_body(self) -> str:
        """The type of what the application returned."""
        return f"a {type(self.app.handed.iterable).__name__}" if self.app.handed else "nothing"

    @property
    def left_open(self) -> bool:
        """Whether the learner's generator still waits at a yield; it does not before it began."""
        generator = self.app.generator
        if type(generator) is not GeneratorType:
            return False
        return getgeneratorstate(generator) not in {GEN_CREATED, GEN_CLOSED}

    @property
    def made_of_none(self) -> bool:
        """Whether no generator makes the body, as far as can be told, nor anything like one."""
        told = self.trace.reports_streams and not self.trace.generator_tapped
        return self.app.generator is None and (told or not self.has_close)


def ready_made(app: WSGIApplication, scenario: Scenario) -> int | None:
    """How many chunks there were before the first was asked for; None where they are made then.

    Makes a request: what the application returns is looked at before anything is taken from it.
    """
    body = bytearray()
    longest = 0
    with InProcessRequest(app, scenario.replace(middleware=())) as drive:
        drive.app.looks = True
        for chunk in drive.chunks():
            body += chunk
            longest = longest or max(map(_size, drive.app.sequences), default=0)
            if len(body) > longest:
                break
        drive.close()
    return next((len(one) for one in drive.app.sequences if _joined(one) == body), None)


def _size(sequence: Sequence[str | bytes]) -> int:
    return len(_joined(sequence))


def _joined(sequence: Sequence[str | bytes]) -> bytes:
    return b"".join(item.encode() if isinstance(item, str) else item for item in sequence)


def _sequences(iterable: Any) -> Iterator[Sequence[str | bytes]]:
    """Lists and tuples of text that `iterable` may draw from; the collector knows what it holds."""
    for found in referents(iterable, _MOST_LOOKED_AT):
        if type(found) in {list, tuple} and _is_text(found):
            yield found


def _is_text(sequence: Sequence[Any]) -> bool:
    return len(sequence) > 1 and all(isinstance(item, (str, bytes)) for item in sequence)
