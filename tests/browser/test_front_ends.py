"""The panel in JupyterLab 4, in a row of widgets, in Voilà and in marimo."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager

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

MARIMO = """\
import marimo
app = marimo.App(width="full")

@app.cell
def _():
    import marimo as mo
    from streamlab import App, Lab
    web = App()
    @web.get("/ticks")
    def ticks():
        return (f"tick {n} " for n in range(3))
    lab = Lab(web, "/ticks")
    mo.ui.anywidget(lab.panel)
    return

if __name__ == "__main__":
    app.run()
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
        slider = notebook.page.locator(".widget-slider").get_by_role("slider")
        expect(slider).to_be_in_viewport(ratio=1)
        assert panel.bounding_box()["width"] > 600
        notebook.evaluate("slider.value = 4")
        expect(panel.get_by_label("Path")).to_have_value("/ticks?n=4")
        notebook.page.screenshot(path=artefact("row"))
        assert notebook.own_errors() == []


@contextmanager
def serving(home, module, *arguments):
    """Serve the panel with a program of another package, and yield its URL."""
    if importlib.util.find_spec(module) is None:
        pytest.skip(
            f"{module} is not installed. Install it to try the panel there: pip install {module}"
        )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments, f"--port={port}"],
        env={**os.environ, "HOME": str(home), "MARIMO_SKIP_UPDATE_CHECK": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    # Both print their URL when they listen.
    said = list(itertools.takewhile(lambda line: f":{port}" not in line, process.stdout))
    assert process.poll() is None, "".join(said)
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.communicate(timeout=30)


def expect_the_first_run(chromium, url, picture):
    """Open a page that shows the panel of `/ticks`, and expect that its first run starts by itself."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(url)
    panel = page.locator(".streamlab-view")
    expect(panel.get_by_role("status")).to_contain_text("Streamed: 3 chunks", timeout=CELL_MS)
    panel.get_by_role("button", name="Compare", exact=True).click()
    expect(panel.locator(".streamlab-outcome")).to_have_count(2)
    page.screenshot(path=picture)
    context.close()
    assert [error for error in errors if "streamlab" in error] == []


def test_voila_shows_the_panel_and_its_first_run(tmp_path, chromium, artefact):
    cell = {"cell_type": "code", "id": "cell", "execution_count": None, "metadata": {}}
    source = IN_A_ROW.replace("HBox([lab.panel, slider])", "lab")
    content = {
        "cells": [{**cell, "outputs": [], "source": source}],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (tmp_path / "panel.ipynb").write_text(json.dumps(content))
    with serving(tmp_path, "voila", str(tmp_path / "panel.ipynb"), "--no-browser") as url:
        expect_the_first_run(chromium, url, artefact("voila"))


def test_marimo_shows_the_panel_and_its_first_run(tmp_path, chromium, artefact):
    path = tmp_path / "panel.py"
    path.write_text(MARIMO)
    with serving(tmp_path, "marimo", "-y", "run", str(path), "--headless", "--no-token") as url:
        expect_the_first_run(chromium, url, artefact("marimo"))
