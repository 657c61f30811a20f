"""A real Jupyter Notebook and a real Chromium, for the tests of what a learner sees."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests import browsers
from tests.jupyter import Jupyter

ARTEFACTS = Path(__file__).parent / "artefacts"
LESSONS = Path(__file__).parent.parent / "notebooks"
_NO_BROWSER = (
    "no Chromium is on this machine, and none could be installed: the tests of the panel in a "
    "real notebook are left out. Install chromium or google-chrome to have them run."
)


@pytest.fixture(scope="session")
def chromium_path():
    path = browsers.find()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(_NO_BROWSER)
        pytest.skip(_NO_BROWSER)
    return path


@pytest.fixture(scope="session")
def chromium(chromium_path):
    """A Chromium for the whole session; each test makes a context of its own in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=browsers.ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory):
    """A Jupyter server over a copy of the lessons, with a home of its own."""
    with Jupyter(tmp_path_factory.mktemp("jupyter"), LESSONS) as server:
        yield server


@pytest.fixture
def artefact(request):
    """Gives the path under which a screenshot of this test is kept."""
    ARTEFACTS.mkdir(exist_ok=True)
    test = re.sub(r"\W+", "-", request.node.name).strip("-")

    def path(label):
        return str(ARTEFACTS / f"{test}-{label}.png")

    return path


def pytest_collection_modifyitems(items):
    """The tests with a browser come last: the others are quick, and tell sooner.

    And Playwright leaves an event loop running in the main thread, where asyncio.run() then fails.
    """
    items.sort(key=lambda item: "chromium_path" in item.fixturenames)
