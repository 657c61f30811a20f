"""The kept exchanges are bounded, and other clients never displace the exchanges of the user."""

from __future__ import annotations

import gc
import weakref

import pytest

from streamlab import Exchange, Scenario, observe
from streamlab.harness.harness import Harness
from streamlab.harness.kept_exchanges import KeptExchanges, size_of
from streamlab.trace.client import ExternalClient
from streamlab.trace.trace import Trace
from tests.apps import bare
from tests.server.rawclient import RawClient, get


def an_exchange(path, *, size=0, external=False):
    """Return an exchange that is done and has received some bytes."""
    trace = Trace()
    exchange = Exchange(
        path, trace, ExternalClient(trace, cut=print), scenario=Scenario(path), external=external
    )
    if size:
        trace.lanes["app"].record(b"x" * size)
    exchange.mark_done()
    return exchange


def paths(kept):
    return [exchange.path for exchange in kept]


def test_own_exchanges_and_those_of_other_clients_are_bounded_apart():
    kept = KeptExchanges(max_exchanges=2)
    for number in range(3):
        kept.append(an_exchange(f"/own{number}"))
    for number in range(10):
        kept.append(an_exchange(f"/other{number}", external=True))
    kept.append(an_exchange("/own3"))
    assert paths(kept) == ["/own2", "/other8", "/other9", "/own3"]


def test_the_oldest_of_other_clients_are_dropped_first_if_there_are_too_many_bytes():
    size = size_of(an_exchange("/", size=10_000))
    kept = KeptExchanges(max_bytes=3 * size)
    for path, external in [("/a", False), ("/b", True), ("/c", True), ("/d", False)]:
        kept.append(an_exchange(path, size=10_000, external=external))
    assert paths(kept) == ["/a", "/c", "/d"]
    kept.append(an_exchange("/e", size=10_000))
    assert paths(kept) == ["/a", "/c", "/d", "/e"]  # the latest of another client stays
    kept.append(an_exchange("/f", size=10_000))
    assert paths(kept) == ["/c", "/d", "/e", "/f"]


def test_a_large_request_of_another_client_drops_no_exchange_of_the_user():
    kept = KeptExchanges(max_bytes=20_000)
    kept.append(an_exchange("/own1"))
    kept.append(an_exchange("/own2"))
    for _ in range(5):
        kept.append(an_exchange("/large", size=60_000, external=True))
    assert paths(kept) == ["/own1", "/own2", "/large"]


def test_an_exchange_counts_with_its_bytes_when_it_is_done():
    kept = KeptExchanges(max_bytes=20_000)
    trace = Trace()
    running = Exchange("/running", trace, ExternalClient(trace, cut=print), external=True)
    kept.append(running)
    kept.append(an_exchange("/other", external=True))
    trace.lanes["app"].record(b"x" * 30_000)
    assert paths(kept) == ["/running", "/other"]
    running.mark_done()
    assert paths(kept) == ["/other"]


@pytest.mark.parametrize("chunks", [1, 1_000, 100_000])
def test_the_size_is_that_of_the_columns_and_the_bytes(chunks):
    exchange = an_exchange("/")
    empty = size_of(exchange)
    lane = exchange.lanes["app"]
    for _ in range(chunks):
        lane.record(b"x")
    kept = len(lane.body.head) + len(lane.body.tail[1])
    assert 12 * chunks + kept <= size_of(exchange) - empty <= 12 * chunks + kept + 16 * 1024


def test_many_requests_of_other_clients_leave_the_run_of_the_user():
    with Harness(bare, remembered=False) as harness:
        own = harness.exchange(Scenario("/"))
        own.make()
        for _ in range(150):
            with RawClient(harness.server.port, get()) as client:
                client.read_to_end()
        assert own in harness.exchanges
        assert len(harness.exchanges) == 101


def test_an_exchange_that_is_kept_keeps_neither_the_others_nor_the_app():
    class App:
        __call__ = staticmethod(bare)

    app = App()
    exchange = observe(app, "/")
    with Harness(app, remembered=False) as harness:
        first, second = (harness.exchange(Scenario("/")) for _ in range(2))
        first.make()
        second.make()
    freed = [weakref.ref(one) for one in (app, harness, second)]
    del app, harness, second
    gc.collect()
    assert [reference() for reference in freed] == [None] * 3
    assert first.body == exchange.body == b"Hello World!"
