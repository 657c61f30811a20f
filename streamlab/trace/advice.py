"""Advice: what to change, by what the verdict found. Where the cause is not known, no advice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlab.trace.error_advice import KEEP_CONTEXT

if TYPE_CHECKING:
    from streamlab.trace.failure import Failure

_LEAVE_STREAMS_ALONE = "`if response.is_streamed: return response`"
BY_HOLDER = {
    "get_data": (
        "An after_request function reads the whole body. Let it leave streams alone: "
        f"{_LEAVE_STREAMS_ALONE}."
    ),
    "app": (
        "The chunks are collected inside the app: in an after_request function that reads the body "
        "(response.data, get_data()), or in middleware (app.wsgi_app = ...). Let it leave streams "
        f"alone: {_LEAVE_STREAMS_ALONE}."
    ),
    "buffer": (
        "This middleware collects the whole body before it sends anything. Remove it, or let it "
        "pass each chunk on: `yield from iterable`."
    ),
    "gzip": (
        "The compressor keeps small chunks until it has enough. Flush it after each chunk: "
        "`compressor.flush(zlib.Z_SYNC_FLUSH)`, as middleware='gzip-flushed' does."
    ),
    "profiler": (
        "ProfilerMiddleware runs the response to its end to measure it. Do not wrap the app in it "
        "while you want to see a stream: remove `app.wsgi_app = ProfilerMiddleware(app.wsgi_app)`."
    ),
    "Django": (
        "Under WSGI, Django reads an async generator to its end before it sends anything. Write "
        "the generator with `def`, not `async def`: `return StreamingHttpResponse(generate())`."
    ),
    "GZipMiddleware": (
        "The compressor keeps small chunks until it has enough. Django's GZipMiddleware leaves a "
        'response alone that has a coding: `response["Content-Encoding"] = "identity"`.'
    ),
    "flask_compress": (
        "Flask-Compress keeps the chunks until its compressor has enough. It leaves a response "
        'alone that has a coding: `response.headers["Content-Encoding"] = "identity"`. Or all '
        'streams: `app.config["COMPRESS_STREAMS"] = False`.'
    ),
    "proxy": (
        "Switch the proxy's buffering off for this response: "
        '`response.headers["X-Accel-Buffering"] = "no"`. Or in the configuration of nginx: '
        "`proxy_buffering off;`."
    ),
    "server": (
        "Use a server that sends each chunk before it asks for the next one, such as "
        "server='werkzeug'."
    ),
}
"""For bytes that were held back, by the name of what held them."""
RAISED_AFTER_THE_START = (
    "After the first chunk the status cannot become 500 any more. Do what can fail before the "
    "first `yield`, or catch the exception in the generator and yield a message."
)
DEBUGGER_COMPLETES = (
    "The debugger (DebuggedApplication) ends a broken response as if it were complete. To see the "
    "error in the client, run the app without it: `app.run(debug=False)`."
)
WRONG_LENGTH = (
    "Do not set Content-Length on a stream, or set it to the number of bytes that the generator "
    'yields: `response.headers.pop("Content-Length", None)`.'
)
TIMED_OUT = (
    "Let the generator yield something more often, such as a comment line in an event stream: "
    '`yield ": keep-alive\\n\\n"`. Or let the client wait longer: `observe(app, path, '
    "timeout=120)`."
)
ONLY_EMPTY = (
    "A server sends nothing for an empty chunk, and does not notice that the client has left. "
    "Yield something that the client ignores, such as a comment line in an event stream: "
    '`yield ": keep-alive\\n\\n"`.'
)
RAISE_THE_LIMIT = (
    "At least two chunks must arrive to tell whether the response streams. Let the client stay "
    "longer: `observe(app, path, chunks=10, time_limit=60)`."
)
ONE_PIECE = (
    "A view streams if it returns a generator that yields more than once: `return generate()`. If "
    "yours does, something inside the app joins the chunks."
)
RETURN_GENERATOR = (
    "Return the generator itself: `return generate()`, not `return list(generate())`. Then each "
    "chunk is made when it can be sent."
)
VIEW_READS = (
    "The view reads its own stream: `get_data()`, `add_etag()`, `response.data` and "
    "`calculate_content_length()` run the generator to its end. Remove the call for a stream."
)
TOO_FAST = (
    "Slow the generator down with `observe(app, path, pace=0.1)`, or get a proof with "
    "`observe(app, path, lockstep=True)`."
)


def not_decoded(package: str) -> str:
    """Return what to do if the content of a compressed body cannot be seen.

    :param package: the package that decodes it, such as ``"brotli"``.

    >>> not_decoded("brotli")[:41]
    'Install the decoder: `pip install brotli`'
    """
    return (
        f"Install the decoder: `pip install {package}`. Or ask for the body without compression: "
        "the header `Accept-Encoding: identity`."
    )


ASGI_ADAPTER = "a2wsgi"
"""The package that makes a WSGI application of an ASGI application."""


def give_apart(wrapper: str) -> str:
    """Return what to do if a wrapper hides the chunks of the app.

    :param wrapper: its name, or several.

    >>> give_apart("batch")
    'Give the app and its wrapper apart: `observe(app, path, middleware=batch)`.'
    """
    if wrapper.startswith(ASGI_ADAPTER):
        return (
            "Ask the ASGI server: run `uvicorn module:app`, and in another terminal `streamlab "
            "probe http://127.0.0.1:8000/path`."
        )
    code = wrapper if wrapper.isidentifier() else "wrapper"
    return f"Give the app and its wrapper apart: `observe(app, path, middleware={code})`."


def for_holder(holder: str, *, inside: bool = False) -> str:
    """Return what to do if something holds bytes back.

    :param holder: the verdict's culprit.
    :param inside: whether it is inside the app, where it may be an after_request function.

    >>> for_holder("proxy")[:49]
    "Switch the proxy's buffering off for this respons"
    """
    if inside and holder not in BY_HOLDER:
        return (
            f"`{holder}` collects the chunks inside the app: in an after_request function that "
            "reads the body (response.data, get_data()), or in middleware. Let it leave streams "
            f"alone: {_LEAVE_STREAMS_ALONE}. Or let it pass each chunk on: `yield from iterable`."
        )
    return BY_HOLDER.get(
        holder,
        f"Let `{holder}` pass each chunk on as it comes: `yield from iterable`. Or remove it for "
        "this response.",
    )


def for_failure(failure: Failure, *, begun: bool) -> str:
    """Return what to do about an exception on the server's side.

    :param failure: the exception.
    :param begun: whether the client had received a part of the response.
    :return: advice, or "" if only the exception itself can tell.

    >>> from streamlab.trace.failure import Failure
    >>> error = RuntimeError("Working outside of request context.")
    >>> for_failure(Failure.of(error, raised_by="generator"), begun=True) == KEEP_CONTEXT
    True
    """
    if failure.tip:
        return failure.tip
    in_generator = failure.raised_by == "generator"
    if in_generator and failure.last.startswith("RuntimeError: Working outside of"):
        return KEEP_CONTEXT
    return RAISED_AFTER_THE_START if in_generator and begun else ""
