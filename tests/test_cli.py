"""The real command, against real servers: arguments, requests, exit codes, output channels."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import re
import signal
import socket
import subprocess
from contextlib import contextmanager
from importlib.metadata import version
from threading import Event, Semaphore

import pytest

from streamlab.cli import EXIT_CODES, main
from streamlab.trace.probe import TraceRecorder
from tests.commands import COMMAND, ENVIRONMENT, run, start
from tests.http1.scripted import CERTIFICATE, Scripted
from tests.terminal.responses import HEAD, HELLO, LAST, WORLD, probed

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell or a signal")


@contextmanager
def server_in_steps():
    """A server that sends `HEAD` and `HELLO`, after a step `WORLD`, after the next step the rest."""
    step = Semaphore(0)

    def send(peer: socket.socket) -> None:
        peer.sendall(HEAD + HELLO)
        step.acquire(timeout=30)
        peer.sendall(WORLD)
        step.acquire(timeout=30)
        peer.sendall(LAST)

    with Scripted(send) as server:
        yield server, step


@pytest.fixture
def slow_clock(monkeypatch):
    """A clock on which each wait of the client takes half a second."""
    monkeypatch.setattr("streamlab.http1.client.now_ns", itertools.count(0, 500_000_000).__next__)


# probe: what is printed, and when


def test_each_read_is_printed_when_it_arrives():
    with server_in_steps() as (server, step):
        process = start("probe", server.url + "stream")
        assert process.stdout.readline() == f"GET {server.url}stream\n"
        assert process.stdout.readline() == "200 OK, HTTP/1.1, chunked, text/plain\n"
        first = process.stdout.readline()  # the server has sent nothing more at this point
        assert re.search(r"1 frame  Hello $", first.rstrip("\n"))
        step.release()
        assert "1 frame  World" in process.stdout.readline()
        step.release()
        rest, errors = process.communicate(timeout=30)
    assert "11 bytes" in rest.splitlines()[-1]
    assert errors == ""


@pytest.mark.usefixtures("slow_clock")
def test_a_body_that_arrives_with_pauses_is_streamed(capsys, monkeypatch):
    """The server sends the next part only after the client has read the one before."""
    with server_in_steps() as (server, step):
        read = TraceRecorder.data_received
        monkeypatch.setattr(
            TraceRecorder,
            "data_received",
            lambda recorder, data: (read(recorder, data), step.release()),
        )
        assert main(["probe", server.url, "--json"]) == EXIT_CODES["streamed"] == 0
    assert json.loads(capsys.readouterr().out)["waits"]["counted"] == 2


@pytest.mark.usefixtures("slow_clock")
def test_a_body_that_arrives_at_once_after_a_pause_is_buffered(capsys):
    with Scripted(HEAD + HELLO + WORLD + LAST) as server:
        assert main(["probe", server.url]) == EXIT_CODES["buffered"] == 3
    assert "Buffered" in capsys.readouterr().out


@pytest.mark.usefixtures("slow_clock")
def test_a_stream_without_end_is_left_at_the_time_limit(capsys, monkeypatch):
    with server_in_steps() as (server, step):
        read = TraceRecorder.data_received

        def note_the_first(recorder, data):
            read(recorder, data)
            if b"Hello" in data:
                step.release()  # the end is never sent

        monkeypatch.setattr(TraceRecorder, "data_received", note_the_first)
        assert main(["probe", server.url, "--time-limit", "0.5"]) == EXIT_CODES["streamed"]
        step.release()
    assert "The time limit of 0.5 s was reached" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("sent", "outcome", "said"),
    [
        (HEAD, "inconclusive", "no byte of the body"),
        (HEAD + HELLO, "inconclusive", "then nothing for"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHello", "truncated", "4 of 9 bytes never"),
    ],
)
@pytest.mark.parametrize("limit", ["--time-limit", "--timeout"])
def test_silence_is_named_and_is_no_stream(sent, outcome, said, limit):
    def send_and_wait(peer):
        peer.sendall(sent)
        peer.recv(1)  # returns when the client has left

    result = probed(send_and_wait, limit, "0.5")
    assert result.returncode == EXIT_CODES[outcome]
    assert said in result.stdout


def test_the_request_accepts_what_a_browser_accepts():
    with Scripted(HEAD + LAST) as server:
        run("probe", server.url)
        run("probe", server.url, "--no-compression")
        run("probe", server.url, "-H", "accept-encoding: br")
    as_browser, without, own = server.requests
    assert b"\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n" in as_browser
    assert b"\r\nAccept-Encoding: identity\r\n" in without
    assert own.lower().count(b"accept-encoding") == 1


def test_a_compressed_body_is_shown_decoded():
    body = gzip.compress(b"Hello World")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    shown = probed(head + body).stdout
    assert "Hello World" in shown
    document = json.loads(probed(head + body, "--json").stdout)
    assert document["body"]["head"] == "Hello World"
    assert document["content"]["bytes"] == 11


# probe: exit codes


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
def test_the_exit_code_is_that_of_the_outcome(response, outcome):
    result = probed(response)
    assert result.returncode == EXIT_CODES[outcome]
    assert outcome.capitalize() in result.stdout


def test_every_outcome_has_its_own_code_and_is_in_the_help():
    help_text = run("probe", "--help").stdout
    assert len(set(EXIT_CODES.values())) == len(EXIT_CODES)
    for outcome, code in EXIT_CODES.items():
        assert re.search(rf"\b{code} .*{outcome}", help_text)


def test_no_server_is_an_error_that_names_the_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        result = run("probe", f"http://127.0.0.1:{port}/")
    assert result.returncode == 5
    assert f"Nothing is listening on port {port}. Is your server running?" in result.stdout
    assert result.stderr == ""


@posix_only
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_ctrl_c_ends_the_probe_and_the_result_is_printed(options):
    connected = Event()

    def send_nothing(peer):
        connected.set()
        peer.recv(1)

    with Scripted(send_nothing) as server:
        process = start("probe", server.url, *options)
        assert connected.wait(30)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped" in output
    assert errors == ""


# Arguments


def test_the_version_is_that_of_the_installed_package():
    result = run("--version")
    assert (result.stdout, result.returncode) == (f"streamlab {version('streamlab')}\n", 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "command"),
        (("probe",), "URL"),
        (("probe", "localhost:5000"), "http://"),
        (("probe", "http://a/", "-H", "no colon"), "colon"),
        (("probe", "http://a/", "-H", "A b: 1"), "A b"),
        (("probe", "http://a/", "--timeout", "0"), "seconds above 0"),
        (("probe", "http://a/", "--timeout", "soon"), "seconds above 0"),
        (("probe", "https://a/", "--ca-file", "/no/such.pem"), "No such file"),
        (("demo", "--pace", "-1"), "pace"),
    ],
)
def test_an_argument_that_is_not_valid_is_2_and_named(arguments, message):
    result = run(*arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_the_request_is_made_from_the_arguments():
    with Scripted(HEAD + LAST) as server:
        run("probe", server.url, "-H", "Accept: text/event-stream", "-H", "X-A:1", "-d", "name=ä")
        run("probe", server.url, "-X", "delete", "--http1.0")
    posted, deleted = server.requests
    assert posted.startswith(b"POST / HTTP/1.1\r\n")
    assert b"\r\nAccept: text/event-stream\r\n" in posted
    assert b"\r\nX-A: 1\r\n" in posted
    assert b"\r\nContent-Length: 7\r\n" in posted
    assert deleted.startswith(b"DELETE / HTTP/1.0\r\n")


def test_https_with_a_certificate_that_the_system_does_not_trust():
    with Scripted(HEAD + HELLO + LAST, tls=True) as server:
        refused = run("probe", server.url)
        trusted = run("probe", server.url, "--ca-file", str(CERTIFICATE))
        unverified = run("probe", server.url, "--insecure")
    assert refused.returncode == 5
    assert "certificate" in refused.stdout
    assert (trusted.returncode, unverified.returncode) == (7, 7)


# Output channels


@posix_only
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("options", [(), ("--json",), ("--no-live",)])
def test_closed_output_is_no_error(closed, options):
    """The socket of the probe must not get the free file descriptor either."""
    with Scripted(HEAD + HELLO + WORLD + LAST) as server:
        result = subprocess.run(
            ["sh", "-c", f'"$@" {closed}', "sh", *COMMAND, "probe", server.url, *options],
            check=False,
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
            timeout=60,
        )
    assert result.stderr == ""
    assert result.returncode == EXIT_CODES["inconclusive"]
    assert len(server.requests) == 1


@posix_only
def test_an_invalid_argument_with_closed_output_is_still_2():
    command = ["sh", "-c", '"$@" >&- 2>&-', "sh", *COMMAND, "probe", "no-url"]
    result = subprocess.run(command, check=False, env=ENVIRONMENT, timeout=60)
    assert result.returncode == 2


@posix_only
def test_a_closed_pipe_ends_the_probe_of_an_endless_stream():
    """As in ``streamlab probe URL | head -1``."""
    more = Event()

    def send(peer):
        peer.sendall(HEAD + HELLO)
        more.wait(30)
        peer.sendall(WORLD)
        peer.recv(1)  # returns when the client has left

    with Scripted(send) as server:
        process = start("probe", server.url, "--time-limit", "1000")
        assert process.stdout.readline().startswith("GET ")
        process.stdout.close()
        more.set()
        errors = process.stderr.read()
        assert process.wait(30) == 1
        process.stderr.close()
    assert errors == ""
