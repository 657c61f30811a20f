"""`observe` with apps of streamlab, Flask, Django and Bottle, and with a bare WSGI callable."""

from __future__ import annotations

import sys
from pathlib import Path

import bottle
import flask
import pytest

from streamlab.harness.observe import observe
from streamlab.web import App, stream_template_string
from tests.apps import app, bare, flask_app

LANES = ["generator", "app", "server", "client"]


def django_app():
    """Return the WSGI application of a Django project."""
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(
            DEBUG=False,
            SECRET_KEY="x",
            ALLOWED_HOSTS=["*"],
            ROOT_URLCONF=__name__,
            LOGGING_CONFIG=None,
        )
        django.setup()
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def django_chunks():
    yield "Hello "
    yield "World"
    yield "!"


def django_stream(request):
    from django.http import StreamingHttpResponse

    return StreamingHttpResponse(django_chunks())


def django_failing(request):
    raise ValueError("in Django's view")


def django_failing_late(request):
    from django.http import StreamingHttpResponse

    def chunks():
        yield "Hello "
        raise ValueError("in Django's stream")

    return StreamingHttpResponse(chunks())


class _Urls(list):
    """Django's list of URLs. It imports Django only when it is used."""

    def __iter__(self):
        from django.urls import path

        return iter(
            [
                path("stream", django_stream),
                path("failing", django_failing),
                path("failing-late", django_failing_late),
            ]
        )


urlpatterns = _Urls()


def bottle_app():
    made = bottle.Bottle()

    @made.get("/stream")
    def stream():
        yield "Hello "
        yield "World"
        yield "!"

    return made


def lines_of(exchange):
    """Return the line of code that made each chunk."""
    texts = []
    for chunk in exchange.lanes["generator"]:
        source = exchange.trace.sources[chunk.source]
        texts.append(source.text.splitlines()[chunk.line - source.first].strip())
    return texts


@pytest.mark.parametrize(
    ("make", "path", "lines"),
    [
        (lambda: app, "/stream?name=World", ['yield "Hello "', 'yield request.args["name"]']),
        (
            lambda: flask_app,
            "/stream?name=World",
            ['yield "Hello "', 'yield flask_request.args["name"]'],
        ),
        (django_app, "/stream", ['yield "Hello "', 'yield "World"']),
        (bottle_app, "/stream", ['yield "Hello "', 'yield "World"']),
        (lambda: bare, "/", ['yield b"Hello "', 'yield b"World"']),
    ],
    ids=["streamlab", "Flask", "Django", "Bottle", "bare"],
)
def test_every_app_has_all_lanes_and_the_lines_of_its_generator(make, path, lines):
    exchange = observe(make(), path, lockstep=True)
    assert list(exchange.lanes) == LANES
    assert exchange.body == b"Hello World!"
    for lane in exchange.lanes.values():
        assert [chunk.data for chunk in lane] == [b"Hello ", b"World", b"!"]
    assert exchange.verdict.outcome == "streamed"
    assert lines_of(exchange) == [*lines, 'yield "!"' if make() is not bare else 'yield b"!"']


@pytest.mark.parametrize("made", [app, flask_app], ids=["streamlab", "Flask"])
def test_a_framework_with_signals_has_spans_of_its_context(made):
    exchange = observe(made, "/stream?name=World")
    span = exchange.trace.spans[-1]  # Flask 3.1 pops when the view returns, and pushes again
    first, last = exchange.lanes["generator"].times[0], exchange.lanes["generator"].times[-1]
    assert span.start < first
    assert last < span.end


def test_without_the_wrapper_the_context_ends_before_the_first_chunk():
    exchange = observe(app, "/stream?name=World", stream_with_context=False)
    [span] = exchange.trace.spans
    assert span.end < exchange.lanes["generator"].times[0]
    assert exchange.failure.user_frame.code == 'yield request.args["name"]'
    assert exchange.verdict.outcome == "truncated"


def test_flask_without_the_wrapper_fails_as_usual():
    exchange = observe(flask_app, "/without?name=World")
    assert exchange.failure.last == "RuntimeError: Working outside of request context."
    assert exchange.failure.user_frame.code == 'yield flask_request.args["name"]'


def test_stream_with_context_can_be_switched_off_only_for_streamlabs_app():
    with pytest.raises(ValueError, match="from streamlab import App"):
        observe(flask_app, "/stream", stream_with_context=False)


def test_an_error_that_django_handles_is_observed():
    exchange = observe(django_app(), "/failing")
    assert exchange.status_code == 500
    assert exchange.failure.last == "ValueError: in Django's view"
    assert exchange.verdict.outcome == "failed"


def test_an_error_in_a_stream_of_django_cuts_the_response():
    exchange = observe(django_app(), "/failing-late")
    assert exchange.verdict.outcome == "truncated"
    assert exchange.failure.user_frame.name == "chunks"


@pytest.mark.parametrize("module", ["streamlab.web", "flask"])
def test_the_lines_of_a_template_string_are_recorded(module):
    framework = sys.modules[module]
    made = App() if module == "streamlab.web" else flask.Flask("templates")
    stream_string = framework.stream_template_string
    text = "<ul>\n{% for n in numbers %}\n<li>{{ n }}</li>\n{% endfor %}\n</ul>"

    @made.get("/")
    def view():
        return stream_string(text, numbers=[1, 2])

    exchange = observe(made, "/")
    [source] = exchange.trace.sources
    assert (source.kind, source.text, source.first) == ("jinja", text, 1)
    assert {chunk.line for chunk in exchange.lanes["generator"]} <= {1, 2, 3, 4, 5}
    assert 3 in {chunk.line for chunk in exchange.lanes["generator"]}


def test_an_error_in_a_template_string_shows_the_templates_line():
    made = App()

    @made.get("/")
    def view():
        return stream_template_string("fine\n{{ 1 }}\n{{ 1 // 0 }}")

    exchange = observe(made, "/")
    assert exchange.failure.user_frame.code == "{{ 1 // 0 }}"
    assert exchange.failure.user_frame.line == 3


@pytest.mark.parametrize("server", ["wsgiref", "waitress"])
def test_a_file_that_the_server_sends_arrives_whole(server):
    """With `wsgi.file_wrapper` the server may read the file itself, so no tap wraps it."""
    file = Path(__file__)

    def app_with_file(environ, start_response):
        start_response("200 OK", [("Content-Length", str(file.stat().st_size))])
        return environ["wsgi.file_wrapper"](file.open("rb"))

    exchange = observe(app_with_file, "/", server=server)
    assert exchange.lanes["client"].size == file.stat().st_size
    assert "wsgi.file_wrapper" in str(exchange.verdict)


def test_a_wrong_keyword_or_value_is_an_error():
    with pytest.raises(TypeError, match="did you mean 'middleware'"):
        observe(bare, "/", middlewares="gzip")
    with pytest.raises(ValueError, match="use one of 'werkzeug', 'werkzeug-stock'"):
        observe(bare, "/", server="apache")
    with pytest.raises(ValueError, match="does not begin with a slash"):
        observe(bare, "stream")


def test_no_thread_is_left():
    import threading

    before = set(threading.enumerate())
    observe(bare, "/", lockstep=True, middleware="gzip")
    assert set(threading.enumerate()) <= before
