"""Observe the generator of an app behind wrappers that are given together with it.

``batch(app)`` is one WSGI application, so there is no tap between `batch` and the app, and without
the signals of Flask nothing tells which generator is the learner's own. The app is the innermost
function that has the environ and leads to ``start_response``. What it returns, or itself if it is a
generator, makes the chunks; each function outside of it is a wrapper. Python's profiler reports
each `yield` of that generator. It runs only while a wrapped app makes its first chunk, and further
only if there is a wrapper.
"""

from __future__ import annotations

import inspect
import sys
from dis import opmap
from threading import get_ident
from types import FunctionType, GeneratorType
from typing import TYPE_CHECKING, Any

from streamlab.trace.find_generator import (
    MAX_OBJECTS,
    find_generator,
    is_plumbing,
    is_user_code,
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
        if self.ended or self._app or self._maker:
            return
        if self._trace.reports_streams or self._trace.generator_tapped:
            self.end()  # the framework itself tells which generator it is
            return
        callers = callers_inside(caller)
        app = next((frame for frame in callers if self._serves(frame)), None)
        outside = callers[callers.index(app) + 1 :] if app else []
        wrappers = [frame for frame in outside if _may_wrap(frame)]
        if app is None or not wrappers:
            self.end()
            return
        own = [frame for frame in wrappers if not is_plumbing(frame.f_code.co_filename)]
        self.wrapper = " and ".join(dict.fromkeys(filter(None, map(name_of, own or wrappers))))
        if app.f_code.co_flags & inspect.CO_GENERATOR:
            self._trace.gate_passed = False  # for the chunk that is being made
            self._set_maker(app)
        else:
            self._app = app
        if get_ident() != self._thread and sys.getprofile() is None:
            sys.setprofile(self._event)  # the wrapper runs the app in a thread of its own

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
        self._early.clear()
        self.__exit__()

    def _event(self, frame: FrameType, kind: str, arg: Any) -> None:
        """Receive an event of Python's profiler: see `sys.setprofile`."""
        if kind == "return":
            if frame is self._maker or (self._iterator and self._is_iterator(frame)):
                self._returned(frame, arg)
            elif frame is self._app:
                self._app = None
                self._find_maker(arg)
            elif (
                self._maker is None
                and frame.f_code.co_flags & inspect.CO_GENERATOR
                and isinstance(arg, (str, bytes))
                and len(self._early) < _MOST_EARLY
            ):
                self._early.append((frame, arg))
        elif kind == "call" and (
            frame is self._maker or (self._iterator and self._is_iterator(frame))
        ):
            self._asked()

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
