"""Binder: repo2docker accepts the folder, and a session opens the first lesson."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_repo2docker_accepts_the_folder():
    result = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    dockerfile = (result.stdout + result.stderr).splitlines()
    copied = dockerfile.index("COPY --chown=0:0 src/ ${REPO_DIR}/")
    installed = next(
        n for n, line in enumerate(dockerfile) if line.endswith('-r "binder/requirements.txt"')
    )
    assert installed > copied, "the package is installed before the checkout is copied"
    assert 'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in dockerfile


def test_a_session_opens_a_lesson_that_exists():
    result = subprocess.run(
        [str(ROOT / "binder" / "start"), "echo"], capture_output=True, text=True, check=True
    )
    for option in result.stdout.split():
        name, _, lesson = option.partition("=")
        assert name.endswith(".default_url")
        # Jupyter's route is /notebooks/<path below the root folder>.
        assert (ROOT / lesson.removeprefix("/notebooks/")).is_file()
