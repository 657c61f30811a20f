"""Wrong arguments are refused at once, with an error that says what to write."""

from __future__ import annotations

import pytest

from streamlab import App, Lab, matrix, observe
from streamlab.testing import assert_closes_generator, assert_peak_memory, assert_streams

app = App()


async def asgi(scope, receive, send): ...


def create_app():
    return app


WRONG = [
    {"timeout": float("inf")},
    {"timeout": float("nan")},
    {"timeout": 1e308},
    {"timeout": 0},
    {"timeout": "5"},
    {"timeout": True},
    {"time_limit": float("inf")},
    {"time_limit": "5"},
    {"time_limit": -1},
    {"chunks": 0},
    {"data": 5},
    {"data": {"name": "World"}},
    {"data": None},
    {"headers": None},
    {"headers": "abc"},
    {"headers": {"X": 5}},
    {"headers": [("a",)]},
    {"headers": [5]},
    {"method": None},
    {"path": None},
    {"path": 5},
    {"path": b"/"},
]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize("function", [observe, matrix, assert_streams, Lab])
def test_a_wrong_value_is_refused_and_named(function, wrong):
    [(name, _)] = wrong.items()
    if function is Lab and wrong == {"path": None}:
        return  # the app's first route
    with pytest.raises((TypeError, ValueError), match=f"^{name}="):
        function(app, **wrong)


@pytest.mark.parametrize("pace", [1e300, float("nan"), float("inf"), -1, "1", []], ids=repr)
@pytest.mark.parametrize("function", [observe, Lab])
def test_a_wrong_pace_is_refused(function, pace):
    with pytest.raises((TypeError, ValueError), match=r"^pace="):
        function(app, "/", pace=pace)


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        (None, "app is None"),
        ("shop:app", "app is 'shop:app', a str"),
        (create_app, r"call it: create_app\(\)"),
        (asgi, r"ASGIMiddleware\(app\)"),
        (App, "is the class App"),
    ],
)
@pytest.mark.parametrize(
    "function", [observe, matrix, assert_streams, assert_closes_generator, assert_peak_memory, Lab]
)
def test_what_is_no_wsgi_application_is_refused(function, wrong, advice):
    with pytest.raises(TypeError, match=advice):
        function(wrong, "/")
