"""Run the examples in the docstrings, and check that they explain every parameter."""

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


def public_functions():
    """The public functions of all modules and the public methods of their public classes."""
    for name in MODULES:
        members = [
            member
            for key, member in vars(import_module(name)).items()
            if not key.startswith("_") and getattr(member, "__module__", None) == name
        ]
        for member in members:
            if inspect.isfunction(member):
                yield member
            elif inspect.isclass(member):
                for key, method in vars(member).items():
                    if inspect.isfunction(method) and not key.startswith("_"):
                        yield method


# Without aliases: `NullSession.pop` is the private `_refuse`, `SentHeaders.set` is werkzeug's.
FUNCTIONS = {
    f"{function.__module__}.{function.__qualname__}": function
    for function in public_functions()
    if function.__module__ in MODULES and not function.__name__.startswith("_")
}


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name):
    module = import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    failed, _ = doctest.testmod(module, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert not failed


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_docstring_explains_each_parameter(name):
    function = FUNCTIONS[name]
    parameters = [key for key in inspect.signature(function).parameters if key != "self"]
    assert function.__doc__
    assert [key for key in parameters if f":param {key}:" not in function.__doc__] == []


def test_a_third_of_the_public_functions_has_an_example():
    with_example = [name for name, function in FUNCTIONS.items() if ">>>" in function.__doc__]
    assert len(with_example) > len(FUNCTIONS) / 3


def test_the_functions_and_classes_of_the_package_have_an_example():
    without = [
        name
        for name in streamlab.web.__all__
        if inspect.isfunction(thing := getattr(streamlab.web, name)) or inspect.isclass(thing)
        if ">>>" not in (thing.__doc__ or "")
    ]
    assert without == []
