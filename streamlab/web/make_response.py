"""Make a `Response` from what a view returned, or raise an error that says what to return."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response as BaseResponse

from streamlab.web.error_messages import no_body
from streamlab.web.globals import request
from streamlab.web.stream_warnings import note_use

if TYPE_CHECKING:
    from streamlab.web.app import App
    from streamlab.web.wrappers import Response

_INVALID = (
    "The view function did not return a valid response. The return type must be a string, dict,"
    " list, tuple with headers or status, Response instance, or WSGI callable, but it was a {}."
)


def make_response(app: App, value: Any) -> Response:
    """Return a response of the application's response class.

    :param app: the application.
    :param value: what a view returned; `App.make_response` lists the kinds.
    :raises TypeError: if no response can be made of the value.

    >>> from streamlab.web import App
    >>> app = App()
    >>> with app.test_request_context("/"):
    ...     make_response(app, ({"chunks": 3}, 201))
    <Response 13 bytes [201 CREATED]>
    """
    body, status, headers = _unpack(value) if isinstance(value, tuple) else (value, None, None)

    if body is None:
        raise TypeError(
            f"The view function for {request.endpoint!r} did not return a valid response. The"
            " function either returned None or ended without a return statement.\n\nA view that"
            " defines a generator must return it: return generate()"
        )

    kind = app.response_class
    if isinstance(body, kind):
        response: Response = body
        note_use(response.response, by=response)
    elif isinstance(body, (str, bytes, bytearray, Iterator)):
        # Status and headers are passed to the constructor, because a subclass may use them.
        response = kind(body, status=status, headers=headers)  # type: ignore[arg-type]
        note_use(body, by=response)
        return response
    elif isinstance(body, (dict, list)):
        response = app.json.response(body)
    elif isinstance(body, BaseResponse) or callable(body):
        try:
            response = kind.force_type(body, request.environ)  # type: ignore[assignment]
        except TypeError as error:
            raise _invalid(body, f"{error}\n").with_traceback(error.__traceback__) from None
    else:
        raise _invalid(body)

    if isinstance(status, (str, bytes, bytearray)):
        response.status = status  # type: ignore[assignment]
    elif status is not None:
        response.status_code = status
    if headers:
        response.headers.update(headers)
    return response


def _unpack(value: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """Return (body, status, headers) of a tuple with two or three of them."""
    if len(value) == 3:
        return value
    if len(value) == 2:
        body, second = value
        if isinstance(second, (Headers, dict, tuple, list)):
            return body, None, second
        return body, second, None
    raise TypeError(
        "The view function did not return a valid response tuple. The tuple must have the form"
        " (body, status, headers), (body, status), or (body, headers)."
    )


def _invalid(body: object, before: str = "") -> TypeError:
    return TypeError(f"{before}{_INVALID.format(type(body).__name__)}\n\n{no_body(body)}")
