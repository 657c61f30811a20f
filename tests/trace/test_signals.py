"""The signals: each request is recorded in its trace, and an unobserved request nowhere."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import flask
import pytest

import streamlab.web
from streamlab.trace.observe_items import observe_generator
from streamlab.trace.signals import listen
from streamlab.trace.trace import Trace, current_trace

FRAMEWORKS = {"flask": (flask, flask.Flask), "streamlab": (streamlab.web, streamlab.web.App)}


@pytest.fixture(params=FRAMEWORKS)
def framework(request):
    namespace, make = FRAMEWORKS[request.param]
    listen(namespace)
    return namespace, make("signals")


@pytest.fixture
def trace():
    made = Trace()
    token = current_trace.set(made)
    yield made
    current_trace.reset(token)


def test_listening_twice_records_once(framework, trace):
    namespace, app = framework
    listen(namespace)

    @app.get("/")
    def view():
        return iter(["a", "b"])

    assert app.test_client().get("/").text == "ab"
    assert trace.lanes["generator"].chunks == 2
    assert len(trace.spans) == 1


def test_a_request_without_a_trace_is_not_changed(framework):
    _, app = framework
    body = ["a", "b"]

    @app.get("/")
    def view():
        return iter(body)

    assert current_trace.get() is None
    assert app.test_client().get("/").text == "ab"


def test_the_tap_is_nearer_to_the_generator_than_any_after_request_function(framework, trace):
    _, app = framework

    @app.after_request
    def read(response):
        response.get_data()
        return response

    @app.get("/")
    def view():
        return iter(["a", "b"])

    app.test_client().get("/")
    assert [chunk.data for chunk in trace.lanes["generator"]] == [b"a", b"b"]


def test_a_response_that_is_not_streamed_is_not_changed(framework, trace):
    _, app = framework

    @app.get("/")
    def view():
        return "whole"

    response = app.test_client().get("/")
    assert response.headers["Content-Length"] == "5"
    assert not trace.generator_tapped


def test_an_exception_that_the_framework_answers_is_recorded(framework, trace):
    _, app = framework

    @app.get("/")
    def view():
        raise ValueError("on purpose")

    assert app.test_client().get("/").status_code == 500
    assert (trace.failure.last, trace.failure.raised_by) == ("ValueError: on purpose", "app")


def test_an_exception_in_the_generator_is_recorded_as_its_own(framework, trace):
    _, app = framework

    @app.get("/")
    def view():
        def generate():
            yield "a"
            raise ValueError("on purpose")

        return generate()

    response = app.test_client().get("/", buffered=False)
    with pytest.raises(ValueError, match="on purpose"):
        list(response.iter_encoded())
    assert trace.failure.raised_by == "generator"


def test_a_warning_of_streamlab_is_recorded():
    trace = Trace()
    listen(streamlab.web)
    token = current_trace.set(trace)
    streamlab.web.warned.send(None, message="A late header.", advice="Set it in the view.")
    current_trace.reset(token)
    [event] = trace.events
    assert (event.kind, event.text) == ("warning", "A late header. Set it in the view.")


def leave_early(items):
    next(items)
    items.close()


def fail(items):
    with suppress(ZeroDivisionError):
        list(items)


@pytest.mark.parametrize("iterate", [list, leave_early, fail])
@pytest.mark.parametrize("before", [None, Trace()])
def test_a_thread_of_middleware_that_iterates_does_not_keep_the_trace(iterate, before):
    def numbers():
        yield "1"
        if iterate is fail:
            raise ZeroDivisionError

    with ThreadPoolExecutor(1) as pool:
        pool.submit(current_trace.set, before).result()
        pool.submit(iterate, observe_generator(Trace(), numbers())).result()
        assert pool.submit(current_trace.get).result() is before
