"""Streams that do not end: `chunks=` and `time_limit=`, and what is left afterwards."""

from __future__ import annotations

import threading

import pytest

from streamlab import App, matrix, observe
from streamlab.testing import assert_buffered, assert_streams


def endless(chunk="tick\n"):
    """Return an app with an endless stream, and the events that its generator was closed."""
    app, closed = App(), threading.Event()

    @app.get("/")
    def events():
        def generate():
            try:
                while True:
                    yield chunk
            finally:
                closed.set()

        return generate()

    return app, closed


def streamlab_threads():
    return [one.name for one in threading.enumerate() if one.name.startswith("streamlab")]


@pytest.mark.parametrize("server", ["werkzeug", "werkzeug-stock", "wsgiref", "waitress", "cheroot"])
def test_the_client_leaves_after_as_many_chunks_and_nothing_is_left(server):
    app, closed = endless()
    exchange = observe(app, "/", chunks=3, server=server, lockstep=True)
    assert exchange.verdict.outcome == "streamed"
    assert exchange.verdict.text.endswith(
        "The client left after 3 chunks (15 bytes), as chunks= asked."
    )
    assert [chunk.data for chunk in exchange.lanes["client"]] == [b"tick\n"] * 3
    assert exchange.body == b"tick\n" * 3
    assert closed.wait(10)
    assert streamlab_threads() == []


def test_a_chunk_that_is_not_asked_for_is_not_recorded():
    app, _ = endless()
    exchange = observe(app, "/", chunks=2)
    assert exchange.lanes["client"].chunks == 2


def test_a_stream_that_ends_at_the_limit_or_before_is_judged_as_ever():
    app = App()

    @app.get("/")
    def two():
        return (str(number) for number in range(2))

    verdict = observe(app, "/", chunks=9, lockstep=True).verdict
    assert verdict.outcome == "streamed"
    assert "chunks=" not in verdict.text


def test_one_chunk_tells_nothing():
    app, _ = endless()
    verdict = observe(app, "/", chunks=1).verdict
    assert verdict.outcome == "stopped"
    assert "at least two chunks" in verdict.advice.lower()


@pytest.mark.parametrize("chunk", ["tick\n", ""])
def test_the_generator_ends_behind_a_middleware_that_passes_nothing_on(chunk):
    app, closed = endless(chunk)
    exchange = observe(app, "/", time_limit=0.2, middleware="buffer")
    assert exchange.verdict.outcome in {"buffered", "stopped", "failed"}
    assert closed.wait(10)
    assert streamlab_threads() == []


def test_at_the_time_limit_the_verdict_rests_on_what_came():
    app, closed = endless()
    exchange = observe(app, "/", time_limit=0.2, pace=0.01)
    assert exchange.verdict.outcome == "streamed"
    assert "as time_limit= asked" in exchange.verdict.text
    assert closed.wait(10)


@pytest.mark.parametrize("server", ["werkzeug", "werkzeug-stock", "wsgiref", "waitress", "cheroot"])
def test_a_chunk_on_its_way_at_the_time_limit_is_not_held(server):
    app, _ = endless()
    verdict = observe(app, "/", time_limit=0.3, timeout=5, server=server).verdict
    assert verdict.outcome in {"streamed", "inconclusive"}
    assert verdict.text.endswith("as time_limit= asked. The time limit of 0.3 s was reached.")


def test_the_assertions_and_the_matrix_take_the_limits():
    app, _ = endless()
    assert assert_streams(app, "/", chunks=3).lanes["client"].chunks == 3
    assert assert_buffered(app, "/", time_limit=0.2, middleware="buffer")
    [kept, switched_off] = matrix(app, "/", servers=["werkzeug"], middleware=[], chunks=3)
    assert (kept.outcome, switched_off.outcome) == ("streamed", "streamed")


@pytest.mark.parametrize("chunks", [0, -1, 1.5, True, "3"])
def test_a_wrong_number_of_chunks_is_refused(chunks):
    with pytest.raises(
        (TypeError, ValueError), match=r"^chunks=.*: use a (whole )?number of chunks"
    ):
        observe(endless()[0], "/", chunks=chunks)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_wrong_time_limit_is_refused(seconds):
    with pytest.raises(ValueError, match=r"time_limit=.* use a number of seconds above 0"):
        observe(endless()[0], "/", time_limit=seconds)
