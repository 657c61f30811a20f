"""Other clients read the lab's URL: curl and a browser get each chunk live."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading

import pytest

from streamlab import App, Lab

PIECES = ["one\n", "two\n", "three\n"]
LATEST = 30


class Live:
    """An app that makes each chunk only when the test allows it, so the order proves that it is live."""

    def __init__(self):
        self.app = App()
        self.turns = [threading.Event() for _ in PIECES]
        self.finished = threading.Event()

        @self.app.get("/live")
        def live():
            def generate():
                for piece, turn in zip(PIECES, self.turns, strict=True):
                    assert turn.wait(LATEST)
                    yield piece
                self.finished.set()

            return generate(), {"Content-Type": "text/plain"}

        @self.app.get("/")
        def page():
            return "<!doctype html><title>a page of the same origin</title>"


@pytest.fixture
def live():
    return Live()


@pytest.fixture
def lab(live):
    lab = Lab(live.app, "/live")
    yield lab
    lab.close()


def test_curl_receives_each_chunk_before_the_next_is_made(live, lab):
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("no curl on this machine")
    with subprocess.Popen([curl, "-sN", lab.url_for("/live")], stdout=subprocess.PIPE) as process:
        for piece, turn in zip(PIECES, live.turns, strict=True):
            turn.set()
            assert os.read(process.stdout.fileno(), 100) == piece.encode()
            assert piece == PIECES[-1] or not live.finished.is_set()
        assert process.stdout.read() == b""
    assert process.returncode == 0


@pytest.mark.browser
def test_a_browser_receives_each_chunk_before_the_next_is_made(live, lab, chromium):
    page = chromium.new_page()
    page.goto(lab.url)
    live.turns[0].set()
    page.evaluate(
        """async url => {
            const response = await fetch(url);
            window.reader = response.body.getReader();
        }""",
        lab.url_for("/live"),
    )
    read = "async () => new TextDecoder().decode((await window.reader.read()).value)"
    for piece, turn in zip(PIECES, live.turns, strict=True):
        turn.set()
        assert page.evaluate(read) == piece
    assert page.evaluate("async () => (await window.reader.read()).done")
    page.close()
