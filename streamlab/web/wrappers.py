"""The request and the response: werkzeug's, with what an application adds to them."""

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
    """A limit on the size of a body: the application's, unless this request has its own."""

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
    """What ``request`` stands for; everything else is `werkzeug.wrappers.Request`'s.

    >>> from streamlab.web import App
    >>> app = App()
    >>> with app.test_request_context("/hello?name=World") as ctx:
    ...     ctx.request.path, ctx.request.args["name"], ctx.request.endpoint
    ('/hello', 'World', None)
    """

    json_module: Any = json

    #: The rule that matched, and the arguments found in the path; None if none did.
    url_rule: Rule | None = None
    view_args: dict[str, Any] | None = None
    #: Why none did: NotFound, MethodNotAllowed or a redirect, raised after the hooks have run.
    routing_exception: HTTPException | None = None

    max_content_length = _Limit("MAX_CONTENT_LENGTH")
    max_form_memory_size = _Limit("MAX_FORM_MEMORY_SIZE")
    max_form_parts = _Limit("MAX_FORM_PARTS")

    @property
    def endpoint(self) -> str | None:
        """The name of the view that is to answer, or None if no rule matched."""
        return None if self.url_rule is None else self.url_rule.endpoint

    def _load_form_data(self) -> None:
        super()._load_form_data()
        ctx = current_context.get(None)
        if ctx is not None and ctx.app.debug:
            explain_missing_files(self)

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        """Raise `BadRequest`; why is told in debug mode alone."""
        try:
            return super().on_json_loading_failed(e)
        except BadRequest as error:
            ctx = current_context.get(None)
            if ctx is not None and ctx.app.debug:
                raise
            raise BadRequest from error


class Response(BaseResponse):
    """What a view's return value becomes; HTML unless it says otherwise.

    Everything else is `werkzeug.wrappers.Response`'s. A chunk that is neither ``str`` nor
    ``bytes`` ends the stream with a `TypeError` (PEP 3333).

    >>> response = Response(iter(["a", "b"]), status=201, headers={"X-Name": "value"})
    >>> response.status, response.mimetype, response.is_streamed
    ('201 CREATED', 'text/html', True)
    >>> list(response.iter_encoded())
    [b'a', b'b']
    """

    default_mimetype: str | None = "text/html"
    json_module = json
    autocorrect_location_header = False

    #: The application by which a streamed head was sent; from then on changes come too late.
    _sent_by: App | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = super().__call__(environ, start_response)
        ctx = current_context.get(None)
        if ctx is not None and self.is_streamed:
            self._sent_by = ctx.app
            self.headers = SentHeaders(self.headers, ctx.app)
        return body

    @property
    def status(self) -> str:
        """The status line's code and phrase."""
        return self._status

    @status.setter
    def status(self, value: str | int | HTTPStatus) -> None:
        if self._sent_by is not None:
            HEAD_CHANGED.tell(self._sent_by, "The status")
        self._status, self._status_code = self._clean_status(value)

    @property
    def max_cookie_size(self) -> int:  # type: ignore[override]
        """The size in bytes above which a cookie is warned about (``MAX_COOKIE_SIZE``)."""
        ctx = current_context.get(None)
        if ctx is None:
            return super().max_cookie_size
        size: int = ctx.app.config["MAX_COOKIE_SIZE"]
        return size

    def make_sequence(self) -> None:
        """Read a streamed body whole, into a list; in a request that is most often a mistake."""
        ctx = current_context.get(None)
        if ctx is not None and ctx.has_request and not ctx.finalized and not self.is_sequence:
            READ_WHOLE.tell(ctx.app)
        super().make_sequence()

    def close(self) -> None:
        """Close the body and call what waits for that, as a server does at the end."""
        try:
            super().close()
        except Exception as error:
            explain(error)
            raise

    def iter_encoded(self) -> Iterator[bytes]:
        """The body as bytes, a chunk for each item."""
        # A reference to the response would be a circle where its body is made of these chunks, and
        # would keep a forgotten stream, and its context, until the garbage is collected.
        return _encoded(self.response, ref(self))


def _encoded(body: Iterable[Any], of: ref[Response]) -> Iterator[bytes]:
    try:
        for item in body:
            if isinstance(item, str):
                yield item.encode()
            elif isinstance(item, (bytes, bytearray, memoryview)):
                yield item  # type: ignore[misc]
            else:
                # The empty chunk makes the server send the head, as it would have done for the
                # bad one: on the wire this is what Flask does, only the error differs.
                yield b""
                refuse_chunk(item)
    except HTTPException as error:
        response = of()
        if response is not None and response._sent_by is not None:  # noqa: SLF001
            ABORT.tell(response._sent_by, error)  # noqa: SLF001
        raise
    except Exception as error:
        explain(error)
        raise
