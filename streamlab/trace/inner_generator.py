"""Observe the generator of an app behind wrappers that are given together with it.

``batch(app)`` is one WSGI application, so there is no tap between `batch` and the app, and without
the signals of Flask nothing tells which generator is the learner's own. The app is the innermost
function that has the environ and leads to ``start_response``. What it returns, or itself if it is a
generator, makes the chunks; each function outside of it is a wrapper. A wrapper may also give the
app a ``start_response`` of its own. Python's profiler reports these calls, and each `yield` of that
generator. It runs only until the app has made its first chunk, and further only if there is a
wrapper.
"""

from __future__ import annotations

import inspect
import sys
from dis import opmap
from threading import get_ident
from types import FunctionType, GeneratorType
from typing import TYPE_CHECKING, Any

from streamlab.trace.advice import ASGI_ADAPTER
from streamlab.trace.find_generator import (
    MAX_OBJECTS,
    find_generator,
    is_plumbing,
    is_user_code,
    package_of,
    referents,
)
from streamlab.trace.inner_layers import callers_inside, name_of
from streamlab.trace.lane import pack_location
from streamlab.trace.made_early import Making, find_existing
from streamlab.trace.source import source_of_code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

    from streamlab.trace.trace import Trace

_RETURNS = {opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opmap}
_MOST_EARLY = 10_000
"""How many chunks are kept that were made before it was known which generator is the app's."""


