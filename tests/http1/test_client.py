"""The probe against a server that does what a script says: the well-behaved and the hostile."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from itertools import count

import pytest

from streamlab.http1.client import Probe
from streamlab.http1.connect import tls_context
from streamlab.http1.errors import ConnectError, CutError, LimitError, ProtocolError
from streamlab.trace.trace import Trace

from .scripted import CERTIFICATE, Scripted

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
WHOLE = CHUNKED + b"5\r\nHello\r\n6\r\n World\r\n0\r\n\r\n"
OWN_TLS = {"tls": tls_context(ca_file=str(CERTIFICATE))}


def probe_of(url: str, **options) -> Probe:
    options.setdefault("timeout", 10.0)
    return Probe(url, Trace(("client",)), **options)


def probed(script, *, secure: bool = False, read_request: bool = True, **options) -> Probe:
    """A probe that has run against a server that plays `script`."""
    with Scripted(script, tls=secure, read_request=read_request) as server:
        probe = probe_of(server.url, **options)
        probe.run()
    return probe


def frames(probe: Probe) -> list[bytes]:
    return [chunk.data for chunk in probe.trace.lanes["client"]]


def ends(probe: Probe) -> str:
    return probe.trace.events[-1].kind


# What it sends


def test_the_request_asks_for_one_response_and_no_more():
    with Scripted(WHOLE) as server:
        probe_of(server.url + "stream?name=Ada Lövelace", headers={"X-A": "1"}).run()
    (request,) = server.requests
    lines = request.decode().split("\r\n")
    assert lines[0] == "GET /stream?name=Ada%20L%C3%B6velace HTTP/1.1"
    assert f"Host: localhost:{server.port}" in lines
    assert {"Connection: close", "X-A: 1"} <= set(lines)


def test_a_body_goes_with_its_length():
    request = probe_of("http://a/", method="POST", data=b"name=World").request
    assert request.startswith(b"POST / HTTP/1.1\r\nHost: a\r\n")
    assert b"\r\nContent-Length: 10\r\n" in request
    assert request.endswith(b"\r\n\r\nname=World")


def test_given_headers_replace_those_that_are_always_sent():
    request = probe_of("http://a/", headers=[("host", "b"), ("X", "1"), ("X", "2")]).request
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
def test_the_host_is_said_as_servers_expect_it(url, host):
    assert b"\r\nHost: " + host + b"\r\n" in probe_of(url).request


def test_user_and_password_travel_in_their_own_header_and_not_in_the_host():
    request = probe_of("http://ada:p%40ss@a/").request
    assert b"Host: a\r\n" in request
    assert b"Authorization: Basic YWRhOnBAc3M=\r\n" in request


@pytest.mark.parametrize(
    ("url", "options", "told"),
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
    ],
)
def test_what_cannot_be_sent_is_refused_before_it_is(url, options, told):
    with pytest.raises(ValueError, match=told):
        probe_of(url, **options)


# What it reads


def test_frames_and_reads_are_recorded_apart():
    read_first = threading.Event()

    def two_frames_then_half_and_half(peer):
        peer.sendall(CHUNKED + b"5\r\nHello\r\n1\r\n,\r\n")
        assert read_first.wait(10)
        peer.sendall(b"6\r\n Wo")
        while probe.trace.reads.chunks < 2:
            pass
        peer.sendall(b"rld\r\n0\r\n\r\n")

    with Scripted(two_frames_then_half_and_half) as server:
        probe = probe_of(server.url)
        thread = threading.Thread(target=probe.run)
        thread.start()
        while probe.trace.lanes["client"].chunks < 2:
            assert thread.is_alive()
        read_first.set()
        thread.join(10)
    assert frames(probe) == [b"Hello", b",", b" World"]
    assert [recv.data for recv in probe.trace.reads] == [
        CHUNKED + b"5\r\nHello\r\n1\r\n,\r\n",
        b"6\r\n Wo",
        b"rld\r\n0\r\n\r\n",
    ]
    assert probe.response.complete
    assert (probe.error, ends(probe)) == (None, "client finished")


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
    probe = probed(response, secure=tls, **(OWN_TLS if tls else {}))
    assert probe.error is None
    assert b"".join(frames(probe)) == b"Hello World"
    assert (probe.response.framing, probe.response.complete) == (framing, True)


def test_interim_responses_and_trailers():
    probe = probed(
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + CHUNKED + b"2\r\nok\r\n0\r\nDigest: x\r\n\r\n"
    )
    assert probe.response.interim == [(103, "Early Hints")]
    assert probe.response.trailers == [("Digest", "x")]


def test_redirects_are_not_followed():
    with Scripted(b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n") as server:
        probe = probe_of(server.url)
        probe.run()
    assert probe.response.status_code == 302
    assert len(server.requests) == 1


def test_it_does_not_wait_for_a_server_that_keeps_the_connection():
    def keep(peer):
        peer.sendall(WHOLE)
        assert peer.recv(1) == b""  # the client is the one who leaves

    assert probed(keep).response.complete


def test_an_answer_that_comes_before_the_request_was_read_counts():
    def refuse_at_once(peer):
        peer.recv(1)
        peer.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        reset(peer)  # with most of the request still to come

    data = b"x" * 50_000_000
    probe = probed(refuse_at_once, read_request=False, method="POST", data=data)
    assert (probe.response.status_code, probe.error) == (413, None)


# What it puts up with: nothing ends in a traceback, and everything ends


def test_nobody_listens():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        probe = probe_of(f"http://127.0.0.1:{unused.getsockname()[1]}/")
        probe.run()
    assert isinstance(probe.error, ConnectError)
    assert probe.error.kind == "refused"
    assert "nobody listens" in probe.problem


def test_a_name_without_an_address():
    probe = probe_of("http://no-such-host.invalid/")
    probe.run()
    assert (type(probe.error), probe.error.kind) == (ConnectError, "no address")


def test_a_certificate_that_nobody_vouches_for():
    probe = probed(WHOLE, secure=True)
    assert (type(probe.error), probe.error.kind) == (ConnectError, "tls")
    assert "self-signed" in probe.problem.replace("self signed", "self-signed")
    assert frames(probe) == []


def test_a_certificate_need_not_be_checked():
    with Scripted(WHOLE, tls=True) as server:
        probe = probe_of(server.url, tls=tls_context(verify=False))
        probe.run()
    assert probe.response.complete


def test_tls_with_a_server_that_speaks_none():
    def plain(peer):
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        peer.recv(65536)

    with Scripted(plain, read_request=False) as server:
        probe = probe_of(server.url.replace("http:", "https:"))
        probe.run()
    assert probe.error.kind == "tls"
    assert "http://" in probe.problem


def test_a_server_that_accepts_and_says_nothing_in_tls_ends_by_the_clock():
    with Scripted(lambda peer: peer.recv(65536) and peer.recv(1), read_request=False) as server:
        probe = probe_of(server.url.replace("http:", "https:"), connect_timeout=0.2)
        probe.run()
    assert (type(probe.error), probe.error.kind) == (LimitError, "connect timeout")


@pytest.mark.parametrize("at", range(len(WHOLE)))
def test_closed_early_at_every_offset(at):
    probe = probed(WHOLE[:at])
    assert isinstance(probe.error, CutError)
    assert probe.error.kind == "closed"
    assert not probe.response.complete
    assert b"Hello World".startswith(b"".join(frames(probe)))
    assert ends(probe) == "client cut off"


def reset(peer):
    """Close so that the client gets an error instead of an end."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


