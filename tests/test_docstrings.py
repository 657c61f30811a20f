"""Docstrings: the examples run, every parameter is explained, and all use one dialect."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re

import pytest

import streamlab
import streamlab.web

# This module runs in a worker process only: importing it starts the worker.
NOT_IMPORTED = {"streamlab.harness.remote_worker", "streamlab.__main__"}
MODULES = sorted(
    {"streamlab"}
    | {
        module.name
        for module in pkgutil.walk_packages(streamlab.__path__, "streamlab.")
        if module.name not in NOT_IMPORTED
    }
)
# The lines of other dialects: Google's, numpy's, and Sphinx's long names.
OTHER_DIALECTS = re.compile(
    r"^\s*(?:(?:Args|Arguments|Parameters|Returns?|Raises|Yields?|Examples?):?\s*$"
    r"|:(?:returns|raise|parameter|arg|argument|keyword|exception|except|type|rtype)\b[^:\n]*:"
    r"|-{3,}\s*$)",
    re.MULTILINE,
)
# Fewer than this share of the public functions with an example is too few.
SHARE_WITH_EXAMPLE = 1 / 3


def public_functions(module):
    """Yield (name, function, docstring) of what `module` defines under public names."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(value):
            yield from public_methods(module, value)
        elif inspect.isfunction(inspect.unwrap(value)) if callable(value) else False:
            yield f"{module.__name__}.{name}", inspect.unwrap(value), value.__doc__ or ""


def public_methods(module, cls):
    for name, value in vars(cls).items():
        function = value
        if isinstance(function, (staticmethod, classmethod)):
            function = function.__func__
        function = inspect.unwrap(function) if callable(function) else function
        own = inspect.isfunction(function) and function.__module__ == module.__name__
        # An alias, such as `pop = _refuse`, is not public under its own name.
        if own and not name.startswith("_") and not function.__name__.startswith("_"):
            doc = inspect.getdoc(getattr(cls, name)) or ""
            yield f"{module.__name__}.{cls.__name__}.{name}", function, doc


def parameters_of(function):
    parameters = list(inspect.signature(function).parameters.values())
    names = [parameter.name for parameter in parameters]
    if "." in function.__qualname__ and names[:1] in (["self"], ["cls"]):
        names = names[1:]
    return [name for name in names if not name.startswith("_")]


FUNCTIONS = {
    name: (function, doc)
    for module in MODULES
    for name, function, doc in public_functions(importlib.import_module(module))
}


def explained_in(name, doc):
    """Return the docstring, with the one of the method that it implements: "see `Class.method`"."""
    method = name.rpartition(".")[2]
    referred = re.search(rf"see `(\w+\.{method})`", " ".join(doc.split()))
    if not referred:
        return doc
    return doc + next(
        (text for other, (_, text) in FUNCTIONS.items() if other.endswith(f".{referred[1]}")), ""
    )


def texts(module):
    """Yield (name, text) of every docstring in a module, private ones included."""
    for test in doctest.DocTestFinder(exclude_empty=False).find(module):
        yield test.name, test.docstring


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name):
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} does not say what it contains"
    assert doctest.testmod(module, optionflags=doctest.IGNORE_EXCEPTION_DETAIL).failed == 0


def test_every_parameter_is_explained():
    missing = [
        f"{name}: {', '.join(unexplained)}"
        for name, (function, doc) in FUNCTIONS.items()
        if (
            unexplained := [
                parameter
                for parameter in parameters_of(function)
                if not re.search(rf":param \**{parameter}:", explained_in(name, doc))
            ]
        )
    ]
    assert not missing, "\n" + "\n".join(missing)


def test_no_parameter_is_explained_that_does_not_exist():
    wrong = [
        f"{name}: {', '.join(sorted(extra))}"
        for name, (function, doc) in FUNCTIONS.items()
        if (
            extra := set(re.findall(r":param \**(\w+):", doc))
            - inspect.signature(function).parameters.keys()
        )
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_there_is_one_dialect():
    found = [
        f"{name}: {match[0].strip()}"
        for module in MODULES
        for name, text in texts(importlib.import_module(module))
        for match in OTHER_DIALECTS.finditer(text or "")
    ]
    assert not found, "\n" + "\n".join(found)


def test_a_third_of_the_public_functions_have_an_example():
    with_example = [name for name, (_, doc) in FUNCTIONS.items() if ">>>" in doc]
    assert len(with_example) >= len(FUNCTIONS) * SHARE_WITH_EXAMPLE, (
        f"{len(with_example)} of {len(FUNCTIONS)} public functions have an example"
    )


def test_the_framework_shows_each_of_its_names():
    without = [
        name
        for name in streamlab.web.__all__
        if inspect.isfunction(thing := getattr(streamlab.web, name)) or inspect.isclass(thing)
        if ">>>" not in (thing.__doc__ or "")
    ]
    assert without == []


class TestTheChecks:
    def test_functions_and_methods_are_found(self):
        assert "streamlab.web.streaming.stream_with_context" in FUNCTIONS
        assert "streamlab.server.server.Server.start" in FUNCTIONS
        assert len(FUNCTIONS) > 200

    def test_a_docstring_can_refer_to_the_method_that_it_implements(self):
        name = "streamlab.http1.framing.LengthDecoder.decode"
        assert ":param data:" in explained_in(name, "Decode it; see `Decoder.decode`.")
        assert ":param data:" not in explained_in(name, "Decode it; see `NoSuch.decode`.")
        assert ":param data:" not in explained_in(name, "Decode it; see `Decoder.end`.")

    @pytest.mark.parametrize(
        "text",
        [":returns: the body", "Args:\n    x: a number", "Returns\n-------", ":type x: int"],
    )
    def test_another_dialect_is_found(self, text):
        assert OTHER_DIALECTS.search(f"Do it.\n\n    {text}\n")

    @pytest.mark.parametrize(
        "text",
        [":return: the body", ":raises ValueError: if", ":param x: a number", "Returns: nothing"],
    )
    def test_this_dialect_is_not(self, text):
        assert not OTHER_DIALECTS.search(f"Do it.\n\n    {text}\n")
