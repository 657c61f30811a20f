"""The comparison, the list of runs and the matrix in the view alone, without a kernel."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api")

from playwright.sync_api import expect

from tests.browser.test_view import LANES, Host, host, source, through

__all__ = ["host"]  # a fixture

pytestmark = pytest.mark.browser

NAMES = ["with `stream_with_context`", "without it"]
SENTENCE = "With `stream_with_context`, all 2 chunks arrive. Without it, the generator fails."
RUN = {
    "method": "GET",
    "path": "/stream?name=World",
    "stream_with_context": True,
    "pace": None,
    "lanes": LANES,
    "middleware": [],
    "server": "werkzeug",
    "external": False,
}
SET = """
(traits) => {
  Object.assign(host.model.traits, traits);
  for (const name of Object.keys(traits)) host.model.listeners.get(`change:${name}`)?.();
}
"""
# How many pixels of the comparison are red like an error, and how many green like an active context,
# above and below its middle.
COLOURED = """
() => {
  const canvas = document.querySelector(".streamlab-comparison canvas");
  const { data, height, width } = canvas.getContext("2d")
    .getImageData(0, 0, canvas.width, canvas.height);
  const [red, green] = [[0, 0], [0, 0]];
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b, a] = data.subarray(i, i + 4);
    const half = Number(i / 4 / width > height / 2);
    if (a > 100 && r > 150 && g < 90 && b < 90) red[half]++;
    if (a > 30 && g > r + 20 && g > b + 20) green[half]++;
  }
  return { red, green };
}
"""


def put(host: Host, **traits):
    """Set traits of the model, as the kernel does."""
    host.page.evaluate(SET, traits)


def picture(host: Host):
    """Return the pixels of the comparison after the next frame."""
    host.picture()
    canvas = "document.querySelector('.streamlab-comparison canvas')"
    return host.page.evaluate(f"{canvas}.toDataURL()")


def sent(host: Host, kind):
    """Return the messages of a kind that the view has sent, without the values of the controls."""
    messages = host.page.evaluate("host.model.sent")
    return [
        {name: value for name, value in message.items() if name not in {"type", "controls"}}
        for message in messages
        if message["type"] == kind
    ]


def two_runs(host: Host):
    """Send a run that streams beside a run that fails."""
    verdict = {"outcome": "streamed", "culprit": None, "text": "Streamed: 2 chunks.", "advice": ""}
    rows = {lane: [(1e6 + n, 6), (5e8 + n, 11)] for n, lane in enumerate(LANES)}
    host.batch(
        *(rows, "Hello World"),
        channel="beside",
        reset=True,
        state="done",
        verdict=verdict,
        spans=[[0, 6e8]],
        events=[],
        sources=source(),
    )
    host.seq = 0
    error = {
        "last": "RuntimeError: Working outside of request context.",
        "sentence": "The request context has ended.",
        "fixes": [],
        "advice": "",
        "traceback": [],
    }
    host.batch(
        *(through(LANES, 1e6, 6), "Hello "),
        run={"id": 2, "stream_with_context": False},
        reset=True,
        state="done",
        verdict={**verdict, "outcome": "truncated", "text": "Truncated: cut."},
        spans=[[0, 5e5]],
        events=[[5e8, "exception", ""]],
        sources=source(),
        error=error,
        error_line={"source": 0, "line": 13},
    )


@pytest.fixture
def compared(host):
    two_runs(host)
    comparison = {"first": 1, "second": 2, "names": NAMES, "text": SENTENCE}
    put(host, comparison=comparison, lower="compare")
    expect(host.view.get_by_label("comparison")).to_be_visible()
    return host


def test_compare_asks_the_kernel_for_both_runs(host):
    host.view.get_by_role("button", name="Compare", exact=True).click()
    assert sent(host, "compare") == [{}]


def test_an_app_without_the_switch_says_why_it_is_not_compared(host):
    why = "Only an App of streamlab has this switch."
    choices = {"paces": [], "middleware": [], "servers": [], "no_switch": why}
    put(host, choices=choices)
    button = host.view.get_by_role("button", name="Compare", exact=True)
    expect(button).to_be_disabled()
    expect(button).to_have_attribute("title", why)


def test_both_runs_are_shown_with_the_difference_in_a_sentence(compared):
    view = compared.view
    expect(view.get_by_label("timeline", exact=True)).to_be_hidden()
    expect(view.get_by_label("details").first).to_be_hidden()
    expect(view.locator(".streamlab-difference")).to_have_text(SENTENCE.replace("`", ""))
    expect(view.locator(".streamlab-compared-name")).to_have_text(
        ["✓ streamedwith stream_with_context", "✂ truncatedwithout it"]
    )
    label = view.get_by_role("img").get_attribute("aria-label")
    first, second = label.split(". ")
    assert first.startswith("with stream_with_context: generator 2 chunks")
    assert second.startswith("without it: generator 1 chunk")
    # The other regions show the second run.
    expect(view.get_by_role("alert")).to_have_text(
        "RuntimeError: Working outside of request context."
    )
    expect(view.locator(".streamlab-error-line")).to_have_attribute("data-line", "13")
    compared.picture()
    pixels = compared.page.evaluate(COLOURED)
    above, below = pixels["red"]
    assert above == 0
    assert below > 0
    above, below = pixels["green"]
    assert above > below > 0


def test_both_runs_have_the_same_axis(compared):
    view = compared.view
    in_order = picture(compared)
    view.get_by_role("button", name="Time", exact=True).click()
    assert picture(compared) != in_order
    view.get_by_role("img").focus()
    compared.page.keyboard.press("+")
    zoomed = picture(compared)
    compared.page.keyboard.press("0")
    assert picture(compared) != zoomed


def test_close_shows_the_timeline_again_and_returns_the_focus(compared):
    compared.view.get_by_role("button", name="Close").locator("visible=true").click()
    expect(compared.view.get_by_role("button", name="Compare", exact=True)).to_be_focused()
    assert compared.page.evaluate("host.model.traits.lower") == "timeline"
    put(compared, lower="timeline")
    expect(compared.view.get_by_label("timeline", exact=True)).to_be_visible()
    expect(compared.view.get_by_label("comparison")).to_be_hidden()


def test_the_second_run_may_not_have_begun(host):
    host.batch(through(LANES, 1e6, 6), "Hello ", reset=True)
    facts = {"first": 1, "second": 0, "names": NAMES, "text": ""}
    put(host, comparison=facts, lower="compare")
    expect(host.view.locator(".streamlab-compared-name")).to_have_text(
        ["… runningwith stream_with_context", "comes nextwithout it"]
    )


def test_the_panel_is_as_high_as_before(compared):
    heights = []
    for lower in ("timeline", "compare", "matrix"):
        put(compared, lower=lower)
        compared.picture()
        heights.append(compared.view.bounding_box()["height"])
    assert len(set(heights)) == 1
    assert heights[0] <= 640


def test_a_reloaded_page_asks_for_the_compared_run(host):
    put(host, comparison={"first": 1, "second": 2, "names": NAMES, "text": SENTENCE})
    host.page.evaluate("host.model.listeners.get('comm_live_update')()")
    asked = host.page.evaluate("host.model.sent.filter(({ again }) => again === false)")
    assert [message["channel"] for message in asked[-2:]] == ["shown", "beside"]


def entry(number, outcome="streamed", **fields):
    return {"run": {**RUN, "id": number, **fields}, "outcome": outcome}


def test_an_earlier_run_can_be_shown_or_compared(host):
    history = [entry(2, "buffered", middleware=["gzip"]), entry(1, "truncated")]
    put(host, history=history)
    host.batch(reset=True, run={"id": 2, "middleware": ["gzip"]}, state="done")
    runs = host.view.get_by_role("combobox", name="Run", exact=True)
    expect(runs.locator("option")).to_have_text(
        ["▣ run 2 · GET /stream?name=World · gzip", "✂ run 1 · GET /stream?name=World"]
    )
    expect(runs).to_have_value("2")
    others = host.view.get_by_role("combobox", name="Compare with")
    others.select_option("1")
    assert sent(host, "compare_with") == [{"number": 1}]
    runs.select_option("1")
    assert sent(host, "show_run") == [{"number": 1}]


def cell(server, kept, outcome, culprit="", middleware=()):
    return {
        "server": server,
        "middleware": list(middleware),
        "stream_with_context": kept,
        "outcome": outcome,
        "culprit": culprit,
        "receives": "200 'Hello World'" if outcome else "not installed",
        "text": "A sentence." if outcome else "pip install it",
    }


ROWS = [
    cell("werkzeug", True, "streamed"),
    cell("werkzeug", False, "truncated"),
    cell("waitress", True, ""),
    cell("werkzeug", True, "buffered", "gzip", ["gzip"]),
]


def test_the_matrix_is_made_only_if_the_user_asks(host):
    host.batch(reset=True)
    assert sent(host, "matrix") == []
    button = host.view.get_by_role("button", name="Matrix", exact=True)
    button.click()
    assert sent(host, "matrix") == [{}]
    path = "/stream?name=World"
    put(host, matrix={"state": "done", "path": path, "total": 4, "rows": ROWS}, lower="timeline")
    button.click()  # it is known, so it is only shown
    assert sent(host, "matrix") == [{}]
    assert host.page.evaluate("host.model.traits.lower") == "matrix"


def test_the_matrix_grows_and_can_be_stopped(host):
    host.batch(reset=True)
    state = {"state": "running", "path": "/stream", "total": 4, "rows": ROWS[:1]}
    put(host, matrix=state, lower="matrix")
    pane = host.view.locator(".streamlab-matrix")
    expect(pane).to_contain_text("/stream: 1 of 4")
    pane.get_by_role("button", name="Stop matrix").click()
    assert sent(host, "stop_matrix") == [{}]
    first = pane.get_by_role("button", name="✓ streamed")
    first.focus()
    put(host, matrix={**state, "state": "stopped", "rows": ROWS[:3]})
    expect(pane).to_contain_text("3 of 4, stopped")
    expect(first).to_be_focused()  # the cells so far stay
    expect(pane.get_by_role("button", name="Repeat matrix")).to_be_visible()


def test_a_cell_of_the_matrix_opens_its_run(host):
    host.batch(reset=True)
    put(host, matrix={"state": "done", "path": "/", "total": 4, "rows": ROWS}, lower="matrix")
    servers = host.view.get_by_role("table", name="Servers")
    expect(servers.get_by_role("columnheader")).to_have_text(["with the context", "without it"])
    expect(servers.get_by_role("rowheader")).to_have_text(["werkzeug", "waitress"])
    missing = servers.get_by_role("button", name="not installed")
    expect(missing).to_be_disabled()
    expect(missing).to_have_attribute("title", "pip install it")
    layers = host.view.get_by_role("table", name="Middleware")
    chosen = layers.get_by_role("button", name="▣ buffered, gzip")
    chosen.click()
    expect(chosen).to_have_attribute("aria-pressed", "true")
    assert sent(host, "cell") == [{"number": 3}]