@pytest.mark.parametrize("head", [b"", CHUNKED, b"HTTP/1.0 200 OK\r\n\r\nHello"])
def test_a_connection_that_breaks_is_no_end(head):
    def send_and_reset(peer):
        peer.sendall(head)
        while probe.trace.reads.size < len(head):
            pass
        reset(peer)

    with Scripted(send_and_reset) as server:
        probe = probe_of(server.url)
        probe.run()
    assert (type(probe.error), probe.error.kind) == (CutError, "lost")
    assert not probe.response.complete


def test_with_tls_an_end_without_its_word_may_be_a_cut():
    def end_without_goodbye(peer):
        peer.sendall(b"HTTP/1.0 200 OK\r\n\r\nHello")
        socket.socket.shutdown(peer, socket.SHUT_RDWR)

    probe = probed(end_without_goodbye, secure=True, **OWN_TLS)
    assert (type(probe.error), probe.error.kind) == (CutError, "closed")
    assert not probe.response.complete


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "not http"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "ambiguous length"),
        (CHUNKED + b"zz\r\n", "bad chunk"),
    ],
)
def test_what_is_no_http_ends_with_its_name(response, kind):
    probe = probed(response)
    assert isinstance(probe.error, ProtocolError)
    assert probe.error.kind == kind


@pytest.mark.parametrize(
    ("start", "again", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"Name: value\r\n", "head too large"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", "head too large"),
        (CHUNKED + b"5;", b"x", "chunk line too large"),
        (CHUNKED + b"0\r\n", b"Name: value\r\n", "trailers too large"),
    ],
)
def test_a_server_that_never_ends_is_left(start, again, kind):
    def for_ever(peer):
        peer.sendall(start)
        while True:
            peer.sendall(again * 1000)

    with Scripted(for_ever) as server:
        probe = probe_of(server.url)
        probe.run()
        assert server.gone.wait(10)
    assert (type(probe.error), probe.error.kind) == (LimitError, kind)


def test_silence_is_given_up():
    probe = probed(
        lambda peer: peer.sendall(CHUNKED + b"5\r\nHello\r\n") or peer.recv(1), timeout=1
    )
    assert (type(probe.error), probe.error.kind) == (LimitError, "silence")
    assert frames(probe) == [b"Hello"]
    assert not probe.response.complete


