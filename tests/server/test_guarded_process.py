"""A companion ends when it is told to, and also when we are gone without a word."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from streamlab.server.guarded_process import GuardedProcess

SLEEPER = [sys.executable, "-c", "import signal, sys; print('up', flush=True); signal.pause()"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal\nsignal.signal(15, signal.SIG_IGN)\nprint('up', flush=True)\nwhile True: signal.pause()",
]


def wait_for(condition):
    import threading

    pause = threading.Event()
    for _ in range(2000):
        if condition():
            return True
        pause.wait(0.005)
    return False


@pytest.mark.parametrize("program", [SLEEPER, STUBBORN])
def test_stop_ends_the_program(program):
    companion = GuardedProcess(program, grace=0.2)
    assert wait_for(lambda: companion.said() == "up")
    assert companion.running
    companion.stop()
    assert not companion.running


def test_what_it_says_is_kept():
    companion = GuardedProcess([sys.executable, "-c", "import sys; sys.exit('no good')"])
    assert wait_for(lambda: not companion.running)
    assert companion.said() == "no good"
    companion.stop()


def test_a_program_that_says_much_is_not_held_up():
    companion = GuardedProcess([sys.executable, "-c", "print('x' * 1_000_000)"])
    assert wait_for(lambda: not companion.running)
    assert companion.said() == "x" * 3999
    companion.stop()


@pytest.mark.parametrize("program", [SLEEPER, STUBBORN])
def test_it_does_not_outlive_us_even_if_we_are_killed(program):
    """The read end of a pipe that only the program keeps open ends when the program does."""
    read, write = os.pipe()
    code = (
        "import sys, time\n"
        "from streamlab.server.guarded_process import GuardedProcess\n"
        f"companion = GuardedProcess({program!r}, pass_fds=[{write}], grace=0.2)\n"
        "while companion.said() != 'up': time.sleep(0.005)\n"
        "print('started', flush=True)\n"
        "sys.stdin.read()\n"
    )
    us = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[write],
    )
    os.close(write)
    assert us.stdout.readline() == b"started\n"
    us.send_signal(signal.SIGKILL)
    us.wait()
    us.stdin.close()
    us.stdout.close()
    assert os.read(read, 1) == b""  # blocks until nobody has the other end
    os.close(read)


def test_an_interrupt_of_ours_does_not_reach_it():
    companion = GuardedProcess(SLEEPER)
    assert wait_for(lambda: companion.said() == "up")
    assert os.getpgid(companion._guard.pid) != os.getpgid(0)
    companion.stop()
