"""Every example in the docstrings of these floors runs as it stands; web and trace have their own."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import streamlab.harness
import streamlab.middleware
import streamlab.server
import streamlab.terminal
import streamlab.testing

FLOORS = (
    streamlab.middleware,
    streamlab.server,
    streamlab.harness,
    streamlab.terminal,
    streamlab.testing,
)
# Runs in a process of its own, and nowhere else.
WORKER = "streamlab.harness.remote_worker"
MODULES = [
    module.name
    for floor in FLOORS
    for module in pkgutil.iter_modules(floor.__path__, f"{floor.__name__}.")
    if module.name != WORKER
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
