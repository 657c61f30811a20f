"""What layers of Pyramid and of Starlette behind a2wsgi hold is seen, and has their name."""

from __future__ import annotations

import warnings
import zlib

import pytest
from a2wsgi import ASGIMiddleware
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import StreamingResponse
from starlette.routing import Route

from streamlab import observe
from streamlab.testing import assert_buffered, assert_streams

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Pyramid imports pkg_resources and cgi, which are deprecated
    from pyramid.config import Configurator
    from pyramid.response import Response

CHUNKS = 6


def rows():
    for number in range(CHUNKS):
        yield f"row {number}\n".encode()


async def async_rows():
    for row in rows():
        yield row


def in_threes(pieces):
    held = []
    for piece in pieces:
        held.append(piece)
        if len(held) == 3:
            yield b"".join(held)
            held.clear()
    yield b"".join(held)


def batching(handler, registry):
    def tween(request):
        response = handler(request)
        response.app_iter = in_threes(response.app_iter)
        return response

    return tween


def joining(handler, registry):
    def tween(request):
        response = handler(request)
        assert len(response.body) == 36
        return response

    return tween


def passing(handler, registry):
    def tween(request):
        response = handler(request)
        response.app_iter = (piece.upper() for piece in response.app_iter)
        return response

    return tween


def compressing(handler, registry):
    def tween(request):
        response = handler(request)
        response.encode_content("gzip", lazy=True)
        return response

    return tween


def of_pyramid(tween=None, body=rows):
    configurator = Configurator()
    if tween:
        configurator.add_tween(f"{__name__}.{tween.__name__}")
    configurator.add_route("stream", "/")
    configurator.add_view(lambda request: Response(app_iter=body()), route_name="stream")
    return configurator.make_wsgi_app()


def assert_made(exchange, outcome, culprit):
    lane = exchange.lanes["generator"]
    assert (lane.chunks, lane.size) == (CHUNKS, 36)
    assert [chunk.line is not None for chunk in lane] == [True] * CHUNKS
    assert (exchange.verdict.outcome, exchange.verdict.culprit) == (outcome, culprit)


@pytest.mark.parametrize(
    ("tween", "outcome", "culprit"),
    [
        (None, "streamed", None),
        (passing, "streamed", None),
        (batching, "buffered", "batching"),
        (joining, "buffered", "joining"),
        (compressing, "buffered", "compressing"),
    ],
)
def test_a_tween_of_pyramid(tween, outcome, culprit):
    assert_made(observe(of_pyramid(tween), lockstep=True), outcome, culprit)


def test_a_list_as_the_body_of_pyramid_exists_before_the_view_returned():
    verdict = observe(of_pyramid(body=lambda: list(rows())), lockstep=True).verdict
    assert (verdict.outcome, verdict.culprit) == ("buffered", "view")


class Batching:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        held = []

        async def collect(message):
            if message["type"] != "http.response.body":
                await send(message)
                return
            held.append(message["body"])
            if len(held) == 3 or not message["more_body"]:
                await send({**message, "body": b"".join(held)})
                held.clear()

        await self.app(scope, receive, collect)


class Compressing:
    """Middleware that compresses and never flushes, as that of Starlette before 1.0."""

    def __init__(self, app):
        self.app = app
        self.compressor = zlib.compressobj(wbits=31)

    async def __call__(self, scope, receive, send):
        self.send = send
        await self.app(scope, receive, self.compress)

    async def compress(self, message):
        if message["type"] == "http.response.start":
            message["headers"].append((b"content-encoding", b"gzip"))
        else:
            body = self.compressor.compress(message["body"])
            rest = b"" if message["more_body"] else self.compressor.flush()
            message = {**message, "body": body + rest}
        await self.send(message)


def outer(app):
    async def asgi(scope, receive, send):
        await app(scope, receive, send)

    return asgi


class Passing(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        return await call_next(request)


class Replacing(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        response = await call_next(request)
        old = response.body_iterator

        async def held():
            yield b"".join([piece async for piece in old])

        response.body_iterator = held()
        return response


class Answering(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        response = await call_next(request)
        pieces = [piece async for piece in response.body_iterator]
        return StreamingResponse(iter([b"".join(pieces)]))


def of_starlette(*layers, body=async_rows):
    async def view(request):
        return StreamingResponse(body(), media_type="text/plain")

    middleware = [Middleware(layer) for layer in layers]
    return ASGIMiddleware(Starlette(routes=[Route("/", view)], middleware=middleware))


@pytest.mark.parametrize("body", [rows, async_rows])
@pytest.mark.parametrize(
    ("layers", "outcome", "culprit"),
    [
        ([], "streamed", None),
        ([outer, Passing], "streamed", None),
        ([GZipMiddleware], "streamed", None),  # it flushes after each chunk
        ([Batching], "buffered", "Batching"),
        ([outer, Batching], "buffered", "Batching"),
        ([Batching, Passing], "buffered", "Batching"),
        ([Compressing], "buffered", "Compressing"),
        ([Replacing], "buffered", "Replacing"),
        ([Answering], "buffered", "Answering"),
    ],
)
def test_middleware_of_starlette(layers, outcome, culprit, body):
    exchange = observe(
        of_starlette(*layers, body=body), lockstep=True, headers={"Accept-Encoding": "gzip"}
    )
    assert_made(exchange, outcome, culprit)


def test_the_asserts_agree():
    assert_streams(of_pyramid())
    assert_buffered(of_pyramid(batching), by="batching")
    assert_streams(of_starlette())
    assert_buffered(of_starlette(Batching), by="Batching")


@pytest.mark.parametrize("app", [of_pyramid(), of_starlette(), of_starlette(body=rows)])
def test_a_pace_counts_once_for_each_chunk(app):
    exchange = observe(app, pace=0.001)
    assert_made(exchange, "streamed", None)


def test_a_client_that_leaves_ends_the_generator():
    async def endless():
        while True:
            yield b"again\n"

    verdict = observe(of_starlette(body=endless), chunks=3).verdict
    assert (verdict.outcome, verdict.culprit) == ("streamed", None)


async def bare(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for row in rows():
        await send({"type": "http.response.body", "body": row, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


@pytest.mark.parametrize("app", [bare, Batching(bare)])
def test_what_an_asgi_app_makes_in_another_way_cannot_be_seen(app):
    verdict = observe(ASGIMiddleware(app), lockstep=True).verdict
    assert verdict.outcome == "inconclusive"
    assert "inside `a2wsgi` cannot be seen" in verdict.text
    assert "streamlab probe" in verdict.advice
