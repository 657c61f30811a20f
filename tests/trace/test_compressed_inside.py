"""An app that compresses its chunks itself: bytes without content are no stream."""

from __future__ import annotations

import zlib

import brotli
import flask
import pytest

from streamlab import observe
from streamlab.testing import assert_streams

CHUNKS = 6


def gzipped(*, flushed):
    compressor = zlib.compressobj(wbits=31)
    for number in range(CHUNKS):
        yield compressor.compress(b"row %d\n" % number) + (
            compressor.flush(zlib.Z_SYNC_FLUSH) if flushed else b""
        )
    yield compressor.flush()


def brotlied(*, flushed):
    compressor = brotli.Compressor()
    yield compressor.process(b"") + compressor.flush()
    for number in range(CHUNKS):
        yield compressor.process(b"row %d\n" % number) + (compressor.flush() if flushed else b"")
    yield compressor.finish()


MAKERS = {"gzip": gzipped, "br": brotlied}


def bare(coding, *, flushed):
    def application(environ, start_response):
        start_response("200 OK", [("Content-Encoding", coding)])
        return MAKERS[coding](flushed=flushed)

    return application


def of_flask(coding, *, flushed):
    app = flask.Flask("case")
    headers = {"Content-Encoding": coding}
    app.get("/")(lambda: flask.Response(MAKERS[coding](flushed=flushed), headers=headers))
    return app


@pytest.mark.parametrize("coding", MAKERS)
@pytest.mark.parametrize("framework", [bare, of_flask])
@pytest.mark.parametrize("lockstep", [True, False])
def test_content_that_comes_in_one_chunk_is_held(coding, framework, lockstep):
    app = framework(coding, flushed=False)
    verdict = observe(app, lockstep=lockstep).verdict
    assert (verdict.outcome, verdict.culprit) == ("buffered", "app")
    assert f"compresses its chunks itself ({coding})" in verdict.text
    with pytest.raises(AssertionError, match="compresses its chunks itself"):
        assert_streams(app)


@pytest.mark.parametrize("coding", MAKERS)
@pytest.mark.parametrize("framework", [bare, of_flask])
def test_content_that_is_flushed_streams(coding, framework):
    assert_streams(framework(coding, flushed=True))