def test_silence_does_not_make_a_body_without_length_whole():
    probe = probed(
        lambda peer: peer.sendall(b"HTTP/1.0 200 OK\r\n\r\nHello") or peer.recv(1), timeout=1
    )
    assert probe.error.kind == "silence"
    assert not probe.response.complete


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nA: ", CHUNKED + b"FFFFFFFF\r\n"])
def test_a_byte_now_and_then_does_not_keep_it_for_ever(start):
    tick = threading.Event()

    def trickle(peer):
        peer.sendall(start)
        while True:
            peer.sendall(b"x")
            tick.wait(0.01)  # more often than any silence, and never the end

    with Scripted(trickle) as server:
        probe = probe_of(server.url, timeout=5, time_limit=0.3)
        probe.run()
        assert server.gone.wait(10)
    assert (type(probe.error), probe.error.kind) == (LimitError, "time limit")


def test_a_huge_chunk_is_one_chunk_and_the_body_kept_is_bounded():
    size = 64 * 1024 * 1024

    def huge(peer):
        peer.sendall(CHUNKED + b"%x\r\n" % size)
        for _ in range(size // 65536):
            peer.sendall(b"x" * 65536)
        peer.sendall(b"\r\n0\r\n\r\n")

    probe = probed(huge)
    lane = probe.trace.lanes["client"]
    assert (len(lane), lane.size, probe.response.complete) == (1, size, True)
    assert len(lane.body.head + lane.body.tail[1]) < 200_000


def test_a_compressed_bomb_stays_as_small_as_it_was_sent():
    bomb = b"\x1f\x8b" + b"\0" * 1000
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    probe = probed(head + bomb)
    assert b"".join(frames(probe)) == bomb


# Leaving


def test_stopped_it_leaves_and_says_so():
    numbers = count()

    def for_ever(peer):
        peer.sendall(CHUNKED)
        while True:
            peer.sendall(b"1\r\nx\r\n")
            next(numbers)

    with Scripted(for_ever) as server:
        probe = probe_of(server.url)
        thread = threading.Thread(target=probe.run)
        thread.start()
        while not probe.trace.lanes["client"].chunks:
            assert thread.is_alive()
        probe.stop()
        thread.join(10)
        assert not thread.is_alive()
        assert server.gone.wait(10)
    assert (probe.stopped, probe.error, probe.response.complete) == (True, None, False)
    assert ends(probe) == "client left"


@pytest.mark.parametrize("tls", [False, True])
def test_stopped_while_it_waits_it_leaves_at_once(tls):
    def hello_and_wait(peer):
        peer.sendall(b"HTTP/1.0 200 OK\r\n\r\nHello")
        peer.recv(1)

    with Scripted(hello_and_wait, tls=tls) as server:
        probe = probe_of(server.url, timeout=3600, **(OWN_TLS if tls else {}))
        thread = threading.Thread(target=probe.run)
        thread.start()
        while not probe.trace.lanes["client"].chunks:
            assert thread.is_alive()
        probe.stop()
        thread.join(10)
        assert not thread.is_alive()
    assert (probe.error, probe.response.complete) == (None, False)


def test_stopped_in_the_midst_of_tls_it_leaves_at_once():
    hello = threading.Event()

    def say_nothing(peer):
        peer.recv(65536)
        hello.set()
        assert peer.recv(1) == b""

    with Scripted(say_nothing, read_request=False) as server:
        probe = probe_of(server.url.replace("http:", "https:"), timeout=3600)
        thread = threading.Thread(target=probe.run)
        thread.start()
        assert hello.wait(10)
        probe.stop()
        thread.join(10)
        assert not thread.is_alive()
    assert (probe.error, ends(probe)) == (None, "client left")


def test_stopped_before_it_began_it_asks_nothing():
    with Scripted(WHOLE) as server:
        probe = probe_of(server.url)
        probe.stop()
        probe.run()
    assert not any(server.requests)
    assert (probe.error, probe.response.status_code, ends(probe)) == (None, None, "client left")


def test_stopped_while_it_connects_it_leaves_at_once():
    # A queue of connections that is full: the next one waits, as for a host that is off.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(8)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        probe = probe_of(f"http://127.0.0.1:{address[1]}/", timeout=3600)
        thread = threading.Thread(target=probe.run)
        thread.start()
        while probe._socket is None:
            assert thread.is_alive()
        probe.stop()
        thread.join(10)
        for each in waiting:
            each.close()
    assert not thread.is_alive()
    assert probe.error is None


def test_ssl_contexts_are_the_default_ones_unless_told():
    assert tls_context().verify_mode == ssl.CERT_REQUIRED
    assert tls_context().check_hostname
    assert tls_context(verify=False).verify_mode == ssl.CERT_NONE
