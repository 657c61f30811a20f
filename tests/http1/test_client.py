"""The client against a server that does what a script says, including hostile ones."""

from __future__ import annotations

import socket
import ssl
import struct
import threading

import pytest

from streamlab.http1.client import HTTPClient
from streamlab.http1.connect import tls_context
from streamlab.http1.errors import ConnectError, CutError, LimitError, ProtocolError

from .scripted import CERTIFICATE, Scripted
from .watching import Watcher

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
WHOLE = CHUNKED + b"5\r\nHello\r\n6\r\n World\r\n0\r\n\r\n"
TRUSTING = {"tls": tls_context(ca_file=str(CERTIFICATE))}


def client_of(url: str, **options) -> HTTPClient:
    options.setdefault("timeout", 10.0)
    return HTTPClient(url, observer=Watcher(), **options)


def run_against(script, *, secure: bool = False, read_request: bool = True, **options):
    """Return a client that has run against a server that plays `script`."""
    with Scripted(script, tls=secure, read_request=read_request) as server:
        client = client_of(server.url, **options)
        client.run()
    return client


def in_thread(client: HTTPClient) -> threading.Thread:
    """Start `client` in a thread."""
    thread = threading.Thread(target=client.run)
    thread.start()
    return thread


def frames(client: HTTPClient) -> list[bytes]:
    return client.observer.frames


def last_call(client: HTTPClient) -> str:
    return client.observer.calls[-1]


# What it reports


def test_the_observer_is_called_in_order():
    client = run_against(WHOLE)
    assert client.observer.calls == [
        "connected",
        "data received",
        "Response",
        "Data",
        "EndOfMessage",
        "response completed",
    ]
    assert (client.reads_reported, client.bytes_reported) == (1, len(WHOLE))


