"""``async def`` views under WSGI: the call waits for the coroutine's end, in a notebook too."""

from __future__ import annotations

from contextvars import copy_context
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def waiting(func: Callable[..., Any]) -> Callable[..., Any]:
    """A function that runs the coroutine function *func* to its end and returns its result."""
    try:
        from asgiref.sync import async_to_sync  # noqa: PLC0415 - an extra
    except ImportError:
        raise RuntimeError(
            "Install streamlab with the 'async' extra in order to use async views:"
            " pip install 'streamlab[async]'"
        ) from None
    # Costly to import, and most apps never need them.
    from asyncio import get_running_loop  # noqa: PLC0415
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    wait = async_to_sync(func)

    @wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        # Told apart first: a coroutine that ran inside of the `except` would find that error there.
        try:
            get_running_loop()
        except RuntimeError:
            in_a_loop = False
        else:
            in_a_loop = True
        if not in_a_loop:
            return wait(*args, **kwargs)
        # A cell of a notebook runs inside an event loop, which cannot wait for a coroutine in a
        # plain call, such as that of `App.test_client`: another thread waits in its place.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(copy_context().run, wait, *args, **kwargs).result()

    return call
