"""Which rows of a compressed lane brought content, and what that means for held bytes."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
import zstandard

from streamlab.trace import decoders
from streamlab.trace.content_rows import ContentRows, content_rows, needs_package
from streamlab.trace.held_bytes import held_between
from streamlab.trace.lane import Lane
from streamlab.trace.trace import Trace
from streamlab.trace.verdict import judge
from tests.trace.test_verdict import Client

PIECES = [b"data: one\n\n", b"data: two\n\n", b"data: three\n\n"]


class Brotli:
    def __init__(self):
        self._compressor = brotli.Compressor()
        self.compress = self._compressor.process
        self.flush = self._compressor.flush
        self.finish = self._compressor.finish


class Zstd:
    def __init__(self):
        self._compressor = zstandard.ZstdCompressor(write_content_size=False).compressobj()
        self.compress = self._compressor.compress
        self.flush = lambda: self._compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        self.finish = self._compressor.flush


class Zlib:
    def __init__(self, window):
        self._compressor = zlib.compressobj(wbits=window)
        self.compress = self._compressor.compress
        self.flush = lambda: self._compressor.flush(zlib.Z_SYNC_FLUSH)
        self.finish = self._compressor.flush


CODINGS = {
    "gzip": ("gzip", lambda: Zlib(31)),
    "deflate": ("deflate", lambda: Zlib(15)),
    "raw deflate": ("deflate", lambda: Zlib(-15)),
    "br": ("br", Brotli),
    "zstd": ("zstd", Zstd),
}
each_coding = pytest.mark.parametrize(
    ("coding", "compressor"), CODINGS.values(), ids=CODINGS.keys()
)


def trace_of(coding, *, app, behind):
    trace = Trace(("app", "compressor"))
    trace.start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Encoding", coding)])
    for name, rows in (("app", app), ("compressor", behind)):
        for time, data in rows:
            if data:
                trace.lanes[name].record_at(data, time)
    return trace


def late_of(trace):
    [holding] = held_between(trace, list(trace.lanes.values()))
    held = holding.held_back()
    return held.late, held.size, held.until


@each_coding
def test_a_compressor_that_is_flushed_after_each_chunk_holds_nothing(coding, compressor):
    one = compressor()
    app = [(10 * n, piece) for n, piece in enumerate(PIECES, 1)]
    behind = [(time + 1, one.compress(piece) + one.flush()) for time, piece in app]
    assert late_of(trace_of(coding, app=app, behind=[*behind, (40, one.finish())]))[0] == 0


@each_coding
def test_a_header_before_the_end_is_no_content(coding, compressor):
    one = compressor()
    app = [(10 * n, piece) for n, piece in enumerate(PIECES, 1)]
    opening = one.compress(b"") + one.flush()  # a header, and for some codings an empty block
    rest = b"".join(map(one.compress, PIECES)) + one.finish()
    cut = len(opening) or 1
    coded = opening + rest
    behind = [(11, coded[:1]), (12, coded[1:cut]), (40, coded[cut:])]
    late, size, until = late_of(trace_of(coding, app=app, behind=behind))
    assert (late, size, until) == (2, len(PIECES[0] + PIECES[1]), 40)


@each_coding
def test_a_flush_without_content_after_each_chunk_is_no_content(coding, compressor):
    """The compressor is flushed before it gets the chunk, so each chunk is one behind."""
    one = compressor()
    app = [(10 * n, piece) for n, piece in enumerate(PIECES, 1)]
    behind = []
    for time, piece in app:
        behind.append((time + 1, one.flush()))
        one_late = one.compress(piece)
        behind.append((time + 2, one_late))
    trace = trace_of(coding, app=app, behind=[*behind, (40, one.finish())])
    assert late_of(trace)[0] == 2


def test_content_that_the_coding_has_not_passed_on_is_held_exactly():
    one = Zlib(31)
    first = one.compress(PIECES[0]) + one.flush()
    rest = one.compress(PIECES[1]) + one.compress(PIECES[2]) + one.finish()
    trace = trace_of(
        "gzip",
        app=[(10, PIECES[0]), (20, PIECES[1]), (30, PIECES[2])],
        behind=[(11, first), (31, rest)],
    )
    [holding] = held_between(trace, list(trace.lanes.values()))
    assert [holding.at(time).size for time in (10, 11, 20, 30, 31)] == [
        len(PIECES[0]),
        0,
        len(PIECES[1]),
        len(PIECES[1] + PIECES[2]),
        0,
    ]


def test_a_layer_that_changes_the_content_as_well_is_matched_by_time():
    """As a middleware that makes capital letters before gzip, where neither has a lane."""
    one = Zlib(31)
    app = [(10 * n, piece) for n, piece in enumerate(PIECES, 1)]
    behind = [(1, one.flush())]
    behind += [(time + 1, one.compress(piece.upper()) + one.flush()) for time, piece in app]
    assert late_of(trace_of("gzip", app=app, behind=[*behind, (40, one.finish())]))[0] == 0


def test_of_a_long_body_only_the_kept_bytes_are_decoded():
    before, behind = Lane("app", head_bytes=30), Lane("gzip", head_bytes=20)
    coded = gzip.compress(b"Hello")
    before.record(b"Hello" * 100)
    for start in range(0, len(coded), 10):
        behind.record(coded[start : start + 10])
    rows = content_rows(before, behind, "gzip")
    assert rows == ContentRows([0, 5], exact=True)


@pytest.mark.parametrize("coding", ["", "gzip", "compress", "br"])
def test_bytes_that_are_not_in_the_coding_have_no_content_rows(coding):
    before, behind = Lane("app"), Lane("upper")
    before.record(b"hello")
    behind.record(b"HELLO, and more of the same")
    assert content_rows(before, behind, coding) is None


@pytest.mark.parametrize(("installed", "outcome"), [(True, "streamed"), (False, "inconclusive")])
def test_a_body_that_cannot_be_decoded_is_not_called_streamed(installed, outcome, monkeypatch):
    if not installed:
        monkeypatch.setattr(decoders, "_imported", lambda name: None)
    one = Brotli()
    app = [(10 * n, piece) for n, piece in enumerate(PIECES, 1)]
    behind = [(time + 1, one.compress(piece) + one.flush()) for time, piece in app]
    trace = Trace(("app", "compressor", "client"))
    trace.start_response("200 OK", [("Content-Encoding", "br")])
    trace.use_lockstep()
    for name, rows in (("app", app), ("compressor", behind), ("client", behind)):
        for time, data in rows:
            trace.lanes[name].record_at(data, time + (name == "client"))
    verdict = judge(trace, Client())
    assert verdict.outcome == outcome
    assert ("pip install brotli" in verdict.advice) is not installed


def test_the_package_that_is_needed_to_see_the_content_is_named(monkeypatch):
    assert needs_package("br") == ""
    monkeypatch.setattr(decoders, "_imported", lambda name: None)
    assert [needs_package(coding) for coding in ("br", "zstd", "gzip", "")] == [
        "brotli",
        "zstandard",
        "",
        "",
    ]
