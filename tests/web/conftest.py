"""Fixtures for the tests of `streamlab.web`: an app, a client, and a log of events."""

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
def warnings_sent(app):
    """The messages of the signal `warned` for this app, in order."""
    messages = []

    def receive(_app, message, advice):
        assert advice, message
        messages.append(message)

    with warned.connected_to(receive, app):
        yield messages


@pytest.fixture(autouse=True)
def no_context_stays_active():
    yield
    left = []
    while (ctx := current_context.get(None)) is not None:
        left.append(ctx)
        ctx.pop()
    assert not left
