"""Servers in a real kernel: a cell that runs again replaces its server and keeps the port."""

from __future__ import annotations

import doctest
import json
from queue import Empty

import pytest
from jupyter_client.manager import start_new_kernel

from streamlab import notebook_cell

PRELUDE = """
import gc, json, threading, weakref
from streamlab.server import Server
def app(environ, start_response):
    start_response("200 OK", [])
    return [b"x"]
def listening():
    names = {t.name for t in threading.enumerate() if t.name.startswith("streamlab server")}
    return sorted(int(name.rpartition(":")[2]) for name in names)
"""


class Kernel:
    """A kernel with a front end that sends cell ids, as JupyterLab does."""

    def __init__(self) -> None:
        self.manager, self.client = start_new_kernel()
        self.run("prelude", PRELUDE)

    def run(self, cell: str | None, code: str) -> object:
        """Run `code` as the cell `cell`; return the JSON that it prints."""
        metadata = {} if cell is None else {"cellId": cell}
        request = self.client.session.msg(
            "execute_request",
            {
                "code": code,
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "allow_stdin": False,
                "stop_on_error": True,
            },
            metadata=metadata,
        )
        self.client.shell_channel.send(request)
        printed, error = "", None
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=60)
            except Empty:
                raise AssertionError("the kernel did not answer within 60 s") from None
            if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                assert content["name"] == "stdout", content["text"]  # nothing is printed to stderr
                printed += content["text"]
            elif message["msg_type"] == "error":
                error = "\n".join(content["traceback"])
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                break
        assert error is None, error
        return json.loads(printed) if printed else None

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    yield kernel
    kernel.close()


@pytest.fixture
def clean(kernel):
    """The kernel; after the test all its servers are stopped."""
    yield kernel
    kernel.run(
        "clean",
        "from streamlab.server.server import _running\n"
        "for server in list(_running.values()): server.stop()",
    )
    assert kernel.run("clean", "print(listening())") == []


def test_a_cell_that_runs_again_keeps_its_port_and_has_one_server(clean):
    cell = "server = Server(app).start(); print(server.port)"
    first = clean.run("a", cell)
    for _ in range(20):
        assert clean.run("a", cell) == first
        assert clean.run("look", "print(listening())") == [first]


def test_the_previous_server_is_stopped_and_its_streams_end(clean):
    clean.run(
        "a",
        "ended = threading.Event()\n"
        "def endless(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    try:\n"
        "        while True: yield b'x'\n"
        "    finally: ended.set()\n"
        "server = Server(endless).start()\n",
    )
    clean.run(
        "read",
        "import socket\n"
        "client = socket.create_connection(('127.0.0.1', server.port))\n"
        "client.sendall(b'GET / HTTP/1.1\\r\\n\\r\\n'); client.recv(10)\n"
        "before = server",
    )
    clean.run("a", "server = Server(app).start()")
    assert clean.run("look", "print(json.dumps([before.running, ended.wait(10)]))") == [False, True]
    clean.run("look", "client.close()")


def test_two_servers_of_one_cell_keep_their_ports(clean):
    cell = "one = Server(app).start(); two = Server(app).start(); print([one.port, two.port])"
    first = clean.run("a", cell)
    assert first[0] != first[1]
    assert clean.run("a", cell) == first
    assert clean.run("look", "print(listening())") == sorted(first)


def test_a_cell_without_a_server_does_not_stop_the_servers_of_other_cells(clean):
    a = clean.run("a", "print(Server(app).start().port)")
    b = clean.run("b", "print(Server(app).start().port)")
    assert a != b
    clean.run("c", "pass")
    assert clean.run("b", "print(Server(app).start().port)") == b
    assert clean.run("look", "print(listening())") == sorted([a, b])


def test_a_port_that_another_program_has_taken_is_replaced(clean):
    first = clean.run("a", "server = Server(app).start(); print(server.port)")
    clean.run(
        "take", "server.stop(); import socket\ntaken = socket.create_server(('', server.port))"
    )
    second = clean.run("a", "server = Server(app).start(); print(server.port)")
    assert second != first
    clean.run("take", "taken.close()")


def test_a_server_that_is_not_remembered_is_not_stopped_by_its_cell(clean):
    cell = "server = Server(app, remembered=False).start(); print(server.port)"
    first = clean.run("a", cell)
    clean.run("keep", "kept = server")
    second = clean.run("a", cell)
    assert clean.run("look", "print(listening())") == sorted([first, second])
    clean.run("look", "kept.stop(); server.stop()")


def test_without_cell_ids_no_server_is_replaced(clean):
    first = clean.run(None, "one = Server(app).start(); print(one.port)")
    second = clean.run(None, "two = Server(app).start(); print(two.port)")
    assert clean.run("look", "print(listening())") == sorted([first, second])
    clean.run("look", "one.stop(); two.stop()")


def test_a_stopped_server_can_be_garbage_collected(clean):
    assert clean.run(
        "a",
        "server = Server(app).start(); server.stop(); ref = weakref.ref(server); del server\n"
        "gc.collect(); print(json.dumps(ref() is None))",
    )


def test_examples():
    assert doctest.testmod(notebook_cell).failed == 0
