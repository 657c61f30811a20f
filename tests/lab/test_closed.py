"""A closed Lab, and each Lab that a cell made again has replaced, leaves nothing."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from ipywidgets.widgets.widget import _instances as open_widgets

from streamlab import App, Lab
from streamlab.middleware import MIDDLEWARE
from tests.kernel import started_kernel

LATEST = 30


@pytest.fixture
def app():
    app = App()

    @app.get("/s")
    def s():
        return (text for text in ["a", "b"])

    return app


def run_once(lab):
    lab.run().wait(LATEST)


def run_with_other_choices(lab):
    for name in MIDDLEWARE:
        if name != "proxy":
            lab.run(middleware=(name, "gzip"), pace=0.001, server="wsgiref").wait(LATEST)


def leave_a_run_open(lab):
    lab.run(pace="step")


def show_it(lab):
    assert lab._repr_mimebundle_()


@pytest.mark.parametrize("use", [show_it, run_once, run_with_other_choices, leave_a_run_open])
def test_a_closed_lab_is_freed_with_all_its_widgets(app, use):
    before = set(open_widgets)
    lab = Lab(app, "/s")
    use(lab)
    exchange = lab.exchange
    lab.close()
    if exchange:
        exchange.wait(LATEST)
    assert set(open_widgets) == before
    freed = [
        weakref.ref(one) for one in (lab, lab._runs.harness, *([exchange] if exchange else []))
    ]
    del lab, exchange
    assert wait_until_freed(freed)


def wait_until_freed(references):
    """Wait until the last thread that used the objects has ended."""
    turn = threading.Event()
    for _ in range(LATEST * 100):
        gc.collect()
        if not any(reference() for reference in references):
            return True
        turn.wait(0.01)
    return False


def test_a_closed_lab_says_that_it_is_closed(app):
    with Lab(app, "/s") as lab:
        exchange = lab.run().wait(LATEST)
    lab.close()
    shown = lab._repr_mimebundle_()
    assert list(shown) == ["text/plain"]
    assert "This Lab is closed" in shown["text/plain"]
    assert "(closed)" in repr(lab)
    assert lab.exchange is exchange
    for use in (lab.run, lab.next_chunk, lambda: lab.panel):
        with pytest.raises(RuntimeError, match=r"This Lab is closed\. Make a new one"):
            use()


CELL = """
app = App()
@app.route('/s')
def s():
    def generate():
        for _ in range(200):
            yield 'x' * 100
    return stream_with_context(generate())
lab = Lab(app, '/s')
lab.run().wait(30)
lab
"""
COUNT = """
gc.collect()
kinds = collections.Counter(type(one).__name__ for one in gc.get_objects())
print(len(comm.get_comm_manager().comms), len(open_widgets),
      *(kinds[name] for name in ('Exchange', 'App', 'Harness', 'View', 'Dropdown', 'Layout')))
"""


def test_a_cell_that_runs_again_leaves_nothing_of_the_lab_before():
    with started_kernel() as kernel:
        kernel.run(
            "import collections, comm, gc\n"
            "from ipywidgets.widgets.widget import _instances as open_widgets\n"
            "from streamlab import App, Lab, stream_with_context"
        )
        kernel.run(CELL, "lab")
        kernel.run(CELL, "lab")  # IPython has the Lab before in Out
        first = kernel.run(COUNT)
        for _ in range(5):
            kernel.run(CELL, "lab")
        assert kernel.run(COUNT) == first
