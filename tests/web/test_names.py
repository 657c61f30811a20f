"""The names of the package `streamlab`: all of Flask's are there, and importing is cheap."""

from __future__ import annotations

import subprocess
import sys

import flask
import pytest

import streamlab
import streamlab.web
from tests.imports import declared_dependencies

# Names of Flask that streamlab does not have: see "Not here" in CONTRIBUTING.md.
LEFT_OUT = {
    "Blueprint",
    "Flask",
    "send_file",
    "send_from_directory",
    "cli",
    "typing",
    "sansio",
    "blueprints",
    "logging",
    "app",
}


def test_flasks_names_exist_in_streamlab():
    theirs = {name for name in vars(flask) if not name.startswith("_")}
    assert {name for name in theirs - LEFT_OUT if not hasattr(streamlab.web, name)} <= {
        "annotations",
        "t",
    }


def test_names_of_streamlab_web_are_names_of_streamlab():
    for name in streamlab.web.__all__:
        assert getattr(streamlab, name) is getattr(streamlab.web, name)


@pytest.mark.parametrize("name", ["Lab", "Server", "observe"])
def test_names_of_other_packages_are_imported_when_they_are_used(name):
    code = (
        "import sys, streamlab\n"
        "print([m for m in ('ipywidgets', 'anywidget', 'streamlab.lab', 'streamlab.server',"
        " 'streamlab.trace', 'asgiref', 'asyncio', 'itsdangerous') if m in sys.modules])\n"
        f"assert '{name}' in dir(streamlab)\n"
        f"from streamlab import {name}\n"
        f"print({name}.__name__)"
    )
    out = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert out.split("\n")[:2] == ["[]", name]


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'streamlab' has no attribute 'nothing'"):
        streamlab.nothing


def test_streamlab_web_imports_no_other_package_of_streamlab():
    code = (
        "import sys, streamlab.web\n"
        "print([m for m in sys.modules"
        " if m.startswith('streamlab.') and m.split('.')[1] not in ('web', 'wording')])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


def test_streamlab_web_imports_only_declared_dependencies():
    code = (
        "import sys; before = set(sys.modules)\n"
        "import streamlab.web\n"
        "app = streamlab.web.App(); app.secret_key = 'k'; app.test_client().get('/')\n"
        "print(*{m.split('.')[0] for m in set(sys.modules) - before})"
    )
    loaded = set(subprocess.check_output([sys.executable, "-c", code], text=True).split())
    third_party = loaded - sys.stdlib_module_names - {"streamlab"}
    required, _ = declared_dependencies()
    assert {"werkzeug", "jinja2"} <= third_party
    assert third_party <= required - {"anywidget", "ipywidgets", "rich"}
