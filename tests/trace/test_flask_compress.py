"""Flask-Compress inside the app: what it really holds, with its name."""

from __future__ import annotations

import flask
import pytest
from flask_compress import Compress

from streamlab import observe
from streamlab.testing import assert_buffered, assert_streams

CHUNKS = 6


def app_with(**config):
    app = flask.Flask("case")
    app.config.update(COMPRESS_MIN_SIZE=1, **config)

    @app.get("/")
    def view():
        return flask.Response((f"row {number}\n" for number in range(CHUNKS)), mimetype="text/html")

    @app.get("/whole")
    def whole():
        return flask.Response("row\n" * 1_000, mimetype="text/html")

    @app.get("/identity")
    def identity():
        response = view()
        response.headers["Content-Encoding"] = "identity"
        return response

    Compress(app)
    return app


ACCEPTED = {"Accept-Encoding": "br, zstd, deflate, gzip"}


@pytest.mark.parametrize("lockstep", [True, False])
@pytest.mark.parametrize("coding", ["br", "zstd", "deflate"])
def test_what_its_compressor_holds(coding, lockstep):
    app = app_with(COMPRESS_ALGORITHM_STREAMING=[coding])
    exchange = observe(app, headers=ACCEPTED, lockstep=lockstep)
    assert exchange.headers["Content-Encoding"] == coding
    assert (exchange.verdict.outcome, exchange.verdict.culprit) == ("buffered", "flask_compress")
    assert "COMPRESS_STREAMS" in exchange.verdict.advice
    assert exchange.lanes["generator"].chunks == CHUNKS
    assert_buffered(app, headers=ACCEPTED, by="flask_compress")


@pytest.mark.parametrize(
    ("path", "config"),
    [("/", {"COMPRESS_STREAMS": False}), ("/identity", {})],
)
def test_a_stream_that_it_leaves_alone(path, config):
    exchange = assert_streams(app_with(**config), path, headers=ACCEPTED)
    assert exchange.lanes["generator"].chunks == CHUNKS


def test_a_client_without_compression():
    assert_streams(app_with(), headers={"Accept-Encoding": "identity"})


def test_a_body_in_one_piece():
    verdict = observe(app_with(), "/whole", headers=ACCEPTED).verdict
    assert verdict.outcome == "inconclusive"
    assert "One piece" in verdict.text
