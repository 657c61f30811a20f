"""The tabs below the timeline: the chosen one stays, and others count what is new in them."""

from __future__ import annotations

import pytest

from tests.browser.test_view import LANES, Host, through

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = pytest.mark.browser
HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PRINTED = [[1e6, "first", "stdout"], [2e6, "second", "stderr"]]


@pytest.fixture
def host(chromium):
    context = chromium.new_context(viewport={"width": 1000, "height": 900})
    host = Host(context.new_page())
    yield host
    context.close()
    assert host.errors == []


def tab(host, name):
    return host.view.get_by_role("tab", name=name, exact=True)


def test_a_tab_counts_what_is_new_and_does_not_come_to_the_front(host):
    host.batch(through(LANES, 1e6, 9), "<p>Hello ", reset=True, output=PRINTED)
    expect(tab(host, "Output")).to_have_attribute("data-news", "2")
    expect(tab(host, "Output")).to_have_accessible_description("2 new")
    expect(tab(host, "Chunks")).to_have_attribute("aria-selected", "true")
    tab(host, "Output").click()
    expect(tab(host, "Output")).to_have_attribute("data-news", "")
    tab(host, "Chunks").click()
    host.batch(output=[[3e6, "third", "stdout"]], output_from=2)
    expect(tab(host, "Output")).to_have_attribute("data-news", "1")


def test_the_chosen_tab_stays_in_the_next_run_and_its_news_are_counted_again(host):
    host.batch(reset=True, output=PRINTED)
    tab(host, "Output").click()
    tab(host, "Events").click()
    host.batch(reset=True, run={"id": 2}, output=PRINTED[:1])
    expect(tab(host, "Events")).to_have_attribute("aria-selected", "true")
    expect(tab(host, "Output")).to_have_attribute("data-news", "1")


def test_a_snapshot_of_the_same_run_is_no_news(host):
    host.batch(reset=True, output=PRINTED)
    tab(host, "Output").click()
    tab(host, "Wire").click()
    host.batch(reset=True, output=PRINTED)
    host.picture()
    expect(tab(host, "Output")).to_have_attribute("data-news", "")


def test_what_cannot_be_chosen_is_shown_with_the_command_that_installs_it(host):
    choices = {
        "paces": [None],
        "middleware": [
            {"value": "gzip", "missing": ""},
            {"value": "proxy", "missing": "It starts nginx. Use `apt install nginx-light`. That is all."},
        ],
        "servers": [
            {"value": "werkzeug", "missing": ""},
            {"value": "waitress", "missing": 'Not installed: pip install "streamlab[servers]"'},
            {"value": "gunicorn", "missing": "The app is in no module."},
        ],
        "no_switch": "",
    }  # fmt: skip
    host.page.evaluate("(choices) => host.model.set('choices', choices)", choices)
    server = host.view.get_by_role("combobox", name="Server")
    assert server.locator("option").all_text_contents() == [
        "werkzeug",
        'waitress (pip install "streamlab[servers]")',
        "gunicorn (not with this app)",
    ]
    assert server.locator("option:disabled").count() == 2
    assert "The app is in no module." in server.get_attribute("title")
    middleware = host.view.get_by_role("combobox", name="Middleware")
    assert middleware.locator("option").all_text_contents() == [
        *("none", "gzip", "proxy (apt install nginx-light)"),
    ]


@pytest.mark.parametrize("width", [900, 1108])
def test_beside_the_timeline_all_lanes_are_in_sight(host, width):
    host.page.set_viewport_size({"width": width + 16, "height": 900})
    times = [1_040_650_000, 1_071_750_000, 1_172_850_000, 1_203_950_000]
    host.batch(
        dict(zip(LANES, [[(time, 9)] for time in times], strict=True)), "<p>Hello ", reset=True
    )
    cell = host.table.locator('td[data-lane="client"]')
    expect(cell).to_have_text("+31.1 ms")
    host.picture()
    room = cell.evaluate("e => e.closest('.streamlab-scroller').getBoundingClientRect().right")
    box = cell.bounding_box()
    assert box["x"] + box["width"] <= room + 0.5


def wire(raw, **fields):
    return {"size": len(raw), "framing": "chunked", "end": "", "how": "", **fields}


def test_the_wire_is_shown_frame_by_frame_with_visible_line_ends(host):
    raw = f"{HEAD}6\r\nHello \r\n"
    host.batch(through(LANES, 1e6, 6), "Hello ", reset=True, raw=raw, wire=wire(raw))
    tab(host, "Wire").click()
    panel = host.view.get_by_role("tabpanel", name="Wire")
    parts = panel.locator(".streamlab-part")
    assert parts.locator(".streamlab-part-name").all_inner_texts() == ["head", "frame\n6 bytes"]
    expect(parts.nth(0).locator("pre")).to_have_text(
        "HTTP/1.1 200 OK\\r\\n\nTransfer-Encoding: chunked\\r\\n\n\\r\\n"
    )
    expect(parts.nth(1).locator("pre")).to_have_text("6\\r\\n\nHello \\r\\n")
    assert parts.nth(1).locator(".streamlab-escape").all_inner_texts() == ["\\r\\n", "\\r\\n"]
    how = "Missing: the end marker."
    host.batch(state="done", wire=wire(raw, end="FIN", how=how))
    expect(panel.get_by_text(how)).to_be_visible()
    panel.get_by_role("button", name="Hex").click()
    expect(parts.nth(1).locator("pre")).to_have_text(
        "002f  36 0d 0a 48 65 6c 6c 6f  6..Hello\n0037  20 0d 0a                  .."
    )
    width = "e => [e.scrollWidth, e.clientWidth]"
    scroll, client = parts.nth(1).locator("pre").evaluate(width)
    assert scroll <= client


def test_the_frame_under_the_pointer_is_marked_with_its_chunk(host):
    raw = f"{HEAD}6\r\nHello \r\n5\r\nWorld\r\n"
    host.batch(through(LANES, 1e6, 6), "Hello ", reset=True)
    host.batch(through(LANES, 2e6, 11), "World", raw=raw, wire=wire(raw))
    tab(host, "Wire").click()
    host.view.locator(".streamlab-part").nth(2).hover()
    selected = host.view.locator(".streamlab-selected")
    expect(selected).to_have_count(2)  # the frame, and the row of the table
    assert "World" in selected.first.text_content()
    assert "World" in selected.last.text_content()
