"""Which clients a server answers: not a rebound web page, and not another user of the machine."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from streamlab import Lab
from streamlab.harness.harness import Harness
from streamlab.harness.scenario import Scenario
from streamlab.server import SERVERS, Server
from streamlab.server.peer import can_find_peers, find_peer, is_open_in
from streamlab.server.server_kinds import server_for
from tests.apps import app, bare
from tests.server.rawclient import RawClient

IN_PROCESS = [name for name, kind in SERVERS.items() if not kind.own_process]
NOBODY = 65534
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who is connected")
ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user"
)

OWN_HOSTS = (
    "localhost",
    "LocalHost:80",
    "localhost.:8099",
    "127.0.0.1",
    "127.0.0.1:1",
    "127.8.9.10:8099",
    "[::1]",
    "[::1]:8099",
    "[::ffff:127.0.0.1]:8099",
)
OTHER_HOSTS = (
    "",
    "pages.example",
    "pages.example:8099",
    "127.0.0.1.pages.example",
    "localhost.pages.example",
    "127.0.0.1@pages.example",
    "pages.example@127.0.0.1:1:2",
    "localhost:80:80",
    "localhost,pages.example",
    "192.168.1.5",
    "10.0.0.1:8099",
    "[fe80::1]:8099",
    "0.0.0.0",
    "127.1",
    "2130706433",
    "[::1",
    "\u0661\u0662\u0667.0.0.1".encode().decode("latin-1"),
)


def ask(port, host="localhost", *, path="/", extra=""):
    """Return the whole response to one request."""
    hosted = "" if host is None else f"Host: {host}\r\n"
    request = f"GET {path} HTTP/1.1\r\n{hosted}Connection: close\r\n{extra}\r\n"
    with RawClient(port, request.encode("latin-1")) as client:
        return client.read_to_end()


@pytest.fixture(scope="module", params=IN_PROCESS)
def server(request):
    with server_for(request.param, bare, remembered=False) as made:
        yield made


def test_names_of_this_machine_are_answered(server):
    for host in OWN_HOSTS:
        response = ask(server.port, host)
        assert b" 200 " in response, host
        assert b"Hello " in response, host


def test_the_names_of_web_pages_are_refused(server):
    for host in OTHER_HOSTS:
        response = ask(server.port, host)
        assert b"Hello" not in response, host
        assert response.split()[1] in {b"400", b"421"}, host


def test_an_http_1_0_request_needs_no_host(server):
    with RawClient(server.port, b"GET / HTTP/1.0\r\n\r\n") as client:
        assert b" 200 " in client.read_to_end()


def test_a_url_in_the_request_line_names_the_host():
    # It replaces the header (RFC 9112 section 3.2.2).
    with Server(bare, remembered=False) as server:
        assert b" 421 " in ask(server.port, "localhost", path="http://pages.example/")
        assert b" 200 " in ask(server.port, "pages.example", path="http://localhost/")


def test_the_refusal_says_what_to_do_and_repeats_no_markup():
    with Server(bare, remembered=False) as server:
        response = ask(server.port, "<script>alert(1)</script>\x1b[2J")
    assert b"421 Misdirected Request" in response
    assert b"text/plain" in response
    assert b"trusted_hosts" in response
    assert b"\x1b" not in response


def test_a_trusted_host_is_answered():
    options = {"trusted_hosts": ["lab.example", ".class.example"], "remembered": False}
    with Server(bare, **options) as server:
        for host in ("lab.example:80", "a.class.example", "localhost"):
            assert b"200 OK" in ask(server.port, host), host
        for host in ("lab.example.pages.example", "notclass.example", "b.lab.example"):
            assert b" 421 " in ask(server.port, host), host


@pytest.mark.parametrize("server_name", ["werkzeug", "waitress", "gunicorn"])
def test_each_server_knows_the_trusted_hosts(server_name):
    with Harness(app, remembered=False, trusted_hosts=[".class.example"]) as harness:
        url = harness.start_server(server_name).url
        harness.exchange(Scenario("/stream?name=x", server=server_name)).make()
        port = urlsplit(url).port
        assert b" 200 " in ask(port, "A.Class.Example:80", path="/stream?name=x")
        assert b" 421 " in ask(port, "pages.example")


def test_a_lab_takes_trusted_hosts():
    with Lab(bare, autorun=False, trusted_hosts="lab.example") as lab:
        port = urlsplit(lab.url).port
        assert b" 200 " in ask(port, "lab.example")
        assert b" 421 " in ask(port, "pages.example")


# For each service: what it puts into the environment, and the name that a browser uses.
SERVICES = {
    "JupyterHub": ({"JUPYTERHUB_PUBLIC_URL": "https://hub.example/user/ada/"}, "hub.example"),
    "JupyterHub with a host for each user": (
        {"JUPYTERHUB_HOST": "https://ada.hub.example"},
        "ada.hub.example",
    ),
    "code-server": ({"VSCODE_PROXY_URI": "https://code.example/proxy/{{port}}/"}, "code.example"),
    "code-server with a host for each port": (
        {"VSCODE_PROXY_URI": "https://{{port}}.code.example/"},
        "PORT.code.example",
    ),
    "Codespaces": ({"CODESPACE_NAME": "tidy-fox"}, "tidy-fox-PORT.app.github.dev"),
    "Gitpod": ({"GITPOD_WORKSPACE_URL": "https://fox.ws.gitpod.io"}, "PORT-fox.ws.gitpod.io"),
    "Colab": ({"COLAB_RELEASE_TAG": "release"}, "PORT-gpu-t4.us-west1.prod.colab.dev"),
}


@pytest.mark.parametrize("service", SERVICES)
def test_the_name_that_a_notebook_service_uses_is_answered(service, monkeypatch):
    environment, host = SERVICES[service]
    with Server(bare, remembered=False) as server:
        named = host.replace("PORT", str(server.port))
        assert b" 421 " in ask(server.port, named)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with Server(bare, remembered=False) as server:
        named = host.replace("PORT", str(server.port))
        assert b" 200 " in ask(server.port, named)
        for other in ("pages.example", f"{named}.pages.example", f"{named}@pages.example"):
            assert b" 421 " in ask(server.port, other), other


@pytest.mark.parametrize(
    "url",
    ["./proxy/{{port}}", "*", "https://*.example/", "https://", "https://[::1", "https://a b/"],
)
def test_a_url_of_the_environment_without_a_name_trusts_nobody(url, monkeypatch):
    monkeypatch.setenv("VSCODE_PROXY_URI", url)
    monkeypatch.setenv("JUPYTERHUB_HOST", url)
    with Server(bare, remembered=False) as server:
        assert b" 421 " in ask(server.port, "pages.example")
        assert b" 200 " in ask(server.port, "localhost")


def test_the_refusal_has_the_code_to_copy():
    with Server(bare, remembered=False) as server:
        answer = ask(server.port, "Lab.example:80")
        [code] = re.findall(rb"trusted_hosts=\[.*?\]", answer)
        assert b"Lab(app, ...)" in answer
    with Server(bare, remembered=False, **eval(b"dict(%b)" % code)) as server:
        assert b" 200 " in ask(server.port, "Lab.example:80")


def test_a_server_for_other_machines_is_reached_by_its_addresses():
    with Server(bare, host="0.0.0.0", remembered=False) as server:
        for host in ("192.168.1.5:80", socket.gethostname(), "localhost", "0.0.0.0"):
            assert b"200 OK" in ask(server.port, host), host
        assert b" 421 " in ask(server.port, "pages.example")


# Other users


ASK = """
import os, socket, sys
port, uid, how = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
os.setgroups([]); os.setgid(uid); os.setuid(uid)
request = b"GET / HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n"
family = socket.AF_INET6 if how == "mapped" else socket.AF_INET
client = socket.socket(family)
client.settimeout(10)
client.connect(("::ffff:127.0.0.1" if how == "mapped" else "127.0.0.1", port))
client.sendall(request)
if how == "half closed":
    client.shutdown(socket.SHUT_WR)
