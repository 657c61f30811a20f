"""Every example in a docstring of the trace floor does what it says."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import streamlab.trace

MODULES = [
    f"streamlab.trace.{module.name}" for module in pkgutil.iter_modules(streamlab.trace.__path__)
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    result = doctest.testmod(import_module(name))
    assert result.failed == 0


def test_there_are_examples():
    found = [doctest.DocTestFinder().find(import_module(name)) for name in MODULES]
    assert sum(bool(test.examples) for tests in found for test in tests) > 3
