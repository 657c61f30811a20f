"""An observer that tests can wait for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from streamlab.http1.client import ClientObserver
from streamlab.http1.events import Data

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.http1.errors import ClientError
    from streamlab.http1.events import Event

WAIT_SECONDS = 20


class Watcher(ClientObserver):
    """Keeps everything that a client reports.

    :param inner: another observer, which gets every report first.
    """

    def __init__(self, inner: ClientObserver | None = None) -> None:
        self.reads: list[bytes] = []
        self.size = 0
        """Bytes in all reads."""
        self.ended = False
        self.frames: list[bytes] = []
        self.calls: list[str] = []
        self._inner = inner or ClientObserver()
        self._part = b""
        self._changed = threading.Condition()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Return when `condition` holds; it is checked after each report."""
        with self._changed:
            assert self._changed.wait_for(condition, WAIT_SECONDS)

    def wait_for_bytes(self, size: int) -> None:
        """Return when the client has read `size` bytes, or has ended."""
        self.wait_for(lambda: self.size >= size or self.ended)

    def wait_for_frames(self, count: int) -> None:
        """Return when the client has read `count` frames."""
        self.wait_for(lambda: len(self.frames) >= count)

    def connected(self) -> None:
        self._inner.connected()
        self._add("connected")

    def data_received(self, data: bytes) -> None:
        self._inner.data_received(data)
        self.reads.append(data)
        self.size += len(data)
        self._add("data received")

    def event_received(self, event: Event) -> None:
        self._inner.event_received(event)
        if isinstance(event, Data):
            first, *others = event.frames
            self._part += first
            if event.end_of_frame:
                self.frames += [self._part, *others]
                self._part = b""
        self._add(type(event).__name__)

    def response_completed(self) -> None:
        self._inner.response_completed()
        self.ended = True
        self._add("response completed")

    def client_stopped(self) -> None:
        self._inner.client_stopped()
        self.ended = True
        self._add("client stopped")

    def exchange_failed(self, error: ClientError, missing: str) -> None:
        self._inner.exchange_failed(error, missing)
        self.ended = True
        self._add(f"exchange failed: {error.kind}, missing {missing}")

    def _add(self, call: str) -> None:
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()
