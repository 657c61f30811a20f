"""What the operating system tells about bytes between two sockets."""

from __future__ import annotations

import contextlib
import socket

import pytest

from streamlab.http1.tcp_queues import all_sent_from, bytes_received


def fill(connection):
    """Send until the operating system takes no more."""
    with contextlib.suppress(BlockingIOError):
        while True:
            connection.send(b"x" * 1_000_000)


@pytest.fixture
def connected():
    """The port of a server, and both ends of a connection to it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with (
            socket.create_connection(("127.0.0.1", port)) as client,
            listening.accept()[0] as server,
        ):
            if bytes_received(client) is None:
                pytest.skip("only Linux tells")
            yield port, client, server


def test_received_bytes_count_whether_they_were_read_or_not(connected):
    _, client, server = connected
    assert bytes_received(client) == 0
    server.sendall(b"12345")
    assert bytes_received(client) == 5
    assert client.recv(2) == b"12"
    assert bytes_received(client) == 5


def test_a_full_send_queue_shows_that_bytes_are_under_way(connected):
    port, _, server = connected
    assert all_sent_from(port)
    server.setblocking(False)
    fill(server)
    assert not all_sent_from(port)


def test_a_closed_socket_tells_nothing():
    with socket.socket() as closed:
        pass
    assert bytes_received(closed) is None
