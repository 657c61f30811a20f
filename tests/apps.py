"""Apps in a module, so that a server in another process can import them."""

from __future__ import annotations

import os

from flask import Flask
from flask import request as flask_request
from flask import stream_with_context as flask_stream_with_context

from streamlab.web import App, request, stream_with_context

app = App()


@app.get("/stream")
def stream():
    def generate():
        yield "Hello "
        yield request.args["name"]
        yield "!"

    return stream_with_context(generate())


@app.get("/numbers/<int:stop>")
def numbers(stop):
    def generate():
        for number in range(stop):
            yield str(number)

    return generate()


@app.get("/processes")
def processes():
    """Return the ids of the process that serves the app and of its parent."""
    return f"{os.getpid()} {os.getppid()}"


flask_app = Flask("tests.apps")


@flask_app.get("/stream")
def flask_stream():
    def generate():
        yield "Hello "
        yield flask_request.args["name"]
        yield "!"

    return flask_stream_with_context(generate())


@flask_app.get("/without")
def flask_without():
    def generate():
        yield "Hello "
        yield flask_request.args["name"]

    return generate()


def bare(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"Hello "
    yield b"World"
    yield b"!"


def shout(inner):
    """Middleware in a module, so that another process can import it."""

    def shouting(environ, start_response):
        return map(bytes.upper, inner(environ, start_response))

    return shouting
