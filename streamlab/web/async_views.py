"""``async def`` views under WSGI: the call waits until the coroutine has ended.

This also works inside a running event loop, as in a notebook's cell.
"""

from __future__ import annotations

from contextvars import copy_context
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def run_to_end(func: Callable[..., Any]) -> Callable[..., Any]:
    """Return an ordinary function that runs a coroutine function and returns its result.

    :param func: the coroutine function.
    :return: a function with the same parameters.
    :raises RuntimeError: if asgiref is not installed.

    >>> async def view(name):
    ...     return f"Hello {name}"
    >>> run_to_end(view)("World")
    'Hello World'
    """
    try:
        from asgiref.sync import async_to_sync  # noqa: PLC0415 - an extra
    except ImportError:
        raise RuntimeError(
            "Install streamlab with the 'async' extra in order to use async views:"
            " pip install 'streamlab[async]'"
        ) from None
    # Imported here because they are slow to import and most apps do not need them.
    from asyncio import get_running_loop  # noqa: PLC0415
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    wait = async_to_sync(func)

    @wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        # Nothing is called inside the `except`: an error of the coroutine would get this
        # RuntimeError as its context.
        try:
            get_running_loop()
        except RuntimeError:
            in_a_loop = False
        else:
            in_a_loop = True
        if not in_a_loop:
            return wait(*args, **kwargs)
        # A notebook's cell runs inside an event loop, where a plain call such as that of
        # `App.test_client` cannot wait for a coroutine. Another thread can.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(copy_context().run, wait, *args, **kwargs).result()

    return call
