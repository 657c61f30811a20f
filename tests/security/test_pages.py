"""The bytes of a response, and every text around it, run no script and send no request."""

from __future__ import annotations

from pathlib import Path

import pytest

import streamlab.lab
from streamlab.harness.matrix import Matrix, Row
from streamlab.harness.scenario import Scenario
from streamlab.middleware import Middleware
from streamlab.terminal.saving import EXCHANGE_FORMATS
from tests.browser.test_view import HTML, LANES, Host, source, through
from tests.exports.exported import exchange
from tests.security.payloads import CLICKS, LOADS, corpus, saved_with
from tests.security.trap import Trap

pytestmark = pytest.mark.browser

FRONTEND = Path(streamlab.lab.__file__).parent / "frontend" / "src"

LOAD_MODULE = """
async (code) => {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  window.inertDocument = (await import(url)).inertDocument;
}
"""
# One iframe for each text, like that of the page pane. Resolves when all of them are loaded.
SHOW = """
async ([texts, sandbox]) => {
  document.querySelectorAll("iframe").forEach((old) => old.remove());
  await Promise.all(texts.map((text) => new Promise((loaded) => {
    const frame = document.createElement("iframe");
    if (sandbox) frame.setAttribute("sandbox", "");
    frame.onload = loaded;
    frame.srcdoc = text;
    document.body.append(frame);
  })));
}
"""
INERT = "(texts) => texts.map((text) => inertDocument(text) ?? null)"
PRESS_EVERYTHING = """
() => {
  const policy = document.head?.firstElementChild?.content ?? "";
  for (const element of document.querySelectorAll("*")) {
    element.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, view: window }));
  }
  for (const form of document.forms) HTMLFormElement.prototype.requestSubmit.call(form);
  return policy;
}
"""


@pytest.fixture
def trap():
    with Trap() as trap:
        yield trap
        assert trap.asked == []


class Watched:
    """A page of a browser, and whether something ran in it or left it."""

    def __init__(self, browser):
        self.context = browser.new_context(viewport={"width": 1000, "height": 900})
        self.page = self.context.new_page()
        self.events = []
        self.page.on("dialog", lambda dialog: (self.events.append("dialog"), dialog.dismiss()))
        self.page.on("popup", lambda popup: self.events.append(f"popup {popup.url}"))
        self.page.on("download", lambda download: self.events.append(f"download {download.url}"))

    def check(self):
        """Wait until what the page has begun is done, then check that nothing has happened."""
        # A request that was begun is sent by the time when a later one is answered.
        self.page.evaluate("() => fetch('data:,done').then((answer) => answer.text())")
        assert self.events == []
        assert self.page.evaluate("window.PWNED") is None
        assert self.page.title() != "PWNED"
        assert len(self.context.pages) == 1


@pytest.fixture
def watched(chromium):
    watched = Watched(chromium)
    yield watched
    watched.context.close()


@pytest.fixture
def module(watched):
    """The page with the module that makes documents inert."""
    watched.page.set_content("<!doctype html><title>host</title><body>")
    watched.page.evaluate(LOAD_MODULE, (FRONTEND / "panes" / "inert-document.js").read_text())
    return watched.page


def test_the_trap_notices_what_an_open_page_loads(watched):
    with Trap() as trap:
        watched.page.set_content("<!doctype html><body>")
        watched.page.evaluate(
            SHOW, [[f"<img src={trap.url}/a>", f"<link rel=icon href={trap.url}>"], True]
        )
        watched.page.wait_for_function("() => true")
        assert "GET /a HTTP/1.1" in trap.asked


def test_no_payload_loads_runs_or_opens_anything(module, watched, trap):
    payloads = corpus(trap.url)
    assert len(payloads) >= 200
    documents = module.evaluate(INERT, payloads)
    assert documents.count(None) < 10
    module.evaluate(SHOW, [[document for document in documents if document is not None], True])
    frames = module.frames[1:]
    assert len(frames) == len(documents) - documents.count(None)
    for frame in frames:
        # The policy stands before all content.
        assert frame.evaluate(PRESS_EVERYTHING).startswith("default-src 'none';")
    watched.check()
    assert {frame.url for frame in frames} == {"about:srcdoc"}


def test_even_without_a_sandbox_nothing_is_left_to_load_or_to_run(module, watched, trap):
    documents = [document for document in module.evaluate(INERT, corpus(trap.url)) if document]
    module.evaluate(SHOW, [documents, False])
    for frame in module.frames[1:]:
        frame.evaluate(PRESS_EVERYTHING)
    watched.check()
    # A form without an address is sent to its own document.
    assert {frame.url.rstrip("?") for frame in module.frames[1:]} == {"about:srcdoc"}


