"""The real command, as a process of its own, against real servers."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from streamlab.cli import EXIT_CODES
from streamlab.terminal import probe_view
from tests.http1.scripted import CERTIFICATE, Scripted

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
HELLO, WORLD, LAST = b"6\r\nHello \r\n", b"5\r\nWorld\r\n", b"0\r\n\r\n"
ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"}


def started(*arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "streamlab", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=ENVIRONMENT,
    )


def ran(*arguments: str) -> subprocess.CompletedProcess:
    process = started(*arguments)
    output, errors = process.communicate(timeout=60)
    return subprocess.CompletedProcess(arguments, process.returncode, output, errors)


def probed(script, *options: str) -> subprocess.CompletedProcess:
    with Scripted(script) as server:
        run = ran("probe", server.url, *options)
    assert run.stderr == ""
    return run


@contextmanager
def scripted_in_steps():
    """A server that sends `HEAD` and `HELLO`, then `WORLD` when told, then the rest when told."""
    told = threading.Semaphore(0)

    def in_steps(peer: socket.socket) -> None:
        peer.sendall(HEAD + HELLO)
        told.acquire(timeout=30)
        peer.sendall(WORLD)
        told.acquire(timeout=30)
        peer.sendall(LAST)

    with Scripted(in_steps) as server:
        yield server, told


# streamlab probe


def test_each_arrival_is_told_when_it_happens_and_the_verdict_at_the_end():
    with scripted_in_steps() as (server, told):
        process = started("probe", server.url + "stream")
        assert process.stdout.readline() == f"GET {server.url}stream\n"
        assert process.stdout.readline() == "200 OK, HTTP/1.1, chunked, text/plain\n"
        first = process.stdout.readline()  # and nothing more has been sent by now
        assert re.search(r"1 frames  Hello $", first.rstrip("\n"))
        threading.Event().wait(0.1)  # the pace of this stream: a wait that counts
        told.release()
        assert "1 frames  World" in process.stdout.readline()
        told.release()
        rest, errors = process.communicate(timeout=30)
    assert "Streamed: 11 bytes" in rest
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (HEAD + HELLO, "truncated"),
        (HEAD + b"zz\r\n", "truncated"),
        (b"", "failed"),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "failed"),
        (HEAD + LAST, "empty"),
        (HEAD + HELLO + WORLD + LAST, "inconclusive"),
        (b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n", "inconclusive"),
    ],
)
def test_the_exit_code_tells_the_outcome(response, outcome):
    run = probed(response)
    assert run.returncode == EXIT_CODES[outcome]
    assert run.stdout.splitlines()[-1].startswith(outcome.capitalize())


def test_a_body_that_was_held_has_a_code_of_its_own():
    def hold(peer):
        threading.Event().wait(0.5)  # the time it took to make
        peer.sendall(HEAD + HELLO + WORLD + LAST)

    run = probed(hold)
    assert run.returncode == 3
    assert "Buffered" in run.stdout


def test_every_outcome_has_a_code_and_the_help_tells_it():
    help_text = ran("probe", "--help").stdout
    assert len(set(EXIT_CODES.values())) == len(EXIT_CODES)
    for outcome, code in EXIT_CODES.items():
        assert re.search(rf"\b{code} .*{outcome}", help_text)


def test_nobody_there():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        run = ran("probe", f"http://127.0.0.1:{unused.getsockname()[1]}/")
    assert run.returncode == 5
    assert "nobody listens" in run.stdout
    assert run.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "command"),
        (("probe",), "URL"),
        (("probe", "localhost:5000"), "http://"),
        (("probe", "http://a/", "-H", "no colon"), "colon"),
        (("probe", "http://a/", "-H", "A b: 1"), "single word"),
        (("probe", "http://a/", "--timeout", "0"), "seconds above 0"),
        (("probe", "http://a/", "--timeout", "soon"), "seconds above 0"),
        (("probe", "https://a/", "--ca-file", "/no/such.pem"), "No such file"),
        (("demo", "--pace", "-1"), "pace"),
    ],
)
def test_bad_usage_is_2_and_says_what_is_expected(arguments, told):
    run = ran(*arguments)
    assert run.returncode == 2
    assert told in run.stderr
    assert "Traceback" not in run.stderr


def test_what_is_asked_for_is_sent():
    with Scripted(HEAD + LAST) as server:
        ran("probe", server.url, "-H", "Accept: text/event-stream", "-H", "X-A:1", "-d", "name=ä")
        ran("probe", server.url, "-X", "delete", "--http1.0")
    posted, deleted = server.requests
    assert posted.startswith(b"POST / HTTP/1.1\r\n")
    assert b"\r\nAccept: text/event-stream\r\n" in posted
    assert b"\r\nX-A: 1\r\n" in posted
    assert b"\r\nContent-Length: 7\r\n" in posted
    assert deleted.startswith(b"DELETE / HTTP/1.0\r\n")


def test_https_with_a_certificate_of_ones_own():
    with Scripted(HEAD + HELLO + LAST, tls=True) as server:
        refused = ran("probe", server.url)
        trusted = ran("probe", server.url, "--ca-file", str(CERTIFICATE))
        careless = ran("probe", server.url, "--insecure")
    assert refused.returncode == 5
    assert "could not prove who it is" in refused.stdout
    assert (trusted.returncode, careless.returncode) == (7, 7)


def test_json_has_it_all_and_nothing_else_is_printed():
    run = probed(HEAD + HELLO + WORLD + b"0\r\nDigest: x\r\n\r\n", "--json")
    seen = json.loads(run.stdout)
    assert seen["verdict"]["outcome"] == "inconclusive"
    assert seen["response"]["headers"][0] == ["Content-Type", "text/plain"]
    assert seen["response"]["trailers"] == [["Digest", "x"]]
    assert seen["body"] == {"bytes": 11, "frames": 2, "head": "Hello World"}
    assert seen["problem"] is None
    assert sum(read["frames"] for read in seen["reads"]) == 2
    assert run.returncode == EXIT_CODES["inconclusive"]


def test_json_names_the_problem():
    seen = json.loads(probed(HEAD + HELLO, "--json").stdout)
    assert seen["problem"] == {"kind": "closed", "message": "the connection was closed"}
    assert not seen["response"]["complete"]


def test_a_stream_without_end_is_left_at_the_time_limit():
    def for_ever(peer):
        peer.sendall(HEAD)
        while True:
            peer.sendall(HELLO)
            threading.Event().wait(0.1)  # its pace

    run = probed(for_ever, "--time-limit", "0.5")
    assert run.returncode == 0
    assert "It goes on" in run.stdout


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_ctrl_c_ends_it_with_what_was_seen(options):
    connected = threading.Event()

    def say_nothing(peer):
        connected.set()
        peer.recv(1)

    with Scripted(say_nothing) as server:
        process = started("probe", server.url, *options)
        assert connected.wait(30)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped" in output
    assert errors == ""


def test_nothing_a_server_sends_steers_the_terminal():
    run = probed(
        b"HTTP/1.1 200 \x9b2J\r\nContent-Type: \x1b[2J\x1b[31m\r\nContent-Length: 6\r\n\r\n"
        b"\x1b[2J\r\n"
    )
    assert not re.search(r"[^\n -~]", run.stdout)
    assert r"\x1b[2J\r\n" in run.stdout


def test_many_reads_are_counted_and_not_all_told():
    def many(peer):
        peer.sendall(HEAD)
        for _ in range(20_000):
            peer.sendall(b"1\r\nx\r\n")
        peer.sendall(LAST)

    run = probed(many)
    assert len(run.stdout.splitlines()) < probe_view.MAX_LINES + 10
    assert "20,000 bytes in" in run.stdout


def on_a_terminal(*arguments: str, columns: int = 80) -> tuple[str, int]:
    """What the command writes to a terminal of that many columns, and its exit code."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {**ENVIRONMENT, "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlab", *arguments],
        stdout=theirs,
        stderr=theirs,
        env=environment,
    )
    os.close(theirs)
    output = b""
    try:
        while data := os.read(ours, 65536):
            output += data
    except OSError:  # how Linux says that the other side has closed
        pass
    os.close(ours)
    return output.decode(), process.wait(30)


