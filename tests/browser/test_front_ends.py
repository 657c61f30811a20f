"""The panel in JupyterLab 4, in a row of widgets, in Voilà and in marimo."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.jupyter import CELL_MS

pytestmark = pytest.mark.browser

LESSON = "01-first-stream.ipynb"
IN_A_ROW = """\
from ipywidgets import HBox, IntSlider, dlink
from streamlab import App, Lab
app = App()
@app.get("/ticks")
def ticks():
    return (f"tick {n} " for n in range(3))
lab = Lab(app, "/ticks")
slider = IntSlider(3, description="chunks")
dlink((slider, "value"), (lab.panel, "path"), lambda value: f"/ticks?n={value}")
HBox([lab.panel, slider])
"""


def write(jupyter, name, source):
    """Write a notebook with one cell."""
    cell = {"cell_type": "code", "id": "cell", "execution_count": None, "metadata": {}}
    content = {
        "cells": [{**cell, "outputs": [], "source": source}],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (jupyter.root / "notebooks" / name).write_text(json.dumps(content))


def test_in_jupyterlab_the_first_run_is_on_the_screen(jupyter, chromium, artefact):
    with jupyter.open(chromium, LESSON, app="lab/tree") as notebook:
        # The file browser is open, as after the installation.
        notebook.page.set_viewport_size({"width": 1280, "height": 800})
        notebook.wait_for_kernel()
        notebook.press_shift_enter("panel")
        panel = notebook.page.locator(".streamlab-panel")
        expect(panel.get_by_role("status")).to_contain_text("Streamed", timeout=CELL_MS)
        expect(panel).to_be_in_viewport(ratio=1)
        hello = panel.frame_locator('iframe[title="page"]').get_by_text("Hello World!")
        expect(hello).to_be_in_viewport(ratio=1)
        panel.get_by_role("button", name="Compare", exact=True).click()
        expect(panel.locator(".streamlab-difference")).to_contain_text("Without it")
        # The line itself may be longer than the pane.
        expect(panel.locator(".streamlab-error-line > span").first).to_be_in_viewport(ratio=1)
        expect(panel.get_by_role("alert")).to_be_in_viewport(ratio=1)
        notebook.page.screenshot(path=artefact("compare"))
        assert notebook.own_errors() == []


def test_the_panel_is_a_widget_that_stands_in_a_row_and_is_linked(jupyter, chromium, artefact):
    write(jupyter, "row.ipynb", IN_A_ROW)
    with jupyter.open(chromium, "row.ipynb") as notebook:
        notebook.wait_for_kernel()
        notebook.run_cell(0)
        panel = notebook.panel
        expect(panel.get_by_role("status")).to_contain_text("Streamed")
        slider = notebook.page.get_by_role("slider", name="chunks")
        expect(slider).to_be_in_viewport(ratio=1)
        assert panel.bounding_box()["width"] > 600
        slider.focus()
        notebook.page.keyboard.press("ArrowRight")
        expect(panel.get_by_label("Path")).to_have_value("/ticks?n=4")
        notebook.page.screenshot(path=artefact("row"))
        assert notebook.own_errors() == []
