"""`buffer` and `gzip`: what comes out when, and that everything else passes."""

from __future__ import annotations

import gzip as python_gzip
import zlib
from wsgiref.validate import validator

import pytest

from streamlab.middleware import buffer, gzip
from tests.trace.wsgi import environ_for, serve

ITEMS = [b"one ", b"two ", b"", b"three ", b"four"]
WHOLE = b"".join(ITEMS)


def app_of(items, headers=(), diary=None):
    class Body:
        def __iter__(self):
            yield from items

        def close(self):
            if diary is not None:
                diary.append("closed")

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
def test_a_buffer_lets_go_when_it_has_enough(size, expected):
    assert serve(buffer(size).wrap(app_of(ITEMS))).items == expected


def test_a_buffer_without_room_is_none():
    with pytest.raises(ValueError, match="at least 1 byte"):
        buffer(0)


@pytest.mark.parametrize("layer", [gzip(), gzip(flush=True)], ids=lambda layer: layer.name)
def test_gzip_gives_what_gunzip_takes(layer):
    got = serve(layer.wrap(app_of(ITEMS, [("Content-Length", str(len(WHOLE)))])))
    assert python_gzip.decompress(b"".join(got.items)) == WHOLE
    assert ("Content-Encoding", "gzip") in got.headers
    assert ("Vary", "Accept-Encoding") in got.headers
    assert "Content-Length" not in dict(got.headers)


def decoded_by_item(items):
    inflate = zlib.decompressobj(wbits=15 + 16)
    return [inflate.decompress(item) for item in items]


def test_flushed_gzip_lets_each_chunk_go_and_plain_gzip_none():
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
def test_gzip_leaves_alone_what_it_may_not_touch(environ, headers):
    got = serve(gzip().wrap(app_of(ITEMS, headers)), environ_for(**environ))
    assert b"".join(got.items) == WHOLE
    assert ("Content-Encoding", "gzip") not in got.headers


@pytest.mark.parametrize("layer", [buffer(), buffer(3), gzip(), gzip(flush=True)])
@pytest.mark.parametrize("take", [None, 0, 1])
def test_close_is_passed_on_once(layer, take):
    diary = []
    serve(layer.wrap(app_of(ITEMS, diary=diary)), take=take)
    assert diary == ["closed"]


@pytest.mark.parametrize("layer", [buffer(), gzip()])
def test_write_goes_the_same_way(layer):
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
def test_both_sides_keep_to_pep_3333(layer):
    got = serve(validator(layer.wrap(validator(app_of(ITEMS)))))
    assert got.error is None
    assert got.items


@pytest.mark.parametrize("layer", [buffer(), gzip()])
def test_an_exception_passes(layer):
    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"a"
        raise KeyError("on purpose")

    assert isinstance(serve(layer.wrap(app)).error, KeyError)


def test_an_empty_body_stays_empty():
    assert serve(buffer().wrap(app_of([]))).items == []
