"""What the tests of the web floor share: an app, a log of events, ways to read a stream."""

from __future__ import annotations

import pytest

from streamlab.web import App, warned
from streamlab.web.globals import current_context


@pytest.fixture
def app():
    app = App("lesson", root_path="/nonexistent")
    app.testing = True
    app.secret_key = "only for the tests"
    return app


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def log():
    return []


@pytest.fixture
def warnings_told(app):
    """The messages that `warned` tells of this app, as they come."""
    told = []

    def hear(_app, message, advice):
        assert advice, message
        told.append(message)

    with warned.connected_to(hear, app):
        yield told


@pytest.fixture(autouse=True)
def no_context_left_behind():
    yield
    left = []
    while (ctx := current_context.get(None)) is not None:
        left.append(ctx)
        ctx.pop()
    assert not left
