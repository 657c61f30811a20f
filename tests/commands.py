"""Run the command `streamlab` as a process, with pipes or in a terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys

ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"}
COMMAND = (sys.executable, "-m", "streamlab")


def start(*arguments: str) -> subprocess.Popen:
    """Start the command, with pipes for its output."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=ENVIRONMENT,
    )


def run(*arguments: str) -> subprocess.CompletedProcess:
    """Run the command to its end."""
    process = start(*arguments)
    output, errors = process.communicate(timeout=60)
    return subprocess.CompletedProcess(arguments, process.returncode, output, errors)


def run_in_terminal(*arguments: str, columns: int = 80) -> tuple[str, int]:
    """Return what the command writes to a terminal, and its exit code."""
    import fcntl
    import pty
    import struct
    import termios

    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=terminal,
        stderr=terminal,
        env={**ENVIRONMENT, "TERM": "xterm-256color"},
    )
    os.close(terminal)
    output = b""
    try:
        while data := os.read(controller, 65536):
            output += data
    except OSError:  # Linux raises EIO when the other side is closed
        pass
    os.close(controller)
    return output.decode(), process.wait(30)


def without_escapes(output: str) -> str:
    """Return output without the escape sequences for colours and for the cursor."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output)
