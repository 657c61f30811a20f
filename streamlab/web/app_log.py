"""The log of the apps. Like Flask's, it is printed to stderr if logging is not configured.

Not in a notebook: what a server's thread prints is shown there in red, below the cell that ran
last.

Source: Flask's page "Logging", section "Basic Configuration".
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, TextIO

from streamlab.web.globals import current_context

if TYPE_CHECKING:
    from collections.abc import Iterator

_TERMINAL_SHELL = "TerminalInteractiveShell"
"""The class of IPython's shell in a terminal. A kernel has another one."""


class DefaultHandler(logging.Handler):
    """Prints records to the server's error stream, or to stderr outside of a request.

    It prints nothing in a notebook, nor if another handler receives the logger's records, as after
    `logging.basicConfig`.

    :param logger: the logger that this handler is for.
    """

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__()
        self._logger = logger
        self.setFormatter(
            logging.Formatter("[%(asctime)s] %(levelname)s in %(module)s: %(message)s")
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record.

        :param record: the record.
        """
        if in_notebook() or any(handler is not self for handler in _handlers(self._logger)):
            return
        try:
            stream = _error_stream()
            stream.write(f"{self.format(record)}\n")
            stream.flush()
        except Exception:  # noqa: BLE001 - a log must not break the request
            self.handleError(record)


def in_notebook() -> bool:
    """Return whether this process is the kernel of a notebook. IPython in a terminal is not one.

    >>> in_notebook()
    False
    """
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    kinds = [kind.__name__ for kind in type(shell).__mro__]
    return shell is not None and _TERMINAL_SHELL not in kinds


def _handlers(logger: logging.Logger | None) -> Iterator[logging.Handler]:
    """Return the handlers that receive the records of a logger, as `logging` finds them."""
    while logger is not None:
        yield from logger.handlers
        logger = logger.parent if logger.propagate else None


def _error_stream() -> TextIO:
    ctx = current_context.get(None)
    if ctx is not None and ctx.has_request:
        stream: TextIO = ctx.request.environ["wsgi.errors"]
        # That of streamlab's servers prints nothing, because it is made for notebooks.
        if not getattr(stream, "prints_nothing", False):
            return stream
    return sys.stderr


logger = logging.getLogger("streamlab.web")
"""The logger of all apps."""
logger.addHandler(DefaultHandler(logger))


def logger_for(*, debug: bool) -> logging.Logger:
    """Return the logger of an app. In debug mode it logs all levels, unless its level is set.

    :param debug: whether the app is in debug mode.

    >>> logger_for(debug=False).name
    'streamlab.web'
    """
    if debug and not logger.level:
        logger.setLevel(logging.DEBUG)
    return logger
