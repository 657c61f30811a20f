"""The decoded body: what a browser would have of a response so far."""

from __future__ import annotations

import gzip
import zlib

import pytest

from streamlab import App, Response, observe
from streamlab.lab.decoded_body import MAX_BYTES, DecodedBody

app = App()
TEXT = b"Hello World! " * 3


@app.get("/coded/<coding>")
def coded(coding):
    data = gzip.compress(TEXT) if coding == "gzip" else zlib.compress(TEXT)
    return Response(data, headers={"Content-Encoding": coding})


@app.get("/false")
def false():
    return Response(b"not gzip", headers={"Content-Encoding": "gzip"})


@app.get("/large")
def large():
    return Response(gzip.compress(bytes(10 * MAX_BYTES)), headers={"Content-Encoding": "gzip"})


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_content_coding_is_decoded(coding):
    assert DecodedBody(observe(app, f"/coded/{coding}")).next_piece() == (0, TEXT)


def test_a_body_that_is_not_in_its_coding_is_empty():
    assert DecodedBody(observe(app, "/false")).next_piece() == (0, b"")


def test_a_small_body_cannot_become_a_large_page():
    start, data = DecodedBody(observe(app, "/large")).next_piece()
    assert (start, len(data)) == (0, MAX_BYTES)


def test_bytes_are_returned_once():
    body = DecodedBody(observe(app, "/coded/gzip"))
    body.next_piece()
    assert body.next_piece() == (len(TEXT), b"")
    assert repr(body) == f"<DecodedBody of /coded/gzip, {len(TEXT)} bytes>"
