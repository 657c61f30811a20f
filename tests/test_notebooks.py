"""Each lesson runs in a real kernel, has all its parts, and is saved without outputs."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

LESSONS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def lesson(request):
    return nbformat.read(request.param, as_version=4)


def test_a_lesson_is_saved_without_outputs(lesson):
    nbformat.validate(lesson)
    assert [cell.id for cell in lesson.cells if cell.get("outputs")] == []
    assert [cell.id for cell in lesson.cells if cell.get("execution_count")] == []


def test_a_lesson_runs_and_prints_nothing_on_stderr(lesson):
    NotebookClient(lesson, timeout=120, kernel_name="python3").execute()
    streams = [
        (cell.id, output.text)
        for cell in lesson.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    ]
    assert streams == []


def test_a_lesson_has_all_its_parts(lesson):
    text = "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")
    for part in ("**Questions.**", "## Challenge", "A solution", "## Key points"):
        assert part in text


def test_the_three_views_of_the_first_lesson_have_the_verdicts_that_its_text_expects():
    lesson = nbformat.read(LESSONS[0], as_version=4)
    NotebookClient(lesson, timeout=120, kernel_name="python3").execute()
    (cell,) = [cell for cell in lesson.cells if cell.id == "views"]
    said = dict(line.split(maxsplit=1) for line in cell.outputs[0].text.splitlines())
    assert {path: text.split(":")[0] for path, text in said.items()} == {
        "/forgotten": "Truncated",
        "/wrapped": "Streamed",
        "/passed-in": "Streamed",
    }
