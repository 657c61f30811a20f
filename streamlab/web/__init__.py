"""A small web framework with Flask's names, for everything on its page "Streaming Contents".

>>> from streamlab.web import App, request, stream_with_context
>>> app = App()
>>> @app.get("/stream")
... def stream():
...     def generate():
...         yield "Hello "
...         yield request.args["name"]
...     return stream_with_context(generate())
>>> app.test_client().get("/stream?name=World").text
'Hello World'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamlab.web import json as json
from streamlab.web.app import App
from streamlab.web.config import Config
from streamlab.web.ctx import (
    after_this_request,
    copy_current_request_context,
    has_app_context,
    has_request_context,
)
from streamlab.web.globals import current_app, g, request, session
from streamlab.web.helpers import (
    abort,
    flash,
    get_flashed_messages,
    make_response,
    redirect,
    url_for,
)
from streamlab.web.json import jsonify
from streamlab.web.names_not_here import missing_name
from streamlab.web.signals import (
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    before_render_template,
    got_request_exception,
    message_flashed,
    request_finished,
    request_started,
    request_tearing_down,
    template_rendered,
    warned,
)
from streamlab.web.streaming import stream_with_context
from streamlab.web.templating import (
    get_template_attribute,
    render_template,
    render_template_string,
    stream_template,
    stream_template_string,
)
from streamlab.web.wrappers import Request, Response

__all__ = [
    "App",
    "Config",
    "Request",
    "Response",
    "abort",
    "after_this_request",
    "appcontext_popped",
    "appcontext_pushed",
    "appcontext_tearing_down",
    "before_render_template",
    "copy_current_request_context",
    "current_app",
    "flash",
    "g",
    "get_flashed_messages",
    "get_template_attribute",
    "got_request_exception",
    "has_app_context",
    "has_request_context",
    "jsonify",
    "make_response",
    "message_flashed",
    "redirect",
    "render_template",
    "render_template_string",
    "request",
    "request_finished",
    "request_started",
    "request_tearing_down",
    "session",
    "stream_template",
    "stream_template_string",
    "stream_with_context",
    "template_rendered",
    "url_for",
    "warned",
]

if not TYPE_CHECKING:  # a type checker would accept every name

    def __getattr__(name: str) -> Any:
        raise missing_name(__name__, name)
