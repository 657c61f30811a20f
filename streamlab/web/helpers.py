"""Small functions for views: make a response, a URL, a redirect, an error, a flashed message."""

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
    """Make a response of what a view can return, for example to set headers.

    :param args: nothing (an empty response), a value, or the items of a tuple: body, status,
        headers. See `App.make_response`.
    :raises TypeError: if no response can be made of it.
    :raises RuntimeError: if no context is active.

    >>> from streamlab.web import App
    >>> with App().test_request_context("/"):
    ...     make_response("made", 201, {"X-Name": "value"})
    <Response 4 bytes [201 CREATED]>
    """
    if not args:
        return current_app.response_class()
    return current_app.make_response(args[0] if len(args) == 1 else args)


def url_for(endpoint: str, **values: Any) -> str:
    """Build the URL of an endpoint of the active application.

    :param endpoint: the name of the rule; by default the view's name.
    :param values: the variables of the rule, ``_anchor``, ``_method``, ``_scheme`` and
        ``_external``. See `App.url_for`, which also lists the errors.
    :raises RuntimeError: if no context is active.

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
    """Make a response that redirects the client.

    :param location: the URL to redirect to.
    :param code: the status code; by default 303, after which the client sends a GET request
        (RFC 9110 section 15.4.4).
    :param Response: the class of the response, if no context is active.

    >>> redirect("/elsewhere").status
    '303 SEE OTHER'
    """
    ctx = current_context.get(None)
    if ctx is not None:
        return ctx.app.redirect(location, code=code)
    return werkzeug_redirect(location, code=code, Response=Response)


def abort(code: int | BaseResponse, *args: Any, **kwargs: Any) -> NoReturn:
    """Raise the HTTP error of a status code.

    Call it in the view: while the body is sent, the status can no longer be changed.

    :param code: the status code, or a response.
    :param args: the arguments of the exception, such as its description.
    :param kwargs: further arguments of the exception.
    :raises werkzeug.exceptions.HTTPException: always.
    :raises LookupError: if the status code is not known.

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
    """Store a message in the session, for the next page to show.

    :param message: the text.
    :param category: a category, such as ``"error"``.
    :raises RuntimeError: if no request is active, or the application has no secret key.

    >>> from streamlab.web import App
    >>> app = App(); app.secret_key = "only for this example"
    >>> with app.test_request_context("/"):
    ...     flash("saved"); flash("twice", "error")
    ...     get_flashed_messages(with_categories=True, category_filter=["error"])
    [('error', 'twice')]
    """
    # A new list, because a session does not notice changes inside its values.
    session["_flashes"] = [*session.get("_flashes", []), (category, message)]
    app = current_context.get().app
    send(message_flashed, app, message=message, category=category)


def get_flashed_messages(
    with_categories: bool = False, category_filter: Iterable[str] = ()
) -> list[str] | list[tuple[str, str]]:
    """Return the flashed messages and remove them from the session.

    Further calls in the same request return the same messages.

    :param with_categories: whether to return (category, message) pairs.
    :param category_filter: the categories to return; by default all.
    :raises RuntimeError: if no request is active.

    >>> from streamlab.web import App
    >>> app = App(); app.secret_key = "only for this example"
    >>> with app.test_request_context("/"):
    ...     flash("saved")
    ...     get_flashed_messages()
    ['saved']
    """
    if app_ctx.flashes is None:
        app_ctx.flashes = session.pop("_flashes") if "_flashes" in session else []
    flashes = app_ctx.flashes
    if category_filter:
        flashes = [flashed for flashed in flashes if flashed[0] in category_filter]
    if with_categories:
        return flashes
    return [message for _, message in flashes]
