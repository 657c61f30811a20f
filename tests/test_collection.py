"""Only tests/browser needs Playwright. All other tests collect without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
NEEDS_PLAYWRIGHT = "tests/browser"
# A plugin for pytest: every import of playwright fails, as where it is not installed.
BLOCKER = """
import sys

class NoPlaywright:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "playwright":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoPlaywright())
"""


def collect(plugins, *arguments):
    (plugins / "no_playwright.py").write_text(BLOCKER)
    code = (
        f"import sys; sys.path.insert(0, {str(plugins)!r})\n"
        "import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    )
    options = ["-q", "-p", "no_playwright", "-p", "no:cacheprovider", "--collect-only"]
    return subprocess.run(
        [sys.executable, "-c", code, *options, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_other_tests_collect_without_playwright(tmp_path):
    done = collect(tmp_path, f"--ignore={NEEDS_PLAYWRIGHT}", "tests")
    failed = done.returncode != 0
    assert not failed, (done.stdout + done.stderr)[-3000:]
    for package in ("trace", "web", "server", "http1", "exports", "lab"):
        assert f"tests/{package}/" in done.stdout


def test_playwright_is_really_blocked(tmp_path):
    done = collect(tmp_path, NEEDS_PLAYWRIGHT)
    assert done.returncode != 0
    assert "No module named 'playwright'" in done.stdout + done.stderr
