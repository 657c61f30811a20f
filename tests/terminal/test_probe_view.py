"""The view of ``streamlab probe``: plain lines, the picture, the JSON."""

from __future__ import annotations

import json
import re
import sys

import pytest

from streamlab.cli import EXIT_CODES
from streamlab.http1.client import HTTPClient
from streamlab.terminal import probe_view
from streamlab.terminal.probe_view import ProbeView
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
    view = ProbeView("GET http://a/\x1b", HTTPClient("http://a/"))
    assert repr(view) == r"<ProbeView of GET http://a/\x1b>"
