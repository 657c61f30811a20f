"""Servers in a real kernel: a cell that runs again has the server it had, and only that one."""

from __future__ import annotations

import json
from queue import Empty

import pytest
from jupyter_client.manager import start_new_kernel

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
    """A kernel, and a front end that says which cell it runs, as Jupyter Lab does."""

    def __init__(self) -> None:
        self.manager, self.client = start_new_kernel()
        self.run("prelude", PRELUDE)

    def run(self, cell: str | None, code: str) -> object:
        """Run `code` as the cell `cell`; what its last line prints, parsed, is returned."""
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
        said, error = "", None
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=60)
            except Empty:
                raise AssertionError("the kernel does not answer") from None
            if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                assert content["name"] == "stdout", content["text"]  # never a word on stderr
                said += content["text"]
            elif message["msg_type"] == "error":
                error = "\n".join(content["traceback"])
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                break
        assert error is None, error
        return json.loads(said) if said else None

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
    """The kernel, and no server in it when the test is over."""
    yield kernel
    kernel.run(
        "clean",
        "from streamlab.server.server import _running\n"
        "for server in list(_running.values()): server.stop()",
    )
    assert kernel.run("clean", "print(listening())") == []


def test_a_cell_that_runs_again_keeps_its_port_and_leaves_one_server(clean):
    cell = "server = Server(app).start(); print(server.port)"
    first = clean.run("a", cell)
    for _ in range(20):
        assert clean.run("a", cell) == first
        assert clean.run("look", "print(listening())") == [first]


def test_the_server_of_the_run_before_is_stopped_and_its_streams_with_it(clean):
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


def test_two_servers_of_one_cell_keep_a_port_each(clean):
    cell = "one = Server(app).start(); two = Server(app).start(); print([one.port, two.port])"
    first = clean.run("a", cell)
    assert first[0] != first[1]
    assert clean.run("a", cell) == first
    assert clean.run("look", "print(listening())") == sorted(first)


def test_a_cell_that_makes_no_server_any_more_leaves_the_other_cells_alone(clean):
    a = clean.run("a", "print(Server(app).start().port)")
    b = clean.run("b", "print(Server(app).start().port)")
    assert a != b
    clean.run("c", "pass")
    assert clean.run("b", "print(Server(app).start().port)") == b
    assert clean.run("look", "print(listening())") == sorted([a, b])


def test_a_port_that_somebody_else_took_meanwhile_is_given_up(clean):
    first = clean.run("a", "server = Server(app).start(); print(server.port)")
    clean.run(
        "take", "server.stop(); import socket\nthief = socket.create_server(('', server.port))"
    )
    second = clean.run("a", "server = Server(app).start(); print(server.port)")
    assert second != first
    clean.run("take", "thief.close()")


def test_servers_that_are_not_remembered_are_no_business_of_the_cell(clean):
    cell = "server = Server(app, remembered=False).start(); print(server.port)"
    first = clean.run("a", cell)
    clean.run("keep", "kept = server")
    second = clean.run("a", cell)
    assert clean.run("look", "print(listening())") == sorted([first, second])
    clean.run("look", "kept.stop(); server.stop()")


def test_without_a_cell_id_each_server_is_one_of_its_own(clean):
    first = clean.run(None, "one = Server(app).start(); print(one.port)")
    second = clean.run(None, "two = Server(app).start(); print(two.port)")
    assert clean.run("look", "print(listening())") == sorted([first, second])
    clean.run("look", "one.stop(); two.stop()")


def test_a_stopped_server_is_not_kept_alive(clean):
    assert clean.run(
        "a",
        "server = Server(app).start(); server.stop(); ref = weakref.ref(server); del server\n"
        "gc.collect(); print(json.dumps(ref() is None))",
    )
