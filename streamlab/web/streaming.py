"""Keep the context for a streamed body: `stream_with_context`, and why it is not four lines.

A view that streams returns a generator before any of the generator's code has run. The context is
popped when the view has returned, and only then does the server ask for the first chunk. So
``request.args`` in the generator raises "Working outside of request context". The fix is to push
the context a second time while the view runs, and to pop it after the last chunk::

    the request begins      push    pushed once
    the view calls
      stream_with_context   push    pushed twice
    the view has returned   pop     pushed once: no teardown function runs yet
    chunk, chunk, chunk             request, session and g work
    the stream ends         pop     popped: the teardown functions run

The obvious wrapper has four lines:

>>> def naive(body):
...     ctx = current_context.get()
...     with ctx:  # push the context, and pop it after the last chunk
...         yield from body

It has three faults. The examples use a view's generator, and rows that must be closed, as a
database cursor must:

>>> from streamlab.web import App, has_request_context, request
>>> app = App()
>>> def greet():
...     yield request.args["name"]
>>> class Rows:
...     def __init__(self):
...         self.rows = iter(["1,2", "3,4"])
...     def __iter__(self):
...         return self
...     def __next__(self):
...         return next(self.rows)
...     def close(self):
...         print("closed")

**1. It pushes too late.** Calling a generator function does not run its code. The first line of
``naive`` runs when the server asks for the first chunk, and by then the context is popped:

>>> @app.get("/naive")
... def greet_naively():
...     return naive(greet())
>>> app.test_client().get("/naive?name=World").text
Traceback (most recent call last):
LookupError: <ContextVar name='streamlab.current_context' ...>

The push must come before the view returns, so an ordinary function has to make it:

>>> def early(body):
...     ctx = current_context.get()
...     ctx.push()
...     def read():
...         try:
...             yield from body
...         finally:
...             ctx.pop()
...     return read()
>>> @app.get("/early")
... def greet_early():
...     return early(greet())
>>> app.test_client().get("/early?name=World").text
'World'

**2. A stream that never starts is never popped.** A HEAD request has no body, and a client can
disconnect before the first chunk. The server then calls ``close()`` on a generator that has not
started, and Python discards it without running its ``finally``. The context stays active, and the
next request that this thread serves can see it:

>>> with app.test_request_context("/early?name=World") as ctx:
...     early(greet()).close()
>>> has_request_context()
True
>>> ctx.pop()

A generator that is suspended at a ``yield`` does run its ``finally``. So the real wrapper starts
its generator while the view runs, and suspends it at a bare ``yield`` inside the ``with``.

**3. It does not close the body.** PEP 3333 requires that the body's ``close()`` is called however
the response ends. ``yield from`` passes ``close()`` on only if the stream is closed while it waits
for a chunk. At the end, and when the body raises, nothing calls ``Rows.close``:

>>> with app.test_request_context("/"):
...     list(naive(Rows()))
['1,2', '3,4']

A ``finally`` that closes the body (Flask's solution) closes it twice when the client disconnects
after the first chunk. `stream_with_context` closes it exactly once:

>>> with app.test_request_context("/"):
...     stream = stream_with_context(Rows())
...     next(stream)
...     stream.close()
'1,2'
closed
"""

from __future__ import annotations

from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar, overload

from streamlab.web.error_messages import NO_CONTEXT_TO_KEEP, not_iterable
from streamlab.web.globals import current_context
from streamlab.web.stream_warnings import note_use

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from contextlib import AbstractContextManager

T = TypeVar("T", str, bytes)


@overload
def stream_with_context(generator_or_function: Iterable[T]) -> Iterator[T]: ...
@overload
def stream_with_context(
    generator_or_function: Callable[..., Iterable[T]],
) -> Callable[..., Iterator[T]]: ...
def stream_with_context(
    generator_or_function: Iterable[T] | Callable[..., Iterable[T]],
) -> Iterator[T] | Callable[..., Iterator[T]]:
    """Keep the active context until the stream ends, so that ``request`` works in its generator.

    Source: Flask's page "Streaming Contents", section "Streaming with Context".

    :param generator_or_function: a generator or another iterable of ``str`` or ``bytes``. If it
        has a ``close()``, that is called once, with the context still active: at the end, after an
        error, when the client disconnects, and when the stream never starts (PEP 3333).
        A function that returns such an iterable is decorated, and each call wraps its result.
    :return: an iterator over the same chunks, or the decorated function.
    :raises RuntimeError: if no context is active.
    :raises TypeError: if the argument is neither iterable nor callable.

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

    ctx = current_context.get(None)
    if ctx is None:
        raise RuntimeError(NO_CONTEXT_TO_KEEP)
    if not ctx.can_be_kept:  # switched off for this request
        return body
    stream = stream_within(ctx, body)
    note_use(body, by=stream)
    return stream


def _decorate(function: Callable[..., Iterable[T]]) -> Callable[..., Iterator[T]]:
    def decorated(*args: Any, **kwargs: Any) -> Iterator[T]:
        return stream_with_context(function(*args, **kwargs))

    return update_wrapper(decorated, function)


def stream_within(block: AbstractContextManager[object], body: Iterator[T]) -> Iterator[T]:
    """Return an iterator over `body` that runs inside ``with block:``.

    :param block: a context manager, such as a context. It is entered before this function returns,
        and left when the iterator is exhausted, raises or is closed.
    :param body: the chunks. Their ``close()``, if there is one, is called inside the block, once.
    :return: a generator that has been started.

    >>> from contextlib import contextmanager
    >>> @contextmanager
    ... def block():
    ...     print("enter")
    ...     yield
    ...     print("leave")
    >>> stream = stream_within(block(), iter("ab"))
    enter
    >>> list(stream)
    leave
    ['a', 'b']
    """
    stream = _stream(block, body)
    # Against fault 1: run to the bare `yield`, which enters the block while the view still runs.
    next(stream)
    return stream


def _stream(block: AbstractContextManager[object], body: Iterator[T]) -> Generator[T, None, None]:
    close = getattr(body, "close", None)
    reading = False
    with block:
        try:
            # Against fault 2: suspended here, a generator that is closed raises GeneratorExit.
            yield  # type: ignore[misc]
            reading = True
            # Not a loop with a `yield`: `yield from` passes each chunk on in C (PEP 380).
            yield from body
        except GeneratorExit:
            if reading:
                close = None  # `yield from` has passed the close() on
            raise
        finally:
            if close is not None:
                close()  # against fault 3
