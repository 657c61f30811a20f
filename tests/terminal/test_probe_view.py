"""The view of ``streamlab probe``: plain lines, the picture, the JSON."""

from __future__ import annotations

import json
import re
import sys

import pytest

from streamlab.cli import EXIT_CODES
from streamlab.terminal import probe_view
from streamlab.terminal.probe_view import ProbeView
from streamlab.trace.trace import Trace
from streamlab.trace.url_probe import URLProbe
from tests.commands import run_in_terminal, without_escapes
from tests.http1.scripted import Scripted
from tests.terminal.responses import HEAD, HELLO, LAST, WORLD, probed


def test_json_has_everything_and_nothing_else_is_printed():
    result = probed(HEAD + HELLO + WORLD + b"0\r\nDigest: x\r\n\r\n", "--json")
    document = json.loads(result.stdout)
    assert document["verdict"]["outcome"] == "inconclusive"
    assert document["verdict"]["advice"]
    assert document["response"]["status_code"] == 200
    assert document["response"]["headers"][0] == ["Content-Type", "text/plain"]
    assert document["response"]["trailers"] == [["Digest", "x"]]
    assert document["body"] == {"bytes": 11, "frames": 2, "head": "Hello World"}
    assert document["problem"] is None
    assert sum(read["frames"] for read in document["reads"]) == 2
    assert document["total_reads"] == len(document["reads"])
    assert result.returncode == EXIT_CODES["inconclusive"]


def test_json_names_the_problem():
    document = json.loads(probed(HEAD + HELLO, "--json").stdout)
    assert document["problem"]["kind"] == "closed"
    assert "closed" in document["problem"]["message"]
    assert not document["response"]["complete"]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_no_verdict_and_no_advice_controls_the_terminal(options):
    """What a server sends may stand in the sentence: reason, redirect, headers, messages."""
    for response in (
        b"HTTP/1.1 404 \x9b2J\r\n\r\n",
        b"HTTP/1.1 301 Moved\r\nLocation: /\x1b[2J\x9b\r\n\r\n",
        (
            b"HTTP/1.1 200 \x9b2J\r\nServer: nginx\x1b[2J\r\nX-Cache: HIT \x9b2J\r\nVia: \x07`\r\n"
            b"X-Accel-Buffering: \x1b\r\nContent-Length: 2\r\n\r\nok"
        ),
        b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n\x1b[2J\x9b\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n\x1b]0;x\x07\n\xc2\x9b2J\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: \x9bchunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: \x9b2J\r\n\r\nbody",
        b"\x1b[2J\x9b",
    ):
        assert not re.search(r"[^\n -~]", probed(response, *options).stdout)


def test_nothing_that_a_server_sends_controls_the_terminal():
    result = probed(
        b"HTTP/1.1 200 \x9b2J\r\nContent-Type: \x1b[2J\x1b[31m\r\nContent-Length: 6\r\n\r\n"
        b"\x1b[2J\r\n"
    )
    assert not re.search(r"[^\n -~]", result.stdout)
    assert r"\x1b[2J\r\n" in result.stdout


def test_of_many_reads_only_the_first_are_printed():
    def send_many(peer):
        peer.sendall(HEAD)
        for _ in range(20_000):
            peer.sendall(b"1\r\nx\r\n")
        peer.sendall(LAST)

    result = probed(send_many)
    assert len(result.stdout.splitlines()) < probe_view.MAX_LINES + 10
    assert "20,000 bytes" in result.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_in_a_terminal_the_picture_is_updated_and_fits():
    with Scripted(HEAD + HELLO + WORLD + LAST) as server:
        output, code = run_in_terminal("probe", server.url)
        plain, _ = run_in_terminal("probe", server.url, "--no-live")
    assert code == 7
    assert "\x1b[2K" in output  # this sequence erases a line
    assert "\x1b[2K" not in plain
    assert "0 s |" in without_escapes(output)
    assert max(len(line) for line in without_escapes(output).splitlines()) <= 80


def test_repr_names_the_request():
    view = ProbeView("GET http://a/\x1b", URLProbe("http://a/", Trace(("client",))))
    assert repr(view) == r"<ProbeView of GET http://a/\x1b>"
