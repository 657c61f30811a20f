"""Every example in the docstrings of the stage, the middleware and the servers runs as it stands."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import streamlab.middleware
import streamlab.server

MODULES = [
    *(f"streamlab.{name}" for name in ("lockstep", "matrix", "remote", "remote_trace")),
    *(f"streamlab.{name}" for name in ("scenario", "stack", "stage")),
    *(
        module.name
        for package in (streamlab.middleware, streamlab.server)
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    ),
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
