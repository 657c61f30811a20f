"""``async def`` views under WSGI: the call waits for the coroutine's end, in a notebook too."""

from __future__ import annotations

from contextvars import copy_context
from functools import wraps
from threading import Thread
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
    from asyncio import get_running_loop  # noqa: PLC0415 - costly, and most apps never need it

    wait = async_to_sync(func)

    @wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            get_running_loop()
        except RuntimeError:
            return wait(*args, **kwargs)
        return _in_a_thread(wait, *args, **kwargs)

    return call


def _in_a_thread(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call *function* in another thread, and wait, with the context variables of this one.

    A cell of a notebook runs inside an event loop, which cannot wait for a coroutine in a plain
    call. That is the case of `App.test_client` in a cell; a server has threads of its own.
    """
    context = copy_context()
    result: list[Any] = []
    error: list[BaseException] = []

    def run() -> None:
        try:
            result.append(context.run(function, *args, **kwargs))
        except BaseException as raised:  # noqa: BLE001 - raised again where it was waited for
            error.append(raised)

    thread = Thread(target=run)
    thread.start()
    thread.join()
    if error:
        raise error[0]
    return result[0]
