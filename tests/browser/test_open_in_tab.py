"""The URL of a request in a tab of the browser: directly, and through a real jupyter-server-proxy."""

from __future__ import annotations

import threading
import urllib.request
from urllib.error import HTTPError

import pytest

from streamlab import App, Lab
from streamlab.lab.address import PROXY_BUFFERS
from streamlab.lab.stream_page import STREAM_PAGE
from tests.browser.test_view import Host
from tests.jupyter import TOKEN

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = pytest.mark.browser

PIECES = ["one ", "two ", "three"]
LATEST = 30
LOCAL = {
    "kind": "local",
    "url": "http://127.0.0.1:8099/",
    "port": 8099,
    "path": "/",
    "base": "",
    "missing": "",
    "buffers": PROXY_BUFFERS,
}


class Live:
    """An app that makes each chunk only when the test allows it, so the order proves that it is live."""

    def __init__(self):
        self.app = App()
        self.turns = [threading.Event() for _ in PIECES]

        def generate():
            for piece, turn in zip(PIECES, self.turns, strict=True):
                assert turn.wait(LATEST)
                yield piece

        @self.app.get("/live")
        def live():
            return generate(), {"Content-Type": "text/plain"}

        @self.app.get("/page")
        def page():
            attack = "<script>top.document.title = 'run'</script><img src=x onerror=\"top.document.title = 'run'\">"
            return f"<h2>Hello</h2>{attack}<p>End</p>"


@pytest.fixture
def live():
    return Live()


@pytest.fixture
def lab(live):
    lab = Lab(live.app, "/live")
    yield lab
    lab.close()


@pytest.fixture
def proxied(jupyter, chromium):
    """Return a page that is logged in to Jupyter, and the start of the URLs of jupyter-server-proxy."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{jupyter.url}/api/me?token={TOKEN}")
    yield page, f"{jupyter.url}/proxy"
    context.close()


def test_the_page_shows_each_part_through_the_proxy_before_the_next_is_made(live, lab, proxied):
    page, proxy = proxied
    page.goto(f"{proxy}/{lab.panel.address['port']}{STREAM_PAGE}#/live", wait_until="commit")
    expect(page).to_have_title("GET /live")
    arrived = ""
    for piece, turn in zip(PIECES, live.turns, strict=True):
        turn.set()
        arrived += piece
        expect(page.locator("pre")).to_have_text(arrived.strip())
    expect(page.get_by_role("status")).to_contain_text(
        f"200 OK: 3 parts, {len(arrived)} bytes, over."
    )
    assert [exchange.path for exchange in lab.exchanges] == ["/live"]
    assert lab.exchange is None


def test_a_page_is_shown_without_its_scripts(lab, chromium):
    page = chromium.new_page()
    page.goto(f"{lab.url}{STREAM_PAGE[1:]}#/page")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading")).to_have_text("Hello")
    expect(frame.get_by_text("End")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("over.")
    assert page.title() == "GET /page"
    page.close()


def test_the_page_requests_nothing_outside_the_app(lab, proxied):
    page, proxy = proxied
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    root = f"{proxy}/{lab.panel.address['port']}"
    page.goto(f"{root}{STREAM_PAGE}#/../../api/me")
    expect(page.get_by_role("status")).to_have_text("This path leaves the app.")
    assert requested == [f"{root}{STREAM_PAGE}"]


def test_a_page_of_another_site_cannot_open_it_without_its_user(lab):
    request = urllib.request.Request(lab.url_for(STREAM_PAGE))
    request.add_header("Sec-Fetch-Site", "cross-site")
    request.add_header("Sec-Fetch-Mode", "navigate")
    with pytest.raises(HTTPError, match="403"):
        urllib.request.urlopen(request)


@pytest.fixture
def host(chromium):
    context = chromium.new_context(viewport={"width": 1000, "height": 900})
    yield Host(context.new_page())
    context.close()


def set_address(host, **values):
    host.page.evaluate("(address) => host.model.set('address', address)", {**LOCAL, **values})


def test_on_the_same_machine_it_is_a_link(host):
    actions = host.view.locator(".streamlab-actions")
    expect(actions.get_by_text("Open in a tab")).to_have_count(2)
    expect(actions.get_by_text("Open in a tab").first).to_be_hidden()
    set_address(host)
    link = actions.get_by_role("link", name="Open in a tab")
    expect(link).to_have_attribute("href", "http://127.0.0.1:8099/stream?name=World")
    host.page.evaluate("() => host.model.set('path', '/other')")
    expect(link).to_have_attribute("href", "http://127.0.0.1:8099/other")
    expect(actions.get_by_role("button", name="Open in a tab")).to_be_hidden()


def test_where_the_proxy_buffers_a_dialog_says_so_and_offers_a_page(host):
    set_address(host, kind="jupyter", base="/user/ada/")
    host.view.get_by_role("button", name="Open in a tab").click()
    expect(host.view.get_by_role("link", name="Open in a tab")).to_be_hidden()
    dialog = host.page.get_by_role("dialog", name="Open in a tab")
    expect(dialog).to_contain_text("keeps the response until it is complete")
    hrefs = [link.get_attribute("href") for link in dialog.get_by_role("link").all()]
    root = "/user/ada/proxy/8099/"
    assert hrefs == [f"{root}~stream#/stream?name=World", f"{root}stream?name=World"]
    host.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_without_the_proxy_the_dialog_has_the_command_and_no_link(host):
    set_address(host, kind="jupyter", base="/user/ada/", missing="Run `pip install it`.")
    host.view.get_by_role("button", name="Open in a tab").click()
    dialog = host.page.get_by_role("dialog", name="Open in a tab")
    expect(dialog.locator("code")).to_have_text("pip install it")
    expect(dialog.get_by_role("link")).to_have_count(0)


def test_colab_tells_the_url_to_the_page(host):
    host.page.evaluate(
        """() => {
            const proxyPort = async (port) => `https://${port}.colab.example`;
            window.google = { colab: { kernel: { proxyPort } } };
        }"""
    )
    set_address(host, kind="colab")
    link = host.view.get_by_role("link", name="Open in a tab")
    expect(link).to_have_attribute("href", "https://8099.colab.example/stream?name=World")


def test_in_a_notebook_the_tab_shows_the_response_directly_and_through_the_proxy(jupyter, chromium):
    with jupyter.open(chromium, "01-first-stream.ipynb") as notebook:
        notebook.run_all()
        panel = notebook.panel
        with notebook.page.expect_popup() as opened:
            panel.get_by_role("link", name="Open in a tab").click()
        expect(opened.value.locator("body")).to_have_text("Hello World!")
        assert notebook.evaluate("print(lab.exchanges[-1].external)") == "True"
        # As on a hub, where a page and a kernel can be on different machines.
        notebook.evaluate("lab.panel.address = {**lab.panel.address, 'kind': 'jupyter'}")
        panel.get_by_role("button", name="Open in a tab").click()
        with notebook.page.expect_popup() as opened:
            panel.get_by_role("link", name="Open a page that shows each part").click()
        page = opened.value
        assert page.url.startswith(f"{jupyter.url}/proxy/")
        expect(page.frame_locator("iframe").locator("body")).to_have_text("Hello World!")
        expect(page.get_by_role("status")).to_contain_text("19 bytes, over.")
        assert notebook.own_errors() == []
