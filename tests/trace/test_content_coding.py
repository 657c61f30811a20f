"""Content codings: a compressed body piece by piece, and the header that has no content."""

from __future__ import annotations

import gzip
import zlib

import pytest
from werkzeug.datastructures import Headers

from streamlab.trace.content_coding import ContentDecoder, coding_head

TEXT = b"Hello World! " * 1_000


def decoder_for(coding):
    return ContentDecoder(Headers([("content-encoding", coding)] if coding else []))


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize(
    ("coding", "compress"),
    [("gzip", gzip.compress), ("X-GZIP", gzip.compress), ("deflate", zlib.compress), ("", bytes)],
)
def test_pieces_of_any_size_are_decoded(coding, compress, size):
    decoder, data = decoder_for(coding), compress(TEXT)
    assert decoder.decodes
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert b"".join(map(decoder.decode, pieces)) == TEXT


@pytest.mark.parametrize(("coding", "compress"), [("gzip", gzip.compress), ("", bytes)])
def test_a_limit_leaves_the_rest_for_the_next_call(coding, compress):
    decoder = decoder_for(coding)
    assert decoder.decode(compress(TEXT), max_bytes=100) == TEXT[:100]
    assert decoder.decode(b"", max_bytes=50) == TEXT[100:150]
    assert decoder.decode(b"") == TEXT[150:]


def test_a_coding_that_python_cannot_decode_is_passed_on():
    decoder = decoder_for("br")
    assert not decoder.decodes
    assert decoder.decode(b"\x0b\x02\x80") == b"\x0b\x02\x80"


def test_bytes_in_another_coding_are_an_error():
    with pytest.raises(ValueError, match="not in the coding that its Content-Encoding header"):
        decoder_for("gzip").decode(b"Hello World!")


@pytest.mark.parametrize(
    ("body", "size"),
    [
        (gzip.compress(b""), 10),
        *((zlib.compress(b"", level), 2) for level in range(10)),
        (b"\x1f\x8b", 10),
        (b"\x1f", 0),
        (b"Hello", 0),
        (b"", 0),
    ],
)
def test_the_header_of_a_coding_is_known_by_its_first_two_bytes(body, size):
    assert coding_head(body) == size
