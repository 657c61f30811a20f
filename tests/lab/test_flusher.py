"""One thread sends what is new for all Labs, and ends when nothing runs."""

from __future__ import annotations

import threading

import pytest

from streamlab import App, Lab
from streamlab.lab.view import View

LATEST = 30


def flushers():
    return [one for one in threading.enumerate() if one.name == "streamlab view"]


@pytest.fixture
def app():
    app = App()

    @app.get("/")
    def view():
        return (text for text in ["a", "b"])

    return app


def test_all_runs_of_all_labs_share_one_thread_that_ends(app, monkeypatch):
    done = {}
    all_done = threading.Event()

    def send(view, content, _buffers):
        if content["state"] == "done":
            done[view] = content["run"]["id"]
            if list(done.values()) == [2, 2, 2]:
                all_done.set()

    monkeypatch.setattr(View, "send", send)
    labs = [Lab(app, "/") for _ in range(3)]
    for _ in range(2):
        exchanges = [lab.run(pace="step") for lab in labs]
        (flusher,) = flushers()
        for lab in labs:
            for _ in range(3):
                lab.next_chunk()
        for exchange in exchanges:
            exchange.wait(LATEST)
    assert all_done.wait(LATEST)
    for lab in labs:
        lab.close()
    flusher.join(LATEST)
    assert flushers() == []


def test_a_run_after_the_thread_has_ended_starts_another(app, monkeypatch):
    sent = threading.Event()
    monkeypatch.setattr(
        View, "send", lambda _view, content, _buffers: content["state"] == "done" and sent.set()
    )
    with Lab(app, "/") as lab:
        for _ in range(2):
            sent.clear()
            lab.run().wait(LATEST)
            assert sent.wait(LATEST)
            for flusher in flushers():
                flusher.join(LATEST)
