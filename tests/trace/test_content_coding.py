"""Content codings: a compressed body piece by piece, and the header that has no content."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
import zstandard
from werkzeug.datastructures import Headers

from streamlab.trace import decoders
from streamlab.trace.content_coding import ContentDecoder, coding_head

TEXT = b"Hello World! " * 1_000


def decoder_for(coding):
    return ContentDecoder(Headers([("content-encoding", coding)] if coding else []))


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize(
    ("coding", "compress"),
    [
        ("gzip", gzip.compress),
        ("X-GZIP", gzip.compress),
        ("gzip", lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:])),  # two members
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data)[2:-4]),  # without the header of zlib
        ("br", brotli.compress),
        ("zstd", zstandard.compress),
        ("zstd", lambda data: zstandard.compress(data[:100]) + zstandard.compress(data[100:])),
        ("deflate,\tgzip", lambda data: gzip.compress(zlib.compress(data))),
        ("identity, br", brotli.compress),
        ("", bytes),
    ],
)
def test_pieces_of_any_size_are_decoded(coding, compress, size):
    decoder, data = decoder_for(coding), compress(TEXT)
    assert decoder.decodes
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert b"".join(map(decoder.decode, pieces)) == TEXT


@pytest.mark.parametrize(
    ("coding", "compress"),
    [
        ("gzip", gzip.compress),
        ("gzip", lambda data: gzip.compress(data[:60]) + gzip.compress(data[60:])),
        ("", bytes),
    ],
)
def test_a_limit_leaves_the_rest_for_the_next_call(coding, compress):
    decoder = decoder_for(coding)
    assert decoder.decode(compress(TEXT), max_bytes=100) == TEXT[:100]
    assert decoder.decode(b"", max_bytes=50) == TEXT[100:150]
    assert decoder.decode(b"") == TEXT[150:]


@pytest.mark.parametrize(
    ("coding", "compress"),
    [
        ("gzip", gzip.compress),
        ("deflate, gzip", lambda data: gzip.compress(zlib.compress(data))),
        ("br", brotli.compress),
        ("zstd", zstandard.compress),
    ],
)
def test_a_few_bytes_of_very_much_content_are_decoded_in_pieces(coding, compress):
    decoder, data, pieces = decoder_for(coding), compress(bytes(50_000_000)), []
    while data or decoder.pending:
        pieces.append(len(decoder.decode(data, max_bytes=1_000_000)))
        data = b""
    assert sum(pieces) == 50_000_000
    assert max(pieces) < 10_000_000


def test_a_coding_that_is_not_known_is_passed_on():
    decoder = decoder_for("gzip, compress")
    assert (decoder.decodes, decoder.missing_package) == (False, "")
    assert decoder.decode(b"\x0b\x02\x80") == b"\x0b\x02\x80"


@pytest.mark.parametrize(("coding", "package"), [("br", "brotli"), ("zstd", "zstandard")])
def test_without_its_package_a_coding_is_passed_on_and_the_package_is_named(
    coding, package, monkeypatch
):
    monkeypatch.setattr(decoders, "_imported", lambda name: None)
    decoder = decoder_for(coding)
    assert (decoder.decodes, decoder.missing_package) == (False, package)
    assert decoder.decode(b"\x0b\x02\x80") == b"\x0b\x02\x80"
    assert decoder_for("gzip").missing_package == ""


def test_after_the_limit_brotli_takes_more_bytes_and_returns_all_content_in_order():
    decoder, coded, content = decoder_for("br"), brotli.compress(TEXT), b""
    for start in range(0, len(coded), 5):
        content += decoder.decode(coded[start : start + 5], max_bytes=100)
    while decoder.pending:
        content += decoder.decode(b"", max_bytes=100)
    assert content == TEXT


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_bytes_in_another_coding_are_an_error(coding):
    with pytest.raises(ValueError, match="not in the coding that its Content-Encoding header"):
        decoder_for(coding).decode(b"Hello World!" * 100)


def gzip_with(**fields):
    """A gzip body with optional fields in its header (RFC 1952 section 2.3)."""
    flags, head = 0, b""
    if "extra" in fields:
        flags |= 4
        head += len(fields["extra"]).to_bytes(2, "little") + fields["extra"]
    for flag, name in ((8, "name"), (16, "comment")):
        if name in fields:
            flags |= flag
            head += fields[name] + b"\0"
    if fields.get("crc"):
        flags |= 2
        start = b"\x1f\x8b\x08" + bytes([flags]) + bytes(6)
        head += (zlib.crc32(start + head) & 0xFFFF).to_bytes(2, "little")
    plain = gzip.compress(TEXT)
    return plain[:3] + bytes([flags]) + bytes(6) + head + plain[10:], 10 + len(head)


@pytest.mark.parametrize(
    "fields",
    [
        {"extra": b"AB\x02\x00xy"},
        {"name": b"file.txt"},
        {"comment": b"a comment"},
        {"crc": True},
        {"extra": b"", "name": b"n", "comment": b"c", "crc": True},
    ],
)
def test_the_header_of_gzip_may_have_more_fields(fields):
    body, size = gzip_with(**fields)
    assert coding_head(body) == size
    assert gzip.decompress(body) == TEXT
    for end in range(10, size):  # what there is of the header so far
        assert coding_head(body[:end]) >= end or "extra" in fields


@pytest.mark.parametrize(
    "options",
    [
        {"write_content_size": True},
        {"write_content_size": False},
        {"write_content_size": False, "write_checksum": True},
    ],
)
@pytest.mark.parametrize("size", [0, 10, 1_000, 100_000])
def test_the_header_of_zstd_is_that_of_its_frame_and_of_its_first_block(options, size):
    body = zstandard.ZstdCompressor(**options).compress(b"x" * size)
    head = zstandard.frame_header_size(body)
    assert coding_head(body) == head + 3
    assert coding_head(body[:5]) >= 5


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
