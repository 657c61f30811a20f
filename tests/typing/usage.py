# ruff: noqa: T201, TC003 - written as a learner writes it
"""Typical uses of streamlab, as a learner writes them. Type checkers check this file; it never runs.

Each `assert_type` says what a type checker must know about a value.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from typing_extensions import assert_type
from werkzeug.datastructures import Headers
from werkzeug.middleware.profiler import ProfilerMiddleware

import streamlab
from streamlab import (
    App,
    Chunk,
    Exchange,
    Lab,
    Lane,
    Middleware,
    Probe,
    Record,
    Request,
    Response,
    Scenario,
    Server,
    Verdict,
    abort,
    buffer,
    g,
    gzip,
    matrix,
    observe,
    request,
    session,
    stream_template,
    stream_with_context,
)
from streamlab.harness.harness import Harness
from streamlab.harness.matrix import Matrix, Row
from streamlab.testing import (
    assert_buffered,
    assert_closes_generator,
    assert_peak_memory,
    assert_streams,
)
from streamlab.trace.failure import Failure

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

app = App()


@app.get("/stream")
def stream() -> Response:
    def generate() -> Iterator[str]:
        yield "Hello "
        yield request.args["name"]

    g.started = True
    return Response(stream_with_context(generate()), mimetype="text/plain")


@app.route("/rows/<int:count>", methods=["GET", "POST"])
def rows(count: int) -> Iterator[str]:
    if count > 1_000_000:
        abort(400)
    session["count"] = count
    return (f"{number}\n" for number in range(count))


@app.get("/page")
def page() -> Iterator[str]:
    return stream_template("page.html", name="World")


@app.after_request
def add_header(response: Response) -> Response:
    response.headers["X-Served-By"] = "streamlab"
    return response


def shout(inner: WSGIApplication) -> WSGIApplication:
    def shouting(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return map(bytes.upper, inner(environ, start_response))

    return shouting


def use_the_app() -> None:
    assert_type(streamlab.__version__, str)
    assert_type(request.args.get("name"), str | None)
    with app.test_client() as client:
        print(client.get("/stream?name=World").text)
    with app.test_request_context("/stream?name=World"):
        print(request.path)


def use_observe() -> None:
    exchange = observe(app, "/stream?name=World")
    assert_type(exchange, Exchange)
    observe(app, lockstep=True, method="POST", headers={"Accept": "text/plain"}, data="a=b")
    observe(app, "/", headers=[("Cookie", "a=1"), ("Cookie", "b=2")], data=b"\x00", timeout=2.5)
    observe(app, "/", middleware="gzip", server="waitress", http_version="1.0", pace=0.5)
    observe(app, "/", middleware=["buffer", gzip(flush=True), shout, ProfilerMiddleware])
    observe(app, "/", middleware=partial(ProfilerMiddleware, stream=None), pace=None)
    observe(app, "/", middleware=buffer(10), stream_with_context=False)


def use_an_exchange(exchange: Exchange) -> None:
    assert_type(exchange.path, str)
    assert_type(exchange.url, str)
    assert_type(exchange.method, str)
    assert_type(exchange.status_code, int | None)
    assert_type(exchange.status, str)
    assert_type(exchange.reason, str)
    assert_type(exchange.headers, Headers)
    assert_type(exchange.headers["content-type"], str)
    assert_type(exchange.body, bytes)
    assert_type(exchange.text, str)
    assert_type(exchange.json(), Any)
    assert_type(exchange.done, bool)
    assert_type(exchange.complete, bool)
    assert_type(exchange.error, BaseException | None)
    assert_type(exchange.failure, Failure | None)
    assert_type(exchange.scenario, Scenario)
    assert_type(exchange.verdict, Verdict | None)
    if exchange.verdict is not None:
        assert_type(exchange.verdict.culprit, str | None)
        assert_type(exchange.verdict.advice, str)
        assert_type(exchange.verdict.text, str)
        if exchange.verdict.outcome == "buffered":
            print(exchange.verdict)
    assert_type(exchange.lanes, dict[str, Lane])
    lane = exchange.lanes["client"]
    assert_type(lane[0], Chunk)
    for chunk in lane:
        assert_type(chunk, Chunk)
        assert_type(chunk.seconds, float)
        assert_type(chunk.data, bytes | None)
        assert_type(chunk.line, int | None)
    for holding in exchange.held:
        assert_type(holding.holder, str)
    assert_type(exchange.wait(), Exchange)
    assert_type(exchange.wait(10), Exchange)
    assert_type(exchange.wait_done(0.5), bool)
    exchange.add_done_callback(lambda done: print(done.status))
    exchange.stop()
    record: Record = exchange
    print(record)


def export_it(exchange: Exchange) -> None:
    assert_type(exchange.to_svg(), str)
    assert_type(exchange.to_har(), str)
    assert_type(exchange.to_trace_events(), str)
    assert_type(exchange.to_json(), str)
    exchange.to_frame().groupby("lane")
    assert_type(Exchange.from_json(exchange.to_json()), Exchange)


async def use_a_lab() -> None:
    with Lab(app, "/stream?name=World", pace=0.5, middleware="gzip") as lab:
        assert_type(lab, Lab)
        exchange = await lab.run("/stream?name=Ada", stream_with_context=False)
        assert_type(exchange, Exchange)
        assert_type(lab.run(pace="step", server="wsgiref", middleware=()), Exchange)
        lab.next_chunk()
        assert_type(lab.exchange, Exchange | None)
        assert_type(lab.exchanges, list[Exchange])
        assert_type(lab.url, str)
        assert_type(lab.url_for("/stream"), str)
        assert_type(lab.matrix(middleware=["gzip"], servers=["werkzeug"]), Matrix)
        lab.stop()
    Lab(app).close()


def use_the_matrix() -> None:
    table = matrix(app, "/", middleware=["gzip", shout, buffer()], stream_with_context=True)
    assert_type(table, Matrix)
    for row in table:
        assert_type(row, Row)
        assert_type(row.outcome, str)
        assert_type(row.culprit, str | None)
        assert_type(row.exchange, Exchange | None)


def use_the_assertions() -> None:
    assert_type(assert_streams(app, "/stream", server="wsgiref", timeout=5), Exchange)
    assert_type(assert_buffered(app, "/stream", by="gzip", middleware="gzip"), Exchange)
    assert_closes_generator(app, "/stream", after=2, headers={"Accept": "*/*"})
    assert_type(assert_peak_memory(app, "/stream", 500_000, chunks=100), int)


def use_a_server() -> None:
    with Server(app, port=0) as server:
        assert_type(server, Server)
        assert_type(server.url, str)
        assert_type(server.running, bool)
    with Harness(app) as harness:
        exchange = harness.exchange(Scenario("/stream", pace="step"), lockstep=False)
        exchange.make()


def use_the_parts() -> None:
    scenario = Scenario("/stream", middleware=("gzip",), data="a=b")
    assert_type(scenario.replace(pace=1, http_version="1.0"), Scenario)
    assert_type(scenario.layers, tuple[Middleware, ...])
    assert_type(scenario.body, bytes)
    assert_type(gzip(flush=True), Middleware)
    Middleware("shout", "makes text upper-case", wrap=shout)
    probe: type[Probe] = Probe
    print(probe, Request)


if __name__ == "__main__":
    asyncio.run(use_a_lab())
