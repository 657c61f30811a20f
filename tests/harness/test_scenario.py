"""A scenario is checked when it is made, and its errors say what to write instead."""

from __future__ import annotations

import pytest

from streamlab.harness.scenario import Scenario
from streamlab.middleware import MIDDLEWARE
from tests.apps import shout


def test_the_defaults():
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
    ("keywords", "error", "message"),
    [
        ({"path": "stream"}, ValueError, "does not begin with a slash. Write path='/stream'"),
        ({"http_version": "2"}, ValueError, "use one of '1.0', '1.1'"),
        ({"timeout": 0}, ValueError, "a number of seconds above 0"),
        ({"pace": "fast"}, ValueError, 'or pace="step"'),
        ({"server": "apache"}, ValueError, "use one of 'werkzeug', 'werkzeug-stock', 'wsgiref'"),
        ({"middleware": "gzip2"}, ValueError, "did you mean 'gzip'"),
        ({"middleware": [3]}, TypeError, "takes a WSGI application and returns one"),
    ],
)
def test_a_wrong_value_is_an_error(keywords, error, message):
    with pytest.raises(error, match=message):
        Scenario(**keywords)


def test_an_unknown_keyword_names_the_nearest():
    with pytest.raises(TypeError, match="did you mean 'middleware'"):
        Scenario("/", midleware="gzip")
    with pytest.raises(TypeError, match="It has: path, method, headers, data"):
        Scenario("/", xyz=1)
    with pytest.raises(TypeError):  # computed from `middleware`
        Scenario("/", layers=())
