"""The background server: what it sends, how it starts, and how it stops."""

from __future__ import annotations

import errno
import gc
import socket
import struct
import sys
import threading
import warnings
from pathlib import Path
from queue import Queue

import pytest

from streamlab.server import Server
from streamlab.server.server_kinds import server_for
from tests.server.rawclient import RawClient, frames, get, split

TEXT = [("Content-Type", "text/plain")]


def items(*chunks):
    def app(environ, start_response):
        start_response("200 OK", TEXT)
        return iter(chunks)

    return app


class Endless:
    """An app with an endless generator. If `suspended`, it blocks between two yields."""

    def __init__(self, *, suspended: bool = False) -> None:
        self.suspended = suspended
        self.closed = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, environ, start_response):
        start_response("200 OK", TEXT)
        return self.generate()

    def generate(self):
        try:
            yield b"first"
            while True:
                if self.suspended:
                    self.go_on.wait(10)
                yield b"more"
        finally:
            self.closed.set()


def threads_of(server):
    return [t for t in threading.enumerate() if f":{server.port}" in t.name]


def open_sockets():
    return sum(is_socket(fd) for fd in Path("/proc/self/fd").iterdir())


def is_socket(fd):
    try:
        return str(fd.readlink()).startswith("socket:")
    except OSError:  # the descriptor of the listing, which is closed by now
        return False


# What the server sends


def test_each_item_is_one_frame():
    with Server(items(b"a", b"", b"bc", b"d" * 5000)) as server, RawClient(server.port, get()) as c:
        head, body = split(c.read_to_end())
        assert b"Transfer-Encoding: chunked" in head
        assert frames(body) == [b"a", b"bc", b"d" * 5000, b""]


@pytest.mark.skipif(sys.platform != "linux", reason="counts TCP segments with Linux's TCP_INFO")
def test_each_item_is_one_send():
    arrived = threading.Semaphore(0)

    # Data that looks like the last chunk or like an interim response is sent like any other.
    items = [*(b"<%d>" % number for number in range(50)), b"0\r\n\r\n", b"HTTP/1.1 100 "]

    def app(environ, start_response):
        start_response("200 OK", TEXT)
        for item in items:
            yield item
            assert arrived.acquire(timeout=10)  # otherwise TCP may join two sends

    with Server(app) as server, RawClient(server.port, get()) as client:
        for count, item in enumerate(items, 1):
            client.read_until(b"\r\n" + item + b"\r\n")
            assert client.segments() == count
            arrived.release()
        client.read_to_end()
        assert client.segments() == len(items) + 1  # the last chunk is one more


def test_http_1_0_gets_no_chunks():
    with Server(items(b"a", b"b")) as server:
        for request in (get(version="1.0"), get(version="1.0", extra="Connection: keep-alive\r\n")):
            with RawClient(server.port, request) as client:
                head, body = split(client.read_to_end())
                assert head.startswith(b"HTTP/1.0 200")
                assert b"chunked" not in head.lower()
                assert body == b"ab"


def test_a_response_with_content_length_has_no_chunks():
    def app(environ, start_response):
        start_response("200 OK", [("Content-Length", "4")])
        return [b"ab", b"cd"]

    with Server(app) as server, RawClient(server.port, get()) as client:
        head, body = split(client.read_to_end())
        assert b"chunked" not in head.lower()
        assert body == b"abcd"


@pytest.mark.parametrize("size", [b"5", b"ffff", b"ffffffffffffffffffff"])
def test_a_chunk_of_the_request_that_breaks_off_ends_the_request(size):
    def app(environ, start_response):
        environ["wsgi.input"].read()

    with Server(app) as server:
        chunked = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        with RawClient(server.port, chunked + size + b"\r\nabc") as client:
            client.socket.shutdown(socket.SHUT_WR)
            assert client.read_to_end().startswith(b"HTTP/1.1 500 ")


@pytest.mark.parametrize("line", [b"GET /", b"GE", b"POST /", b"GET / HTTP/9.9", b"GET / HTTP/x"])
def test_every_answer_has_a_status_line(line):
    with Server(items(b"a")) as server, RawClient(server.port, line + b"\r\n\r\n") as client:
        assert client.read_to_end().startswith(b"HTTP/1.")


