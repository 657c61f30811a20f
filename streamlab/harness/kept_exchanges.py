"""The exchanges that a harness keeps: bounded in number and in bytes.

Requests of other clients can come in any number and size. They never displace the exchanges that
the user has started.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamlab.harness.exchange import Exchange
    from streamlab.trace.lane import Lane
    from streamlab.trace.record import Record

MAX_EXCHANGES = 100
"""How many exchanges of the user are kept, and how many of other clients."""
MAX_BYTES = 64 * 1024 * 1024
"""How many bytes all kept exchanges may take."""


class KeptExchanges(Sequence["Exchange"]):
    """The latest exchanges, oldest first. Any thread may add to them.

    The latest exchange of the user and the latest one of another client are always kept.

    :param max_exchanges: how many exchanges of the user to keep, and how many of other clients.
    :param max_bytes: how many bytes all of them may take. Above that the oldest ones of other
        clients go first.

    >>> from streamlab import App, observe
    >>> app = App()
    >>> kept = KeptExchanges(max_exchanges=2)
    >>> for path in ("/1", "/2", "/3"):
    ...     kept.append(observe(app, path))
    >>> [exchange.path for exchange in kept]
    ['/2', '/3']
    """

    def __init__(self, max_exchanges: int = MAX_EXCHANGES, max_bytes: int = MAX_BYTES) -> None:
        self._max_exchanges = max_exchanges
        self._max_bytes = max_bytes
        self._sizes: dict[Exchange, int] = {}  # oldest first
        self._lock = threading.Lock()

    def append(self, exchange: Exchange) -> None:
        """Add an exchange. It counts with its bytes as soon as it is done.

        :param exchange: may still be running.
        """
        with self._lock:
            self._sizes[exchange] = 0
            self._drop_oldest()
        exchange.add_done_callback(self._measure)

    def clear(self) -> None:
        """Forget all exchanges."""
        with self._lock:
            self._sizes.clear()

    def _measure(self, exchange: Exchange) -> None:
        with self._lock:
            if exchange in self._sizes:
                self._sizes[exchange] = size_of(exchange)
                self._drop_oldest()

    def _drop_oldest(self) -> None:
        own = [exchange for exchange in self._sizes if not exchange.external]
        self._drop_from(own, sum(self._sizes[exchange] for exchange in own))
        external = [exchange for exchange in self._sizes if exchange.external]
        self._drop_from(external, sum(self._sizes.values()))

    def _drop_from(self, exchanges: list[Exchange], size: int) -> None:
        for position, exchange in enumerate(exchanges[:-1]):
            if len(exchanges) - position <= self._max_exchanges and size <= self._max_bytes:
                return
            size -= self._sizes.pop(exchange)

    @overload
    def __getitem__(self, index: int) -> Exchange: ...
    @overload
    def __getitem__(self, index: slice) -> list[Exchange]: ...
    def __getitem__(self, index: int | slice) -> Exchange | list[Exchange]:
        return list(self._sizes)[index]

    def __len__(self) -> int:
        return len(self._sizes)

    def __repr__(self) -> str:
        return f"<KeptExchanges: {list(self._sizes)}>"


def size_of(record: Record) -> int:
    """Return about how many bytes of memory a record takes.

    :param record: the record of an exchange.
    """
    trace = record.trace
    numbers = sum(_lane_size(lane) for lane in (*trace.lanes.values(), trace.reads))
    texts = [one.text for one in (*trace.events, *trace.sources, *trace.output)]
    headers = record.client.response.headers
    return numbers + len(record.client.request) + _text_size(texts) + _text_size(map(str, headers))


def _lane_size(lane: Lane) -> int:
    columns, body = lane.columns, lane.body
    arrays = (columns.times, columns.ends, columns.lasts, columns.locations)
    head = min(body.size, body.head_bytes)
    tail = min(body.size - head, 2 * body.tail_bytes)
    return sum(len(column) * column.itemsize for column in arrays) + head + tail


def _text_size(texts: Iterable[str]) -> int:
    return sum(100 + len(text) for text in texts)  # about 100 bytes for each object
