"""The first lesson in a real Notebook 7 in Chromium."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.jupyter import CELL_MS

pytestmark = pytest.mark.browser

LESSON = "01-first-stream.ipynb"
LANES = ["generator", "app", "server", "client"]
ALIVE = """
import gc, json, types
generators = [
    g for g in gc.get_objects()
    if isinstance(g, types.GeneratorType) and g.__name__ == "generate" and g.gi_frame is not None
]
print(json.dumps({
    "chunks": [lane.chunks for lane in lab.exchange.lanes.values()],
    "suspended at": [g.gi_frame.f_lineno for g in generators if not g.gi_running],
}))
"""


def press(panel, name):
    panel.get_by_role("button", name=name, exact=True).click()


def arrived(panel, lane):
    """Return the cells of the table of chunks for the chunks that have passed `lane`."""
    return panel.get_by_role("table", name="Chunks").locator(
        f'td[data-lane="{lane}"][data-arrived="true"]'
    )


def expect_chunks(panel, count):
    for lane in LANES:
        expect(arrived(panel, lane)).to_have_count(count)


def switch_context(panel, on):
    toggle = panel.get_by_role("switch", name="stream_with_context")
    if toggle.get_attribute("aria-checked") != ("true" if on else "false"):
        toggle.click()
    expect(toggle).to_have_attribute("aria-checked", "true" if on else "false")


@pytest.fixture(scope="module")
def opened(jupyter, chromium):
    """The lesson, after Run All Cells and the first run."""
    with jupyter.open(chromium, LESSON) as notebook:
        notebook.run_all()
        status = notebook.panel.get_by_role("status")
        expect(status).to_contain_text("Streamed", timeout=CELL_MS)
        yield notebook
        assert notebook.own_errors() == []


@pytest.fixture
def lesson(opened):
    """The lesson with nothing running, and the controls as before the first run."""
    panel = opened.panel
    if (stop := panel.get_by_role("button", name="Stop", exact=True)).is_visible():
        stop.click()
    expect(panel.get_by_role("button", name="Run", exact=True)).to_be_visible()
    panel.get_by_label("Pace").select_option("at once")
    panel.get_by_label("Path").fill("/stream?name=World")
    panel.get_by_label("Path").press("Tab")
    switch_context(panel, on=True)
    return opened


def test_the_first_screen_shows_the_run_without_a_click_or_a_scroll(jupyter, chromium, artefact):
    with jupyter.open(chromium, LESSON) as notebook:
        notebook.page.set_viewport_size({"width": 1280, "height": 800})
        notebook.wait_for_kernel()
        notebook.press_shift_enter("panel")
        # From here on, nothing is pressed and nothing is scrolled.
        panel = notebook.page.locator(".streamlab-panel")
        tile = panel.locator(".streamlab-tile").first
        hello = panel.frame_locator('iframe[title="page"]').get_by_text("Hello")
        for seen in (tile, hello, panel):
            expect(seen).to_be_in_viewport(ratio=1, timeout=CELL_MS)
        expect(panel.get_by_role("status")).to_contain_text("Streamed", timeout=CELL_MS)
        for seen in (panel.get_by_role("status"), tile, hello, panel):
            expect(seen).to_be_in_viewport(ratio=1)
        notebook.page.screenshot(path=artefact("first"))
        assert notebook.evaluate("print(len(lab.exchanges))") == "1"
        press(panel, "Compare")
        outcomes = panel.locator(".streamlab-outcome")
        expect(outcomes).to_have_text(["✓ streamed", "✂ truncated"], timeout=CELL_MS)
        reason = panel.locator(".streamlab-why")
        failed = panel.locator(".streamlab-error-line > span").first
        for seen in (outcomes.first, outcomes.last, failed, panel.get_by_role("alert"), reason):
            expect(seen).to_be_in_viewport(ratio=1)
        notebook.page.screenshot(path=artefact("compared"))
        assert notebook.own_errors() == []


def test_each_press_of_next_chunk_moves_one_chunk_through_every_lane(lesson, artefact):
    panel = lesson.panel
    status = panel.get_by_role("status")
    panel.get_by_label("Pace").select_option("step")
    press(panel, "Run")
    expect(status).to_contain_text("has not started")
    expect_chunks(panel, 0)

    first = int(lesson.evaluate("print(streamed_response.__code__.co_firstlineno)"))
    for count, line in [(1, first + 3), (2, first + 4), (3, first + 5)]:
        press(panel, "Next chunk")
        expect(status).to_contain_text(f"suspended at line {line}")
        expect_chunks(panel, count)
        # In the kernel, the generator is alive and suspended at that yield.
        seen = json.loads(lesson.evaluate(ALIVE))
        assert seen == {"chunks": [count] * 4, "suspended at": [line]}
        marked = panel.locator(".streamlab-source .streamlab-at-line")
        expect(marked).to_have_count(1)
        expect(marked).to_contain_text("yield")
    panel.screenshot(path=artefact("suspended"))

    press(panel, "Next chunk")
    expect(status).to_contain_text("Streamed")
    expect_chunks(panel, 3)
    assert json.loads(lesson.evaluate(ALIVE)) == {"chunks": [3] * 4, "suspended at": []}


def test_the_runtime_error_appears_only_without_the_wrapper(lesson, artefact):
    panel = lesson.panel
    alert = panel.get_by_role("alert")
    switch_context(panel, on=False)
    press(panel, "Run")
    expect(alert).to_have_text("RuntimeError: Working outside of request context.")
    error_line = panel.locator(".streamlab-source .streamlab-error-line")
    expect(error_line).to_have_count(1)
    expect(error_line).to_contain_text('yield escape(request.args["name"])')
    expect(panel.get_by_role("status")).to_contain_text("Truncated")
    expect_chunks(panel, 1)
    panel.screenshot(path=artefact("error"))

    switch_context(panel, on=True)
    press(panel, "Run")
    expect(panel.get_by_role("status")).to_contain_text("Streamed")
    expect(alert).to_have_text("")
    expect_chunks(panel, 3)
    expect(error_line).to_have_count(0)


def test_stop_closes_the_connection(lesson):
    panel = lesson.panel
    panel.get_by_label("Pace").select_option("step")
    press(panel, "Run")
    press(panel, "Next chunk")
    expect_chunks(panel, 1)
    press(panel, "Stop")
    expect(panel.get_by_role("status")).to_contain_text("Stopped")
    assert json.loads(lesson.evaluate(ALIVE))["suspended at"] == []


def test_a_path_without_a_slash_is_explained_and_can_be_corrected(lesson):
    panel = lesson.panel
    path = panel.get_by_label("Path")
    path.fill("stream?name=World")
    press(panel, "Run")
    expect(panel.get_by_role("status")).to_contain_text("does not begin with a slash")
    path.fill("/stream?name=Ada")
    path.press("Enter")
    expect(panel.get_by_role("status")).to_contain_text("Streamed")
    expect(panel.get_by_role("table", name="Chunks")).to_contain_text("Ada")


def test_a_reloaded_page_shows_the_same_run(lesson):
    panel = lesson.panel
    press(panel, "Run")
    expect_chunks(panel, 3)
    runs = lesson.evaluate("print(len(lab.exchanges))")
    lesson.command("docmanager:save")
    lesson.page.reload()
    panel = lesson.panel
    expect(panel.get_by_role("status")).to_contain_text("Streamed")
    expect_chunks(panel, 3)
    assert lesson.evaluate("print(len(lab.exchanges))") == runs
    press(panel, "Run")
    expect(panel.get_by_role("status")).to_contain_text("Streamed")


def change_view(lesson, old, new):
    """Change the view's cell, and run it again."""
    index = lesson.page.evaluate(
        """([old, now]) => {
            const { content } = window.jupyterapp.shell.currentWidget;
            const index = content.widgets.findIndex(({ model }) => model.id === "view-code");
            const source = content.widgets[index].model.sharedModel;
            source.setSource(source.getSource().replace(old, now));
            return index;
        }""",
        [old, new],
    )
    lesson.run_cell(index)


