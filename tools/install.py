"""Make a virtual environment and install streamlab into it, with uv or with pip.

The Makefile runs this file with any Python from 3.10 on, before anything is installed::

    python tools/install.py packages notebook           # into .venv
    python tools/install.py packages --oldest test      # the oldest allowed, into .venv-oldest
    python tools/install.py lock                        # renew requirements/locked.txt
    python tools/install.py open jupyter notebook ...   # run a program and time its start

uv installs in 3 seconds what pip installs in 20. It is taken from PATH, or installed from PyPI into
the environment. If there is no uv for this machine, or if uv fails, pip installs the packages.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
LOCK = REQUIREMENTS / "locked.txt"
BUILD_TOOLS = REQUIREMENTS / "build.in"
OLDEST_PYTHON = "3.10"
# What pip's configuration says about indexes, and the variables in which uv reads the same.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "trusted-host": "UV_INSECURE_HOST",
    "proxy": "ALL_PROXY",
}
# In this variable uv separates values with commas, in the others with spaces.
SEPARATED_BY_COMMAS = "UV_FIND_LINKS"
# Where `pip config list` finds a setting; a later one wins.
PIP_SECTIONS = ("global", "install", ":env:")


class InstallError(Exception):
    """A step failed; the message says what to do."""


class Phase:
    """Print a line for a phase: its name at once, and when it is over the seconds that it took."""

    def __init__(self, name: str) -> None:
        self._start = monotonic()
        print(f"{name:28}", end="", flush=True)

    def done(self) -> None:
        """Print the seconds since this phase began."""
        print(f"{monotonic() - self._start:5.1f} s", flush=True)


def run(*command: object, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command without showing what it prints."""
    words = [str(word) for word in command]
    output = subprocess.PIPE
    return subprocess.run(
        words, cwd=ROOT, env=env, check=False, text=True, stdout=output, stderr=subprocess.STDOUT
    )


def pip_settings(listing: str) -> dict[str, str]:
    r"""Translate the output of `pip config list` to environment variables for uv.

    >>> pip_settings("global.index-url='https://host/simple'\n:env:.timeout='9'")
    {'UV_DEFAULT_INDEX': 'https://host/simple'}
    """
    values: dict[str, str] = {}
    for section in PIP_SECTIONS:
        for line in listing.splitlines():
            key, _, value = line.partition("=")
            where, _, name = key.rpartition(".")
            if where == section and name in PIP_TO_UV:
                values[name] = str(ast.literal_eval(value))
    settings = {}
    for name, value in values.items():
        variable = PIP_TO_UV[name]
        separator = "," if variable == SEPARATED_BY_COMMAS else " "
        settings[variable] = separator.join(value.split())
    if "UV_INDEX" in settings:
        # pip takes the best version that any of its indexes has; uv stops at the first index.
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return settings


def uv_environ(python: object) -> dict[str, str]:
    """Return an environment in which uv asks the index that the pip of `python` asks."""
    listing = run(python, "-m", "pip", "--disable-pip-version-check", "config", "list")
    settings = pip_settings(listing.stdout) if listing.returncode == 0 else {}
    return {**settings, **os.environ}


def locked() -> tuple[object, ...]:
    """Return the options that make uv and pip take the locked versions."""
    return ("--constraint", LOCK) if LOCK.is_file() else ()


