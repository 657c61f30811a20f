"""What the layers of a stack did besides passing chunks on: the part of a trace about layers."""

from __future__ import annotations

import weakref
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from streamlab.places import place_of
from streamlab.trace.find_generator import find_generator

if TYPE_CHECKING:
    from streamlab.trace.failure import Failure
    from streamlab.trace.inner_generator import InnerGenerator
    from streamlab.trace.made_early import Making
    from streamlab.trace.mistakes import Head, NotBytes


class LayerRecord:
    """What the layers gave to ``start_response``, and which of them have ended their body.

    >>> record = LayerRecord()
    >>> record.set_head("app", ("200 OK", [("Content-Length", "5")]))
    >>> record.heads["app"][0], "app" in record.ended_lanes
    ('200 OK', False)
    """

    def __init__(self) -> None:
        self.heads: dict[str, Head] = {}
        """What each layer gave to ``start_response``, by its lane, the innermost layer first."""
        self.ended_lanes: set[str] = set()
        """The lanes whose layer has ended its body, so that nothing more can come from it."""
        self.frameworks: tuple[str, ...] = ()
        """The modules of the frameworks that have answered this request with one of their apps."""
        self.offered: NotBytes | None = None
        """An item that is not bytes, while the next layer has it and may refuse it."""
        self.making: Making | None = None
        """How the chunks came to be, if the user's generator does not make them one by one."""
        self.serving_thread: int | None = None
        """The thread that calls the application; None before that."""
        self.maker_known = False
        """Whether something inside the app observes the generator, or knows that none exists."""
        self.inner: InnerGenerator | None = None
        """What observes the app's generator behind wrappers; None before the app is called."""
        self.empty_chunks = 0
        """How many empty chunks were made. A server sends nothing for them."""
        self.gate_passed = False
        """Whether an outer tap has passed the gate for the chunk that is being made."""
        self._first_not_bytes: NotBytes | None = None
        self._iterable: weakref.ref[Any] | None = None

    def offer(self, item: NotBytes) -> None:
        """Note that a layer is about to get an item that is not bytes.

        :param item: a description of the item. If an inner layer has described the same item
            before, that description is kept.
        """
        self.offered = self.offered or item
        self._first_not_bytes = self._first_not_bytes or item

    def accept(self) -> None:
        """Note that the layer that got an item asks for the next one, so it accepted the item."""
        self.offered = None

    def with_item(self, failure: Failure) -> Failure:
        """Return a failure with the line and the advice of an item that led to it, if one did.

        The layer that got the item raises the exception. The generator still stands where it made
        the item.

        :param failure: the exception as text.
        """
        item = self.offered
        if item and item.entry and failure.user_frame is None:
            return replace(failure, frames=(*failure.frames, item.entry), tip=item.advice)
        item = self._first_not_bytes
        middleware = failure.raised_by not in {"generator", "app", None}
        if item and middleware and isinstance(failure.exception, TypeError):
            return replace(failure, tip=item.sentence)
        return failure

    def count_empty(self) -> None:
        """Count an empty chunk."""
        self.empty_chunks += 1

    def with_refusal(self, failure: Failure) -> Failure:
        """Return a failure that names the generator, if it is that a generator refused to end.

        :param failure: the exception as text.
        """
        if not refuses_to_end(failure.exception):
            return failure
        generator = self.generator
        frame = generator and generator.gi_frame
        name = f" {place_of(generator.gi_code, frame.f_lineno)}" if frame else ""
        return replace(
            failure,
            clause=f"the generator{name} refused to end: it caught GeneratorExit and yielded again",
            tip="Catch `Exception` around a `yield`, not `BaseException` or GeneratorExit.",
        )

    def set_head(self, lane: str, head: Head) -> None:
        """Note what a layer gave to ``start_response``.

        :param lane: name of the layer's lane.
        :param head: status and header fields.
        """
        self.heads[lane] = head

    @property
    def hidden_by(self) -> str:
        """Names of wrappers around the app behind which no generator could be observed; or ""."""
        return self.inner.wrapper if self.inner is not None and not self.maker_known else ""

    def end_lane(self, lane: str) -> None:
        """Note that a layer has ended its body.

        :param lane: name of the layer's lane.
        """
        self.ended_lanes.add(lane)

    def set_making(self, making: Making | None) -> None:
        """Note how the chunks came to be.

        :param making: None if the user's generator makes them one by one.
        """
        self.making = making

    def note_iterable(self, iterable: object) -> None:
        """Note what the items are taken from. A trace does not keep it alive.

        :param iterable: such as the user's generator, or an object that takes its items from one.
        """
        with suppress(TypeError):  # a list, for example, cannot be referred to weakly
            self._iterable = weakref.ref(iterable)

    @property
    def generator(self) -> Any:
        """The user's generator; None if there is none, or it does not exist any more."""
        iterable = self._iterable and self._iterable()
        return None if iterable is None else find_generator(iterable)

    def generator_found(self, generator: object) -> None:
        """Take note of the iterable that the tap behind the generator takes its items from.

        :param generator: as the view returned it. A trace does not keep it.
        """


def refuses_to_end(exception: BaseException | None) -> bool:
    """Return whether an exception says that a generator has yielded when it was closed.

    :param exception: any exception, or None.

    >>> refuses_to_end(RuntimeError("generator ignored GeneratorExit"))
    True
    """
    return type(exception) is RuntimeError and exception.args == (_IGNORED,)


_IGNORED = "generator ignored GeneratorExit"
"""The text of Python's own exception."""
