"""gunicorn behind streamlab's face: it forks, so it has a process of its own."""

from __future__ import annotations

import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from threading import Event, Lock
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from streamlab.server.guarded_process import GuardedProcess
from streamlab.server.optional import needs
from streamlab.server.server import listen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

_START_SECONDS = 30.0
_GRACE_SECONDS = 1
"""For open streams to end when the server is stopped; then their worker is killed."""


class GunicornSync:
    """gunicorn with its default worker: one request at a time.

    :param app: where the application is imported from, as in ``"shop:app"``.
    :param environment: variables for the process.
    :param ready: headers of a request that the application answers at once.
    """

    worker: ClassVar[tuple[str, ...]] = ("--worker-class=sync",)

    def __init__(
        self, app: str, *, environment: Mapping[str, str], ready: Mapping[str, str]
    ) -> None:
        needs("gunicorn")
        self._app = app
        self._environment = environment
        self._ready = ready
        self._companion: GuardedProcess | None = None
        self._ready_now = False
        self._waiting = Lock()
        self.host = "127.0.0.1"
        self.port = 0

    @property
    def url(self) -> str:
        """The root URL, with a slash at its end."""
        return f"http://{self.host}:{self.port}/"

    @property
    def running(self) -> bool:
        """Whether it serves."""
        return self._companion is not None and self._companion.running

    def start(self) -> Self:
        """Start the process and wait until it answers; does nothing where it runs already.

        :raises RuntimeError: where it ends before that, with what it says.
        """
        self.launch()
        self.wait_until_ready()
        return self

    def launch(self) -> None:
        """Start the process, if it does not run. Who connects at once has to wait, but may."""
        if self.running:
            return
        self.stop()  # what is left of one that has ended by itself
        self._ready_now = False
        with listen(self.host, self.port) as listening:
            self.port = listening.getsockname()[1]
            self._companion = GuardedProcess(
                [
                    sys.executable,
                    "-m",
                    "gunicorn",
                    f"--bind=fd://{listening.fileno()}",
                    "--workers=1",
                    *self.worker,
                    "--timeout=0",  # a stream may take its time
                    f"--graceful-timeout={_GRACE_SECONDS}",
                    "--log-level=error",
                    self._app,
                ],
                environment=self._environment,
                pass_fds=[listening.fileno()],
                grace=_GRACE_SECONDS + 2.0,
            )

    def wait_until_ready(self) -> None:
        """Block until it answers.

        :raises RuntimeError: where it ends before that, with what it says.
        """
        with self._waiting:
            if self._ready_now or self._answers():
                self._ready_now = True
                return
            said = self._companion.said() if self._companion else ""
            self.stop()
        raise RuntimeError(f"gunicorn did not start. It says:\n{said or 'nothing'}")

    def stop(self, timeout: float = 5.0) -> bool:  # noqa: ARG002 - gunicorn has its own
        """End the process, and the open streams with it."""
        if self._companion is not None:
            companion, self._companion = self._companion, None
            companion.stop()
        return True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url if self.running else 'stopped'}>"

    def _answers(self) -> bool:
        """Whether it answers; the socket listens already, so the first request waits for that."""
        deadline = monotonic() + _START_SECONDS
        while self.running and monotonic() < deadline:
            connection = HTTPConnection(self.host, self.port, timeout=1)
            try:
                connection.request("GET", "/", headers=dict(self._ready))
                if connection.getresponse().status < HTTPStatus.BAD_REQUEST:
                    return True
            except (OSError, HTTPException):
                _PAUSE.wait(0.02)
            finally:
                connection.close()
        return False


_PAUSE = Event()
"""Never set: waiting for it is a pause that an interrupt ends."""


class GunicornThreads(GunicornSync):
    """gunicorn with a pool of threads."""

    worker = ("--worker-class=gthread", "--threads=8")
