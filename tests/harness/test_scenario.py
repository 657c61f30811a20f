"""A scenario is checked when it is written down, and says what would have been right."""

from __future__ import annotations

import pytest

from streamlab.harness.scenario import Scenario
from streamlab.middleware import MIDDLEWARE
from tests.apps import shout


def test_what_is_not_said_is_the_usual():
    scenario = Scenario()
    assert (scenario.path, scenario.method, scenario.server) == ("/", "GET", "werkzeug")
    assert (scenario.middleware, scenario.layers, scenario.pace) == ((), (), None)
    assert scenario.stream_with_context


def test_middleware_may_be_one_or_several():
    assert Scenario(middleware="gzip").middleware == ("gzip",)
    assert Scenario(middleware=["gzip", shout]).middleware == ("gzip", shout)
    assert Scenario(middleware=shout).layers[0].wrap is shout
    assert Scenario(middleware=("gzip",)).layers == (MIDDLEWARE["gzip"],)


def test_equal_scenarios_are_equal():
    assert Scenario("/x", middleware="gzip") == Scenario("/x", middleware=["gzip"])
    assert Scenario("/x", server="wsgiref") != Scenario("/x")


def test_text_becomes_bytes_and_methods_are_in_capitals():
    scenario = Scenario(method="post", data="ä")
    assert (scenario.method, scenario.data) == ("POST", "ä".encode())


@pytest.mark.parametrize(
    ("keywords", "error", "said"),
    [
        ({"path": "stream"}, ValueError, "does not begin with a slash. Write path='/stream'"),
        ({"http_version": "2"}, ValueError, 'use "1.0" or "1.1"'),
        ({"timeout": 0}, ValueError, "a number of seconds above 0"),
        ({"pace": "fast"}, ValueError, 'or pace="step"'),
        ({"server": "apache"}, ValueError, "use one of werkzeug, werkzeug-stock, wsgiref"),
        ({"middleware": "gzip2"}, ValueError, "did you mean 'gzip'"),
        ({"middleware": [3]}, TypeError, "takes a WSGI application and returns one"),
    ],
)
def test_what_is_wrong_is_told(keywords, error, said):
    with pytest.raises(error, match=said):
        Scenario(**keywords)


def test_a_keyword_that_is_none_brings_the_nearest():
    with pytest.raises(TypeError, match="did you mean 'middleware'"):
        Scenario("/", midleware="gzip")
    with pytest.raises(TypeError, match="It has: path, method, headers, data"):
        Scenario("/", xyz=1)
    with pytest.raises(TypeError):  # what it works out by itself is not asked for
        Scenario("/", layers=())
