"""gunicorn, a server that forks. It runs in a separate process."""

from __future__ import annotations

import sys
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

from streamlab.server.base import WSGIServer
from streamlab.server.guarded_process import GuardedProcess
from streamlab.server.optional import import_optional
from streamlab.server.readiness import wait_until_answering
from streamlab.server.server import listen

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

    from typing_extensions import Self

_WORKERS = "--worker-class=streamlab.server.gunicorn_workers"
THREADS = f"{_WORKERS}.OwnThreads"
"""The command line option that selects the worker with threads."""
_START_SECONDS = 30.0
_GRACE_SECONDS = 1
"""How long open streams may take to end after SIGTERM. Then the worker is killed."""


class GunicornSync(WSGIServer):
    """gunicorn with its default worker: one request at a time.

    :param app: the import path of the application, as in ``"shop:app"``.
    :param environment: variables to add to the environment of the process.
    :param ready: headers of a GET request that the application answers at once. `wait_until_ready`
        sends it until the status code is below 400.
    :raises ModuleNotFoundError: if gunicorn is not installed.

    See https://docs.gunicorn.org/en/stable/design.html.

    >>> GunicornSync("shop:app")
    <GunicornSync (stopped)>
    """

    worker: ClassVar[tuple[str, ...]] = (
        "--worker-class=streamlab.server.gunicorn_workers.OwnSync",
    )
    """The command line options that select the worker."""

    def __init__(
        self,
        app: str,
        *,
        environment: Mapping[str, str] | None = None,
        ready: Mapping[str, str] | None = None,
    ) -> None:
        import_optional("gunicorn")
        self._app = app
        self._environment = environment
        self._ready_headers = ready
        self._process: GuardedProcess | None = None
        self._ready = False
        self._ready_lock = Lock()
        self.host = "127.0.0.1"
        self.port = 0
        """The port; 0 until the first start."""

    @property
    def url(self) -> str:
        """The root URL, with a slash at the end."""
        return f"http://{self.host}:{self.port}/"

    @property
    def running(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.running

    def start(self) -> Self:
        """Start the process. Do nothing if it runs already.

        The socket listens when this method returns. gunicorn still has to import the application,
        so the first request may wait; see `wait_until_ready`.

        The port stays the same if it is free.

        :return: the server itself.
        :raises OSError: if the server cannot listen on its address.
        """
        if self.running:
            return self
        self.stop()  # remove what is left of a process that has ended
        self._ready = False
        with self._bind() as listening:
            self.port = listening.getsockname()[1]
            self._process = GuardedProcess(
                [
                    sys.executable,
                    "-m",
                    "gunicorn",
                    f"--bind=fd://{listening.fileno()}",
                    "--workers=1",
                    *self.worker,
                    "--timeout=0",  # otherwise gunicorn kills a worker that streams for 30 s
                    f"--graceful-timeout={_GRACE_SECONDS}",
                    "--log-level=error",
                    self._app,
                ],
                environment=self._environment,
                pass_fds=[listening.fileno()],
                grace=_GRACE_SECONDS + 2.0,
            )
        return self

    def _bind(self) -> socket.socket:
        """Listen on the previous port, or on another one if an orphan of gunicorn still has it."""
        with suppress(OSError):
            return listen(self.host, self.port)
        return listen(self.host, 0)

    def wait_until_ready(self) -> None:
        """Block until the application answers.

        :raises RuntimeError: if the process ends before that, or does not answer within 30
            seconds. The message contains its output.
        """
        with self._ready_lock:
            if self._ready:
                return
            process = self._process
            if process is not None and wait_until_answering(
                process, self.url, headers=self._ready_headers, timeout=_START_SECONDS
            ):
                self._ready = True
                return
            reason = f"no answer within {_START_SECONDS:.0f} s" if self.running else "it has ended"
            output = process.output() if process else ""
            self.stop()
        raise RuntimeError(
            f"gunicorn did not start: {reason}. Its output:\n{output or '(none)'}\n"
            "Check that a new Python process can import the app and that it answers there."
        )

    def stop(self, timeout: float = 5.0) -> bool:  # noqa: ARG002 - gunicorn has its own timeout
        """End the process and its open streams. Do nothing if it does not run.

        :param timeout: not used; the process is killed after 3 seconds.
        :return: True.
        """
        if self._process is not None:
            process, self._process = self._process, None
            process.stop()
        return True


class GunicornThreads(GunicornSync):
    """gunicorn with a pool of 8 threads (``gthread``).

    It takes the same parameters as `GunicornSync`.

    >>> GunicornThreads.worker
    ('--worker-class=streamlab.server.gunicorn_workers.OwnThreads', '--threads=8')
    """

    worker = (THREADS, "--threads=8")
