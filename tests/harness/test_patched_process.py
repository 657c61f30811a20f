"""Apps that replace sockets or threads, as gevent's ``monkey.patch_all()`` does, under gunicorn."""

from __future__ import annotations

import importlib
import sys

import pytest

from streamlab.harness.observe import observe

APP = """
import os
from streamlab import App
app = App()
if "STREAMLAB_APP" in os.environ:  # in the other process
    {patch}
@app.get("/")
def hello():
    return (text for text in ["Hello ", "World"])
"""
SOCKETS_THAT_DO_NOT_BLOCK = """
    import socket
    class Patched(socket.socket):
        def connect(self, address):
            super().connect(address)
            self.setblocking(False)
    socket.socket = Patched
"""


@pytest.fixture
def patched(tmp_path, monkeypatch):
    """Return an app in a module; code in the module runs only in the other process."""
    monkeypatch.syspath_prepend(tmp_path)
    made = []

    def make(patch):
        (tmp_path / "gevent").mkdir()
        (tmp_path / "gevent" / "__init__.py").write_text("")
        monkey = "def is_module_patched(name):\n    return name == 'threading'\n"
        (tmp_path / "gevent" / "monkey.py").write_text(monkey)
        (tmp_path / "patched_app.py").write_text(APP.format(patch=patch.strip()))
        made.append(importlib.import_module("patched_app"))
        return made[0].app

    yield make
    sys.modules.pop("patched_app", None)


@pytest.mark.parametrize("server", ["gunicorn", "gunicorn-gthread"])
def test_sockets_that_do_not_block_change_nothing(patched, server):
    exchange = observe(patched(SOCKETS_THAT_DO_NOT_BLOCK), server=server, lockstep=True)
    assert exchange.verdict.outcome == "streamed"
    assert exchange.lanes["generator"].chunks == 2


def test_an_app_that_replaces_threads_streams_with_the_default_worker(patched):
    exchange = observe(patched("import gevent.monkey"), server="gunicorn", lockstep=True)
    assert exchange.verdict.outcome == "streamed"


def test_with_the_worker_that_needs_threads_the_verdict_says_what_is_wrong(patched):
    exchange = observe(patched("import gevent.monkey"), server="gunicorn-gthread")
    assert exchange.verdict.outcome == "failed"
    assert "calls gevent's monkey.patch_all()" in str(exchange.verdict)
    assert 'server="gunicorn"' in str(exchange.verdict)