def plain(output: str) -> str:
    """`output` without what moves the cursor or colours."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_in_a_terminal_the_picture_is_drawn_anew_and_fits():
    with Scripted(HEAD + HELLO + WORLD + LAST) as server:
        output, code = on_a_terminal("probe", server.url)
        quiet, _ = on_a_terminal("probe", server.url, "--no-live")
    assert code == 7
    assert "\x1b[2K" in output  # lines are drawn over
    assert "\x1b[2K" not in quiet
    assert "0 s |" in plain(output)
    assert max(len(line) for line in plain(output).splitlines()) <= 80


# streamlab demo


@pytest.mark.parametrize("options", [(), ("--no-live",)])
def test_the_demo_shows_every_chunk_on_every_lane_and_then_the_error(options):
    run = ran("demo", "--pace", "0.01", *options)
    assert (run.returncode, run.stderr) == (0, "")
    with_context, without = run.stdout.split("without it:")
    for lane in ("generator", "app", "server", "client"):
        chunks = re.findall(rf"{lane} +'(.*?)' ", with_context)
        assert chunks == ["<p>Hello ", "World", "!</p>"]
    assert 'World\'         yield escape(request.args["name"])' in with_context
    assert "RuntimeError" not in with_context
    assert "RuntimeError: Working outside of request context." in without
    assert "stream_with_context(generate())" in without
    first, second = run.stdout.splitlines()[-2:]
    assert re.fullmatch(r"with +stream_with_context +streamed +3 chunks, 19 bytes", first)
    assert re.fullmatch(
        r"without +stream_with_context +truncated +1 chunk, 9 bytes, RuntimeError", second
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_the_demo_in_a_terminal_of_80_columns():
    output, code = on_a_terminal("demo", "--pace", "0.01")
    assert code == 0
    text = plain(output)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "▶     yield" in text
    guilty = [line for line in text.splitlines() if "✗" in line]
    assert {line.split("✗")[1].strip() for line in guilty} == {'yield escape(request.args["name"])'}
    assert re.search(r"client +●.*3 chunks, 19 bytes", text)
    assert re.search(r"page +<p>Hello World!</p>", text)


# The pieces
