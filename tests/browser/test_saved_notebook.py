"""A saved notebook shows the picture of the last run where its panel cannot run."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ARTEFACTS
from tests.jupyter import CELL_MS

pytestmark = pytest.mark.browser

NAME = "saved.ipynb"
CELLS = {
    "app": "from streamlab import App, Lab, request, stream_with_context\napp = App()\n"
    "@app.get('/stream')\ndef stream():\n"
    "    def generate():\n"
    "        yield 'Hello '\n"
    "        yield request.args['name']\n"
    "    return stream_with_context(generate())",
    "lab": "lab = Lab(app, '/stream?name=World')\nlab",
}
OUTPUTS = "({ content }) => JSON.stringify(content.widgets[1].model.outputs.toJSON())"
PICTURE = "img[src^='data:image/svg+xml']"


def wait_for_picture(notebook, outcome):
    notebook.wait_for(f"(widget) => ({OUTPUTS})(widget).includes('{outcome}: ')")


def press_run(panel):
    panel.get_by_role("button", name="Run", exact=True).click()


def write(path, document):
    path.write_text(json.dumps(document))


@pytest.fixture(scope="module")
def path(jupyter):
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
    path = jupyter.root / "notebooks" / NAME
    write(path, content)
    return path


@pytest.fixture(scope="module")
def saved(path, jupyter, chromium):
    """The notebook after two runs and a restart of the kernel, with what the page showed."""
    seen = {}
    with jupyter.open(chromium, NAME) as notebook:
        notebook.run_all()
        panel = notebook.panel
        wait_for_picture(notebook, "Streamed")
        picture = notebook.page.locator(PICTURE)
        seen["beside the panel"] = picture.count(), picture.is_visible()
        panel.get_by_role("switch").click()
        press_run(panel)
        wait_for_picture(notebook, "Truncated")
        notebook.command("docmanager:save")
        notebook.wait_for("({ context }) => !context.model.dirty")
        notebook.wait_for("(w) => w.sessionContext.session.kernel.restart().then(() => true)")
        status = panel.get_by_role("status")
        expect(status).to_contain_text("The kernel restarted", timeout=CELL_MS)
        seen["after a restart"] = {
            "instructions": notebook.page.get_by_text("Run All Cells").count(),
            "line": panel.get_by_text("yield request.args").count(),
            "icons": panel.evaluate(
                """(panel) => {
                    const above = [];
                    for (let one = panel; one; one = one.parentElement) above.push(one);
                    const marks = [...above, ...panel.querySelectorAll("*")].filter((one) =>
                        /\\uf127/.test(getComputedStyle(one, "::before").content));
                    return marks.length;
                }"""
            ),
        }
        ARTEFACTS.mkdir(exist_ok=True)
        notebook.page.screenshot(path=ARTEFACTS / "saved-notebook-restarted.png")
        seen["errors"] = notebook.own_errors()
    return seen


def outputs(path):
    return json.loads(path.read_text())["cells"][1]["outputs"]


def test_the_picture_is_hidden_while_the_panel_is_shown(saved):
    assert saved["beside the panel"] == (1, False)
    assert saved["errors"] == []


def test_after_a_restart_the_panel_says_once_what_to_do(saved):
    seen = saved["after a restart"]
    # The picture's own note is hidden, and Jupyter's menu has its entry only while it is open.
    assert seen["instructions"] == 2
    assert seen["line"] >= 1, "the last run is still shown"
    assert seen["icons"] == 0


@pytest.mark.usefixtures("saved")
def test_the_file_has_the_picture_and_the_verdict_of_the_latest_run(path):
    _, picture = outputs(path)
    html = "".join(picture["data"]["text/html"])
    assert "data:image/svg+xml;base64," in html
    assert "<script" not in html
    assert "".join(picture["data"]["text/plain"]).startswith("Truncated: ")
    assert len(html) < 60_000


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize("trusted", [True, False])
def test_without_its_kernel_a_notebook_shows_the_picture(
    path, jupyter, chromium, artefact, trusted
):
    if not trusted:
        document = json.loads(path.read_text())
        document["cells"][1]["outputs"][1]["metadata"]["from"] = "a stranger"
        write(path, document)
    with jupyter.open(chromium, NAME) as notebook:
        notebook.wait_for_kernel()
        page = notebook.page
        picture = page.locator(PICTURE)
        expect(picture).to_be_visible(timeout=CELL_MS)
        assert picture.evaluate("(image) => image.complete && image.naturalWidth > 0")
        expect(page.get_by_text("Error displaying widget")).to_have_count(1 if trusted else 0)
        expect(page.get_by_text("Error displaying widget").filter(visible=True)).to_have_count(0)
        expect(page.get_by_text("Not Trusted")).to_have_count(0 if trusted else 1)
        page.screenshot(path=artefact("page"))


@pytest.mark.usefixtures("saved")
def test_nbconvert_shows_the_picture(path, tmp_path, chromium, artefact):
    command = [sys.executable, "-m", "nbconvert", "--to", "html", path, "--output-dir", tmp_path]
    subprocess.run(command, check=True, capture_output=True)
    page = chromium.new_page()
    try:
        page.route(re.compile("^https?:"), lambda route: route.abort())
        page.goto((tmp_path / "saved.html").as_uri())
        picture = page.locator(PICTURE)
        expect(picture).to_be_visible()
        assert "Truncated: " in picture.get_attribute("alt")
        expect(page.get_by_text("The panel of a streamlab Lab")).to_be_hidden()
        page.screenshot(path=artefact("page"))
    finally:
        page.close()
