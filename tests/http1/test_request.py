"""The bytes of a request, and what is refused before anything is sent."""

from __future__ import annotations

import pytest

from streamlab.http1.client import HTTPClient

from .scripted import Scripted
from .test_client import WHOLE


def test_a_request_asks_for_one_response_and_closes():
    with Scripted(WHOLE) as server:
        HTTPClient(server.url + "stream?name=Ada Lövelace", headers={"X-A": "1"}).run()
    (request,) = server.requests
    lines = request.decode().split("\r\n")
    assert lines[0] == "GET /stream?name=Ada%20L%C3%B6velace HTTP/1.1"
    assert f"Host: localhost:{server.port}" in lines
    assert {"Connection: close", "X-A: 1"} <= set(lines)


def test_a_body_is_sent_with_its_length():
    request = HTTPClient("http://a/", method="POST", data=b"name=World").request
    assert request.startswith(b"POST / HTTP/1.1\r\nHost: a\r\n")
    assert b"\r\nContent-Length: 10\r\n" in request
    assert request.endswith(b"\r\n\r\nname=World")


@pytest.mark.parametrize("name", ["Transfer-Encoding", "transfer-encoding"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_chunked_body_is_sent_without_a_content_length(method, name):
    body = b"5\r\nhello\r\n0\r\n\r\n"
    request = HTTPClient("http://a/", method=method, headers={name: "chunked"}, data=body).request
    assert b"content-length" not in request.lower()
    assert request.endswith(b": chunked\r\n\r\n" + body)


CHUNKED = ("Transfer-Encoding", "chunked")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"headers": [CHUNKED, ("content-length", "5")], "data": b"0\r\n\r\n"}, "two lengths"),
        ({"headers": [("Content-Length", "1"), ("content-length", "2")]}, "two lengths"),
        ({"headers": [CHUNKED], "data": b"hello"}, r"b'5\\r\\nhello\\r\\n0\\r\\n\\r\\n'"),
        ({"headers": [CHUNKED]}, r"such as b'0\\r\\n\\r\\n'"),
        ({"headers": [CHUNKED], "data": b"0\r\n\r\nmore"}, "chunked coding"),
        ({"headers": [CHUNKED], "data": b"5\r\nhel"}, "chunked coding"),
        ({"headers": [("Transfer-Encoding", "gzip")]}, "does not end with chunked"),
        ({"headers": [CHUNKED], "data": b"0\r\n\r\n", "http_version": "1.0"}, "HTTP/1.0"),
    ],
)
def test_a_body_with_two_lengths_or_none_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        HTTPClient("http://a/", method="POST", **options)


def test_given_headers_replace_the_default_ones():
    request = HTTPClient("http://a/", headers=[("host", "b"), ("X", "1"), ("X", "2")]).request
    assert b"Host: a" not in request
    assert b"host: b\r\nX: 1\r\nX: 2\r\n" in request


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://a:80/", b"a"),
        ("https://a:443", b"a"),
        ("http://a:8080/", b"a:8080"),
        ("http://[::1]:5000/", b"[::1]:5000"),
        ("http://bücher.example/", b"xn--bcher-kva.example"),
    ],
)
def test_the_host_header_has_ascii_and_only_an_unusual_port(url, host):
    assert b"\r\nHost: " + host + b"\r\n" in HTTPClient(url).request


def test_user_and_password_go_into_the_authorization_header():
    request = HTTPClient("http://ada:p%40ss@a/").request
    assert b"Host: a\r\n" in request
    assert b"Authorization: Basic YWRhOnBAc3M=\r\n" in request


@pytest.mark.parametrize(
    ("url", "options", "message"),
    [
        ("localhost:5000/", {}, "http://"),
        ("ftp://a/", {}, "http://"),
        ("/stream", {}, "http://"),
        ("http:///stream", {}, "host"),
        ("http://a:99999/", {}, "[Pp]ort"),
        ("http://a/", {"headers": {"A": "1\r\nB: 2"}}, "line break"),
        ("http://a/", {"headers": {"A b": "1"}}, "single word"),
        ("http://a/", {"headers": {"": "1"}}, "single word"),
        ("http://a/", {"headers": {"A": "☃"}}, "quote"),
        ("http://a/", {"method": "GET / HTTP/1.1\r\nX:"}, "method"),
        ("http://a/", {"http_version": "1.1\r\nX: 1"}, "http_version"),
    ],
)
def test_a_request_that_cannot_be_sent_is_refused(url, options, message):
    with pytest.raises(ValueError, match=message):
        HTTPClient(url, **options)
