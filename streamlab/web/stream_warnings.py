"""What comes too late: changes to the head of a response after the head has been sent.

HTTP sends status and headers first (RFC 9112 §2.1), so a generator can no longer change them.
Flask lets such changes pass in silence, and so does streamlab; but it says so through the
signal `warned`, whose listeners get what happened and what to do instead. Nothing here costs
a stream anything for its chunks: the traps lie in the setters.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.datastructures import Headers

from streamlab.web.signals import send, warned

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.web.app import App


class Late(NamedTuple):
    """Something that passes in silence but is a mistake; ``{}`` stands for what differs."""

    message: str
    advice: str

    def tell(self, app: App, what: object = "") -> None:
        """Send `warned` with *what* in its place in the message."""
        send(warned, app, message=self.message.format(what), advice=self.advice)


SESSION_WRITTEN = Late(
    "The session was changed after the response had begun, so the change is lost.",
    "The session travels in a Set-Cookie header. Change it in the view, before the generator is"
    " returned.",
)
SESSION_READ = Late(
    "The session was first read after the response had begun, so the header 'Vary: Cookie' is"
    " missing and a cache may show one user's page to another.",
    "Read the session in the view as well, before the generator is returned.",
)
AFTER_THIS_REQUEST = Late(
    "after_this_request was called after the response had begun, so the function will not run.",
    "Call it in the view. For work at the end of a stream use a finally: in the generator, or"
    " response.call_on_close.",
)
READ_WHOLE = Late(
    "A streamed body was read whole before it was sent: the client waits for the last chunk, all"
    " chunks are in memory, and they arrive joined.",
    "get_data(), data and add_etag() read the body. In an after_request function leave streams"
    " alone: if response.is_streamed: return response.",
)
HEAD_CHANGED = Late(
    "{} was changed after the response had begun: the client has the old one.",
    "Set status and headers in the view: return generate(), 200, {'X-Name': 'value'}. What is"
    " known only at the end belongs in the body.",
)
ABORT = Late(
    "abort() was called after the response had begun ({}): the status is sent, the client sees a"
    " body that breaks off.",
    "Check in the view, before the generator is returned, what can be refused.",
)
USED_TWICE = Late(
    "The generator {!r} was already used by another response. A generator runs once: of two"
    " requests that share one, each gets a part, or nothing.",
    "Make a new one for every request: call the generator function inside the view.",
)


def _telling(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def change(self: SentHeaders, *args: Any, **kwargs: Any) -> Any:
        if self.app is not None:
            named = args and isinstance(args[0], str)
            HEAD_CHANGED.tell(self.app, f"The header {args[0]!r}" if named else "A header")
        return method(self, *args, **kwargs)

    return change


class SentHeaders(Headers):
    """A copy of headers that have been sent; to change them still works, and warns.

    The methods below are those through which `Headers` makes all its changes.
    """

    app: App | None = None

    def __init__(self, headers: Headers, app: App) -> None:
        super().__init__(headers)
        self.app = app

    set = _telling(Headers.set)
    add = _telling(Headers.add)
    remove = _telling(Headers.remove)
    clear = _telling(Headers.clear)
    __delitem__ = _telling(Headers.__delitem__)