def test_100_continue_is_sent_before_the_body_is_read():
    def echo(environ, start_response):
        body = environ["wsgi.input"].read(5)
        start_response("200 OK", TEXT)
        return [body]

    request = (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    )
    with Server(echo) as server, RawClient(server.port, request) as client:
        assert client.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        client.socket.sendall(b"hello")
        response = client.read_to_end()
        assert response.count(b"100 Continue") == 1
        assert frames(split(split(response)[1])[1]) == [b"hello", b""]


def test_the_last_chunk_does_not_wait_for_close():
    client_has_all = threading.Event()
    waited = []

    class Body:
        def __iter__(self):
            return iter([b"whole"])

        def close(self):
            waited.append(client_has_all.wait(10))

    def app(environ, start_response):
        start_response("200 OK", TEXT)
        return Body()

    server = Server(app).start()
    with RawClient(server.port, get()) as client:
        client.read_until(b"0\r\n\r\n")
        client_has_all.set()
        client.read_to_end()
    assert server.stop()
    assert waited == [True]


def test_a_client_that_disconnects_closes_the_generator():
    app = Endless()
    with Server(app) as server:
        with RawClient(server.port, get()) as client:
            client.read_until(b"first")
        assert app.closed.wait(10)


@pytest.mark.parametrize(
    ("chunks_before", "expected"), [(0, b"HTTP/1.1 500"), (1, b"HTTP/1.1 200")]
)
def test_an_exception_is_a_500_before_the_first_chunk_and_cuts_the_response_after_it(
    chunks_before, expected
):
    def app(environ, start_response):
        start_response("200 OK", TEXT)
        for _ in range(chunks_before):
            yield b"chunk"
        raise ValueError("on purpose")

    with Server(app) as server, RawClient(server.port, get()) as client:
        response = client.read_to_end()
        assert response.startswith(expected)
        assert (b"\r\n0\r\n\r\n" in response) is False


def test_exceptions_and_wsgi_errors_go_to_the_log_and_not_to_stderr(capfd, caplog):
    def app(environ, start_response):
        print("from the app", file=environ["wsgi.errors"])
        environ["wsgi.errors"].writelines(["and ", "more"])
        start_response("200 OK", TEXT)
        yield b"chunk"
        raise ValueError("on purpose")

    with Server(app) as server:
        for request in (get(), b"nonsense\r\n\r\n", get(extra="X: " + "y" * 70000 + "\r\n")):
            with RawClient(server.port, request) as client:
                client.read_to_end()
    assert capfd.readouterr() == ("", "")
    assert "ValueError: on purpose" in caplog.text
    assert "from the app" in caplog.text


def test_the_url_of_an_ipv6_address_has_brackets():
    with Server(items(b"six"), host="::1") as server:
        assert server.url == f"http://[::1]:{server.port}/"
        with socket.create_connection(("::1", server.port), timeout=10) as connection:
            connection.sendall(get())
            assert b"200 OK" in connection.recv(65536)


# How the server starts


def test_it_keeps_its_port_when_it_starts_again():
    server = Server(items(b"x")).start()
    port = server.port
    for _ in range(3):
        assert server.stop()
        server.start()
        assert server.port == port
        with RawClient(port, get()) as client:
            assert b"200 OK" in client.read_to_end()
    server.stop()


def test_start_and_stop_may_be_called_twice():
    server = Server(items(b"x"))
    assert server.stop()
    assert server.start() is server
    port = server.port
    assert server.start().port == port
    assert server.stop()
    assert server.stop()


def test_repr_has_the_url_while_the_server_runs():
    server = Server(items(b"x"))
    assert repr(server) == "<Server (stopped)>"
    with server:
        assert repr(server) == f"<Server http://127.0.0.1:{server.port}/ (running)>"
    assert repr(server) == "<Server (stopped)>"


def test_a_server_in_this_process_is_ready_when_it_has_started():
    with Server(items(b"x")) as server:
        server.wait_until_ready()
        with RawClient(server.port, get()) as client:
            assert b"200 OK" in client.read_to_end()


def test_a_port_in_use_is_an_error_that_says_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(OSError, match=rf"port {port}: .* in use\. Stop .* leave out `port`"):
            Server(items(b"x"), port=port).start()


