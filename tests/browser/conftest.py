"""Fixtures: a real Jupyter Notebook, and paths for screenshots."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.jupyter import Jupyter

TESTS = Path(__file__).parent.parent
ARTEFACTS = TESTS / "artefacts"
LESSONS = TESTS.parent / "notebooks"


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory):
    """A Jupyter server over a copy of the lessons, with its own home directory."""
    with Jupyter(tmp_path_factory.mktemp("jupyter"), LESSONS) as server:
        yield server


@pytest.fixture
def artefact(request):
    """A function that returns the path for a screenshot of this test."""
    ARTEFACTS.mkdir(exist_ok=True)
    test = re.sub(r"\W+", "-", request.node.name).strip("-")

    def path(label):
        return str(ARTEFACTS / f"{test}-{label}.png")

    return path
