"""Random applications: `observe` must agree with a raw client and with the generator itself.

``make fuzz CASES=100000 SEED=7`` runs any number of cases, beginning with any seed.
"""

from __future__ import annotations

import os

import pytest

from streamlab.harness.exchange import Exchange
from streamlab.harness.harness import Harness
from streamlab.harness.scenario import Scenario
from streamlab.server.server_kinds import server_for
from tests.fuzz.plans import Plan
from tests.fuzz.raw_client import RawResponse, ask

CASES = int(os.environ.get("STREAMLAB_FUZZ_CASES", "1500"))
FIRST_SEED = int(os.environ.get("STREAMLAB_FUZZ_SEED", "0"))
_BATCH = 50


def observed(plan: Plan) -> Exchange:
    """Return the exchange of a plan, made as `observe` makes it."""
    exchanges: list[Exchange] = []

    def leave() -> None:
        exchanges[0].stop()

    scenario = Scenario(
        middleware=plan.middleware,
        server=plan.server,
        http_version=plan.http_version,
        timeout=20,
    )
    with Harness(plan.app(leave), remembered=False) as harness:
        exchanges.append(harness.exchange(scenario, lockstep=plan.lockstep))
        exchanges[0].make()
    return exchanges[0]


def unobserved(plan: Plan) -> RawResponse:
    """Return what the raw client gets from the same application without an observer."""
    app = plan.app()
    for layer in plan.middleware:
        if layer.after_request:
            app.after_request(layer.after_request)
    wsgi = app
    for layer in plan.middleware:
        if layer.wrap:
            wsgi = layer.wrap(wsgi)
    with server_for(plan.server, wsgi, remembered=False) as server:
        return ask(server.url, plan.http_version)


def right_outcomes(plan: Plan, raw: RawResponse) -> set[str]:
    """Return the outcomes that are right for what the raw client got."""
    if raw.status_code is None or raw.status_code >= 400:
        return {"failed"}
    if plan.error_index is not None:
        return {"truncated", "failed"} if raw.whole else {"truncated"}
    made = plan.with_bytes
    if len(made) < 2:
        return {"inconclusive"} if made else {"empty"}
    if plan.holders(made):
        return {"buffered"}
    return {"streamed"} if plan.lockstep else {"streamed", "inconclusive"}


def check_times(exchange: Exchange) -> None:
    for lane in exchange.lanes.values():
        times = [chunk.seconds for chunk in lane]
        assert times == sorted(times), lane
    first, *others = exchange.lanes.values()
    if first.chunks:
        assert all(first[0].seconds <= lane[0].seconds for lane in others if lane.chunks)


def check_generator(plan: Plan, exchange: Exchange) -> None:
    """The generator has ended, and its lane has what it says that it yielded."""
    assert len(plan.ended) == bool(plan.ended), "it ran more than once"
    assert plan.ended or not plan.made, "it still runs"
    made = [chunk for chunk in plan.made if chunk]
    assert [chunk.data for chunk in exchange.lanes["generator"]] == made


def check_whole(plan: Plan) -> None:
    """Check an exchange whose client stays to the end."""
    raw = unobserved(plan)
    exchange = observed(plan)
    verdict, failure = exchange.verdict, exchange.failure
    told = f"{plan}\nraw client: {str(raw)[:500]}\nverdict: {verdict!r}"
    assert exchange.status_code == raw.status_code, told
    assert exchange.complete == raw.whole, told
    if raw.status_code and raw.status_code < 400:
        assert exchange.text == raw.body.decode(errors="replace"), told
        if raw.frames is not None:
            assert [chunk.data for chunk in exchange.lanes["client"]] == raw.frames, told
    check_times(exchange)
    check_generator(plan, exchange)
    assert verdict.outcome in right_outcomes(plan, raw), told
    if plan.error_index is None:
        assert failure is None, told
    else:
        assert failure.user_frame.name == "_generate", told
        assert failure.last.rstrip(".") in verdict.text, told
    if verdict.outcome == "buffered":
        assert verdict.culprit in plan.holders(plan.with_bytes), told
    if verdict.outcome == "streamed":
        assert verdict.culprit is None, told
    saved = Exchange.from_json(exchange.to_json())
    assert (saved.verdict, saved.body) == (verdict, exchange.body), told


def check_left(plan: Plan) -> None:
    """Check an exchange whose client leaves early."""
    exchange = observed(plan)
    verdict = exchange.verdict
    told = f"{plan}\nreceived: {exchange.body[:100]}\nverdict: {verdict!r}"
    check_times(exchange)
    check_generator(plan, exchange)
    made = [chunk for chunk in plan.chunks[: plan.leaves_at] if chunk]
    holders = plan.holders([*made, b"the chunk at which the client leaves"])
    assert exchange.failure is None, told
    assert not exchange.complete, told
    assert b"".join(made).startswith(exchange.text.encode()), told
    assert verdict.outcome in ({"buffered", "stopped"} if holders else {"stopped"}), told
    if not holders:
        assert exchange.text.encode() == b"".join(made), told
    if verdict.outcome == "buffered":
        assert verdict.culprit in holders, told


@pytest.mark.parametrize("start", range(FIRST_SEED, FIRST_SEED + CASES, _BATCH))
def test_observe_agrees_with_a_raw_client_and_with_the_generator(start):
    for seed in range(start, min(start + _BATCH, FIRST_SEED + CASES)):
        plan = Plan.random(seed)
        if plan.leaves_at is None:
            check_whole(plan)
        else:
            check_left(plan)
