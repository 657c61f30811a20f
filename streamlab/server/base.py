"""The interface that all servers share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self


class WSGIServer(ABC):
    """A server for one WSGI application (PEP 3333).

    A subclass may serve in threads of this process or in another process. The interface promises
    neither a thread nor a port. As a context manager a server starts and stops:

    >>> from streamlab.server.server_kinds import server_for
    >>> def app(environ, start_response):
    ...     start_response("200 OK", [])
    ...     return [b"Hello"]
    >>> with server_for("wsgiref", app) as server:
    ...     server.running
    True
    >>> server.running
    False
    """

    @property
    @abstractmethod
    def url(self) -> str:
        """The root URL, with a slash at the end. It may change when the server starts."""

    @property
    def origin(self) -> str:
        """Scheme, host and port of the URL, without a slash at the end."""
        return self.url.rstrip("/")

    @property
    @abstractmethod
    def running(self) -> bool:
        """Whether the server accepts requests."""

    @abstractmethod
    def start(self) -> Self:
        """Start the server. Do nothing if it runs already.

        A client can connect as soon as this method returns. A server in another process may
        answer the first request a little later; see `wait_until_ready`.

        :return: the server itself.
        :raises OSError: if the server cannot listen on its address.
        :raises ModuleNotFoundError: if the server's package is not installed.
        """

    def wait_until_ready(self) -> None:  # noqa: B027 - a server of this process is ready
        """Block until the server answers requests. By default a server that runs is ready.

        :raises RuntimeError: if the server stops before it has answered; the message contains
            the server's output.

        >>> from streamlab.server.server_kinds import process_server_for
        >>> with process_server_for("gunicorn", "no_such_module:app") as server:
        ...     server.wait_until_ready()  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        RuntimeError: gunicorn did not start: it has ended. Its output:
        ...
        """

    @abstractmethod
    def stop(self, timeout: float = 5.0) -> bool:
        """Stop the server and end its open responses. Do nothing if it does not run.

        :param timeout: seconds to wait for threads that serve a response.
        :return: whether everything has ended within that time. If not, `still_running` names what
            runs on.
        """

    def problem_since(self, time: int) -> str:  # noqa: ARG002 - for servers of this process
        """Return why the server does not accept connections; "" if that is not known.

        :param time: problems before that do not count, in nanoseconds of the clock.
        """
        return ""

    @property
    def still_running(self) -> tuple[str, ...]:
        """What `stop` could not end, such as ``"`ticks` (shop.py, line 7)"``."""
        return ()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = f"{self.url} (running)" if self.running else "(stopped)"
        if left := self.still_running:
            state = f"{state[:-1]}; {' and '.join(left)} still runs)"
        return f"<{type(self).__name__} {state}>"
