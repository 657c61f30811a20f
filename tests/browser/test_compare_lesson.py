"""Compare, the list of runs and the matrix in a real Notebook 7."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LESSON = "01-first-stream.ipynb"
MATRIX_MS = 60_000
"""Prevents that a broken test hangs. The matrix starts each server once."""


def test_one_press_compares_and_the_history_and_the_matrix_open_earlier_runs(
    jupyter, chromium, artefact
):
    with jupyter.open(chromium, LESSON) as notebook:
        notebook.run_all()
        panel = notebook.panel
        status = panel.get_by_role("status")
        expect(status).to_contain_text("Streamed")

        panel.get_by_role("button", name="Compare", exact=True).click()
        sentence = panel.locator(".streamlab-difference")
        expect(sentence).to_contain_text("With stream_with_context, all 3 chunks arrive.")
        expect(sentence).to_contain_text("Without it, the generator fails at line 5 after 1 chunk")
        expect(panel.locator(".streamlab-outcome")).to_have_text(["✓ streamed", "✂ truncated"])
        error_line = panel.locator(".streamlab-error-line")
        expect(error_line).to_contain_text('yield escape(request.args["name"])')
        panel.screenshot(path=artefact("compare"))

        # The comparison is still there after the page was loaded again.
        notebook.command("docmanager:save")
        notebook.page.reload()
        panel = notebook.panel
        expect(panel.locator(".streamlab-difference")).to_contain_text("Without it")
        expect(panel.locator(".streamlab-outcome")).to_have_text(["✓ streamed", "✂ truncated"])

        panel.get_by_role("button", name="Close").click()
        runs = panel.get_by_role("combobox", name="Run", exact=True)
        expect(runs).to_have_value("3")
        runs.select_option("2")
        expect(panel.get_by_role("status")).to_contain_text("Streamed")
        expect(panel.get_by_role("switch")).to_have_attribute("aria-checked", "true")

        panel.get_by_role("button", name="Matrix", exact=True).click()
        cell = panel.get_by_role("button", name="▣ buffered, buffer").first
        cell.click(timeout=MATRIX_MS)
        expect(panel.get_by_role("status")).to_contain_text("Buffered")
        expect(panel.get_by_label("Middleware").first).to_have_value("buffer")
        stop = panel.get_by_role("button", name="Stop matrix")
        if stop.is_visible():
            stop.click()
        expect(panel.get_by_role("button", name="Repeat matrix")).to_be_visible(timeout=MATRIX_MS)
        panel.screenshot(path=artefact("matrix"))
        assert notebook.own_errors() == []