def test_a_harmless_page_looks_as_before(module):
    page = (
        "<!doctype html><html lang=ru><head><style>p{color:red}</style></head>"
        '<body bgcolor="white"><p class="a" style="margin:0">Hello &lt;b&gt; <a href="/x">link</a>'
        '<table border="1"><tr><td colspan="2">x</td></tr></table>'
        '<img alt="dot" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'
        '<svg viewBox="0 0 9 9"><path d="M0 0h9" stroke="red"></path></svg><input value="v">'
    )
    [document] = module.evaluate(INERT, [page])
    for kept in (
        '<html lang="ru">',
        "<style>p{color:red}</style>",
        '<body bgcolor="white">',
        '<p class="a" style="margin:0">Hello &lt;b&gt; <a data-streamlab-link="">link</a>',
        '<td colspan="2">x</td>',
        'src="data:image/gif;base64,R0lGODlhAQABAAAAACw="',
        '<svg viewBox="0 0 9 9"><path d="M0 0h9" stroke="red"></path></svg>',
        '<input value="v">',
    ):
        assert kept in document
    assert document.startswith("<!doctype html><html")


# The panel


@pytest.fixture
def host(watched):
    return Host(watched.page)


def test_the_page_pane_follows_no_link_and_loads_nothing(host, watched, trap):
    for payload in (LOADS[0], *CLICKS[:4], *CLICKS[18:20]):
        body = "\x0b<!doctype html><p>safe</p>" + payload.replace("{T}", trap.url)
        host.batch(
            through(LANES, 1e6, len(body)), body, page=body, reset=True, state="done", http=HTML
        )
        frame = host.view.frame_locator('iframe[title="page"]')
        frame.locator("p").first.wait_for()
        for element in frame.locator("a, button, input").all():
            element.click(force=True, timeout=5_000)
    watched.check()
    assert {frame.url for frame in watched.page.frames[1:]} <= {"about:srcdoc", "about:blank"}


def test_texts_of_every_kind_are_shown_as_text(host, watched, trap):
    harmless = host.page.evaluate("document.querySelectorAll('*').length")
    for payload in corpus(trap.url):
        host.batch(
            {"generator": [(1e6, 5, 0, 11)]},
            payload,
            reset=True,
            state="done",
            status=payload,
            run={"path": payload, "method": payload, "server": payload, "middleware": [payload]},
            http={
                **HTML,
                "reason": payload,
                "headers": [[payload, payload], ["content-type", "text/plain"]],
            },
            page=payload,
            sources=source(text=payload, title=payload),
            verdict={"outcome": "failed", "culprit": payload, "text": payload},
            events=[
                [1e6, "warning", payload],
                [2e6, "exception", payload],
                [3e6, "printed", payload],
            ],
            output=[[1e6, payload, "stdout"], [2e6, payload, "stderr"]],
            locals=[[payload, payload], ["row", payload]],
            at={"source": 0, "line": 1},
            error={
                "last": payload,
                "sentence": payload,
                "fixes": [{"title": payload, "code": payload, "change": payload}],
                "advice": payload,
                "traceback": [
                    {"file": payload, "line": 1, "name": payload, "code": payload, "own": True}
                ],
            },
        )
    host.picture()
    watched.check()
    found = host.page.evaluate(
        """() => [...document.querySelectorAll("script, img, link, meta, object, embed, a[href]")]
            .filter((element) => element.closest(".streamlab-view")).length"""
    )
    assert found == 0
    assert host.page.evaluate("document.querySelectorAll('*').length") < harmless + 200


# What is saved


def _scenario_of(one):
    """Return a scenario whose middleware has the payload as its name."""
    return Scenario(middleware=Middleware(one.path, one.path, wrap=lambda app: app))


@pytest.mark.parametrize("form", ["notebook", "svg", "svg as a document", "page", "table", "frame"])
def test_saved_pictures_and_tables_are_inert(watched, trap, form):
    surrounding = exchange("cut").to_json()
    loaded = [saved_with(payload, surrounding) for payload in corpus(trap.url)]
    if form == "notebook":
        texts = [one._repr_mimebundle_()["text/html"] for one in loaded]
    elif form == "page":
        texts = [EXCHANGE_FORMATS[".html"](one) for one in loaded]
    elif form == "frame":
        texts = [one.to_frame()._repr_html_() for one in loaded]
    elif form == "table":
        rows = [(one, Row(_scenario_of(one), one, str(one.verdict))) for one in loaded]
        missing = [Row(row.scenario, None, row.text, row.text) for _, row in rows]
        texts = [Matrix(one.path, [row])._repr_html_() for one, row in rows]
        texts += [Matrix(row.text, [row])._repr_html_() for row in missing]
    else:
        texts = [one.to_svg() + one.to_svg(animated=True) for one in loaded]
    watched.page.set_content("<!doctype html><title>host</title><body>")
    if form == "svg as a document":
        wrong = watched.page.evaluate(
            """(texts) => texts.flatMap((text) => text.split(/(?=<svg xmlns)/)).filter((text) => {
                const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
                return parsed.querySelector(
                    "parsererror, script, image, use, a, foreignObject, [href], [onload]");
            })""",
            texts,
        )
        assert wrong == []
        return
    watched.page.evaluate(SHOW, [texts, False])
    for frame in watched.page.frames[1:]:
        frame.evaluate(PRESS_EVERYTHING)
    watched.check()
    assert {frame.url for frame in watched.page.frames[1:]} == {"about:srcdoc"}
