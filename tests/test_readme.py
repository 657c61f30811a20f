"""The README is true: its commands exist, its examples run, and its tables are complete."""

from __future__ import annotations

import doctest
import linecache
import re
import runpy
import subprocess
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from streamlab.cli import main
from streamlab.harness.matrix import COLUMNS
from streamlab.middleware import MIDDLEWARE
from streamlab.server import SERVERS
from streamlab.trace.trace import Trace

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SVG = "{http://www.w3.org/2000/svg}"
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def blocks(kind):
    return [text for found, text in BLOCKS if found == kind]


@pytest.mark.parametrize("target", ["lab", "test", "demo", "bench"])
def test_each_command_is_a_target(target):
    assert f"make {target}" in README
    subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)


def execute(source, filename):
    """Run `source` like a notebook cell: tools find its lines under `filename`."""
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    *body, last = source.strip().splitlines()
    names = {}
    exec(compile("\n".join(body), filename, "exec"), names)
    return names, eval(last, names)


def test_the_ten_lines_show_a_panel_and_the_session_prints_what_the_readme_shows():
    example, session = blocks("python")[:2]
    code = [line for line in example.splitlines() if line and not line.startswith("from")]
    assert len(code) <= 10
    names, lab = execute(example, "<the example of README.md>")
    assert "application/vnd.jupyter.widget-view+json" in lab._repr_mimebundle_()[0]
    lab.close()

    test = doctest.DocTestParser().get_doctest(session, names, "README.md", "README.md", 0)
    assert any("user_frame" in example.source for example in test.examples)
    result = doctest.DocTestRunner(verbose=False).run(test)
    assert (result.failed, result.attempted) == (0, len(test.examples))


def test_the_matrix_has_a_row_for_each_server_and_middleware():
    table = next(text for text in blocks("text") if text.startswith(COLUMNS[0]))
    rows = [re.split(r"\s{2,}", line.strip()) for line in table.splitlines()[2:]]
    assert {row[0] for row in rows} == set(SERVERS)
    assert {row[1] for row in rows} == {"-", *MIDDLEWARE}


def test_the_option_of_the_probe_exists(capsys):
    with pytest.raises(SystemExit) as left:
        main(["probe", "--help"])
    assert left.value.code == 0
    assert "--json" in capsys.readouterr().out


def test_the_pictures_exist():
    for picture in re.findall(r"!\[[^]]+\]\(([^)]+)\)", README):
        assert (ROOT / picture).is_file()


def structure(svg):
    """Return what two pictures of the same run have in common: everything but their times."""
    root = ET.fromstring(svg)
    texts = ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]
    return {
        "rectangles": Counter(rect.get("class") for rect in root.iter(f"{SVG}rect")),
        "tiles": [text for text in texts if re.match(r"\d |[✖✂]", text)],
        "lanes": [text for text in texts if text in Trace().lanes],
        "moving": svg.count("animation-name:"),
    }


def test_make_pictures_makes_the_pictures_of_the_readme(tmp_path):
    """They are committed, and the example must still look the same."""
    made = runpy.run_path(str(ROOT / "tools" / "pictures.py"))
    made["main"](tmp_path)
    for name in made["RUNS"]:
        assert f"(notebooks/{name})" in README
        committed = (ROOT / "notebooks" / name).read_text(encoding="utf-8")
        assert structure((tmp_path / name).read_text(encoding="utf-8")) == structure(committed)
        assert len(committed) < 30_000
    assert "yield escape" in committed, "the line of the error"


def test_the_linked_files_exist():
    for target in re.findall(r"\]\(([^):]+)\)", README):
        assert (ROOT / target).is_file()


PROJECT = "https://github.com/streamlab/streamlab"


def test_the_project_has_one_address():
    for name in ("pyproject.toml", "SECURITY.md", "CITATION.cff"):
        found = set(re.findall(r"https://github\.com/[\w.-]+/[\w.-]+", (ROOT / name).read_text()))
        assert found == {PROJECT}, name


def test_the_citation_names_this_version_and_licence():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    # The required keys of the Citation File Format 1.2.0.
    assert citation.keys() >= {"cff-version", "message", "title", "authors"}
    assert citation["cff-version"] == "1.2.0"
    for key in ("version", "license"):
        assert f'{key} = "{citation[key]}"' in project
