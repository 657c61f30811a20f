"""How a browser reaches the server of a Lab, by the environment of the kernel."""

from __future__ import annotations

import pytest

from streamlab import App, Lab
from streamlab.lab import address
from streamlab.lab.address import INSTALL_PROXY, address_of

URL = "http://127.0.0.1:8099/"


@pytest.mark.parametrize(
    ("environ", "kind", "url"),
    [
        ({}, "local", URL),
        ({"JUPYTERHUB_SERVICE_PREFIX": "/user/ada/"}, "jupyter", URL),
        ({"COLAB_RELEASE_TAG": "release"}, "colab", URL),
        (
            {"VSCODE_PROXY_URI": "https://code.example/proxy/{{port}}/"},
            "forwarded",
            "https://code.example/proxy/8099/",
        ),
        (
            {"GITPOD_WORKSPACE_URL": "https://fox.gitpod.example"},
            "forwarded",
            "https://8099-fox.gitpod.example/",
        ),
        # code-server's URL is relative to a page, and the kernel does not know which
        ({"VSCODE_PROXY_URI": "./proxy/{{port}}"}, "local", URL),
        ({"VSCODE_PROXY_URI": "javascript:alert({{port}})"}, "local", URL),
    ],
)
def test_the_environment_says_how(environ, kind, url):
    found = address_of(URL, environ)
    assert (found["kind"], found["url"], found["port"]) == (kind, url, 8099)


def test_a_token_is_a_part_of_the_address():
    environ = {"VSCODE_PROXY_URI": "https://8099.code.example"}
    found = address_of(f"{URL}~x7Kp/", environ)
    assert found["url"] == "https://8099.code.example/~x7Kp/"
    assert found["path"] == "/~x7Kp/"


def test_without_jupyter_server_proxy_the_command_is_named(monkeypatch):
    monkeypatch.setattr(address, "find_spec", lambda _: None)
    assert address_of(URL, {})["missing"] == INSTALL_PROXY
    assert INSTALL_PROXY.endswith("`pip install jupyter-server-proxy`")


def test_the_panel_knows_the_port_also_after_it_has_changed():
    with Lab(App()) as lab:
        assert lab.panel.address["url"] == lab.url
        lab.stop()
        lab._runs.harness.server.port = 0
        lab._runs.harness.server._cell_slot = None
        lab.run("/").wait()
        assert lab.panel.address["url"] == lab.url
