"""The names at the top: all there, and cheap to import."""

from __future__ import annotations

import subprocess
import sys

import flask
import pytest

import streamlab
import streamlab.web

# What Flask has at its top and streamlab has not: see "Not here" in CONTRIBUTING.md.
NOT_HERE = {
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


def test_flasks_names_are_ours():
    theirs = {name for name in vars(flask) if not name.startswith("_")}
    assert {name for name in theirs - NOT_HERE if not hasattr(streamlab.web, name)} <= {
        "annotations",
        "t",
    }


def test_names_of_the_web_floor_are_names_of_the_package():
    for name in streamlab.web.__all__:
        assert getattr(streamlab, name) is getattr(streamlab.web, name)


@pytest.mark.parametrize("name", ["Lab", "Server", "observe"])
def test_names_of_other_floors_come_when_asked_for(name):
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


def test_the_web_floor_stands_on_no_other():
    code = "import sys, streamlab.web; print([m for m in sys.modules if m.split('.')[0] in ('flask', 'click')])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"
