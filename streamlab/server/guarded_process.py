"""Starts another program, such as a server or a proxy, and ends it when this process ends.

A kernel that is restarted may be killed without a chance to clean up. So the program is started by
a guard, a small Python process that reads from a pipe. Only this process has the pipe's other end.
When this process ends for any reason, the pipe is closed and the guard ends the program.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_GUARD = """
import os, signal, subprocess, sys, threading, time
grace, running = float(sys.argv[1]), int(sys.argv[2])
os.set_inheritable(running, False)
program = subprocess.Popen(
    sys.argv[3:], stdin=subprocess.DEVNULL, close_fds=False, start_new_session=True
)
def kill_all():
    try:
        os.killpg(program.pid, signal.SIGKILL)
    except OSError:
        return False
    return True
def end_with_parent():
    sys.stdin.buffer.read()
    program.terminate()
    try:
        program.wait(grace)
    except subprocess.TimeoutExpired:
        kill_all()
threading.Thread(target=end_with_parent, daemon=True).start()
code = program.wait()
os.close(running)
deadline = time.monotonic() + 0.5
while kill_all() and time.monotonic() < deadline:  # what the program has started
    time.sleep(0.01)
os._exit(code if code >= 0 else 1)
"""
_OUTPUT_BYTES = 4_000


class GuardedProcess:
    """A program that runs until `stop` is called, until it ends, or until this process ends.

    The processes that it has started end with it, also if it is killed.

    :param command: the program and its arguments.
    :param environment: variables to add to the environment of this process.
    :param pass_fds: file descriptors that the program inherits.
    :param grace: seconds between SIGTERM and SIGKILL when the program is ended.
    :raises OSError: if the guard cannot be started.

    >>> import sys
    >>> process = GuardedProcess([sys.executable, "-c", "input()"])
    >>> process  # doctest: +ELLIPSIS
    <GuardedProcess ... (running)>
    >>> process.stop()
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
        grace: float = 2.0,
    ) -> None:
        self._program = command[0]
        self._grace = grace
        self._final_output = ""
        # A pipe would fill up, and the program would block, because nothing reads it.
        self._output = TemporaryFile()  # noqa: SIM115 - closed by stop()
        # The guard closes the pipe as soon as the program has ended, and ends a little later.
        self._running, running = os.pipe()
        os.set_blocking(self._running, False)
        try:
            self._guard = subprocess.Popen(  # noqa: S603 - the command is not user input
                [sys.executable, "-I", "-S", "-c", _GUARD, str(grace), str(running), *command],
                stdin=subprocess.PIPE,
                stdout=self._output,
                stderr=self._output,
                pass_fds=[*pass_fds, running],
                env={**os.environ, **(environment or {})},
                start_new_session=True,  # Ctrl-C and "interrupt kernel" do not reach the program
            )
        except BaseException:
            os.close(self._running)
            self._output.close()
            raise
        finally:
            os.close(running)

    @property
    def running(self) -> bool:
        """Whether the program still runs."""
        if self._output.closed or self._guard.poll() is not None:
            return False
        try:
            return os.read(self._running, 1) != b""
        except BlockingIOError:  # the guard has it open, and writes nothing
            return True

    def wait(self, timeout: float | None = None) -> int:
        """Block until the program has ended by itself.

        :param timeout: seconds to wait, by default without a limit.
        :return: the exit status, 1 if a signal has ended the program.
        :raises subprocess.TimeoutExpired: if the program still runs after `timeout`.
        """
        return self._guard.wait(timeout)

    def output(self) -> str:
        """Return the last 4,000 bytes that the program has printed to stdout and stderr.

        It may be called after `stop`.

        >>> import sys
        >>> process = GuardedProcess([sys.executable, "-c", "raise SystemExit('no such file')"])
        >>> process.wait()
        1
        >>> process.output()
        'no such file'
        >>> process.stop()
        """
        if self._output.closed:
            return self._final_output
        size = os.fstat(self._output.fileno()).st_size
        end = os.pread(self._output.fileno(), _OUTPUT_BYTES, max(0, size - _OUTPUT_BYTES))
        return end.decode(errors="replace").strip()

    def stop(self) -> None:
        """End the program and wait until it has ended. It may be called more than once.

        :raises subprocess.TimeoutExpired: if the program cannot be killed.

        >>> import sys
        >>> process = GuardedProcess([sys.executable, "-c", "input()"])
        >>> process.stop()
        >>> process.running
        False
        """
        assert self._guard.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(BrokenPipeError):
            self._guard.stdin.close()
        self._guard.wait(2 * self._grace + 1)
        if not self._output.closed:
            self._final_output = self.output()
            self._output.close()
            os.close(self._running)

    def __repr__(self) -> str:
        state = "running" if self.running else "ended"
        return f"<GuardedProcess {self._program} ({state})>"
