"""`Request` and `Response`: werkzeug's classes, with the additions of an application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.wrappers import Request as BaseRequest
from werkzeug.wrappers import Response as BaseResponse

from streamlab.web import json
from streamlab.web.debughelpers import explain_missing_files
from streamlab.web.error_messages import explain, refuse_chunk
from streamlab.web.globals import current_context
from streamlab.web.stream_warnings import ABORT, HEAD_CHANGED, READ_WHOLE, SentHeaders

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from http import HTTPStatus

    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from werkzeug.routing import Rule

    from streamlab.web.app import App


class _Limit:
    """A descriptor for a limit of a request's body: the request's own value or the setting's.

    :param key: the name of the setting.
    """

    def __init__(self, key: str) -> None:
        self.key = key

    def __get__(self, request: Request | None, owner: type) -> Any:
        if request is None:
            return self
        if (own := request.__dict__.get(self.key)) is not None:
            return own
        ctx = current_context.get(None)
        if ctx is None:
            return getattr(BaseRequest, self.key.lower())
        return ctx.app.config[self.key]

    def __set__(self, request: Request, value: int | None) -> None:
        request.__dict__[self.key] = value


class Request(BaseRequest):
    """The request, which views reach as ``request``; see also `werkzeug.wrappers.Request`.

    >>> from streamlab.web import App
    >>> app = App()
    >>> with app.test_request_context("/hello?name=World") as ctx:
    ...     ctx.request.path, ctx.request.args["name"], ctx.request.endpoint
    ('/hello', 'World', None)
    """

    json_module: Any = json

    #: The rule that matched, or None.
    url_rule: Rule | None = None
    #: The variables of the rule, or None.
    view_args: dict[str, Any] | None = None
    #: Why no rule matched: NotFound, MethodNotAllowed or a redirect. Raised after the hooks.
    routing_exception: HTTPException | None = None

    max_content_length = _Limit("MAX_CONTENT_LENGTH")
    max_form_memory_size = _Limit("MAX_FORM_MEMORY_SIZE")
    max_form_parts = _Limit("MAX_FORM_PARTS")

    @property
    def endpoint(self) -> str | None:
        """The name of the rule that matched, or None."""
        return None if self.url_rule is None else self.url_rule.endpoint

    def _load_form_data(self) -> None:
        super()._load_form_data()
        ctx = current_context.get(None)
        if ctx is not None and ctx.app.debug:
            explain_missing_files(self)

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        """Raise the error for a body that is not valid JSON. Only debug mode shows the reason.

        :param e: the error of the JSON parser, or None if the content type is wrong.
        :raises werkzeug.exceptions.BadRequest: always.
        """
        try:
            return super().on_json_loading_failed(e)
        except BadRequest as error:
            ctx = current_context.get(None)
            if ctx is not None and ctx.app.debug:
                raise
            raise BadRequest from error


class Response(BaseResponse):
    """A response; see also `werkzeug.wrappers.Response`, which documents the parameters.

    The default content type is HTML. A chunk that is neither ``str`` nor ``bytes`` ends the stream
    with a `TypeError` (PEP 3333).

    >>> response = Response(iter(["a", "b"]), status=201, headers={"X-Name": "value"})
    >>> response.status, response.mimetype, response.is_streamed
    ('201 CREATED', 'text/html', True)
    >>> list(response.iter_encoded())
    [b'a', b'b']
    """

    default_mimetype: str | None = "text/html"
    json_module = json
    autocorrect_location_header = False

    #: The application, once the status and the headers of a stream have been sent.
    _sent_by: App | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send the status and the headers, and return the body (PEP 3333).

        A change of the status or the headers of a stream then sends the signal `warned`.

        :param environ: the WSGI environ.
        :param start_response: called with the status and the headers.
        """
        body = super().__call__(environ, start_response)
        ctx = current_context.get(None)
        if ctx is not None and self.is_streamed:
            self._sent_by = ctx.app
            self.headers = SentHeaders(self.headers, ctx.app)
        return body

    @property
    def status(self) -> str:
        """The status code and the reason phrase, such as ``"200 OK"``."""
        return self._status

    @status.setter
    def status(self, value: str | int | HTTPStatus) -> None:
        if self._sent_by is not None:
            HEAD_CHANGED.send(self._sent_by, "The status")
        self._status, self._status_code = self._clean_status(value)

    @property
    def max_cookie_size(self) -> int:  # type: ignore[override]
        """The size in bytes above which a cookie causes a warning (``MAX_COOKIE_SIZE``)."""
        ctx = current_context.get(None)
        if ctx is None:
            return super().max_cookie_size
        size: int = ctx.app.config["MAX_COOKIE_SIZE"]
        return size

    def make_sequence(self) -> None:
        """Read a streamed body into a list. In a request, the signal `warned` is sent."""
        ctx = current_context.get(None)
        if ctx is not None and ctx.has_request and not ctx.finalized and not self.is_sequence:
            READ_WHOLE.send(ctx.app)
        super().make_sequence()

    def close(self) -> None:
        """Close the body and call the functions of ``call_on_close``, as a server does."""
        try:
            super().close()
        except Exception as error:
            explain(error)
            raise

    def iter_encoded(self) -> Iterator[bytes]:
        """Return an iterator over the chunks of the body, as bytes.

        >>> list(Response(["a", b"b"]).iter_encoded())
        [b'a', b'b']
        """
        # A weak reference, because a body can be made of these chunks. A reference cycle would keep
        # a stream that is never closed, and its context, until the next garbage collection.
        return _encoded(self.response, ref(self))


def _encoded(body: Iterable[Any], of: ref[Response]) -> Iterator[bytes]:
    try:
        for item in body:
            kind = item.__class__
            # Comparing the class is the fastest check; nearly all chunks are exactly str or bytes.
            if kind is str:
                yield item.encode()
            elif kind is bytes:
                yield item
            elif isinstance(item, str):
                yield item.encode()
            elif isinstance(item, (bytes, bytearray, memoryview)):
                yield item  # type: ignore[misc]
            else:
                # An empty chunk makes the server send the headers, as it does for the wrong chunk
                # under Flask. The client receives the same bytes; only the error differs.
                yield b""
                refuse_chunk(item)
    except HTTPException as error:
        response = of()
        if response is not None and response._sent_by is not None:  # noqa: SLF001
            ABORT.send(response._sent_by, error)  # noqa: SLF001
        raise
    except Exception as error:
        explain(error)
        raise
