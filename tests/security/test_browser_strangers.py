"""Another page in the user's browser, against a Lab: rebinding, simple requests, and forged ids."""

from __future__ import annotations

import pytest

from streamlab import App, Lab
from streamlab.server import Server
from tests import browsers

pytestmark = pytest.mark.browser


@pytest.fixture
def lab():
    app = App()

    @app.route("/secret", methods=["GET", "POST"])
    def secret():
        return iter(["secret"])

    with Lab(app, "/secret") as lab:
        yield lab


@pytest.fixture
def browser(chromium_path, chromium):
    """A browser in which the name of a page has just changed to this machine's address."""
    # `chromium` has a running Playwright, which can start another browser.
    rebound = [*browsers.ARGUMENTS, "--host-resolver-rules=MAP pages.example 127.0.0.1"]
    browser = chromium.browser_type.launch(executable_path=chromium_path, args=rebound)
    yield browser
    browser.close()


@pytest.fixture
def other_page(browser):
    """A page of another origin."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b"<!doctype html><title>another page</title>"]

    with Server(app, remembered=False) as server:
        page = browser.new_page()
        page.goto(server.url)
        yield page


def test_a_rebound_name_reads_nothing(lab, browser):
    page = browser.new_page()
    page.goto(lab.url.replace("127.0.0.1", "pages.example") + "secret")
    assert "does not answer requests for the host" in page.inner_text("body")
    assert "secret" not in page.evaluate("fetch('/secret').then((answer) => answer.text())")
    assert lab.exchanges == []


def test_requests_of_another_page_do_not_reach_the_panel(lab, other_page):
    own = lab.run().wait(10)
    shown = lab.panel.shown.feed.exchange
    other_page.evaluate(
        """async (url) => {
            const send = (options) => fetch(url, { mode: "no-cors", ...options }).catch(() => 0);
            await Promise.all([...Array(30)].map(() => send({})));
            await send({ method: "POST", body: "x" });
        }""",
        lab.url_for("/secret"),
    )
    assert lab.exchanges == [own]
    assert lab.panel.shown.feed.exchange is shown is own


def test_another_page_cannot_name_a_trace(lab, other_page):
    refused = other_page.evaluate(
        """(url) => fetch(url, { headers: { "X-Streamlab-Trace": "1" } })
            .then((answer) => answer.text(), (error) => "refused")""",
        lab.url_for("/secret"),
    )
    assert refused == "refused"


def test_a_link_that_the_user_follows_is_shown(lab, other_page):
    other_page.set_content(f"<a href='{lab.url_for('/secret')}'>open</a>")
    other_page.click("a")
    other_page.wait_for_url("**/secret")
    assert [exchange.path for exchange in lab.exchanges if exchange.path == "/secret"] == [
        "/secret"
    ]
