"""What can be a WSGI application, and what to do about an object that cannot."""

from __future__ import annotations

import functools

import flask
import pytest

from streamlab import App
from streamlab.harness.wsgi_check import check_wsgi_app, is_asgi
from tests.apps import app, bare, flask_app


class Iterates:
    """An application as in PEP 3333: a class whose objects are the responses."""

    def __init__(self, environ, start_response): ...

    def __iter__(self): ...


class Called:
    def __call__(self, environ, start_response): ...


class Starlette:
    async def __call__(self, scope, receive, send): ...


class Wrapped:
    """ASGI middleware that is not a coroutine function, but returns one's result."""

    def __call__(self, scope, receive, send): ...


async def asgi(scope, receive, send): ...


async def asgi_by_number(one, two, three): ...


async def coroutine(environ, start_response): ...


def create_app(): ...


def create_app_from(config=None): ...


def create_app_with(config=None, debug=False): ...


@pytest.mark.parametrize(
    "good",
    [
        app,
        flask_app,
        bare,
        Iterates,
        Called(),
        Called().__call__,
        lambda *args: [],
        lambda environ, start_response, extra=None: [],
        lambda environ=None, start_response=None: [],
        functools.partial(lambda number, environ, start_response: [], 1),
        functools.partial(Called()),
        max,  # a C function whose parameters Python does not know
    ],
)
def test_what_can_be_an_application(good):
    check_wsgi_app(good)
    assert not is_asgi(good)


@pytest.mark.parametrize("asgi_app", [asgi, asgi_by_number, Starlette(), Wrapped()])
def test_an_asgi_application_is_named_with_two_ways_to_watch_it(asgi_app):
    assert is_asgi(asgi_app)
    with pytest.raises(TypeError, match="shop:app is an ASGI application") as raised:
        check_wsgi_app(asgi_app, "shop:app")
    assert "streamlab probe http://" in str(raised.value)
    assert "ASGIMiddleware(app)" in str(raised.value)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (None, "app is None, not a WSGI application"),
        ("shop:app", "app is 'shop:app', a str, not"),
        ({}, "a dict, not a WSGI application"),
        (create_app, r"call it: create_app\(\)"),
        (create_app_from, r"call it: create_app_from\(\)"),
        (create_app_with, r"call it: create_app_with\(\)"),
        (App, r"the class App .* app = App\("),
        (flask.Flask, r"the class Flask .* app = Flask\("),
        (coroutine, "with def, not async def"),
    ],
)
def test_what_cannot_be_an_application(wrong, words):
    assert not is_asgi(wrong)
    with pytest.raises(TypeError, match=words):
        check_wsgi_app(wrong)
