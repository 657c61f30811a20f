"""Signals: which are sent, in which order, with which arguments."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

import streamlab.web
from streamlab.web import (
    appcontext_popped,
    flash,
    has_app_context,
    has_request_context,
    render_template_string,
    request_started,
    stream_template_string,
    stream_with_context,
)
from tests.web.wsgi import Exchange

NAMES = [
    "appcontext_pushed",
    "request_started",
    "before_render_template",
    "template_rendered",
    "message_flashed",
    "got_request_exception",
    "request_finished",
    "request_tearing_down",
    "appcontext_tearing_down",
    "appcontext_popped",
]


@pytest.fixture
def signals(app):
    """The signals of the app in order: (name, arguments)."""
    received = []

    def receiver(name):
        def listener(sender, **arguments):
            arguments.pop("_async_wrapper", None)
            received.append((name, arguments))

        return listener

    listeners = {name: receiver(name) for name in NAMES}
    with ExitStack() as stack:
        for name, listener in listeners.items():
            stack.enter_context(getattr(streamlab.web, name).connected_to(listener, app))
        yield received


def test_signals_of_a_plain_request(app, signals):
    app.add_url_rule("/", "index", lambda: "text")
    Exchange(app).read()
    assert [name for name, _ in signals] == [
        "appcontext_pushed",
        "request_started",
        "request_finished",
        "request_tearing_down",
        "appcontext_tearing_down",
        "appcontext_popped",
    ]
    arguments = dict(signals)
    assert arguments["request_finished"]["response"].get_data() == b"text"
    assert (
        arguments["request_tearing_down"] == arguments["appcontext_tearing_down"] == {"exc": None}
    )


def test_signals_of_a_stream(app, signals):
    def generate():
        signals.append(("chunk", {}))
        yield "a"

    app.add_url_rule("/", "index", lambda: stream_with_context(generate()))
    Exchange(app).read()
    assert [name for name, _ in signals] == [
        "appcontext_pushed",
        "request_started",
        "request_finished",
        "chunk",
        "request_tearing_down",
        "appcontext_tearing_down",
        "appcontext_popped",
    ]


def test_signals_of_an_error(app, signals):
    app.testing = False
    app.add_url_rule("/", "index", lambda: 1 // 0)
    Exchange(app).read()
    arguments = dict(signals)
    error = arguments["got_request_exception"]["exception"]
    assert type(error) is ZeroDivisionError
    assert arguments["request_finished"]["response"].status_code == 500
    assert arguments["request_tearing_down"] == {"exc": error}


@pytest.mark.parametrize("function", [render_template_string, stream_template_string])
def test_signals_of_a_template(app, signals, function):
    with app.app_context():
        assert "".join(function("{{ value }}", value=7)) == "7"
    names = [name for name, _ in signals]
    assert names[1:3] == ["before_render_template", "template_rendered"]
    for name in names[1:3]:
        assert dict(signals)[name]["context"]["value"] == 7
        assert dict(signals)[name]["template"].name is None


@pytest.mark.parametrize("switch", [True, False])
def test_template_rendered_is_sent_after_the_last_part_with_and_without_the_context(
    app, signals, switch
):
    app.add_url_rule("/", "index", lambda: stream_template_string("{{ 7 }}"))
    exchange = Exchange(app, extra={"streamlab.stream_with_context": switch})
    assert next(exchange) == b"7"
    assert "template_rendered" not in dict(signals)
    assert exchange.read() == []
    assert "template_rendered" in dict(signals)


def test_template_rendered_is_not_sent_if_the_template_raises(app, signals):
    with app.app_context():
        stream = stream_template_string("a{{ 1 // 0 }}")
        assert next(stream) == "a"
        with pytest.raises(ZeroDivisionError):
            next(stream)
    assert "template_rendered" not in dict(signals)


def test_signal_of_a_flashed_message(app, signals):
    with app.test_request_context("/"):
        flash("saved", "note")
    assert dict(signals)["message_flashed"] == {"message": "saved", "category": "note"}


def test_the_context_is_active_in_request_started_and_not_in_appcontext_popped(app, log):
    with ExitStack() as stack:
        for signal in (request_started, appcontext_popped):

            def listener(sender, **_):
                log.append((has_app_context(), has_request_context()))

            stack.enter_context(signal.connected_to(listener, app))
        app.test_client().get("/")
    assert log == [(True, True), (False, False)]


def test_a_receiver_can_be_a_coroutine_function(app, log):
    async def listener(sender):
        log.append(sender)

    with request_started.connected_to(listener, app):
        app.test_client().get("/")
    assert log == [app]
