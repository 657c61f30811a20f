"""A page that is reloaded in the middle of a stream goes on."""

from __future__ import annotations

import json

import pytest

from tests.jupyter import CELL_MS

pytestmark = pytest.mark.browser

RELOADS = 3
CELL = """\
from streamlab import App, Lab
app = App()
@app.get("/ticks")
def ticks():
    def generate():
        while True:
            yield "tick "
    return generate()
lab = Lab(app, "/ticks", pace=0.02, autorun=False)
lab
"""
ARRIVED = """
() => {
  const label = document.querySelector(".streamlab-view [role=img]")?.getAttribute("aria-label");
  return Number(/client ([\\d,]+) chunk/.exec(label ?? "")?.[1].replaceAll(",", "") ?? -1);
}
"""


@pytest.fixture
def notebook(jupyter, chromium):
    cell = {"cell_type": "code", "id": "lab", "execution_count": None, "metadata": {}}
    content = {
        "cells": [{**cell, "outputs": [], "source": CELL}],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (jupyter.root / "notebooks" / "reload.ipynb").write_text(json.dumps(content))
    with jupyter.open(chromium, "reload.ipynb") as notebook:
        notebook.wait_for_kernel()
        yield notebook


def wait_for_more(page, chunks):
    page.wait_for_function(f"chunks => ({ARRIVED})() > chunks", arg=chunks, timeout=CELL_MS)
    return page.evaluate(ARRIVED)


def test_a_page_that_is_reloaded_during_a_stream_goes_on(notebook):
    page = notebook.page
    notebook.run_cell(0)
    notebook.command("docmanager:save")
    notebook.panel.get_by_role("button", name="Run", exact=True).click()
    chunks = wait_for_more(page, 5)
    for _ in range(RELOADS):
        page.reload()
        # The first batch is a snapshot. The next one comes if the page has acknowledged it.
        chunks = wait_for_more(page, wait_for_more(page, chunks))
    assert notebook.own_errors() == []
    page.get_by_role("button", name="Stop", exact=True).click()
    notebook.evaluate("lab.exchange.wait(30)")
