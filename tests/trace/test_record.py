"""The record: what can be read of an exchange while it goes on, and after it has ended."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from streamlab.trace.client import ExternalClient
from streamlab.trace.record import Record
from streamlab.trace.stored_body import HEAD_BYTES
from streamlab.trace.trace import Trace
from streamlab.trace.verdict import Verdict

TEXT = "Grüße, World! "


@dataclass
class Response:
    status_code: int | None = 200
    reason: str = "OK"
    http_version: str = "1.1"
    headers: list = field(default_factory=list)
    framing: str | None = "chunked"
    complete: bool = True
    missing: str = ""


@dataclass
class Client:
    response: Response = field(default_factory=Response)
    url: str = "http://127.0.0.1:5000/hello"
    request: bytes = b""
    stopped: bool = False
    problem: str | None = None
    timed_out: bool = False
    limit_reached: str = ""


def record_of(*chunks: bytes, content_type="text/plain", coding=None, **response) -> Record:
    """A record whose client received these chunks."""
    trace = Trace()
    for chunk in chunks:
        trace.lanes["client"].record(chunk)
    headers = [("Content-Type", content_type)] if content_type else []
    if coding:
        headers.append(("content-encoding", coding))
    client = Client(Response(headers=headers, **response))
    return Record("/hello", trace, client, scenario=SimpleNamespace(method="POST"))


class TestRequestAndResponse:
    def test_the_request_is_named_by_path_method_and_url(self):
        record = record_of()
        assert (record.path, record.method) == ("/hello", "POST")
        assert record.url == "http://127.0.0.1:5000/hello"

    def test_without_a_url_and_a_scenario_the_path_and_get_are_what_is_known(self):
        record = Record("/hello", Trace(), Client(url=""))
        assert (record.url, record.method) == ("/hello", "GET")

    def test_the_status_has_the_names_and_types_of_werkzeug(self):
        record = record_of(status_code=404, reason="Not Found")
        assert record.status_code == 404
        assert record.reason == "Not Found"
        assert record.status == "404 Not Found"

    def test_a_status_without_a_reason_phrase_has_no_space_at_its_end(self):
        assert record_of(status_code=200, reason="").status == "200"

    def test_before_a_response_there_is_no_status(self):
        record = record_of(status_code=None, reason="", complete=False)
        assert (record.status_code, record.status, record.reason) == (None, "", "")
        assert not record.complete

    def test_headers_are_a_case_insensitive_multi_dict(self):
        record = record_of()
        record.client.response.headers += [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
        assert record.headers["content-type"] == "text/plain"
        assert record.headers.getlist("set-cookie") == ["a=1", "b=2"]
        assert "X-Missing" not in record.headers


class TestBody:
    def test_it_is_what_the_client_received_chunks_joined(self):
        record = record_of(b"Hello ", b"World")
        assert record.body == b"Hello World"
        assert record.body_kept

    def test_without_any_it_is_empty(self):
        assert (record_of().body, record_of().text) == (b"", "")

    def test_it_can_be_read_while_the_response_goes_on(self):
        record = record_of(b"Hello ")
        assert record.body == b"Hello "
        record.lanes["client"].record(b"World")
        assert record.body == b"Hello World"

    def test_of_a_long_body_only_received_bytes_are_in_it(self):
        line = b"0123456789abcdef"
        record = record_of(*[line * 64] * 200)
        assert not record.body_kept
        assert record.body == (line * 64 * 200)[:HEAD_BYTES]
        start, tail = record.lanes["client"].body.tail
        assert tail == (line * 64 * 200)[start:]

    def test_its_compression_is_not_undone(self):
        compressed = gzip.compress(b"Hello")
        assert record_of(compressed, coding="gzip").body == compressed


class TestText:
    @pytest.mark.parametrize(
        ("content_type", "encoding"),
        [
            ("text/plain", "utf-8"),
            ("text/plain; charset=latin-1", "latin-1"),
            ("text/html; charset=UTF-16", "utf-16"),
            ('text/html; charset="cp1252"', "cp1252"),
            ("text/html; charset=no-such-charset", "utf-8"),
            ("text/html; charset=base64", "utf-8"),
            ("text/html; charset=idna", "utf-8"),
            ("text/html; charset=undefined", "utf-8"),
            (None, "utf-8"),
        ],
    )
    def test_it_is_decoded_with_the_charset_if_python_knows_it(self, content_type, encoding):
        assert record_of(TEXT.encode(encoding), content_type=content_type).text == TEXT

    def test_bytes_that_are_not_valid_are_replaced(self):
        assert record_of(b"a\xffb").text == "a\ufffdb"

    @pytest.mark.parametrize(
        ("coding", "compress"),
        [
            ("gzip", gzip.compress),
            ("x-gzip", gzip.compress),
            (" GZip ", gzip.compress),
            ("deflate", zlib.compress),
            ("identity", bytes),
        ],
    )
    def test_its_compression_is_undone(self, coding, compress):
        assert record_of(compress(TEXT.encode()), coding=coding).text == TEXT

    def test_of_a_compressed_body_that_was_cut_the_beginning_is_there(self):
        compressor = zlib.compressobj(wbits=31)
        flushed = compressor.compress(TEXT.encode()) + compressor.flush(zlib.Z_SYNC_FLUSH)
        assert record_of(flushed, coding="gzip", complete=False).text == TEXT

    def test_a_body_that_is_not_compressed_as_its_header_says_is_decoded_as_it_is(self):
        assert record_of(b"plain", coding="gzip").text == "plain"

    def test_a_coding_that_is_not_known_is_left_as_it_is(self):
        assert record_of(b"\x0b\x02\x80", coding="compress").text == "\x0b\x02\ufffd"

    def test_where_the_kept_bytes_end_in_a_character_that_character_is_left_out(self):
        size = HEAD_BYTES - 1
        record = record_of(b"x" * size, "ü".encode(), b"y" * 40_000)
        assert not record.body_kept
        assert record.text == "x" * size

    def test_a_long_body_has_no_text_that_was_not_received(self):
        record = record_of(*[b"x" * 1_000] * 200)
        assert record.text == "x" * HEAD_BYTES


class TestJSON:
    def test_it_is_parsed(self):
        record = record_of(b'{"a": ', b"[1, 2]}", content_type="application/json")
        assert record.json() == {"a": [1, 2]}

    def test_its_compression_is_undone(self):
        assert record_of(gzip.compress(b"[1]"), coding="gzip").json() == [1]

    def test_text_that_is_not_json_is_an_error(self):
        with pytest.raises(ValueError, match="Expecting value"):
            record_of(b"Hello").json()

    def test_a_body_that_was_not_kept_is_an_error_that_says_what_to_do(self):
        record = record_of(b"[", *[b"1, " * 1_000] * 100, b"1]")
        with pytest.raises(ValueError, match=r"has 300,003 bytes, but only the first 65,536"):
            record.json()
        with pytest.raises(ValueError, match=r"httpx\.get\(url\)\.json\(\)"):
            record.json()


class TestResult:
    def test_it_is_done_when_it_has_a_verdict(self):
        record = record_of(b"Hello")
        assert (record.done, record.verdict) == (False, None)
        verdict = Verdict("streamed", "Streamed.")
        record.set_verdict(verdict)
        assert (record.done, record.verdict) == (True, verdict)

    def test_an_exception_is_there_as_object_and_as_text(self):
        record = record_of()
        assert (record.error, record.failure) == (None, None)
        error = ValueError("on purpose")
        record.trace.record_exception(error, "generator")
        assert record.error is error
        assert record.failure.last == "ValueError: on purpose"

    def test_its_repr_says_what_was_asked_for_and_how_it_ended(self):
        record = record_of()
        assert repr(record) == "<Record POST /hello: still streaming>"
        record.set_verdict(Verdict("empty", "Empty: 200 OK without a body."))
        assert repr(record) == "<Record POST /hello: Empty: 200 OK without a body.>"


class TestLanes:
    def test_they_are_in_the_order_in_which_bytes_pass_them(self):
        record = record_of()
        assert list(record.lanes) == ["generator", "app", "server", "client"]
        assert record.visible_lanes == list(record.lanes.values())

    def test_what_is_held_is_named(self):
        record = record_of()
        for data in (b"a", b"b"):
            record.lanes["generator"].record(data)
        record.lanes["app"].record(b"ab")
        by_app, by_server = record.held
        assert (by_app.holder, by_app.most(), by_app.held_back().late) == ("app", 2, 1)
        assert (by_server.holder, by_server.most(), by_server.held_back().late) == ("server", 2, 0)


class TestExternalClient:
    """A browser or curl: what it received is not visible, so the server's side is shown."""

    @pytest.fixture
    def record(self):
        trace = Trace()
        return Record("/hello", trace, ExternalClient(trace, cut=lambda: None), external=True)

    def test_the_body_is_what_was_sent(self, record):
        record.lanes["server"].record(b"Hello")
        assert (record.body, record.text) == (b"Hello", "Hello")

    def test_the_lane_of_the_client_is_not_visible(self, record):
        assert [lane.name for lane in record.visible_lanes] == ["generator", "app", "server"]

    def test_the_response_is_what_the_server_was_given(self, record):
        assert (record.status_code, record.status, list(record.headers)) == (None, "", [])
        record.trace.start_response("404 Not Found", [("Content-Type", "text/html")])
        assert (record.status_code, record.reason) == (404, "Not Found")
        assert record.headers["content-type"] == "text/html"

    def test_an_application_that_raises_before_its_response_is_answered_with_500(self, record):
        record.trace.record_exception(ValueError("on purpose"))
        assert record.status == "500 Internal Server Error"

    def test_it_is_complete_when_the_server_has_taken_every_item(self, record):
        assert not record.complete
        record.trace.record_event("response finished")
        assert record.complete

    def test_it_left_if_the_server_closed_the_response_early(self, record):
        assert not record.client.stopped
        record.trace.close()
        record.client.run()
        assert record.client.stopped

    def test_it_did_not_leave_if_an_exception_ended_the_response(self, record):
        record.trace.record_exception(ValueError("on purpose"))
        record.trace.close()
        assert not record.client.stopped

    def test_it_is_stopped_by_closing_its_connection(self):
        cuts = []
        ExternalClient(Trace(), cut=lambda: cuts.append(1)).stop()
        assert cuts == [1]

    def test_a_connection_that_is_closed_already_is_no_error(self):
        def cut():
            raise OSError("closed")

        ExternalClient(Trace(), cut=cut).stop()
