"""The README says what is so: its commands are there, its examples run, its tables are shaped so."""

from __future__ import annotations

import doctest
import re
import subprocess
from pathlib import Path

import pytest

from streamlab.cli import main
from streamlab.harness.matrix import COLUMNS
from streamlab.middleware import MIDDLEWARE
from streamlab.server import SERVERS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def blocks(kind):
    return [text for found, text in BLOCKS if found == kind]


@pytest.mark.parametrize("target", ["lab", "test", "demo", "bench"])
def test_each_command_is_a_target(target):
    assert f"make {target}" in README
    subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)


def test_the_ten_lines_show_a_panel_and_the_session_goes_as_printed():
    example, session = blocks("python")[:2]
    code = [line for line in example.splitlines() if line and not line.startswith("from")]
    assert len(code) <= 10
    names = {}
    *body, last = example.strip().splitlines()
    exec(compile("\n".join(body), "README.md", "exec"), names)
    lab = eval(last, names)
    assert "application/vnd.jupyter.widget-view+json" in lab._repr_mimebundle_()
    lab.close()

    # The source of a view is read from its file; an example is one for as long as it is tested.
    parser = doctest.DocTestParser()
    test = parser.get_doctest(session, names, "README.md", "README.md", 0)
    examples = [one for one in test.examples if "user_frame" not in one.source]
    test.examples = examples
    result = doctest.DocTestRunner(verbose=False).run(test)
    assert (result.failed, result.attempted) == (0, len(examples))


def test_the_matrix_has_a_row_for_everything_there_is():
    table = next(text for text in blocks("text") if text.startswith(COLUMNS[0]))
    rows = [re.split(r"\s{2,}", line.strip()) for line in table.splitlines()[2:]]
    assert {row[0] for row in rows} == set(SERVERS)
    assert {row[1] for row in rows} == {"-", *MIDDLEWARE}


def test_the_probes_options_are_there(capsys):
    with pytest.raises(SystemExit) as left:
        main(["probe", "--help"])
    assert left.value.code == 0
    assert "--json" in capsys.readouterr().out


def test_pictures_are_there():
    for picture in re.findall(r"!\[[^]]+\]\(([^)]+)\)", README):
        assert (ROOT / picture).is_file()
