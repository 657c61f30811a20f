"""`buffer` and `gzip`: when they send which bytes, and what they leave unchanged."""

from __future__ import annotations

import gzip as python_gzip
import zlib
from wsgiref.validate import validator

import pytest

from streamlab.middleware import buffer, gzip
from tests.trace.wsgi import environ_for, serve

ITEMS = [b"one ", b"two ", b"", b"three ", b"four"]
WHOLE = b"".join(ITEMS)


def app_of(items, headers=(), calls=None):
    class Body:
        def __iter__(self):
            yield from items

        def close(self):
            if calls is not None:
                calls.append("closed")

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), *headers])
        return Body()

    return app


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (None, [WHOLE]),
        (1, [b"one ", b"two ", b"three ", b"four"]),
        (5, [b"one two ", b"three ", b"four"]),
        (1000, [WHOLE]),
    ],
)
def test_a_buffer_sends_when_it_has_collected_its_size(size, expected):
    assert serve(buffer(size).wrap(app_of(ITEMS))).items == expected


def test_a_buffer_of_size_0_is_an_error():
    with pytest.raises(ValueError, match="at least 1 byte"):
        buffer(0)


@pytest.mark.parametrize("layer", [gzip(), gzip(flush=True)], ids=lambda layer: layer.name)
def test_gzip_compresses_the_body_and_sets_the_headers(layer):
    got = serve(layer.wrap(app_of(ITEMS, [("Content-Length", str(len(WHOLE)))])))
    assert python_gzip.decompress(b"".join(got.items)) == WHOLE
    assert ("Content-Encoding", "gzip") in got.headers
    assert ("Vary", "Accept-Encoding") in got.headers
    assert "Content-Length" not in dict(got.headers)


def decoded_by_item(items):
    inflate = zlib.decompressobj(wbits=15 + 16)
    return [inflate.decompress(item) for item in items]


def test_gzip_with_flush_sends_each_chunk_and_without_flush_all_at_the_end():
    flushed = decoded_by_item(serve(gzip(flush=True).wrap(app_of(ITEMS))).items)
    assert flushed[:4] == [b"one ", b"two ", b"three ", b"four"]
    held = decoded_by_item(serve(gzip().wrap(app_of(ITEMS))).items)
    assert held[:-1] == [b""] * (len(held) - 1)
    assert held[-1] == WHOLE


@pytest.mark.parametrize(
    ("environ", "headers"),
    [
        ({"HTTP_ACCEPT_ENCODING": "br"}, []),
        ({"HTTP_ACCEPT_ENCODING": ""}, []),
        ({}, [("Content-Encoding", "br")]),
        ({"REQUEST_METHOD": "HEAD"}, []),
    ],
)
def test_gzip_leaves_a_body_unchanged_if_it_may_not_compress_it(environ, headers):
    got = serve(gzip().wrap(app_of(ITEMS, headers)), environ_for(**environ))
    assert b"".join(got.items) == WHOLE
    assert ("Content-Encoding", "gzip") not in got.headers


@pytest.mark.parametrize("layer", [buffer(), buffer(3), gzip(), gzip(flush=True)])
@pytest.mark.parametrize("take", [None, 0, 1])
def test_close_reaches_the_application_once(layer, take):
    calls = []
    serve(layer.wrap(app_of(ITEMS, calls=calls)), take=take)
    assert calls == ["closed"]


@pytest.mark.parametrize("layer", [buffer(), gzip()])
def test_data_passed_to_write_is_transformed_too(layer):
    def app(environ, start_response):
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"written ")
        return [b"and returned"]

    got = serve(layer.wrap(app))
    body = b"".join(got.written + got.items)
    assert (python_gzip.decompress(body) if layer.name == "gzip" else body) == (
        b"written and returned"
    )


@pytest.mark.parametrize("layer", [buffer(), buffer(5), gzip(), gzip(flush=True)])
def test_the_middleware_conforms_to_pep_3333(layer):
    got = serve(validator(layer.wrap(validator(app_of(ITEMS)))))
    assert got.error is None
    assert got.items


@pytest.mark.parametrize("layer", [buffer(), gzip()])
def test_an_exception_of_the_application_is_raised(layer):
    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"a"
        raise KeyError("on purpose")

    assert isinstance(serve(layer.wrap(app)).error, KeyError)


def test_an_empty_body_stays_empty():
    assert serve(buffer().wrap(app_of([]))).items == []
