"""Each promise of SECURITY.md names a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent.parent
TEXT = (TESTS.parent / "SECURITY.md").read_text("utf-8")
PROMISED = TEXT.partition("## What is promised")[2].partition("## What is not promised")[0]


def test_every_promise_has_a_test():
    promises = re.split(r"^- ", PROMISED, flags=re.MULTILINE)[1:]
    assert len(promises) >= 12
    for promise in promises:
        assert ".py" in promise or "open to everybody" in promise, promise


def test_the_tests_exist():
    named = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", PROMISED)
    assert len(named) > 15
    for file, function in named:
        code = (TESTS / file).read_text("utf-8")
        assert not function or f"def {function}(" in code, (file, function)
