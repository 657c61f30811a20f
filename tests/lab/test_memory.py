"""What a Lab keeps of long runs is small, and is still true."""

from __future__ import annotations

from itertools import pairwise

from streamlab import App, Lab
from streamlab.harness.exchange import Exchange
from streamlab.harness.kept_exchanges import size_of
from streamlab.lab import runs
from streamlab.trace.client import ExternalClient
from streamlab.trace.columns import Columns
from streamlab.trace.trace import Trace

MIB = 1024 * 1024


def test_a_long_run_is_kept_with_fewer_rows():
    app = App()

    @app.get("/")
    def many():
        return (b"%06d\n" % n for n in range(60_000))

    with Lab(app, "/") as lab:
        exchange = lab.run().wait(60)
    assert exchange.verdict.outcome == "streamed"
    for lane in exchange.lanes.values():
        assert (lane.chunks, len(lane), lane.stride) == (60_000, 15_000, 4)
        assert lane[-1].offset + lane[-1].size == lane.size == 7 * 60_000
        assert all(a <= b for a, b in pairwise(lane.times))
    first = exchange.lanes["generator"][0]
    assert (first.count, first.data, first.line) == (4, exchange.body[:28], first.line)
    assert first.line is not None


def test_a_run_of_900_000_chunks_is_kept_in_three_mib():
    trace = Trace()
    exchange = Exchange("/", trace, ExternalClient(trace, cut=print))
    numbers = range(900_000)
    for lane in (*trace.lanes.values(), trace.reads):
        locations = numbers if lane.name == "generator" else ()
        lane.columns = Columns.restored(stride=1, times=numbers, ends=numbers, locations=locations)
        lane.body.append(b"x" * len(numbers))
        lane.chunks = len(numbers)
    assert size_of(exchange) > 50 * MIB
    trace.merge_rows(**runs._MERGE)
    assert size_of(exchange) < 3 * MIB


def test_the_rows_of_a_run_that_may_go_on_are_not_merged():
    trace = Trace()
    exchange = Exchange("/", trace, ExternalClient(trace, cut=print))
    exchange.merge_when_done(above=10, to=5)
    trace.lanes["app"].record_all([b"x"] * 20)
    exchange.mark_done()
    assert len(trace.lanes["app"]) == 20
