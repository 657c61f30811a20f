"""The view hides the picture for the saved notebook, unless it has no kernel itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.test_view import Host

pytestmark = pytest.mark.browser

NAME = "streamlab-saved-0123"
RENDER = f"""() => {{
    host.model.traits.saved = "{NAME}";
    document.body.insertAdjacentHTML("beforeend", '<div class="{NAME}">the picture</div>');
    host.leave = host.render(document.querySelector(".streamlab-panel > div"));
}}"""


@pytest.fixture
def host(chromium):
    """A view whose page has the picture, and a clock that stands still."""
    page = chromium.new_page()
    page.clock.install()
    host = Host(page)
    page.evaluate(RENDER)
    yield host
    page.close()
    assert host.errors == []


def test_the_picture_is_hidden_while_the_view_is_shown(host):
    picture = host.page.get_by_text("the picture")
    expect(picture).to_be_hidden()
    host.batch(reset=True)
    host.page.clock.fast_forward(10_000)
    expect(picture).to_be_hidden()
    host.page.evaluate("host.views.at(-1)()")
    expect(picture).to_be_visible()


def test_a_view_without_a_kernel_shows_the_picture_until_a_batch_arrives(host):
    picture = host.page.get_by_text("the picture")
    expect(picture).to_be_hidden()
    host.page.clock.fast_forward(10_000)
    expect(picture).to_be_visible()
    host.batch(reset=True)
    host.page.clock.run_for(1_000)
    expect(picture).to_be_hidden()