@dataclass
class Environment:
    """A virtual environment, and the installer that fills it: "uv" or "pip"."""

    folder: Path
    installer: str = "uv"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.folder / "bin" / "python"

    @property
    def uv(self) -> str | None:
        """The path of uv, or None where pip has to do the work."""
        if self.installer == "pip":
            return None
        return shutil.which("uv") or shutil.which("uv", path=str(self.folder / "bin"))

    def make(self) -> None:
        """Make the environment, unless it is there and works; install uv where it is missing."""
        works = self.python.exists() and not run(self.python, "-m", "pip", "--version").returncode
        if not works and not self._make_with_uv():
            made = run(sys.executable, "-m", "venv", "--clear", self.folder)
            if made.returncode:
                raise InstallError(
                    f"{made.stdout}\nCould not make a virtual environment. "
                    "On Debian and Ubuntu: apt install python3-venv"
                )
        if self.installer == "uv" and not self.uv:
            self._pip("--only-binary", ":all:", *locked(), "uv")
        if not self.uv:
            self.installer = "pip"

    def install(self, *arguments: object) -> None:
        """Install packages, with pip if uv cannot do it."""
        if self.uv:
            environ = {**uv_environ(self.python), "VIRTUAL_ENV": str(self.folder)}
            done = run(self.uv, "pip", "install", "--quiet", *arguments, env=environ)
            if done.returncode == 0:
                return
            print("uv failed; trying pip ...", end="", flush=True)
        done = self._pip(*arguments)
        if done.returncode:
            raise InstallError(f"\n{done.stdout}\npip could not install the packages: see above.")

    def _make_with_uv(self) -> bool:
        if not self.uv:
            return False
        options = ("--quiet", "--clear", "--seed", "--python", sys.executable)
        made = run(self.uv, "venv", *options, self.folder, env=uv_environ(sys.executable))
        return made.returncode == 0

    def _pip(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        options = ("install", "--quiet", "--disable-pip-version-check")
        return run(self.python, "-m", "pip", *options, *arguments)


def compile_requirements(environment: Environment, output: Path, *arguments: object) -> None:
    """Let uv choose a version for every package, and write them to `output`."""
    if not environment.uv:
        raise InstallError("`make lock` and `make test-oldest` need uv, and this machine has none.")
    # Without the index's address: each machine has its own.
    tidy = ("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links")
    options = ("--quiet", *tidy, "--output-file", output, ROOT / "pyproject.toml", *arguments)
    environ = uv_environ(environment.python)
    done = run(environment.uv, "pip", "compile", *options, env=environ)
    if done.returncode:
        raise InstallError(f"\n{done.stdout}\nuv could not choose the versions: see above.")


def packages(environment: Environment, extras: str, *more: str) -> None:
    """Install streamlab in place, with the locked versions of what it needs."""
    phase = Phase("1/3 Python environment")
    environment.make()
    phase.done()
    phase = Phase(f"2/3 packages ({environment.installer})")
    environment.install(*locked(), "--editable", f".[{extras}]", *more)
    phase.done()


def oldest_packages(environment: Environment, extras: str) -> None:
    """Install streamlab in place, with the oldest versions that pyproject.toml allows."""
    phase = Phase("1/3 Python environment")
    environment.make()
    phase.done()
    phase = Phase(f"2/3 packages ({environment.installer})")
    chosen = environment.folder / "oldest.txt"
    options = [option for extra in extras.split(",") for option in ("--extra", extra)]
    python = ("--python", environment.python)
    compile_requirements(environment, chosen, *options, "--resolution", "lowest-direct", *python)
    environment.install("--requirement", chosen)
    environment.install("--no-deps", "--editable", ".")
    phase.done()


def lock(environment: Environment) -> None:
    """Choose the versions that the tests run with, for every platform and Python."""
    environment.make()
    everything = ("--universal", "--all-extras", "--upgrade", "--python-version", OLDEST_PYTHON)
    compile_requirements(environment, LOCK, BUILD_TOOLS, *everything)


def open_and_time(command: list[str]) -> None:
    """Become `command`; a child of this process passes its messages on and times its start.

    The start is over with the first message that has a URL.
    """
    read, write = os.pipe()
    phase = Phase("3/3 opening Jupyter")
    if os.fork():
        os.close(read)
        os.dup2(write, sys.stderr.fileno())
        os.close(write)
        os.execvp(command[0], command)
    # Ctrl-C is for the program. This process ends when the program closes its end of the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.close(write)
    started = False
    while data := os.read(read, 65536):
        if not started and b"://" in data:
            started = True
            phase.done()
        sys.stderr.buffer.write(data)
        sys.stderr.buffer.flush()


def main(arguments: list[str]) -> int:
    """Run one of the steps of the Makefile; return the exit code."""
    parser = argparse.ArgumentParser(description="Install streamlab into a virtual environment.")
    parser.add_argument("--installer", choices=["uv", "pip"], default="uv")
    steps = parser.add_subparsers(dest="step", required=True)
    step = steps.add_parser("packages")
    step.add_argument("--oldest", action="store_true")
    step.add_argument("extras")
    step.add_argument("more", nargs="*")
    steps.add_parser("lock")
    step = steps.add_parser("open")
    step.add_argument("command", nargs=argparse.REMAINDER)
    chosen = parser.parse_args(arguments)
    try:
        if chosen.step == "open":
            open_and_time(chosen.command)
        elif chosen.step == "lock":
            lock(Environment(ROOT / ".venv", chosen.installer))
        elif chosen.oldest:
            oldest_packages(Environment(ROOT / ".venv-oldest", chosen.installer), chosen.extras)
        else:
            environment = Environment(ROOT / ".venv", chosen.installer)
            packages(environment, chosen.extras, *chosen.more)
    except InstallError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
