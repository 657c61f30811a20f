"""Fixtures that tests of several packages use: a Chromium for the whole session.

Playwright is imported inside the fixtures, so that `pytest tests/trace` runs in an environment
that does not have it.
"""

from __future__ import annotations

import os

import pytest

_NO_BROWSER = (
    "This machine has no Chromium, and none could be installed, so the tests that need a browser "
    "were skipped. Install chromium or google-chrome to run them."
)


@pytest.fixture(scope="session")
def chromium_path():
    from tests import browsers

    path = browsers.find()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(_NO_BROWSER)
        pytest.skip(_NO_BROWSER)
    return path


@pytest.fixture(scope="session")
def chromium(chromium_path):
    """A Chromium for the whole session. Each test opens its own context in it."""
    from playwright.sync_api import sync_playwright

    from tests import browsers

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=browsers.ARGUMENTS)
        yield browser
        browser.close()


def pytest_collection_modifyitems(items):
    """Run the tests with a browser last: the others are faster.

    Playwright also leaves an event loop running in the main thread, and `asyncio.run()` fails
    there afterwards.
    """
    items.sort(key=lambda item: "chromium_path" in item.fixturenames)
