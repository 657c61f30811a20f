"""No file descriptor is free: errors and verdicts say so, and no server tries all the time."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from streamlab import App, Server, observe
from streamlab.http1.client import HTTPClient

THREADED = ["werkzeug", "werkzeug-stock", "wsgiref", "waitress", "cheroot"]
NOTHING_FREE = "no file descriptor is free (Too many open files). Close files"


def fail(*_, **__):
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


@pytest.fixture
def app():
    app = App()

    @app.get("/")
    def view():
        return (text for text in "ab")

    return app


@pytest.mark.parametrize("server", THREADED)
def test_a_connection_that_cannot_be_accepted_is_in_the_verdict(server, app, monkeypatch, caplog):
    observe(app, "/", server=server)
    attempts = []

    def refuse(listening):
        attempts.append(listening)
        fail()

    monkeypatch.setattr(socket.socket, "accept", refuse)
    verdict = observe(app, "/", server=server, timeout=0.5).verdict
    assert verdict.outcome == "failed"
    assert f"The server cannot accept a connection: {NOTHING_FREE}" in verdict.text
    assert 1 <= len(attempts) < 50  # without a pause there are thousands
    said = [record for record in caplog.records if NOTHING_FREE in record.getMessage()]
    assert len(said) == 1


def test_an_earlier_problem_is_not_said_of_a_later_exchange(app, monkeypatch):
    with Server(app) as server:
        with monkeypatch.context() as patch:
            patch.setattr(socket.socket, "accept", fail)
            client = HTTPClient(server.url, timeout=0.3)
            client.run()
        assert server.problem_since(0)
        assert server.problem_since(server._backend.failures._latest + 1) == ""


@pytest.mark.parametrize("server", THREADED)
def test_a_server_that_cannot_start_says_it(server, app, monkeypatch):
    observe(app, "/", server=server)
    monkeypatch.setattr(socket, "create_server", fail)
    with pytest.raises(
        OSError, match="cannot start the server: no file descriptor is free"
    ) as info:
        observe(app, "/", server=server)
    assert info.value.errno == errno.EMFILE
    assert "ulimit -n 4096" in str(info.value)


@pytest.mark.parametrize("what", ["selectors.DefaultSelector", "socket.socketpair"])
def test_it_is_raised_to_the_caller_not_in_a_thread(what, app, monkeypatch):
    monkeypatch.setattr(what, fail)
    with pytest.raises(OSError, match="no file descriptor is free"):
        Server(app).start()


def test_a_client_without_a_descriptor_says_it(app, monkeypatch):
    monkeypatch.setattr("streamlab.http1.connect.DefaultSelector", fail)
    monkeypatch.setattr(socket.socket, "connect_ex", lambda *_: errno.EINPROGRESS)
    verdict = observe(app, "/").verdict
    assert verdict.outcome == "failed"
    assert "No file descriptor is free (Too many open files). Close files" in verdict.text
