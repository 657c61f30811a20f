"""How a request outlives its view: `stream_with_context`, whole and in order.

A view that streams returns a generator and is done; not one line of the generator has run.
The context is popped then, and the server starts to read. So the first ``request.args`` in the
generator finds no request. The cure is to push the context once more before the view returns,
and to pop it when the generator has ended:

    view begins    push   (1)
    stream_with_context
                   push   (2)      <- here
    view returns   pop    (1)      nothing is torn down yet
    chunk, chunk, chunk ...        request, session and g work
    stream ends    pop    (0)      now teardown functions run

Where this module differs from a naive wrapper, a comment says what would go wrong.
"""

from __future__ import annotations

from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar, overload

from streamlab.web.error_messages import not_iterable, note_use
from streamlab.web.globals import current_context

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from streamlab.web.ctx import AppContext

T = TypeVar("T", str, bytes)

# A request whose environ holds False here is served as if the learner had not written
# stream_with_context: the experiment of the first lesson, without touching the code.
SWITCH = "streamlab.stream_with_context"


@overload
def stream_with_context(generator_or_function: Iterable[T]) -> Iterator[T]: ...
@overload
def stream_with_context(
    generator_or_function: Callable[..., Iterable[T]],
) -> Callable[..., Iterator[T]]: ...
def stream_with_context(
    generator_or_function: Iterable[T] | Callable[..., Iterable[T]],
) -> Iterator[T] | Callable[..., Iterator[T]]:
    """Keep the context of this request active for as long as the stream lasts.

    Takes a generator or any other iterable of ``str`` or ``bytes``, and returns an iterator over
    the same items. As a decorator on a generator function, it does so at each call. If the
    iterator has a ``close()``, it is called once: at the end, on an error, when the client
    leaves, and also when the stream was never begun.

    Raises `RuntimeError` where no context is active, and `TypeError` for what is neither
    iterable nor callable. Source: Flask's page "Streaming Contents"; ``close()``: PEP 3333.

    >>> from streamlab.web import App, request
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
    try:
        body = iter(generator_or_function)  # type: ignore[arg-type]
    except TypeError:
        if not callable(generator_or_function):
            raise not_iterable(generator_or_function) from None
        return _decorate(generator_or_function)

    return keep_context(body)


def _decorate(function: Callable[..., Iterable[T]]) -> Callable[..., Iterator[T]]:
    def decorated(*args: Any, **kwargs: Any) -> Iterator[T]:
        return stream_with_context(function(*args, **kwargs))

    return update_wrapper(decorated, function)


def keep_context(body: Iterator[T], at_end: Callable[[], object] | None = None) -> Iterator[T]:
    """An iterator over *body* that has the active context pushed already when this returns.

    *at_end* is called after the last item, with the context still there; not if the stream
    breaks off.
    """
    ctx = current_context.get(None)
    if ctx is None:
        raise RuntimeError(
            "'stream_with_context' can only be used when a request context is active, such as in"
            " a view function.\n\nThere is no request here whose context could be kept. Call it"
            " inside the view: def view(): return stream_with_context(generate())"
        )
    if ctx.has_request and ctx.request.environ.get(SWITCH) is False:
        return body if at_end is None else _followed(body, at_end)
    stream = _stream(ctx, body, at_end)
    note_use(body, by=stream)
    # A generator function called runs nothing, so nothing is pushed yet. This runs it up to the
    # bare `yield` below, while the request is still there to be kept.
    next(stream)
    return stream


def _stream(
    ctx: AppContext, body: Iterator[T], at_end: Callable[[], object] | None
) -> Generator[T, None, None]:
    close = getattr(body, "close", None)
    handed_over = False
    with ctx:  # push; and pop however the stream ends
        try:
            # Parked here, `close()` reaches us as GeneratorExit even if no chunk was ever asked
            # for. A generator that has not begun would be discarded without a word: the context
            # would stay pushed and the next request on this thread would see it.
            yield  # type: ignore[misc]
            handed_over = True
            # Not a loop with a yield: `yield from` hands each chunk through in C (PEP 380).
            yield from body
        except GeneratorExit:
            if handed_over:
                close = None  # `yield from` has passed the close() on; once is enough
            at_end = None  # what it refers to is let go of, and may end, within the context
            raise
        finally:
            if close is not None:
                close()
        if at_end is not None:
            at_end()


def _followed(body: Iterator[T], at_end: Callable[[], object]) -> Iterator[T]:
    yield from body
    at_end()
