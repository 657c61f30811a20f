"""Run the examples in the docstrings. Every public function and class has one."""

from __future__ import annotations

import doctest
import inspect
import pkgutil
from importlib import import_module

import pytest

import streamlab.web

MODULES = [
    "streamlab.web",
    *(f"streamlab.web.{m.name}" for m in pkgutil.iter_modules(streamlab.web.__path__)),
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name):
    module = import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    failed, _ = doctest.testmod(module, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert not failed


def test_public_functions_and_classes_have_an_example():
    without = [
        name
        for name in streamlab.web.__all__
        if inspect.isfunction(thing := getattr(streamlab.web, name)) or inspect.isclass(thing)
        if ">>>" not in (thing.__doc__ or "")
    ]
    assert without == []