def test_reads_are_reported_as_they_come_and_frames_when_they_are_whole():
    def two_frames_then_one_in_two_parts(peer):
        peer.sendall(CHUNKED + b"5\r\nHello\r\n1\r\n,\r\n")
        client.observer.wait_for_frames(2)
        peer.sendall(b"6\r\n Wo")
        client.observer.wait_for(lambda: len(client.observer.reads) == 2)
        peer.sendall(b"rld\r\n0\r\n\r\n")

    with Scripted(two_frames_then_one_in_two_parts) as server:
        client = client_of(server.url)
        client.run()
    assert frames(client) == [b"Hello", b",", b" World"]
    assert client.observer.reads == [
        CHUNKED + b"5\r\nHello\r\n1\r\n,\r\n",
        b"6\r\n Wo",
        b"rld\r\n0\r\n\r\n",
    ]
    assert client.response.complete
    assert (client.error, last_call(client)) == (None, "response completed")


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize(
    ("response", "framing"),
    [
        (WHOLE, "chunked"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nHello World", "length"),
        (b"HTTP/1.0 200 OK\r\n\r\nHello World", "close"),
    ],
)
def test_every_framing_with_and_without_tls(response, framing, tls):
    client = run_against(response, secure=tls, **(TRUSTING if tls else {}))
    assert client.error is None
    assert b"".join(frames(client)) == b"Hello World"
    assert (client.response.framing, client.response.complete) == (framing, True)


def test_interim_responses_and_trailers():
    client = run_against(
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + CHUNKED + b"2\r\nok\r\n0\r\nDigest: x\r\n\r\n"
    )
    assert client.response.interim == [(103, "Early Hints")]
    assert client.response.trailers == [("Digest", "x")]


def test_redirects_are_not_followed():
    with Scripted(b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n") as server:
        client = client_of(server.url)
        client.run()
    assert client.response.status_code == 302
    assert len(server.requests) == 1


def test_it_does_not_wait_for_a_server_that_keeps_the_connection_open():
    def keep_open(peer):
        peer.sendall(WHOLE)
        assert peer.recv(1) == b""  # the client closes first

    assert run_against(keep_open).response.complete


def test_a_response_may_come_before_the_request_was_read():
    def refuse_at_once(peer):
        peer.recv(1)
        peer.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        reset(peer)  # with most of the request still to come

    data = b"x" * 50_000_000
    client = run_against(refuse_at_once, read_request=False, method="POST", data=data)
    assert (client.response.status_code, client.error) == (413, None)


# Errors: nothing ends in a traceback, and everything ends


def test_nothing_is_listening():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        client = client_of(f"http://127.0.0.1:{port}/")
        client.run()
    assert isinstance(client.error, ConnectError)
    assert client.error.kind == "refused"
    assert client.problem == f"Nothing is listening on port {port}. Is your server running?"
    assert last_call(client) == "exchange failed: refused, missing the response"


def test_a_server_that_never_becomes_ready():
    def never_ready():
        raise RuntimeError("The worker did not start.")

    client = client_of("http://127.0.0.1:1/", ready=never_ready)
    client.run()
    assert (type(client.error), client.error.kind) == (ConnectError, "no server")
    assert client.problem == "The worker did not start."


def test_a_host_name_without_an_address():
    client = client_of("http://no-such-host.invalid/")
    client.run()
    assert (type(client.error), client.error.kind) == (ConnectError, "no address")


def test_a_certificate_that_is_not_trusted():
    client = run_against(WHOLE, secure=True)
    assert (type(client.error), client.error.kind) == (ConnectError, "tls")
    assert "self-signed" in client.problem.replace("self signed", "self-signed")
    assert frames(client) == []


def test_a_certificate_need_not_be_verified():
    with Scripted(WHOLE, tls=True) as server:
        client = client_of(server.url, tls=tls_context(verify=False))
        client.run()
    assert client.response.complete


def test_https_with_a_server_that_does_not_use_tls():
    def plain(peer):
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        peer.recv(65536)

    with Scripted(plain, read_request=False) as server:
        client = client_of(server.url.replace("http:", "https:"))
        client.run()
    assert client.error.kind == "tls"
    assert "http://" in client.problem


def test_a_server_that_is_silent_in_the_tls_handshake_ends_at_the_timeout():
    with Scripted(lambda peer: peer.recv(65536) and peer.recv(1), read_request=False) as server:
        client = client_of(server.url.replace("http:", "https:"), connect_timeout=0.2)
        client.run()
    assert (type(client.error), client.error.kind) == (LimitError, "connect timeout")


@pytest.mark.parametrize("at", range(len(WHOLE)))
def test_a_response_closed_early_at_any_offset(at):
    client = run_against(WHOLE[:at])
    assert isinstance(client.error, CutError)
    assert client.error.kind == "closed"
    assert not client.response.complete
    assert b"Hello World".startswith(b"".join(frames(client)))
    assert last_call(client).startswith("exchange failed: closed")


def reset(peer):
    """Close a connection so that the client gets an error instead of an end."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


@pytest.mark.parametrize("head", [b"", CHUNKED, b"HTTP/1.0 200 OK\r\n\r\nHello"])
def test_a_broken_connection_does_not_complete_a_response(head):
    def send_and_reset(peer):
        peer.sendall(head)
        client.observer.wait_for_bytes(len(head))
        reset(peer)

    with Scripted(send_and_reset) as server:
        client = client_of(server.url)
        client.run()
    assert (type(client.error), client.error.kind) == (CutError, "lost")
    assert not client.response.complete


def test_with_tls_an_end_without_close_notify_may_be_a_cut():
    def end_without_close_notify(peer):
        peer.sendall(b"HTTP/1.0 200 OK\r\n\r\nHello")
        socket.socket.shutdown(peer, socket.SHUT_RDWR)

    client = run_against(end_without_close_notify, secure=True, **TRUSTING)
    assert (type(client.error), client.error.kind) == (CutError, "closed")
    assert not client.response.complete


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "not http"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "ambiguous length"),
        (CHUNKED + b"zz\r\n", "bad chunk"),
    ],
)
def test_a_response_that_is_not_http_ends_in_a_named_error(response, kind):
    client = run_against(response)
    assert isinstance(client.error, ProtocolError)
    assert client.error.kind == kind


@pytest.mark.parametrize(
    ("start", "again", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"Name: value\r\n", "head too large"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", "head too large"),
        (CHUNKED + b"5;", b"x", "chunk line too large"),
        (CHUNKED + b"0\r\n", b"Name: value\r\n", "trailers too large"),
    ],
)
def test_the_client_leaves_a_server_that_never_ends(start, again, kind):
    def for_ever(peer):
        peer.sendall(start)
        while True:
            peer.sendall(again * 1000)

    with Scripted(for_ever) as server:
        client = client_of(server.url)
        client.run()
        assert server.gone.wait(10)
    assert (type(client.error), client.error.kind) == (LimitError, kind)


# Timeouts


def test_silence_ends_at_the_timeout():
    client = run_against(
        lambda peer: peer.sendall(CHUNKED + b"5\r\nHello\r\n") or peer.recv(1), timeout=1
    )
    assert (type(client.error), client.error.kind) == (LimitError, "read timeout")
    assert client.timed_out
    assert frames(client) == [b"Hello"]
    assert not client.response.complete


def test_silence_does_not_complete_a_body_without_length():
    client = run_against(
        lambda peer: peer.sendall(b"HTTP/1.0 200 OK\r\n\r\nHello") or peer.recv(1), timeout=1
    )
    assert client.error.kind == "read timeout"
    assert not client.response.complete


def test_silence_does_not_count_while_the_server_is_paused():
    asked = []
    go_on = threading.Event()

    def is_paused():
        asked.append(True)
        if len(asked) == 2:
            go_on.set()
        return True

    def wait_then_send(peer):
        assert go_on.wait(20)
        peer.sendall(WHOLE)

    client = run_against(wait_then_send, timeout=0.01, is_paused=is_paused)
    assert len(asked) >= 2
    assert (client.error, client.response.complete) == (None, True)


def test_silence_counts_again_when_the_server_is_not_paused_any_more():
    answers = [True, True, False]
    client = run_against(lambda peer: peer.recv(1), timeout=0.01, is_paused=lambda: answers.pop(0))
    assert client.error.kind == "read timeout"
    assert answers == []


def test_a_pause_does_not_lift_the_time_limit():
    client = run_against(
        lambda peer: peer.recv(1), timeout=10, time_limit=0.05, is_paused=lambda: True
    )
    assert client.error.kind == "time limit"


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nA: ", CHUNKED + b"FFFFFFFF\r\n"])
def test_a_server_that_sends_a_byte_now_and_then_ends_at_the_time_limit(start):
    def trickle(peer):
        sent = len(start)
        peer.sendall(start)
        while True:
            client.observer.wait_for_bytes(sent)
            sent += 1
            peer.sendall(b"x")

    with Scripted(trickle) as server:
        client = client_of(server.url, timeout=5, time_limit=0.3)
        client.run()
        assert server.gone.wait(10)
    assert (type(client.error), client.error.kind) == (LimitError, "time limit")
    assert client.timed_out


def test_a_compressed_body_is_not_decompressed():
    bomb = b"\x1f\x8b" + b"\0" * 1000
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    client = run_against(head + bomb)
    assert b"".join(frames(client)) == bomb


# Stopping


def test_stopped_in_a_stream_it_leaves():
    def for_ever(peer):
        peer.sendall(CHUNKED)
        while True:
            peer.sendall(b"1\r\nx\r\n")

    with Scripted(for_ever) as server:
        client = client_of(server.url)
        thread = in_thread(client)
        client.observer.wait_for_frames(1)
        client.stop()
        thread.join(10)
        assert not thread.is_alive()
        assert server.gone.wait(10)
    assert (client.stopped, client.error, client.response.complete) == (True, None, False)
    assert last_call(client) == "client stopped"


@pytest.mark.parametrize("tls", [False, True])
def test_stopped_while_it_waits_it_leaves_at_once(tls):
    def hello_and_wait(peer):
        peer.sendall(b"HTTP/1.0 200 OK\r\n\r\nHello")
        peer.recv(1)

    with Scripted(hello_and_wait, tls=tls) as server:
        client = client_of(server.url, timeout=3600, **(TRUSTING if tls else {}))
        thread = in_thread(client)
        client.observer.wait_for_frames(1)
        client.stop()
        thread.join(10)
        assert not thread.is_alive()
    assert (client.error, client.response.complete) == (None, False)


def test_stopped_in_the_tls_handshake_it_leaves_at_once():
    hello = threading.Event()

    def say_nothing(peer):
        peer.recv(65536)
        hello.set()
        assert peer.recv(1) == b""

    with Scripted(say_nothing, read_request=False) as server:
        client = client_of(server.url.replace("http:", "https:"), timeout=3600)
        thread = in_thread(client)
        assert hello.wait(10)
        client.stop()
        thread.join(10)
        assert not thread.is_alive()
    assert (client.error, last_call(client)) == (None, "client stopped")


def test_stopped_before_it_runs_it_sends_nothing():
    with Scripted(WHOLE) as server:
        client = client_of(server.url)
        client.stop()
        client.run()
    assert not any(server.requests)
    assert (client.error, client.response.status_code) == (None, None)
    assert last_call(client) == "client stopped"


def test_stopped_while_it_connects_it_leaves_at_once():
    opened = threading.Event()

    class Connecting(HTTPClient):
        def _set_socket(self, connection):
            super()._set_socket(connection)
            opened.set()

    # A full queue of connections: the next one waits, as for a host that is switched off.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(8)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        client = Connecting(f"http://127.0.0.1:{address[1]}/", timeout=3600)
        thread = in_thread(client)
        assert opened.wait(10)
        client.stop()
        thread.join(10)
        for each in waiting:
            each.close()
    assert not thread.is_alive()
    assert client.error is None


def test_tls_settings_verify_the_certificate_by_default():
    assert tls_context().verify_mode == ssl.CERT_REQUIRED
    assert tls_context().check_hostname
    assert tls_context(verify=False).verify_mode == ssl.CERT_NONE
