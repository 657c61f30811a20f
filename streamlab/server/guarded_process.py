"""A program that runs beside us and never outlives us: another server, or a proxy.

A kernel that is restarted gets no chance to clean up. So the program is started by a guard, a
small Python process that reads from a pipe whose other end only we hold: when we are gone,
however that came, the pipe ends and the guard ends the program.
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
import os, signal, subprocess, sys, threading
grace = float(sys.argv[1])
program = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, close_fds=False)
def follow():
    sys.stdin.buffer.read()
    program.terminate()
    try:
        program.wait(grace)
    except subprocess.TimeoutExpired:
        os.killpg(0, signal.SIGKILL)
threading.Thread(target=follow, daemon=True).start()
code = program.wait()
os._exit(code if code >= 0 else 1)
"""
_SAID_BYTES = 4_000
"""Of a program's output, told when it fails."""


class GuardedProcess:
    """A program with a guard.

    :param command: program and arguments.
    :param environment: what is added to ours.
    :param pass_fds: descriptors the program inherits.
    :param grace: seconds it may take to end when asked to, before it is killed.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
        grace: float = 2.0,
    ) -> None:
        self._grace = grace
        # A file and not a pipe: a program that says much must not wait for a reader.
        self._said = TemporaryFile()  # noqa: SIM115 - closed by stop()
        self._guard = subprocess.Popen(  # noqa: S603 - a command of our own making
            [sys.executable, "-I", "-S", "-c", _GUARD, str(grace), *command],
            stdin=subprocess.PIPE,
            stdout=self._said,
            stderr=self._said,
            pass_fds=pass_fds,
            env={**os.environ, **(environment or {})},
            start_new_session=True,  # an interrupted cell interrupts us, not the program
        )

    @property
    def running(self) -> bool:
        """Whether the program has not ended."""
        return self._guard.poll() is None

    def said(self) -> str:
        """The end of what the program has printed."""
        size = os.fstat(self._said.fileno()).st_size
        end = os.pread(self._said.fileno(), _SAID_BYTES, max(0, size - _SAID_BYTES))
        return end.decode(errors="replace").strip()

    def stop(self) -> None:
        """End the program and wait until it has ended; may be called twice."""
        assert self._guard.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(BrokenPipeError):
            self._guard.stdin.close()
        self._guard.wait(2 * self._grace + 1)
        self._said.close()
