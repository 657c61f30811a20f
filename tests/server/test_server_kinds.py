"""Each server has the interface `WSGIServer`, serves, stops, and leaves nothing behind."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref

import pytest

from streamlab.harness.remote_server import RemoteServer
from streamlab.server import SERVERS, Server, WSGIServer
from streamlab.server.server_kinds import process_server_for, server_for
from tests.apps import bare
from tests.server.rawclient import RawClient, frames, get, split

IN_THIS_PROCESS = [name for name, kind in SERVERS.items() if not kind.own_process]
IN_OWN_PROCESS = [name for name, kind in SERVERS.items() if kind.own_process]
HTTP_1_0 = ["wsgiref"]


class Endless:
    def __init__(self):
        self.closed = threading.Event()

    def __call__(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return self.generate()

    def generate(self):
        try:
            while True:
                yield b"more"
        finally:
            self.closed.set()


@pytest.mark.parametrize("kind", SERVERS.values(), ids=list(SERVERS))
def test_the_class_has_the_interface(kind):
    assert issubclass(kind.load(), WSGIServer)
    assert repr(kind) == f"<ServerKind {kind.name}: {kind.text}>"


@pytest.mark.parametrize("name", IN_THIS_PROCESS)
def test_it_serves(name, capfd):
    with server_for(name, bare) as server, RawClient(server.port, get()) as client:
        head, body = split(client.read_until(b"!"))
        assert b" 200 OK" in head
        if name in HTTP_1_0:
            assert head.startswith(b"HTTP/1.0")
            assert body == b"Hello World!"
        else:
            client.read_until(b"\r\n0\r\n\r\n")
            assert frames(split(client.received)[1]) == [b"Hello ", b"World", b"!", b""]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", IN_THIS_PROCESS)
def test_stop_ends_open_streams_and_their_threads(name):
    before = set(threading.enumerate())
    app = Endless()
    server = server_for(name, app).start()
    with RawClient(server.port, get()) as client:
        client.read_until(b"more")
        assert server.stop()
        assert app.closed.is_set()
        client.read_to_end()
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        RawClient(server.port)


@pytest.mark.parametrize("name", IN_THIS_PROCESS)
def test_a_stopped_server_and_its_app_are_freed(name):
    app = Endless()
    server = server_for(name, app, remembered=False).start()
    with RawClient(server.port, get()) as client:
        client.read_until(b"more")
    assert server.stop()
    app_ref, server_ref = weakref.ref(app), weakref.ref(server)
    del app, server
    gc.collect()
    assert (app_ref(), server_ref()) == (None, None)


def test_cheroot_stops_without_waiting_for_its_next_look_at_idle_connections(monkeypatch):
    server_class = pytest.importorskip("cheroot.server").HTTPServer
    monkeypatch.setattr(server_class, "expiration_interval", 600)
    server = server_for("cheroot", bare).start()
    with RawClient(server.port, get()) as client:
        client.read_until(b"!")
        assert server.stop()


@pytest.mark.parametrize("name", IN_THIS_PROCESS)
def test_it_keeps_its_port_when_it_starts_again(name):
    server = server_for(name, bare).start()
    port = server.port
    assert server.stop()
    server.start()
    assert server.port == port
    with RawClient(port, get()) as client:
        assert b"!" in client.read_until(b"!")
    assert server.stop()


@pytest.mark.parametrize("name", IN_THIS_PROCESS)
def test_streams_run_side_by_side(name):
    barrier = threading.Barrier(2, timeout=10)

    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"one"
        barrier.wait()  # returns only when both generators have come here
        yield b"two"

    with (
        server_for(name, app) as server,
        RawClient(server.port, get()) as first,
        RawClient(server.port, get()) as second,
    ):
        first.read_until(b"two")
        second.read_until(b"two")


@pytest.mark.parametrize("name", IN_THIS_PROCESS)
def test_nothing_is_printed(name, capfd):
    """Exceptions before and after the first byte, and ``wsgi.errors``, go to the log."""

    def app(environ, start_response):
        environ["wsgi.errors"].write("a message\n")
        if environ["PATH_INFO"] == "/before":
            raise ValueError("before")
        start_response("200 OK", [])
        yield b"chunk"
        raise ValueError("after")

    with server_for(name, app) as server:
        for path in ("/before", "/after"):
            with RawClient(server.port, get(path)) as client:
                client.read_to_end()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["werkzeug", "werkzeug-stock", "wsgiref", "waitress"])
def test_stop_right_after_a_response_logs_no_error(name, caplog):
    """The thread that ends the response still works while the server stops."""
    for _ in range(30):
        with server_for(name, bare) as server, RawClient(server.port, get()) as client:
            client.read_until(b"!")
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("name", IN_THIS_PROCESS)
def test_its_threads_do_not_keep_a_program_alive(name):
    code = (
        "from streamlab.server.server_kinds import server_for\n"
        f"server = server_for({name!r}, lambda e, s: [b'']).start()\n"
        "print(server.port)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("name", IN_OWN_PROCESS)
def test_a_server_in_another_process_serves_and_ends(name):
    server = RemoteServer(name, bare, lambda _: None).start()
    port = int(server.url.rstrip("/").rpartition(":")[2])
    assert server.running
    assert repr(server) == f"<RemoteServer http://127.0.0.1:{port}/ (running)>"
    with RawClient(port, get()) as client:
        client.read_until(b"!")
    assert server.stop()
    assert not server.running
    assert repr(server) == "<RemoteServer (stopped)>"
    with pytest.raises(ConnectionRefusedError):
        RawClient(port)


@pytest.mark.parametrize("name", IN_OWN_PROCESS)
def test_an_import_path_is_enough_for_a_server_in_another_process(name):
    with process_server_for(name, "tests.apps:bare") as server:
        server.wait_until_ready()
        with RawClient(server.port, get()) as client:
            client.read_until(b"!")


def test_an_app_that_no_module_has_cannot_be_served_by_another_process():
    with pytest.raises(ValueError, match=r"in no module .* `from shop import app`"):
        RemoteServer("gunicorn", lambda environ, start_response: [], lambda _: None)


def test_an_app_that_cannot_be_imported_is_an_error_with_the_output_of_the_process():
    server = RemoteServer("gunicorn", bare, lambda _: None)
    server._app_path = "tests.apps:no_such_app"
    server.start()
    with pytest.raises(RuntimeError, match=r"(?s)gunicorn did not start.*no_such_app"):
        server.wait_until_ready()
    assert server.stop()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: server_for("apache", bare), "no server 'apache'. Use one of: werkzeug, "),
        (lambda: process_server_for("apache", "shop:app"), "no server 'apache'"),
        (lambda: server_for("gunicorn", bare), r"process_server_for\('gunicorn', \"shop:app\"\)"),
        (lambda: process_server_for("cheroot", "shop:app"), r"server_for\('cheroot', app\)"),
    ],
)
def test_a_name_that_does_not_fit_is_an_error_that_says_what_to_write(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_options_of_a_server_are_passed_on():
    with server_for("werkzeug", bare, host="::1", remembered=False) as server:
        assert isinstance(server, Server)
        assert server.url == f"http://[::1]:{server.port}/"


@pytest.mark.parametrize("package", ["waitress", "cheroot", "gunicorn"])
def test_a_server_that_is_not_installed_is_an_error_with_the_command_that_installs_it(package):
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from streamlab.harness.observe import observe\n"
        "from tests.apps import bare\n"
        "try:\n"
        f"    observe(bare, '/', server={package!r})\n"
        "except ModuleNotFoundError as error:\n"
        "    print(error)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )
    assert 'not installed: pip install "streamlab[servers]"' in ended.stdout, ended.stderr
    assert package in ended.stdout
