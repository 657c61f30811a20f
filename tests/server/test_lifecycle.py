"""Starting and stopping a server under odd circumstances: forks, races, interrupts, no descriptor."""

from __future__ import annotations

import errno
import gc
import os
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from streamlab.server import Server, thread_per_connection
from streamlab.server.request_handler import RequestHandler
from streamlab.server.server_kinds import server_for
from tests.server.rawclient import RawClient, get

IN_THIS_PROCESS = ["werkzeug", "werkzeug-stock", "wsgiref", "waitress", "cheroot"]


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello"]


def descriptors():
    gc.collect()
    return {path.name for path in Path("/proc/self/fd").iterdir()}


@pytest.fixture
def quick_collections():
    """Leave what exists out of garbage collections, which take long after many other tests."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def server_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("streamlab")]


@pytest.fixture
def forked_child():
    """Return a function that forks a child, which lives until the end of the test."""
    reading, writing = os.pipe()
    children = []

    def fork():
        child = os.fork()
        if not child:
            os.close(writing)
            os.read(reading, 1)
            os._exit(0)
        children.append(child)

    yield fork
    os.close(writing)
    os.close(reading)
    for child in children:
        os.waitpid(child, 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("name", IN_THIS_PROCESS)
def test_stop_ends_everything_while_a_forked_child_has_the_sockets(name, forked_child):
    server = server_for(name, hello).start()
    with RawClient(server.port, get(extra="Connection: close\r\n")) as client:
        client.read_to_end()
    with socket.create_connection(("127.0.0.1", server.port)) as idle:
        idle.settimeout(10)
        forked_child()
        assert server.stop()
        with suppress(ConnectionResetError):  # it was not accepted yet
            assert idle.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))
    assert not server_threads()


def test_start_and_stop_may_race():
    server, errors = Server(hello), []

    def repeat(action):
        try:
            for _ in range(100):
                action()
        except BaseException as error:
            errors.append(error)

    before = descriptors()
    actions = [server.start, server.start, server.stop, server.stop]
    threads = [threading.Thread(target=repeat, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    assert server.stop()
    assert not server_threads()
    assert len(descriptors()) <= len(before)
    with server, RawClient(server.port, get()) as client:
        assert client.read_to_end().endswith(b"Hello\r\n0\r\n\r\n")


def interrupt_at(line_number):
    """Raise KeyboardInterrupt at a line of the package `streamlab.server`; count the lines."""
    folder = str(Path(thread_per_connection.__file__).parent)
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        if not frame.f_code.co_filename.startswith(folder):
            return None
        if event == "line":
            count += 1
            if count == line_number:
                raise KeyboardInterrupt
        return trace

    sys.settrace(trace)


# A socket that was just made is closed by the garbage collection, which warns.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("quick_collections")
@pytest.mark.parametrize(
    ("name", "action"), [("werkzeug", "start"), ("wsgiref", "start"), ("werkzeug", "stop")]
)
def test_an_interrupt_at_any_line_leaves_nothing(name, action):
    server_for(name, hello).start().stop()  # imports what is needed
    before, line_number, interrupted = descriptors(), 0, True
    while interrupted:
        line_number += 1
        server = server_for(name, hello)
        if action == "stop":
            server.start()
        previous = sys.gettrace()
        interrupt_at(line_number)
        try:
            getattr(server, action)()
        except KeyboardInterrupt:
            interrupted = True
        else:
            interrupted = False
        finally:
            sys.settrace(previous)
        assert server.stop()
        assert not server.running
        for thread in server_threads():
            thread.join(10)
        assert descriptors() == before, line_number
    assert line_number > 20


def refuse_to_accept(monkeypatch, times):
    attempts = []
    accept = thread_per_connection.TCPServer.get_request

    def get_request(self):
        attempts.append(threading.current_thread())
        if len(attempts) <= times:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return accept(self)

    monkeypatch.setattr(thread_per_connection.TCPServer, "get_request", get_request)
    return attempts


def test_without_a_free_descriptor_it_says_so_once_and_answers_later(monkeypatch, caplog):
    attempts = refuse_to_accept(monkeypatch, 2)
    monkeypatch.setattr(thread_per_connection, "RETRY_SECONDS", 0)
    with Server(hello) as server, RawClient(server.port, get()) as client:
        assert client.read_to_end().endswith(b"Hello\r\n0\r\n\r\n")
    assert len(attempts) == 3
    [message] = [one.getMessage() for one in caplog.records if "cannot accept" in one.getMessage()]
    assert "cannot accept a connection: no file descriptor is free (Too many open files)" in message


def test_without_a_free_descriptor_it_pauses_and_can_be_stopped(monkeypatch):
    refused = threading.Event()
    attempts = refuse_to_accept(monkeypatch, 1_000_000)
    monkeypatch.setattr(thread_per_connection, "RETRY_SECONDS", 60)
    monkeypatch.setattr("streamlab.server.descriptors.log.error", lambda *_: refused.set())
    with Server(hello) as server, socket.create_connection(("127.0.0.1", server.port)):
        assert refused.wait(10)
        assert server.stop()
    assert len(attempts) == 1


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: loc"])
def test_a_connection_without_a_whole_request_is_closed(monkeypatch, sent):
    monkeypatch.setattr(RequestHandler, "timeout", 0.01)
    with Server(hello) as server, RawClient(server.port, sent) as client:
        client.read_to_end()


def test_a_stream_may_pause_for_longer(monkeypatch):
    timeouts = []

    def app(environ, start_response):
        timeouts.append(environ["werkzeug.socket"].gettimeout())
        return hello(environ, start_response)

    with Server(app) as server, RawClient(server.port, get()) as client:
        client.read_to_end()
    assert timeouts == [None]