class InnerGenerator:
    """Finds the generator of one request behind wrappers, and records what it yields.

    :param trace: the trace of the request.
    :param environ: the request's WSGI environ, by which the functions are known that serve it.
    """

    def __init__(self, trace: Trace, environ: dict[str, Any]) -> None:
        self._trace = trace
        self._environ = environ
        self._thread = get_ident()
        self._app: FrameType | None = None
        """The frame of the app's function that has called ``start_response``, while it runs."""
        self._maker: FrameType | None = None
        """The frame of the generator that makes the chunks."""
        self._iterator: tuple[CodeType, object] | None = None
        """The same for an iterator class: the code of its `__next__`, and the object."""
        self._early: list[tuple[FrameType, Any]] = []
        self._calls: list[FrameType] = []
        """The frames that run and were called like a WSGI application, the innermost last."""
        self._starts: dict[CodeType, FrameType] = {}
        """For each function that may be a ``start_response``, to which of these it was given."""
        self._starting: list[FrameType] = []
        """Those of them that have called it."""
        self._callers: list[FrameType] = []
        """Those from which the server's ``start_response`` was called."""
        self._alone: FrameType | None = None
        """The function that has called ``start_response``, while no wrapper is known."""
        self._told = False
        self.wrapper = ""
        """Names of the wrappers, the one nearest to the app first; "" if there is none."""
        self.ended = False
        """Whether nothing more can be observed here."""

    def __enter__(self) -> None:
        if not self.ended and sys.getprofile() is None:
            sys.setprofile(self._event)

    def __exit__(self, *_: object) -> None:
        if sys.getprofile() == self._event:
            sys.setprofile(None)

    def next(self, iterator: Iterator[Any]) -> Any:
        """Return the next item of an iterator, observing the generator behind it.

        :param iterator: what the outermost wrapper returned.
        """
        try:
            with self:
                item = next(iterator)
        except GeneratorExit:
            if self._trace.gate.abandoned:
                raise StopIteration from None
            raise
        except StopIteration:
            raise
        except BaseException as error:
            self.raised(error)
            raise
        self._trace.gate_passed = False
        if self._maker is not None and not self._told:
            self._tell(iterator)
        return item

    def _tell(self, iterator: Iterator[Any]) -> None:
        """Tell the trace the generator, which is suspended, and not only its frame."""
        self._told = True
        for found in referents(iterator, MAX_OBJECTS):
            if type(found) is GeneratorType and found.gi_frame is self._maker:
                self._trace.generator_found(found)

    def raised(self, error: BaseException) -> None:
        """Record an exception if it comes from the generator that is observed here.

        :param error: as it was caught, with its traceback.
        """
        entry = error.__traceback__
        while entry is not None:
            if entry.tb_frame is self._maker:
                self._trace.record_exception(error, "generator")
                return
            entry = entry.tb_next

    def rest(self, iterator: Iterator[Any]) -> Iterator[Any]:
        """Iterate over the items after the first.

        :param iterator: what the outermost wrapper returned.
        """
        try:
            while True:
                try:
                    item = self.next(iterator)
                except StopIteration:
                    return
                yield item
        finally:
            if not self.ended:
                self._trace.record_event("generator closed")

    def started(self, caller: FrameType | None) -> None:
        """Note that ``start_response`` is called, and find the app by its callers.

        :param caller: calls ``start_response``.
        """
        if self.ended or self._app or self._maker or self._iterator:
            return
        if self._trace.reports_streams or self._trace.generator_tapped:
            self.end()  # the framework itself tells which generator it is
            return
        callers = callers_inside(caller)
        app = next((frame for frame in callers if self._serves(frame)), None)
        outside = callers[callers.index(app) + 1 :] if app else []
        if app is None:
            self.end()
            return
        self._callers = callers
        wrapped = self._wrapped_by(outside)
        if package_of(app.f_code.co_filename) == ASGI_ADAPTER:
            self.wrapper = " and ".join(filter(None, (ASGI_ADAPTER, self.wrapper)))
            self.end()
            return
        if not wrapped:
            self._alone = app
            return
        if app.f_code.co_flags & inspect.CO_GENERATOR:
            self._trace.gate_passed = False  # for the chunk that is being made
            self._set_maker(app)
        else:
            self._app = app
        if get_ident() != self._thread and sys.getprofile() is None:
            sys.setprofile(self._event)  # the wrapper runs the app in a thread of its own

    def _wrapped_by(self, outside: list[FrameType]) -> bool:
        """Note the wrappers among the callers of the app, and return whether there are any."""
        wrappers = [frame for frame in outside if _may_wrap(frame)]
        own = [frame for frame in wrappers if not is_plumbing(frame.f_code.co_filename)]
        self.wrapper = " and ".join(dict.fromkeys(filter(None, map(name_of, own or wrappers))))
        return bool(wrappers)

    def _serves(self, frame: FrameType) -> bool:
        code = frame.f_code
        arguments = code.co_varnames[: code.co_argcount]
        if not arguments:
            return False
        values = frame.f_locals
        return any(self._is_environ(values.get(name)) for name in arguments)

    def _is_environ(self, value: Any) -> bool:
        """Return whether an argument is the environ of the request, or a copy of it."""
        return value is self._environ or (
            type(value) is dict and any(one is self._trace for one in value.values())
        )

    def end(self) -> None:
        """Observe nothing more here, because the framework itself tells which generator it is."""
        self.ended = True
        for frames in (self._early, self._calls, self._starts, self._starting, self._callers):
            frames.clear()
        self._alone = None
        self.__exit__()

    def _event(self, frame: FrameType, kind: str, arg: Any) -> None:
        """Receive an event of Python's profiler: see `sys.setprofile`."""
        if kind == "return":
            if frame is self._maker or (self._iterator and self._is_iterator(frame)):
                self._returned(frame, arg)
            elif self._maker is None:
                self._note_return(frame, arg)
        elif kind == "call":
            if frame is self._maker or (self._iterator and self._is_iterator(frame)):
                self._asked()
            elif self._maker is None and self._iterator is None:
                self._note_call(frame)

    def _note_return(self, frame: FrameType, value: Any) -> None:
        """Note what a function returns or yields, while the generator is not known."""
        called = bool(self._calls) and self._calls[-1] is frame
        if called:
            self._calls.pop()
        if frame is self._app:
            self._app = None
            self._find_maker(value)
        elif called and self._calls and frame in self._starting:
            self._returned_inside(frame, value)
        elif frame is self._alone:
            self.end()
        elif (
            frame.f_code.co_flags & inspect.CO_GENERATOR
            and isinstance(value, (str, bytes))
            and len(self._early) < _MOST_EARLY
        ):
            self._early.append((frame, value))

    def _note_call(self, frame: FrameType) -> None:
        """Note a call like that of a WSGI application, or of the ``start_response`` it got."""
        code = frame.f_code
        if code in self._starts:
            self._starting.append(self._starts[code])
        if code.co_argcount not in {2, 3}:  # with or without self
            return
        values = frame.f_locals
        environ, start = (values.get(name) for name in code.co_varnames[code.co_argcount - 2 :][:2])
        if self._is_environ(environ) and callable(start):
            self._calls.append(frame)
            function = getattr(start, "__func__", start)
            if isinstance(function, FunctionType):
                self._starts[function.__code__] = frame

    def _returned_inside(self, frame: FrameType, value: Any) -> None:
        """Find the generator of an app that a wrapper has given its own ``start_response``."""
        if frame in self._callers or not self._wrapped_by(self._calls[::-1]):
            return
        self._app = self._alone = None
        if not frame.f_code.co_flags & inspect.CO_GENERATOR:
            self._find_maker(value)
        elif isinstance(value, (str, bytes)):
            self._trace.gate_passed = False  # for the chunk that has been made
            self._set_maker(frame)
            self._returned(frame, value)

    def _is_iterator(self, frame: FrameType) -> bool:
        assert self._iterator is not None  # noqa: S101 - asked only then
        code, owner = self._iterator
        return frame.f_code is code and frame.f_locals.get(code.co_varnames[0]) is owner

    def _find_maker(self, body: Any) -> None:
        """Find what makes the chunks in the iterable that the app has returned."""
        trace = self._trace
        if trace.reports_streams or trace.generator_tapped:
            self.end()
            return
        generator = find_generator(body)
        if generator is None and type(body) is GeneratorType:
            generator = body
        step = getattr(type(body), "__next__", None)
        existing = None if generator or step else find_existing(body)
        if generator is not None:
            frame = generator.gi_frame
            begun = inspect.getgeneratorstate(generator) != inspect.GEN_CREATED
            if begun and all(maker is not frame for maker, _ in self._early):
                self.end()  # it has begun where it could not be seen
                return
            trace.generator_found(generator)
            self._set_maker(frame)
        elif isinstance(step, FunctionType):
            self._iterator = step.__code__, body
        elif existing is not None and isinstance(body, (list, tuple)):
            chunks = sum(map(bool, body))
            if chunks > 1:
                trace.maker_known = True
                trace.set_making(Making(chunks, f"a {type(body).__name__}"))
            self.wrapper = ""
            self.end()
        else:
            self.end()

    def _set_maker(self, frame: FrameType) -> None:
        self._maker = frame
        for maker, item in self._early:
            if maker is frame:
                self._record(frame, item)
        self._early.clear()

    def _asked(self) -> None:
        """The generator is asked for a chunk: wait at the gate."""
        trace = self._trace
        passed, trace.gate_passed = trace.gate_passed, False
        if not passed:
            trace.gate.pass_through()
        if trace.gate.abandoned:
            self.end()
            trace.record_event("generator closed")
            raise GeneratorExit

    def _returned(self, frame: FrameType, value: Any) -> None:
        """The generator has yielded, or it has ended."""
        code = frame.f_code
        at_return = code.co_code[frame.f_lasti] in _RETURNS if frame.f_lasti >= 0 else False
        if self._iterator is None and at_return:
            self._trace.record_event("generator finished")
            self.end()
        elif isinstance(value, (str, bytes)):
            self._record(frame, value)

    def _record(self, frame: FrameType, item: str | bytes) -> None:
        trace = self._trace
        if not trace.maker_known:
            trace.maker_known = trace.generator_tapped = True
            if "app" not in trace.unobserved:
                trace.add_unobserved("app", self.wrapper)
            trace.set_making(None if is_user_code(frame.f_code.co_filename) else Making())
        if not item:
            trace.count_empty()
            return
        data = item if isinstance(item, bytes) else item.encode(errors="replace")
        index = trace.index_of(source_of_code(frame.f_code))
        trace.lanes["generator"].record(data, pack_location(index, frame.f_lineno))


def _may_wrap(frame: FrameType) -> bool:
    """Return whether a caller of the app may be a wrapper around it."""
    filename = frame.f_code.co_filename
    return not is_plumbing(filename) or "werkzeug/middleware/" in filename.replace("\\", "/")
