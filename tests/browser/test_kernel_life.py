"""Cells that run again, interrupted cells and restarted kernels leave no server or thread behind."""

from __future__ import annotations

import json
import socket

import pytest
from playwright.sync_api import expect

from tests.jupyter import CELL_MS

pytestmark = pytest.mark.browser

CELLS = {
    "app": "from streamlab import App, Lab\napp = App()\n"
    '@app.get("/ticks")\ndef ticks():\n'
    "    def generate():\n"
    "        while True:\n"
    '            yield "tick "\n'
    "    return generate()",
    "lab": 'lab = Lab(app, "/ticks", pace=0.1, autorun=False)\nlab',
    "wait": "lab.run().wait()",
}
REMAINING = """
import json, threading
print(json.dumps({
    "port": lab._runs.harness.server.port,
    "threads": sorted(t.name for t in threading.enumerate() if t.name.startswith("streamlab")),
}))
"""


@pytest.fixture
def notebook(jupyter, chromium):
    cells = [
        {
            "cell_type": "code",
            "id": name,
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": source,
        }
        for name, source in CELLS.items()
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    content["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    (jupyter.root / "notebooks" / "life.ipynb").write_text(json.dumps(content))
    with jupyter.open(chromium, "life.ipynb") as notebook:
        notebook.wait_for_kernel()
        yield notebook


def remaining(notebook):
    return json.loads(notebook.evaluate(REMAINING))


def wait_for_threads(notebook):
    """Wait until all threads but those of servers have ended."""
    notebook.evaluate(
        "import threading\n"
        "for thread in threading.enumerate():\n"
        "    if thread.name.startswith('streamlab') and 'server' not in thread.name:\n"
        "        thread.join(30)"
    )


def is_listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_cell_that_runs_twenty_times_has_one_server_on_one_port(notebook):
    notebook.run_cell(0)
    notebook.run_cell(1)
    first = remaining(notebook)
    assert first["threads"] == [f"streamlab server :{first['port']}"]
    for _ in range(20):
        notebook.run_cell(1)
    assert remaining(notebook) == first
    panel = notebook.panel
    panel.get_by_role("button", name="Run", exact=True).click()
    table = panel.get_by_role("table", name="Chunks")
    expect(table.locator('td[data-lane="client"][data-arrived="true"]').nth(2)).to_be_visible()
    notebook.run_cell(1)  # while a stream is open
    wait_for_threads(notebook)
    assert remaining(notebook) == first


def test_an_interrupted_cell_leaves_the_server_and_nothing_else(notebook):
    notebook.run_cell(0)
    notebook.run_cell(1)
    before = remaining(notebook)
    notebook.start_cell(2)
    panel = notebook.panel
    table = panel.get_by_role("table", name="Chunks")
    expect(table.locator('td[data-lane="client"][data-arrived="true"]').nth(2)).to_be_visible()
    notebook.interrupt()
    expect(panel.get_by_role("status")).to_contain_text("Stopped", timeout=CELL_MS)
    notebook.evaluate("lab.exchange.wait(30)")
    wait_for_threads(notebook)
    assert remaining(notebook) == before


def test_a_restarted_kernel_frees_the_port(notebook):
    notebook.run_cell(0)
    notebook.run_cell(1)
    port = remaining(notebook)["port"]
    assert is_listening(port)
    notebook.restart()
    assert not is_listening(port)
    notebook.run_cell(0)
    notebook.run_cell(1)
    panel = notebook.panel
    panel.get_by_role("button", name="Run", exact=True).click()
    expect(panel.get_by_role("status")).to_contain_text("Streaming")
