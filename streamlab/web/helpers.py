"""Small functions for views: make a response, a URL, a redirect, an error, a flash message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from werkzeug.exceptions import abort as werkzeug_abort
from werkzeug.utils import redirect as werkzeug_redirect

from streamlab.web.globals import app_ctx, current_app, current_context, session
from streamlab.web.signals import message_flashed, send

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.wrappers import Response as BaseResponse

    from streamlab.web.wrappers import Response


def make_response(*args: Any) -> Response:
    """Make a response of what a view could return, to set headers on, say.

    >>> from streamlab.web import App
    >>> with App().test_request_context("/"):
    ...     make_response("made", 201, {"X-Name": "value"})
    <Response 4 bytes [201 CREATED]>
    """
    if not args:
        return current_app.response_class()
    return current_app.make_response(args[0] if len(args) == 1 else args)


def url_for(endpoint: str, **values: Any) -> str:
    """Make the URL of an endpoint; see `App.url_for`, which this calls on the active app.

    *values* are those of the rule, and ``_anchor``, ``_method``, ``_scheme``, ``_external``.

    >>> from streamlab.web import App
    >>> app = App()
    >>> @app.get("/user/<name>")
    ... def user(name): ...
    >>> with app.test_request_context("/"):
    ...     url_for("user", name="a b", page=2, _anchor="top")
    '/user/a%20b?page=2#top'
    """
    return current_app.url_for(endpoint, **values)


def redirect(
    location: str,
    code: int = 303,
    Response: type[BaseResponse] | None = None,  # noqa: N803 - Flask's
) -> BaseResponse:
    """Make a response that sends the client elsewhere: 303, with GET (RFC 9110 §15.4.4).

    >>> redirect("/elsewhere").status
    '303 SEE OTHER'
    """
    ctx = current_context.get(None)
    if ctx is not None:
        return ctx.app.redirect(location, code=code)
    return werkzeug_redirect(location, code=code, Response=Response)


def abort(code: int | BaseResponse, *args: Any, **kwargs: Any) -> NoReturn:
    """Raise the `werkzeug.exceptions.HTTPException` of a status code (or `LookupError`).

    In the body of a stream it comes too late to become a status: the body breaks off.

    >>> abort(404)
    Traceback (most recent call last):
    werkzeug.exceptions.NotFound: 404 Not Found: The requested URL was not found on the server. \
If you entered the URL manually please check your spelling and try again.
    """
    ctx = current_context.get(None)
    if ctx is not None:
        ctx.app.aborter(code, *args, **kwargs)
    werkzeug_abort(code, *args, **kwargs)


def flash(message: str, category: str = "message") -> None:
    """Leave a message for the next page, in the session.

    >>> from streamlab.web import App
    >>> app = App(); app.secret_key = "only for this example"
    >>> with app.test_request_context("/"):
    ...     flash("saved"); flash("twice", "error")
    ...     get_flashed_messages(with_categories=True, category_filter=["error"])
    [('error', 'twice')]
    """
    # Set anew, not appended in place: a session notices only changes to itself.
    session["_flashes"] = [*session.get("_flashes", []), (category, message)]
    app = current_context.get().app
    send(message_flashed, app, message=message, category=category)


def get_flashed_messages(
    with_categories: bool = False, category_filter: Iterable[str] = ()
) -> list[str] | list[tuple[str, str]]:
    """Take the messages out of the session; the same ones again within one request."""
    if app_ctx.flashes is None:
        app_ctx.flashes = session.pop("_flashes") if "_flashes" in session else []
    flashes = app_ctx.flashes
    if category_filter:
        flashes = [flashed for flashed in flashes if flashed[0] in category_filter]
    if with_categories:
        return flashes
    return [message for _, message in flashes]
