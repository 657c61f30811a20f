"""What `py.typed` promises: type checkers know the API and find mistakes in its use."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CHECKERS = {
    "mypy": ["mypy", "--strict", "--follow-imports=silent"],
    "pyright": [
        "pyright",
        "--pythonpath",
        sys.executable,
        "--project",
        str(HERE / "pyrightconfig.json"),
    ],
}


def check(checker, file):
    """Return the exit code and the output of a type checker for a file."""
    if find_spec(checker) is None:
        pytest.skip(f"{checker} is not installed: pip install 'streamlab[lint]'")
    ended = subprocess.run(
        [sys.executable, "-m", *CHECKERS[checker], str(HERE / file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.parametrize("checker", CHECKERS)
def test_typical_uses_have_no_errors(checker):
    code, output = check(checker, "usage.py")
    assert code == 0, output


@pytest.mark.parametrize("checker", CHECKERS)
def test_mistakes_are_found(checker):
    lines = (HERE / "misuse.py").read_text(encoding="utf-8").splitlines()
    expected = {number for number, line in enumerate(lines, 1) if line.endswith("# error")}
    code, output = check(checker, "misuse.py")
    assert code == 1, output
    found = {int(number) for number in re.findall(r"misuse\.py:(\d+)(?::\d+)?[: -]+error", output)}
    assert found == expected, output
