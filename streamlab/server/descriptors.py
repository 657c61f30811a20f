"""Says what to do if no file descriptor is free, and keeps a server from trying all the time.

Each connection, each open file and each selector needs a descriptor, and a process may have only a
limited number: see ``ulimit -n``. A connection that cannot be accepted stays in the queue of the
system, so a server that tried again at once would use all of a processor.
"""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from streamlab.clock import now_ns
from streamlab.server.error_log import log

if TYPE_CHECKING:
    from collections.abc import Iterator

RETRY_SECONDS = 0.2
"""The pause after a connection that could not be accepted. It still waits in the queue."""
_NOTHING_FREE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_ADVICE = (
    "Close files and connections that are not needed, or raise the limit before Python starts: "
    "ulimit -n 4096"
)


def nothing_is_free(error: BaseException | None) -> bool:
    """Return whether an error says that the system has no descriptor or no memory left.

    :param error: any exception, or None.

    >>> nothing_is_free(OSError(errno.EMFILE, "Too many open files")), nothing_is_free(None)
    (True, False)
    """
    return isinstance(error, OSError) and error.errno in _NOTHING_FREE


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Raise an error that says what to do if no file descriptor is free inside the block.

    :param what: what cannot be done, for the message.
    :raises OSError: with the same `errno`. Other exceptions pass unchanged.

    >>> with explained("start the server"):
    ...     raise OSError(errno.EMFILE, "Too many open files")
    Traceback (most recent call last):
    OSError: [Errno 24] cannot start the server: no file descriptor is free (...). ...
    """
    try:
        yield
    except OSError as error:
        if not nothing_is_free(error) or _ADVICE in str(error):
            raise
        raise OSError(error.errno, f"cannot {what}: {_reason(error)}. {_ADVICE}") from error


def _reason(error: OSError) -> str:
    if error.errno in {errno.EMFILE, errno.ENFILE}:
        return f"no file descriptor is free ({error.strerror})"
    return f"{error.strerror}"


class AcceptFailures:
    """Remembers that a server could not accept a connection, for lack of a file descriptor.

    >>> failures = AcceptFailures()
    >>> failures.since(0)
    ''
    """

    def __init__(self) -> None:
        self._latest = -1
        self._error: OSError | None = None
        self._logged = False

    def add(self, error: OSError) -> None:
        """Note a failure. The first of several in a row is logged.

        :param error: as `socket.socket.accept` raised it.
        """
        self._error, self._latest = OSError(error.errno, error.strerror), now_ns()
        if not self._logged:
            log.error("%s", self.since(0))
        self._logged = True

    def end(self) -> None:
        """Note that a connection was accepted."""
        self._logged = False

    def since(self, time: int) -> str:
        """Return what failed and what to do, in sentences; "" if nothing failed.

        :param time: failures before that do not count, in nanoseconds of the clock.
        """
        if self._error is None or self._latest < time:
            return ""
        return f"The server cannot accept a connection: {_reason(self._error)}. {_ADVICE}"