if how == "closed":
    client.close()
else:
    try:
        while data := client.recv(65536):
            sys.stdout.buffer.write(data)
    except ConnectionResetError:  # the server has not read the request
        pass
"""


def ask_as(uid, port, how="open"):
    """Return what another user gets."""
    return subprocess.run(
        # A system Python, because the virtual environment may be closed to the other user.
        ["/usr/bin/env", "python3", "-S", "-c", ASK, str(port), str(uid), how],
        capture_output=True,
        check=True,
        timeout=30,
        cwd="/",
    ).stdout


@LINUX
@ROOT
@pytest.mark.parametrize("how", ["open", "half closed", "mapped"])
def test_another_user_is_refused(server, how):
    response = ask_as(NOBODY, server.port, how)
    assert response.split()[1] == b"403"
    assert b"Hello" not in response
    assert b" 200 " in ask_as(0, server.port, how)


@LINUX
@ROOT
def test_a_user_who_closes_the_connection_at_once_does_not_run_the_app():
    # Linux shows a socket without a process as one of root.
    asked = []

    def app(environ, start_response):
        asked.append(environ["PATH_INFO"])
        return bare(environ, start_response)

    with Server(app, remembered=False) as server:
        for _ in range(20):
            ask_as(NOBODY, server.port, "closed")
        assert b" 200 " in ask(server.port, path="/mine")
    assert asked == ["/mine"]


WAYS = ["a question", "the table"]


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    """How Linux is asked for the user of a socket."""
    blocked = "_look_up" if request.param == "a question" else "_ask"
    monkeypatch.setattr(f"streamlab.server.peer.{blocked}", lambda *_: None)
    return request.param


@LINUX
@pytest.mark.parametrize(
    ("server", "client"),
    [("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "127.9.9.9"), ("::1", "::1")],
)
@pytest.mark.usefixtures("way")
def test_the_socket_of_a_client_is_found(server, client):
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.create_server((server, 0), family=family) as listening:
        address = listening.getsockname()[:2]
        with socket.create_connection(address, source_address=(client, 0)) as connected:
            accepted, peer = listening.accept()
            found = find_peer(peer[:2], address)
            assert found.uid == os.geteuid()
            assert found.inode == os.fstat(connected.fileno()).st_ino
            assert is_open_in(os.getpid(), found)
            assert not is_open_in(os.getppid(), found)
            assert find_peer((client, listening.getsockname()[1]), (server, 1)) is None
        assert find_peer(peer[:2], address) is None  # closed
        accepted.close()


@LINUX
@ROOT
@pytest.mark.usefixtures("way")
def test_both_ways_to_find_the_user_tell_users_apart():
    with Server(bare, remembered=False) as server:
        for how in ("open", "half closed", "mapped"):
            assert b" 403 " in ask_as(NOBODY, server.port, how)
            assert b" 200 " in ask_as(0, server.port, how)


@LINUX
def test_the_jupyter_server_passes_on_requests_for_its_hub(monkeypatch):
    with Server(bare, remembered=False) as server:
        assert b" 421 " in ask(server.port, "hub.example")
        monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
        assert b" 200 " in ask(server.port, "hub.example")
        monkeypatch.setenv("JPY_PARENT_PID", str(os.getppid()))
        assert b" 421 " in ask(server.port, "hub.example")


# A system that does not say who is connected


@pytest.fixture(params=IN_PROCESS)
def token_server(request, monkeypatch):
    monkeypatch.setattr("streamlab.server.admission.can_find_peers", lambda: False)
    with server_for(request.param, bare, remembered=False) as made:
        yield made


def test_the_url_has_a_token_where_users_cannot_be_told_apart(token_server):
    path = urlsplit(token_server.url).path
    assert len(path) > 20
    for good in (path, path.rstrip("/"), path + "deeper?a=b"):
        assert b" 200 " in ask(token_server.port, path=good), good
    for bad in ("/", path[:-2] + "/", path.replace("~", ""), "/x" + path, "/~/"):
        assert b" 403 " in ask(token_server.port, path=bad), bad


def test_a_cookie_replaces_the_token_in_the_links_of_a_page(token_server):
    response = ask(token_server.port, path=urlsplit(token_server.url).path)
    cookie = next(line for line in response.split(b"\r\n") if line.startswith(b"Set-Cookie: "))
    assert b"HttpOnly" in cookie
    assert b"SameSite=Strict" in cookie
    pair = cookie.partition(b": ")[2].partition(b";")[0].decode()
    assert b" 200 " in ask(token_server.port, extra=f"Cookie: a=b; {pair}\r\n")
    assert b" 403 " in ask(token_server.port, extra=f"Cookie: {pair[:-1]}\r\n")


def test_each_server_has_its_own_token(monkeypatch):
    monkeypatch.setattr("streamlab.server.admission.can_find_peers", lambda: False)
    assert len({Server(bare, port=8099, remembered=False).url for _ in range(50)}) == 50


@LINUX
def test_curl_reads_the_url_as_printed():
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("no curl on this machine")
    assert can_find_peers()
    with Server(bare, remembered=False) as server:
        done = subprocess.run([curl, "-s", server.url], capture_output=True, check=True, timeout=30)
    assert done.stdout == b"Hello World!"
