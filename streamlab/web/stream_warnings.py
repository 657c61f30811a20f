"""Warnings about mistakes with streams that raise no error, sent through the signal `warned`.

HTTP sends the status and the headers before the body (RFC 9112 section 2.1), so a generator cannot
change them. Flask ignores such changes without a message. streamlab ignores them too, but sends
`warned` with what happened and what to do instead. Two more mistakes are reported in the same way:
a stream that is read into memory before it is sent, and a generator that two responses share.

The checks are made when a header, the status or the session is changed. They cost a chunk nothing.

>>> from streamlab.web import App, Response, warned
>>> app = App()
>>> @app.get("/")
... def index():
...     def generate():
...         yield "a"
...         response.headers["X-Late"] = "yes"
...     response = Response(generate())
...     return response
>>> with warned.connected_to(lambda app, message, advice: print(message), app):
...     _ = app.test_client().get("/").text
The header 'X-Late' was changed after the response had begun: the client has the old one.
"""

from __future__ import annotations

from functools import wraps
from types import GeneratorType
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary, ref

from werkzeug.datastructures import Headers

from streamlab.web.globals import current_context
from streamlab.web.signals import send, warned

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.web.app import App


class StreamWarning(NamedTuple):
    """A mistake that raises no error.

    :param message: what happened; ``{}`` is replaced by the argument of `send`.
    :param advice: what to do instead.
    """

    message: str
    advice: str

    def send(self, app: App, subject: object = "") -> None:
        """Send the signal `warned`.

        :param app: the sender of the signal.
        :param subject: replaces ``{}`` in the message, if it has one.
        """
        send(warned, app, message=self.message.format(subject), advice=self.advice)


SESSION_WRITTEN = StreamWarning(
    "The session was changed after the response had begun, so the change is lost.",
    "The session is sent in a Set-Cookie header. Change it in the view, before you return the"
    " generator.",
)
SESSION_READ = StreamWarning(
    "The session was first read after the response had begun, so the header 'Vary: Cookie' is"
    " missing and a cache may show one user's page to another.",
    "Read the session in the view as well, before you return the generator.",
)
AFTER_THIS_REQUEST = StreamWarning(
    "after_this_request was called after the response had begun, so the function will not run.",
    "Call it in the view. For work at the end of a stream use 'finally:' in the generator, or"
    " response.call_on_close(function).",
)
READ_WHOLE = StreamWarning(
    "A streamed body was read whole before it was sent: the client waits for the last chunk, all"
    " chunks are kept in memory, and they arrive joined.",
    "get_data(), data and add_etag() read the whole body. Skip streams in an after_request"
    " function: if response.is_streamed: return response.",
)
HEAD_CHANGED = StreamWarning(
    "{} was changed after the response had begun: the client has the old one.",
    "Set the status and the headers in the view: return generate(), 200, {'X-Name': 'value'}. A"
    " value that is known only at the end belongs in the body.",
)
ABORT = StreamWarning(
    "abort() was called after the response had begun ({}): the status has been sent, so the client"
    " receives a truncated body.",
    "Check the request in the view, before you return the generator.",
)
USED_TWICE = StreamWarning(
    "The generator {!r} was already used by another response. A generator runs once: if two"
    " requests share one, each gets only a part of the chunks, or none.",
    "Make a new generator for every request: call the generator function inside the view.",
)

# Generator -> the response, or the kept stream, that was made of it first.
_first_users: WeakKeyDictionary[GeneratorType[Any, Any, Any], ref[Any]] = WeakKeyDictionary()


def note_use(body: object, by: object) -> None:
    """Remember what uses a generator, and warn if something else already does.

    :param body: the chunks; anything but a generator is ignored.
    :param by: the response, or the stream of `stream_with_context`, that reads `body`.
    """
    if isinstance(body, GeneratorType):
        first = _first_users.setdefault(body, ref(by))
        ctx = current_context.get(None)
        if first() is not by and ctx is not None:
            USED_TWICE.send(ctx.app, body.__name__)


def _warn_and(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def change(self: SentHeaders, *args: Any, **kwargs: Any) -> Any:
        if self.app is not None:
            named = args and isinstance(args[0], str)
            HEAD_CHANGED.send(self.app, f"The header {args[0]!r}" if named else "A header")
        return method(self, *args, **kwargs)

    return change


class SentHeaders(Headers):
    """A copy of headers that have been sent. A change to it succeeds, and sends a warning.

    The overridden methods are those through which `werkzeug.datastructures.Headers` makes all its
    changes.

    :param headers: the headers to copy.
    :param app: the sender of the warning.
    """

    app: App | None = None

    def __init__(self, headers: Headers, app: App) -> None:
        super().__init__(headers)
        self.app = app

    set = _warn_and(Headers.set)
    add = _warn_and(Headers.add)
    remove = _warn_and(Headers.remove)
    clear = _warn_and(Headers.clear)
    __delitem__ = _warn_and(Headers.__delitem__)
