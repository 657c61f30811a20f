"""A guarded process ends when it is stopped, and also when its parent is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streamlab.server.guarded_process import GuardedProcess

ENDS_ON_SIGTERM = """
import os, signal, sys
os.write(int(sys.argv[1]), b"up")
signal.pause()
"""
IGNORES_SIGTERM = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(int(sys.argv[1]), b"up")
while True: signal.pause()
"""
PROGRAMS = pytest.mark.parametrize("program", [ENDS_ON_SIGTERM, IGNORES_SIGTERM])


class Pipe:
    """A pipe that only the program writes to: a read ends when the program writes or ends."""

    def __init__(self):
        self.read_end, self.write_end = os.pipe()

    def command(self, program):
        return [sys.executable, "-c", program, str(self.write_end)]

    def close_write_end(self):
        os.close(self.write_end)

    def read(self):
        return os.read(self.read_end, 10)


@pytest.fixture
def pipe():
    pipe = Pipe()
    yield pipe
    os.close(pipe.read_end)


def start(program, pipe):
    process = GuardedProcess(pipe.command(program), pass_fds=[pipe.write_end], grace=0.2)
    pipe.close_write_end()
    assert pipe.read() == b"up"
    return process


def run(program):
    """Run a program to its end."""
    process = GuardedProcess([sys.executable, "-c", program])
    process.wait(10)
    return process


@PROGRAMS
def test_stop_ends_the_program(program, pipe):
    process = start(program, pipe)
    assert process.running
    process.stop()
    assert not process.running
    assert pipe.read() == b""


def test_stop_may_be_called_twice(pipe):
    process = start(ENDS_ON_SIGTERM, pipe)
    process.stop()
    process.stop()
    assert not process.running


def test_output_has_stdout_and_stderr_also_after_stop():
    process = run("import sys; print('tried', flush=True); sys.exit('no good')")
    assert not process.running
    assert process.output() == "tried\nno good"
    process.stop()
    assert process.output() == "tried\nno good"


def test_a_program_with_much_output_does_not_block():
    process = run("print('x' * 1_000_000)")
    assert process.output() == "x" * 3999
    process.stop()


@PROGRAMS
def test_the_program_ends_when_its_parent_is_killed(program, pipe):
    code = (
        "import sys\n"
        "from streamlab.server.guarded_process import GuardedProcess\n"
        f"process = GuardedProcess({pipe.command(program)!r}, pass_fds=[{pipe.write_end}], grace=0.2)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, pass_fds=[pipe.write_end]
    )
    pipe.close_write_end()
    assert pipe.read() == b"up"
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdin.close()
    assert pipe.read() == b""  # blocks until every process with the write end has ended


STARTS_ANOTHER = f"""
import os, subprocess, sys
other = subprocess.Popen([sys.executable, "-c", {IGNORES_SIGTERM!r}, sys.argv[1]], close_fds=False)
os.wait()
"""


@pytest.mark.parametrize("ending", ["killed", "stopped"])
def test_what_the_program_has_started_ends_with_it(ending, pipe):
    process = start(STARTS_ANOTHER, pipe)
    if ending == "killed":
        children = Path(f"/proc/{process._guard.pid}/task/{process._guard.pid}/children")
        [program] = children.read_text().split()
        os.kill(int(program), signal.SIGKILL)
        process.wait(10)
    process.stop()
    assert pipe.read() == b""


def test_ctrl_c_does_not_reach_the_program(pipe):
    process = start(ENDS_ON_SIGTERM, pipe)
    assert os.getpgid(process._guard.pid) != os.getpgid(0)
    process.stop()


def test_repr_says_what_runs():
    process = run("pass")
    assert repr(process) == f"<GuardedProcess {sys.executable} (ended)>"
    process.stop()
