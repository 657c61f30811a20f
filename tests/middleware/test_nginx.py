"""The proxy is a real nginx: it buffers or forwards, and `stop` ends it."""

from __future__ import annotations

import os
import urllib.request
from pathlib import Path

import pytest

from streamlab.harness.observe import observe
from streamlab.middleware import proxy
from streamlab.middleware.nginx import Nginx, find_nginx
from streamlab.server import Server
from tests.apps import bare

try:
    find_nginx()
except FileNotFoundError as missing:
    pytest.skip(str(missing), allow_module_level=True)


def test_it_forwards_requests_and_stop_removes_its_files():
    with Server(bare) as server:
        nginx = Nginx(server.url)
        folder = Path(nginx._folder.name)
        assert repr(nginx) == f"<Nginx {nginx.url} (running)>"
        try:
            with urllib.request.urlopen(nginx.url) as response:
                assert response.headers["Server"].startswith("nginx")
                assert response.read() == b"Hello World!"
            nginx.settle()
        finally:
            nginx.stop()
    assert repr(nginx) == f"<Nginx {nginx.url} (stopped)>"
    assert not folder.exists()


@pytest.mark.parametrize(
    ("layer", "outcome", "lane"),
    [
        (proxy(), "buffered", "proxy"),
        (proxy(buffering=False), "streamed", None),
        # nginx forwards each chunk of a chunked response, also with proxy_buffering on.
        (proxy(http_version="1.1"), "streamed", None),
        (proxy(buffering=False, http_version="1.1"), "streamed", None),
    ],
)
def test_lockstep_proves_whether_it_buffers(layer, outcome, lane):
    exchange = observe(bare, "/", middleware=layer, lockstep=True)
    assert exchange.body == b"Hello World!"
    assert (exchange.verdict.outcome, exchange.verdict.culprit) == (outcome, lane)


def test_it_has_no_lane_but_the_trace_has_its_name():
    exchange = observe(bare, "/", middleware=("proxy", "gzip"))
    assert list(exchange.lanes) == ["generator", "app", "gzip", "server", "client"]
    assert exchange.trace.unobserved == {"client": "proxy"}


def test_two_proxies_run_one_behind_the_other():
    exchange = observe(bare, "/", middleware=("proxy-unbuffered", "proxy"), lockstep=True)
    assert exchange.body == b"Hello World!"
    assert exchange.verdict.culprit == "proxy-unbuffered and proxy"


def test_without_nginx_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr("streamlab.middleware.nginx._SYSTEM_PATHS", ())
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(FileNotFoundError, match="apt install nginx-light"):
        observe(bare, "/", middleware="proxy")


def test_an_nginx_that_does_not_start_is_an_error_with_its_output(tmp_path, monkeypatch):
    fake = tmp_path / "nginx"
    fake.write_text("#!/bin/sh\necho 'unknown directive' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(RuntimeError, match=r"nginx did not start.*unknown directive"):
        Nginx("http://127.0.0.1:1/")
