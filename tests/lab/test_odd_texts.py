"""Texts that are not valid UTF-8 reach the panel and the cell as escapes, and stop nothing."""

from __future__ import annotations

import threading

import pytest

from streamlab import App, Lab
from streamlab.lab.view import View
from tests.kernel import started_kernel

LATEST = 30

APP = r"""
import os
from streamlab import App, Lab
app = App()
TEXTS = {'half': '\ud800', 'end': 'a\udfff', 'file': os.fsdecode(b'caf\xe9.txt')}
@app.get('/<name>')
def view(name):
    def generate():
        print('printed', TEXTS[name])
        yield 'a'
        raise ValueError('cannot read ' + TEXTS[name] + '\nadvice ' + TEXTS[name])
    return generate()
lab = Lab(app, '/half')
"""


@pytest.fixture(scope="module")
def kernel():
    with started_kernel() as kernel:
        kernel.run(APP)
        yield kernel


@pytest.mark.parametrize(
    ("name", "escape"), [("half", r"\ud800"), ("end", r"a\udfff"), ("file", r"caf\udce9.txt")]
)
def test_a_lone_surrogate_in_an_exception(kernel, name, escape):
    """The client of the kernel fails to read a message that is not valid UTF-8."""
    said = kernel.run(f"exchange = lab.run('/{name}').wait(30)\nexchange.verdict.text")
    assert f"cannot read {escape}".replace("\\", "\\\\") in said
    assert escape in kernel.run("exchange")
    kernel.run("lab")  # its display must not fail
    assert escape in kernel.run("print(lab._repr_mimebundle_()[0]['text/plain'])")
    kernel.run(
        "import threading\n"
        "for thread in threading.enumerate():\n"
        "    if thread.name == 'streamlab view': thread.join(30)\n"
        "lab.panel.shown.refresh()"
    )
    last = kernel.batches()[-1]
    assert last["state"] == "done"
    assert last["error"]["last"] == f"ValueError: cannot read {escape}"
    assert last["error"]["advice"] == f"advice {escape}"
    assert f"printed {escape}" in [text for _, kind, text in last["events"] if kind == "printed"]
    states = [batch["state"] for batch in kernel.batches() if batch["run"] == last["run"]]
    assert states.count("done") >= 2  # the thread has sent it, and the snapshot


def test_a_message_that_cannot_be_sent_is_not_the_last_one(monkeypatch):
    app = App()

    @app.get("/")
    def view():
        return (text for text in ["a", "b"])

    failed, sent = threading.Event(), []

    def send(_view, content, _buffers):
        if threading.current_thread().name == "streamlab view" and content["state"] != "done":
            failed.set()
            raise TypeError("not serializable")
        sent.append(content["state"])

    monkeypatch.setattr(View, "send", send)
    with Lab(app, "/") as lab:
        exchange = lab.run(pace="step")
        (flusher,) = [one for one in threading.enumerate() if one.name == "streamlab view"]
        lab.next_chunk()
        assert failed.wait(LATEST)
        lab.next_chunk()
        lab.next_chunk()
        exchange.wait(LATEST)
        flusher.join(LATEST)
    assert sent[-1] == "done"


@pytest.mark.parametrize("path", ["/\ud800", "/a?b=\udce9"])
def test_a_path_that_cannot_be_sent_is_refused(path):
    with Lab(App(), "/") as lab, pytest.raises(ValueError, match="lone surrogate"):
        lab.run(path)