@pytest.mark.parametrize("name", ["werkzeug", "wsgiref", "waitress", "cheroot"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_a_port_that_a_server_of_this_process_uses_is_called_that(host, name):
    with server_for(name, items(b"x")) as own:
        with pytest.raises(OSError, match=r"own <.*Server http.*> uses the port\. Call its stop"):
            Server(items(b"y"), host=host, port=own.port).start()
        own.stop()
        with Server(items(b"y"), port=own.port) as again:
            assert again.port == own.port
        with (
            socket.create_server(("127.0.0.1", own.port)),
            pytest.raises(OSError, match="the port is in use"),
        ):
            Server(items(b"y"), port=own.port).start()


def test_an_address_of_another_machine_is_an_error_that_says_what_to_do():
    with pytest.raises(OSError, match=r"cannot listen on 192\.0\.2\.1 .* host=\"127\.0\.0\.1\""):
        Server(items(b"x"), host="192.0.2.1").start()


def test_a_port_without_permission_is_an_error_that_says_what_to_do(monkeypatch):
    def create_server(*args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "create_server", create_server)
    with pytest.raises(PermissionError, match=r"port 80: .* below 1024 .* Leave out `port`"):
        Server(items(b"x"), port=80).start()


def test_outside_of_a_notebook_two_servers_run_side_by_side():
    with Server(items(b"1")) as one, Server(items(b"2")) as two:
        assert one.port != two.port
        for server, text in ((one, b"1"), (two, b"2")):
            with RawClient(server.port, get()) as client:
                assert frames(split(client.read_to_end())[1]) == [text, b""]


# How the server stops


def test_a_client_that_disconnects_before_the_first_chunk_leaves_nothing_behind(caplog):
    left = threading.Event()
    serving = Queue()

    def app(environ, start_response):
        start_response("200 OK", TEXT)
        serving.put(threading.current_thread())
        assert left.wait(10)
        yield b"the client"
        yield b"has disconnected"

    with Server(app) as server:
        before = open_sockets()
        client = RawClient(server.port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        thread = serving.get(timeout=10)
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.socket.close()  # a reset, so that the next send fails
        left.set()
        thread.join(10)
        assert open_sockets() == before
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_stop_ends_a_stream():
    app = Endless()
    server = Server(app).start()
    with RawClient(server.port, get()) as client:
        client.read_until(b"more")
        assert server.stop()
        assert app.closed.is_set()
        assert threads_of(server) == []
        client.read_to_end()  # returns, because the connection is closed


def test_stop_ends_a_stream_whose_client_does_not_read():
    stalled = threading.Event()
    closed = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", TEXT)
        try:
            for _ in range(64):
                yield b"x" * (1 << 20)
                stalled.set()
        finally:
            closed.set()

    server = Server(app).start()
    with RawClient(server.port, get()):
        assert stalled.wait(10)
        assert server.stop()
    assert closed.is_set()


def test_stop_returns_false_while_a_generator_is_busy_and_it_ends_at_its_next_yield():
    app = Endless(suspended=True)
    server = Server(app).start()
    with RawClient(server.port, get()) as client:
        client.read_until(b"first")
        assert server.stop(timeout=0.05) is False
        assert not app.closed.is_set()
        assert client.read_to_end().endswith(
            b"first\r\n"
        )  # the client does not wait for the generator
        [thread] = threads_of(server)
        app.go_on.set()
        thread.join(10)
        assert app.closed.is_set()


def test_nothing_is_accepted_after_stop():
    server = Server(items(b"x")).start()
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        RawClient(server.port)


def test_a_connection_with_half_a_request_does_not_delay_stop():
    server = Server(items(b"x")).start()
    with RawClient(server.port, b"GET / HT"):
        with RawClient(server.port, get()) as second:  # connections are accepted in order
            second.read_to_end()
        assert server.stop()
    assert threads_of(server) == []


def test_an_app_may_stop_its_own_server():
    stopped = Queue()

    def app(environ, start_response):
        stopped.put(server.stop())
        start_response("200 OK", TEXT)
        return [b"bye"]

    server = Server(app).start()
    with RawClient(server.port, get()) as client:
        client.read_to_end()
    assert stopped.get(timeout=10)
    assert not server.running


def test_twenty_starts_and_stops_leave_no_thread_and_no_socket():
    def once():
        app = Endless()
        with Server(app) as server, RawClient(server.port, get()) as client:
            client.read_until(b"first")

    once()  # for objects that are created once and kept
    gc.collect()
    threads, sockets = threading.active_count(), open_sockets()
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        for _ in range(20):
            once()
        gc.collect()
    assert (threading.active_count(), open_sockets()) == (threads, sockets)


def test_the_threads_do_not_keep_a_program_alive():
    with Server(Endless()) as server, RawClient(server.port, get()) as client:
        client.read_until(b"first")
        assert threads_of(server)
        assert all(thread.daemon for thread in threads_of(server))
