"""Every example in the docstrings of the HTTP client runs."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import streamlab.http1

MODULES = [
    "streamlab.http1",
    *(
        f"streamlab.http1.{module.name}"
        for module in pkgutil.iter_modules(streamlab.http1.__path__)
    ),
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(import_module(name)).failed == 0


def test_most_modules_have_examples():
    found = [doctest.DocTestFinder().find(import_module(name)) for name in MODULES]
    assert sum(any(test.examples for test in tests) for tests in found) > len(MODULES) // 2