def test_a_changed_control_or_view_marks_the_result_as_old_until_it_runs_again(lesson):
    panel = lesson.panel
    press(panel, "Run")
    expect(panel.get_by_role("status")).to_contain_text("Streamed")
    old = panel.locator(".streamlab-old")
    expect(old).to_have_text("")
    panel.get_by_role("combobox", name="Middleware").select_option("buffer")
    expect(old).to_contain_text("The settings have changed since this run. Press Run.")
    panel.get_by_role("combobox", name="Middleware").select_option("")
    expect(old).to_have_text("")
    change_view(lesson, "Hello", "Goodbye")
    panel = lesson.panel
    expect(panel.locator(".streamlab-old")).to_contain_text(
        "code has changed since this run. Press Run."
    )
    press(panel, "Run")
    expect(panel.get_by_role("table", name="Chunks")).to_contain_text("<p>Goodbye")
    expect(panel.locator(".streamlab-source")).to_contain_text("Goodbye")
    expect(panel.locator(".streamlab-old")).to_have_text("")


def test_a_live_panel_runs_again_after_each_change(lesson):
    lesson.evaluate("lab.panel.live = True")
    panel = lesson.panel
    switch_context(panel, on=False)
    expect(panel.get_by_role("alert")).to_contain_text("RuntimeError")
    switch_context(panel, on=True)
    expect(panel.get_by_role("status")).to_contain_text("Streamed")
    change_view(lesson, "<p>", "<p>Now: ")
    expect(lesson.panel.get_by_role("table", name="Chunks")).to_contain_text("<p>Now: ")
    lesson.evaluate("lab.panel.live = False")


def test_keys_on_the_timeline_and_the_slider_are_not_shortcuts_of_jupyter(lesson):
    runs = lesson.panel.get_by_role("combobox", name="Run", exact=True)
    latest = runs.input_value()
    press(lesson.panel, "Run")
    expect(runs).not_to_have_value(latest)
    expect(lesson.panel.get_by_role("button", name="Run", exact=True)).to_be_visible()
    cells = lesson.page.locator(".jp-Cell")
    before = cells.count()
    slider = lesson.panel.get_by_label("Replay", exact=True)
    last = int(slider.get_attribute("max"))
    slider.focus()
    # Of Jupyter's: move to the heading above and collapse it, go to another cell, add one, delete it.
    for key in ("ArrowLeft", "ArrowLeft", "ArrowDown", "a", "d", "d"):
        lesson.page.keyboard.press(key)
    expect(slider).to_have_attribute("aria-valuetext", re.compile(rf"^{last - 3} of {last}:"))
    lesson.panel.get_by_role("img").focus()
    for key in ("ArrowLeft", "Shift+ArrowRight", "0", "0", "+", "-", "b", "d", "d"):
        lesson.page.keyboard.press(key)
    expect(lesson.panel.locator("tr.streamlab-selected")).to_have_attribute("data-index", "0")
    expect(lesson.page.locator(".jp-Cell.jp-mod-active .streamlab-view")).to_have_count(1)
    expect(lesson.page.locator(".jp-mod-collapsed, .jp-Dialog")).to_have_count(0)
    expect(cells).to_have_count(before)
