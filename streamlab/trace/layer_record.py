"""What the layers of a stack did besides passing chunks on: the part of a trace about layers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlab.trace.failure import Failure
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
        self._first_not_bytes: NotBytes | None = None

    def offer(self, item: NotBytes) -> None:
        """Note that a layer is about to get an item that is not bytes.

        :param item: what is known of it. If inner layers have passed the same item on, their
            description counts.
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

    def set_head(self, lane: str, head: Head) -> None:
        """Note what a layer gave to ``start_response``.

        :param lane: name of the layer's lane.
        :param head: status and header fields.
        """
        self.heads[lane] = head

    def end_lane(self, lane: str) -> None:
        """Note that a layer has ended its body.

        :param lane: name of the layer's lane.
        """
        self.ended_lanes.add(lane)
