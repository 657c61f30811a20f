"""The view alone in Chromium. A replacement for anywidget's model sends it batches like the kernel."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import streamlab.lab

# Tests of other folders use `Host`. Without Playwright they are skipped as well.
expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = pytest.mark.browser

STATIC = Path(streamlab.lab.__file__).parent / "static"
LANES = ["generator", "app", "server", "client"]
NEVER = "\N{EN DASH}"
SOURCE = """def stream():
    def generate():
        yield '<p>Hello '
        yield escape(request.args['name'])
    return generate()
"""
HTML = {
    "status_code": 200,
    "reason": "OK",
    "headers": [["Content-Type", "text/html; charset=utf-8"]],
}

# Rows of four numbers as in a batch: see `decodeRows`.
PACKED = """
function packed(counts, rows) {
  const [parts, columns] = [[], []];
  let row = 0;
  for (const [lane, start, n] of counts) {
    const of = (i, field) => rows[4 * (row + i) + field];
    const located = of(0, 3) >= 0;
    parts.push([lane, start, n, of(0, 0), of(0, 1), located]);
    for (const field of [0, 1]) {
      const difference = (_, i) => (i ? of(i, field) - of(i - 1, field) : 0);
      columns.push(Uint32Array.from({ length: n }, difference));
    }
    if (located) {
      columns.push(Int32Array.from({ length: n }, (_, i) => (of(i, 2) << 20) | of(i, 3)));
    }
    row += n;
  }
  return { parts, columns };
}
"""
# The bundle is loaded from a Blob, like in anywidget. Buffers begin at an odd byte, which is possible
# in a message of Jupyter.
HOST = """
async (code) => {
  PACKED
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const widget = (await import(url)).default;
  const listeners = new Map();
  const model = {
    sent: [],
    listeners,
    traits: {
      path: "/stream?name=World", stream_with_context: true, middleware: [], server: "werkzeug",
      pace: null, old: "", live: false, scale: "normal",
      choices: { paces: [], middleware: [], servers: [], no_switch: "" },
    },
    get: (name) => model.traits[name],
    set(name, value) {
      model.traits[name] = value;
      listeners.get(`change:${name}`)?.();
    },
    save_changes: () => {},
    on: (name, listener) => listeners.set(name, listener),
    off: (name) => listeners.delete(name),
    send: (message) => model.sent.push(message),
  };
  const view = await widget();
  const clean = await view.initialize({ model });
  const host = {
    model,
    clean,
    views: [],
    render: (el) => host.views.push(view.render({ model, el })),
    feed({ counts, ...message }, rows, ...texts) {
      const { parts, columns } = packed(counts, rows);
      message.parts = parts;
      const shifted = new Uint8Array(columns.reduce((size, c) => size + c.byteLength, 3));
      let offset = 3;
      for (const { buffer } of columns) {
        shifted.set(new Uint8Array(buffer), offset);
        offset += buffer.byteLength;
      }
      const buffers = [shifted, ...texts.map((text) => new TextEncoder().encode(text))];
      const views = buffers.map((b, i) => new DataView(b.buffer, i ? 0 : 3));
      listeners.get("msg:custom")?.(message, views);
    },
  };
  window.host = host;
  const panel = document.querySelector(".streamlab-panel");
  host.render(panel.appendChild(document.createElement("div")));
}
""".replace("PACKED", PACKED)
A_MILLION_ROWS = """
() => {
  const n = 1_000_000;
  const rows = new Float64Array(4 * n);
  for (let i = 0; i < n; i++) rows.set([i * 1000, 10 * (i + 1), -1, -1], 4 * i);
  return rows;
}
"""
# In the first lane, beside the line in its middle.
COLOURED_COLUMNS = """
() => {
  const canvas = document.querySelector("canvas");
  const ratio = devicePixelRatio;
  const { data } = canvas.getContext("2d").getImageData(0, 38 * ratio, canvas.width, 1);
  return data.filter((alpha, i) => i % 4 === 3 && alpha > 60).length / ratio;
}
"""
# Drawn pixels of the band from x on, below its text.
BAND = """
(x) => {
  const canvas = document.querySelector("canvas");
  const ratio = devicePixelRatio;
  const { data } = canvas.getContext("2d").getImageData(x * ratio, 7 * ratio, 200 * ratio, 12);
  return data.filter((alpha, i) => i % 4 === 3 && alpha > 0).length;
}
"""
# Drawn pixels in the middle between the first two lanes.
BETWEEN = """
() => {
  const canvas = document.querySelector("canvas");
  const ratio = devicePixelRatio;
  const { data } = canvas.getContext("2d").getImageData(0, 50 * ratio, canvas.width, 1);
  return data.filter((alpha, i) => i % 4 === 3 && alpha > 0).length / ratio;
}
"""


class Host:
    """A page with the view, and methods to send it batches."""

    def __init__(self, page):
        self.page = page
        self.errors = []
        self.requests = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("requestfailed", self._failed)
        page.set_content(
            '<body style="margin: 8px; height: 5000px"><div class="streamlab-panel">'
            '<button class="mod-active">stream_with_context</button></div></body>'
        )
        page.add_style_tag(content=(STATIC / "view.css").read_text())
        page.evaluate(HOST, (STATIC / "view.js").read_text())
        self.seq = 0
        self.lanes, self.rows = LANES, dict.fromkeys(LANES, 0)
        self.sent_body = self.sent_page = self.sent_raw = 0

    def _failed(self, request):
        """Remove a request that the policy of the page has blocked: it was never sent."""
        if request.failure == "csp":
            self.requests.remove(request.url)

    def batch(
        self, rows=None, body="", *, page="", tail=(0, ""), raw="", reset=False, run=None, **fields
    ):
        """Send one batch. `raw` is what follows on the wire. `rows` is {lane: [(time_ns, end), …]}, optionally with source and line."""
        self.seq += 1
        if reset:
            self.lanes = (run or {}).get("lanes", LANES)
            self.rows, self.sent_body, self.sent_page = dict.fromkeys(self.lanes, 0), 0, 0
            self.sent_raw = 0
        counts, flat = [], []
        for lane, new in (rows or {}).items():
            counts.append([self.lanes.index(lane), self.rows[lane], len(new)])
            self.rows[lane] += len(new)
            flat += [value for row in new for value in (*row, -1, -1)[:4]]
        message = {
            "type": "batch",
            "channel": "shown",
            "seq": self.seq,
            "reset": reset,
            "run": {
                "id": 1,
                "method": "GET",
                "path": "/stream?name=World",
                "stream_with_context": True,
                "pace": None,
                "lanes": self.lanes,
                "middleware": [],
                "server": "werkzeug",
                "external": False,
                **(run or {}),
            },
            "counts": counts,
            "body": [self.sent_body] if body else None,
            "page": [self.sent_page] if page else None,
            "tail": [tail[0]] if tail[1] else None,
            "raw": [self.sent_raw] if raw else None,
            "page_size": self.sent_page + len(page.encode()),
            "totals": list(self.rows.values()),
            "strides": [1] * len(self.lanes),
            "recoded": [],
            "heads": [0] * len(self.lanes),
            "holders": self.lanes,
            "send_confirmed": False,
            "at": None,
            "error_line": None,
            "now": 1_000_000_000,
            "events_from": 0,
            "output_from": 0,
            "state": "running",
            "status": "",
            "verdict": None,
            "http": None,
            "error": None,
            **fields,
        }
        self.sent_body += len(body.encode())
        self.sent_page += len(page.encode())
        self.sent_raw += len(raw.encode())
        texts = [body, page, tail[1], raw]
        self.page.evaluate("(fields) => host.feed(...fields)", [message, flat, *texts])

    @property
    def view(self):
        return self.page.locator(".streamlab-view").first

    @property
    def table(self):
        return self.view.get_by_role("table", name="Chunks")

    @property
    def timeline(self):
        return self.view.get_by_role("img")

    def picture(self):
        """Return the timeline's pixels after the next frame."""
        return self.page.evaluate(
            """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(
                () => done(document.querySelector("canvas").toDataURL()))))"""
        )

    def drawn_between_lanes(self):
        self.picture()
        return self.page.evaluate(BETWEEN)

    def sent(self, kind):
        """Return the messages of one type that the view has sent."""
        return [one for one in self.page.evaluate("host.model.sent") if one["type"] == kind]

    def asked(self):
        """Return the requests for a snapshot, without those that were repeated."""
        return self.page.evaluate(
            """host.model.sent.filter(({ type, again }) => type === 'snapshot' && !again)
                .map(({ type, again }) => ({ type, again }))"""
        )


@pytest.fixture
def host(chromium):
    context = chromium.new_context(viewport={"width": 1000, "height": 900})
    host = Host(context.new_page())
    yield host
    context.close()
    assert host.errors == []
    # No request leaves the page.
    assert [url for url in host.requests if not url.startswith(("blob:", "about:", "data:"))] == []


def source(text=SOURCE, **fields):
    return [{"title": "Cell In[3]", "kind": "python", "first": 10, "text": text, **fields}]


def through(lanes, time, end):
    """Return one chunk that has passed `lanes`, a little later on each."""
    return {lane: [(time + 1000 * n, end)] for n, lane in enumerate(lanes)}


def arrived(host, lane):
    return host.table.locator(f'td[data-lane="{lane}"][data-arrived="true"]')


def test_a_new_view_is_empty_and_asks_for_a_snapshot(host):
    expect(host.timeline).to_have_attribute("aria-label", re.compile("generator 0 chunks.*client"))
    expect(host.view.get_by_role("status")).to_have_text("Press Run to send the request.")
    expect(host.view.get_by_role("alert")).to_have_text("")
    assert host.asked() == [{"type": "snapshot", "again": False}]


def test_a_chunk_is_shown_on_each_lane_that_it_has_passed(host):
    host.batch(through(LANES, 1e6, 9), "<p>Hello ", reset=True)
    host.batch(through(LANES[:2], 2e6, 14), "World")
    expect(host.table.locator("tbody tr")).to_have_count(2)
    for lane, count in zip(LANES, [2, 2, 1, 1], strict=True):
        expect(arrived(host, lane)).to_have_count(count)
    last = host.table.locator('tr[data-index="1"]')
    assert last.locator("td").all_text_contents() == [
        *("5 B", "World", "2.00 ms", "+1.00 µs", NEVER, NEVER),
    ]
    host.batch({"server": [(5e6, 14)], "client": [(6e6, 14)]})
    expect(arrived(host, "client")).to_have_count(2)
    expect(last.locator('td[data-lane="server"]')).to_have_text("+3.00 ms")


def test_the_label_of_the_timeline_sums_it_up(host):
    verdict = {"outcome": "streamed", "culprit": None, "text": "Streamed: all went through."}
    spans = [[0, 2e6]]
    host.batch(through(LANES, 1e6, 9), reset=True, spans=spans, verdict=verdict, state="done")
    chunks = ", ".join(f"{lane} 1 chunk" for lane in LANES)
    expect(host.timeline).to_have_attribute("aria-label", f"{chunks}; context active; streamed")
    status = host.view.get_by_role("status")
    expect(status).to_have_text("Streamed: all went through.")
    expect(status.locator(".streamlab-badge")).to_have_attribute("data-sign", "✓")


def test_the_line_of_the_current_yield_is_marked(host):
    host.batch(reset=True, sources=source(), at={"source": 0, "line": 12}, state="waiting")
    marked = host.view.locator(".streamlab-at-line")
    expect(marked).to_have_attribute("data-line", "12")
    expect(marked).to_have_attribute("aria-label", "line 12: suspended here")
    host.batch(at={"source": 0, "line": 12}, state="running")
    expect(marked).to_have_attribute("aria-label", "line 12: last yield")
    host.batch(at={"source": 0, "line": 13})
    expect(marked).to_have_count(1)
    expect(marked).to_have_attribute("data-line", "13")
    expect(marked.locator("code")).to_have_text("        yield escape(request.args['name'])")
    host.batch(at=None)
    expect(marked).to_have_count(0)


def test_an_exception_is_announced_and_the_line_that_raised_is_marked(host):
    host.batch(reset=True, sources=source())
    alert = host.view.get_by_role("alert")
    expect(alert).to_have_text("")
    expect(host.view.get_by_text("your code")).to_have_count(0)
    traceback = [
        {"file": "werkzeug/local.py", "line": 5, "name": "get", "code": "raise", "own": False},
        {"file": "Cell In[3]", "line": 13, "name": "generate", "code": "yield …", "own": True},
    ]
    error = {
        "last": "RuntimeError: Working outside of request context.",
        "advice": "",
        "sentence": "The generator reads `request.args`, but the view has returned.",
        "fixes": [
            {
                "title": "Wrap it",
                "code": "def stream():\n    return stream_with_context(generate())\n",
                "change": "return stream_with_context(generate())\n",
            }
        ],
        "traceback": traceback,
    }
    host.batch(error=error, error_line={"source": 0, "line": 13}, state="done")
    expect(alert).to_have_text("RuntimeError: Working outside of request context.")
    assert alert.text_content() == error["last"]
    expect(host.view.locator(".streamlab-error-line")).to_have_attribute("data-line", "13")
    bubble = host.view.locator(".streamlab-error-line + .streamlab-bubble")
    expect(bubble).to_contain_text("The generator reads request.args, but the view has returned.")
    expect(bubble.locator("pre")).to_have_text("return stream_with_context(generate())")
    host.page.evaluate(
        """() => Object.defineProperty(navigator, "clipboard", {
            value: { writeText: async (text) => { window.copied = text; } }
        })"""
    )
    bubble.get_by_role("button", name="Copy: Wrap it").click()
    expect(bubble.get_by_role("button", name="Copy: Wrap it")).to_have_text("Copied")
    assert host.page.evaluate("window.copied") == error["fixes"][0]["code"]
    host.view.get_by_role("tab", name="Output").click()
    expect(host.view.locator(".streamlab-entries li").first).to_contain_text("in generate")
    host.batch(reset=True)
    expect(alert).to_have_text("")
    expect(host.view.locator(".streamlab-error-line")).to_have_count(0)


def test_the_page_shows_the_bytes_that_reached_the_client(host):
    page = host.view.frame_locator('iframe[title="page"]')
    made = {lane: [(1e6, 9), (2e6, 14)] for lane in LANES[:3]}
    host.batch(
        {**made, "client": [(3e6, 9)]}, "<p>Hello World", page="<p>Hello ", reset=True, http=HTML
    )
    expect(page.locator("p")).to_have_text("Hello")
    host.batch({"client": [(4e6, 14)]}, page="World", http=HTML)
    expect(page.locator("p")).to_have_text("Hello World")


def test_the_page_cannot_run_scripts_or_send_requests(host):
    body = (
        "<!doctype html><p>safe</p><script>document.querySelector('p').textContent = 'run'</script>"
        "<img src='http://127.0.0.1:9/image'><link rel=stylesheet href='http://127.0.0.1:9/css'>"
        "<a href='http://127.0.0.1:9/link'>link</a>"
    )
    host.batch(through(LANES, 1e6, len(body)), body, page=body, reset=True, http=HTML)
    page = host.view.frame_locator('iframe[title="page"]')
    page.locator("a").click()
    expect(page.locator("p")).to_have_text("safe")


def test_chunks_of_recoded_lanes_are_matched_by_time(host):
    lanes = ["generator", "gzip", "client"]
    fields = {"reset": True, "run": {"lanes": lanes}}
    rows = {"generator": [(1e6, 9)], "gzip": [(2e6, 10)], "client": [(3e6, 10)]}
    host.batch(rows, "<p>Hello ", **fields)
    joined = host.picture()
    expect(host.table.locator("td")).to_have_text(
        ["9 B", "<p>Hello ", "1.00 ms", "+1.00 ms", "+1.00 ms"]
    )
    fields["heads"] = [0, 10, 10]
    host.batch(rows, "<p>Hello ", **fields, recoded=["gzip"])
    # The header of gzip, ten bytes, has no content of the chunk.
    expect(host.table.locator("td")).to_have_text(["9 B", "<p>Hello ", "1.00 ms", NEVER, NEVER])
    assert host.picture() != joined
    more = {"gzip": [(5e6, 30)], "client": [(6e6, 30)]}
    host.batch(more, recoded=["gzip"], heads=[0, 10, 10])
    expect(host.table.locator("td")).to_have_text(
        ["9 B", "<p>Hello ", "1.00 ms", "≈+4.00 ms", "≈+1.00 ms"]
    )
    gzip = host.table.locator('td[data-lane="gzip"]')
    expect(gzip).to_have_attribute("title", re.compile("the bytes differ from here on"))


def test_a_delay_below_zero_is_shown_as_about_zero(host):
    rows = {"generator": [(1e6, 9)], "app": [(2e6, 9)], "server": [(4e6, 9)], "client": [(3e6, 9)]}
    host.batch(rows, "<p>Hello ", reset=True)
    client = host.table.locator('td[data-lane="client"]')
    expect(client).to_have_text("≈0")
    expect(client).to_have_attribute("title", re.compile("recorded these bytes late"))


def test_a_table_of_merged_rows_says_how_many_chunks_a_row_has(host):
    rows = {"generator": [(1e6, 160), (2e6, 320), (3e6, 350)]}
    host.batch(rows, reset=True, totals=[35, 0, 0, 0], strides=[16, 1, 1, 1])
    expect(host.view).to_contain_text("16 chunks in each row")
    expect(host.table.locator('tr[data-index="2"] th')).to_have_text("32")
    expect(host.timeline).to_have_attribute("aria-label", re.compile("generator 35 chunks, app 0"))
    expect(host.view.locator(".streamlab-tally").nth(1)).to_have_text("35")


def test_the_last_rows_of_a_long_body_have_their_text_at_the_end(host):
    rows = host.table.locator("tbody tr")
    host.batch({"generator": [(1e6, 5), (2e6, 9), (3e6, 16)]}, "first", reset=True)
    expect(rows.last).to_contain_text("not kept")
    host.batch(tail=(9, "the end"), state="done")
    expect(rows.last).to_contain_text("the end")
    expect(rows.nth(1)).to_contain_text("not kept")


def test_held_bytes_are_drawn_with_the_name_of_the_holder(host):
    host.view.get_by_role("button", name="Time", exact=True).click()
    holders = ["generator", "get_data", "server", "server"]
    fields = {"reset": True, "holders": holders, "state": "done"}
    rows = {"generator": [(1e6, 5), (3e8, 9)]}
    host.batch({**rows, "app": [(2e6, 5), (4e8, 9)]}, **fields)
    apart = host.drawn_between_lanes()
    host.batch({**rows, "app": [(9e8, 9)]}, **fields)
    # An area for two thirds of the axis, with a name on it.
    assert host.drawn_between_lanes() > apart + 100
    tip = host.view.locator(".streamlab-timeline .streamlab-tooltip")
    box = host.page.locator(".streamlab-timeline canvas").bounding_box()
    for x, words in ((0.2, "5 bytes on the way to app"), (0.5, "get_data holds 9 bytes")):
        host.page.mouse.move(box["x"] + x * box["width"], box["y"] + 50)
        expect(tip).to_have_text(words)


def test_bytes_that_another_client_received_are_not_held(host):
    rows = through(LANES[:3], 1e6, 9)
    host.batch(rows, "<p>Hello ", reset=True, http=HTML)
    held = host.picture()
    host.batch(rows, "<p>Hello ", reset=True, http=HTML, run={"external": True})
    assert host.picture() != held
    expect(host.view.get_by_label("page", exact=True)).to_contain_text("sent to another client")
    client = host.table.locator('td[data-lane="client"]')
    expect(client).to_have_attribute("title", "sent to another client")


def test_a_body_that_is_not_html_is_shown_as_text(host):
    plain = {**HTML, "headers": [["content-type", "text/plain"]]}
    host.batch(through(LANES, 1e6, 8), page="a,<b>,c\n", reset=True, http=plain)
    expect(host.view.get_by_label("body", exact=True)).to_have_text("a,<b>,c\n")


def test_messages_are_shown_with_the_chunks_that_they_came_in(host):
    stream = {**HTML, "headers": [["content-type", "text/event-stream"]]}
    host.batch(through(LANES, 1e6, 10), page="data: <b>\n", reset=True, http=stream)
    messages = host.view.get_by_label("messages", exact=True)
    expect(messages).to_have_text("not complete yet: data: <b>")
    host.batch(through(LANES, 2e6, 11), page="\n", http=stream)
    expect(messages.locator("li")).to_have_text([f"0 message<b>chunks 0{NEVER}1"])


def test_an_open_page_has_a_cursor_and_a_cut_one_the_error_of_a_browser(host):
    chunked = {**HTML, "headers": [*HTML["headers"], ["Transfer-Encoding", "chunked"]]}
    host.batch(through(LANES, 1e6, 9), page="<p>Hello ", reset=True, http=chunked)
    expect(host.view).to_contain_text("The response is still open.")
    verdict = {"outcome": "truncated", "culprit": None, "text": "Truncated: cut."}
    host.batch(state="done", http=chunked, verdict=verdict)
    expect(host.view).to_contain_text("net::ERR_INCOMPLETE_CHUNKED_ENCODING")
    expect(host.view).not_to_contain_text("The response is still open.")


def test_data_is_never_markup(host):
    evil = "<img src=x onerror=alert(1)>"
    host.batch(
        {"generator": [(1, len(evil), 0, 10)]},
        evil,
        reset=True,
        sources=source(evil, title=evil),
        status=evil,
        events=[[1, "warning", evil]],
        http={"status_code": 200, "reason": evil, "headers": [[evil, evil]]},
        error={
            "last": evil,
            "advice": evil,
            "sentence": evil,
            "fixes": [{"title": evil, "code": evil, "change": evil}],
            "traceback": [{"file": evil, "line": 1, "name": evil, "code": evil, "own": True}],
        },
    )
    expect(host.view.get_by_role("alert")).to_have_text(evil)
    expect(host.table.locator("code")).to_have_text(evil)
    expect(host.view.locator("img")).to_have_count(0)


def test_a_view_rendered_later_shows_the_same(host):
    host.batch(through(LANES, 1e6, 9), "<p>Hello ", reset=True, status="One chunk so far.")
    host.page.evaluate("host.render(document.body.appendChild(document.createElement('div')))")
    second = host.page.locator(".streamlab-view").nth(1)
    expect(second.get_by_role("status")).to_have_text("One chunk so far.")
    expect(second.locator("tbody tr")).to_have_count(1)
    host.batch(through(LANES, 2e6, 14), "World")
    for view in (host.view, second):
        expect(view.locator("tbody tr")).to_have_count(2)


def test_after_a_lost_batch_the_view_waits_for_a_snapshot(host):
    host.batch(through(LANES, 1e6, 9), reset=True, status="one")
    host.seq += 1
    host.batch(through(LANES, 3e6, 20), status="three")
    assert host.asked() == [{"type": "snapshot", "again": False}] * 2
    expect(host.view.get_by_role("status")).to_have_text("one")
    host.batch({"generator": [(1, 9), (2, 14), (3, 20)]}, reset=True, status="all three")
    expect(host.view.get_by_role("status")).to_have_text("all three")
    expect(host.table.locator("tbody tr")).to_have_count(3)


def test_a_merged_row_that_has_grown_is_replaced(host):
    host.batch({"generator": [(1e6, 10)]}, reset=True)
    expect(host.table.locator(".streamlab-size")).to_have_text("10 B")
    host.rows["generator"] = 0
    host.batch({"generator": [(2e6, 25), (3e6, 30)]})
    expect(host.table.locator(".streamlab-size")).to_have_text(["25 B", "5 B"])


def test_steps_are_shown_in_order_of_events_until_the_user_chooses_time(host):
    host.batch(through(LANES, 1e6, 9), reset=True, run={"pace": "step"})
    order, time = (
        host.view.get_by_role("button", name=name, exact=True) for name in ("Order", "Time")
    )
    expect(order).to_have_attribute("aria-pressed", "true")
    in_order = host.picture()
    time.click()
    expect(time).to_have_attribute("aria-pressed", "true")
    expect(order).to_have_attribute("aria-pressed", "false")
    assert host.picture() != in_order
    host.batch(reset=True, run={"pace": 0.5})
    expect(time).to_have_attribute("aria-pressed", "true")


def test_keys_zoom_and_move_and_show_all(host):
    host.batch(through(LANES, 4e8, 9), reset=True, state="done")
    host.timeline.focus()
    whole = host.picture()
    host.page.keyboard.press("+")
    zoomed = host.picture()
    host.page.keyboard.press("ArrowRight")
    moved = host.picture()
    host.page.keyboard.press("0")
    assert len({whole, zoomed, moved}) == 3
    assert host.picture() == whole


def test_shift_with_an_arrow_picks_a_chunk_in_all_panes(host):
    host.batch(through(LANES, 1e6, 9), "<p>Hello ", reset=True)
    host.batch(through(LANES, 2e8, 14), "World")
    host.timeline.focus()
    for index in (0, 1):
        host.page.keyboard.press("Shift+ArrowRight")
        marked = host.table.locator("tr.streamlab-selected")
        expect(marked).to_have_attribute("data-index", str(index))
    tip = host.view.locator(".streamlab-timeline .streamlab-tooltip")
    expect(tip).to_contain_text("chunk 1 on generator")
    expect(tip).to_contain_text("World")
    host.page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    expect(marked).to_have_count(0)


def test_the_wheel_scrolls_the_page_until_the_timeline_has_the_focus(host):
    host.batch(through(LANES, 4e8, 9), reset=True, state="done")
    whole = host.picture()
    host.page.evaluate("window.scrollTo(0, 50)")
    over = host.timeline.bounding_box()
    host.page.mouse.move(over["x"] + 200, over["y"] + 60)
    host.page.mouse.wheel(0, -20)
    host.page.wait_for_function("window.scrollY < 50")
    host.page.mouse.move(0, 0)
    assert host.picture() == whole
    host.timeline.focus()
    host.page.evaluate("window.scrollTo(0, 50)")
    focused = host.picture()
    over = host.timeline.bounding_box()
    host.page.mouse.move(over["x"] + 200, over["y"] + 60)
    host.page.mouse.wheel(0, -200)
    host.page.mouse.move(0, 0)
    assert host.picture() != focused
    assert host.page.evaluate("window.scrollY") == 50


def test_a_million_chunks_are_counted_drawn_and_listed_in_part(host):
    host.page.evaluate(
        f"""() => {{
            const rows = ({A_MILLION_ROWS})();
            const message = {{ type: "batch", channel: "shown", seq: 1, reset: true, counts: [[0, 0, 1e6]],
                run: {{ lanes: ["generator"], pace: null, middleware: [] }},
                totals: [1e6], strides: [1], heads: [0], holders: ["generator"], recoded: [],
                body: null, page: null, tail: null, state: "done", now: 1e9, at: null,
                error_line: null, verdict: null, http: null, error: null, status: "" }};
            host.feed(message, rows, "", "");
        }}"""
    )
    expect(host.timeline).to_have_attribute("aria-label", re.compile("1,000,000 chunks"))
    expect(host.table.locator("tbody tr")).to_have_count(200)
    expect(host.table.locator("tbody tr").last).to_have_attribute("data-index", "999999")
    expect(host.view).to_contain_text("999,800 earlier chunks not shown")
    expect(host.view.get_by_role("button", name="Order", exact=True)).to_be_disabled()
    host.picture()
    assert host.page.evaluate(COLOURED_COLUMNS) > 400


def test_panes_keep_their_place_while_chunks_arrive(host):
    host.batch(reset=True, sources=source())
    expect(host.view.locator(".streamlab-line")).to_have_count(5)

    def places():
        return host.view.locator("section").evaluate_all(
            "all => all.map(e => { const r = e.getBoundingClientRect(); return [r.top, r.height] })"
        )

    before = places()
    for index in range(30):
        host.batch(through(LANES, index * 1e6, 9 * (index + 1)), "<p>Hello ", http=HTML)
    expect(arrived(host, "client")).to_have_count(30)
    assert places() == before


def test_a_verdict_and_an_error_do_not_move_the_source(host):
    host.batch(reset=True, sources=source(), status="Streaming: 1 chunk so far.")
    names = ("source", "pipe", "page", "timeline", "details")
    places = [host.view.locator(f".streamlab-{name}") for name in names]
    expect(host.view.get_by_role("status")).to_have_text("Streaming: 1 chunk so far.")
    before = [round(place.bounding_box()["y"]) for place in places]
    text = "Truncated: " + "the client got two chunks, then a cut. " * 4
    error = {"last": "ValueError: no", "advice": "", "sentence": "", "fixes": [], "traceback": []}
    verdict = {"outcome": "truncated", "culprit": None, "text": text.strip()}
    host.batch(error=error, verdict=verdict, error_line={"source": 0, "line": 13}, state="done")
    expect(host.view.get_by_role("status")).to_have_text(text.strip())
    expect(host.view.locator(".streamlab-error-line + .streamlab-bubble")).to_be_visible()
    assert [round(place.bounding_box()["y"]) for place in places] == before


@pytest.mark.parametrize("width", [1300, 1108, 751, 640, 560, 520, 420])
def test_at_each_width_the_last_column_is_in_sight(host, width):
    host.page.set_viewport_size({"width": width + 16, "height": 900})
    lanes = ["generator", "app", "gzip", "server", "client"]
    rows = {lane: [(1e9 + 1e8 * n, 9)] for n, lane in enumerate(lanes)}
    host.batch(rows, "<p>Hello ", reset=True, run={"lanes": lanes})
    expect(arrived(host, "client")).to_have_count(1)
    room = "e => e.closest('.streamlab-scroller').getBoundingClientRect().right"
    cell = arrived(host, "client")
    box = cell.bounding_box()
    assert box["x"] + box["width"] <= cell.evaluate(room) + 0.5
    assert host.page.evaluate("document.documentElement.scrollWidth") <= width + 16


def test_the_caption_names_what_differs_from_the_defaults(host):
    shown = host.view.get_by_role("combobox", name="Run", exact=True).locator("option:checked")
    host.batch(reset=True)
    expect(shown).to_have_text("… run 1 · GET /stream?name=World")
    run = {"stream_with_context": False, "middleware": ["gzip"], "server": "waitress", "pace": 0.5}
    host.batch(reset=True, run=run)
    words = "run 1 · GET /stream?name=World · without stream_with_context · gzip · waitress · 0.5 s"
    expect(shown).to_have_text(f"… {words}")
    expect(host.view.get_by_role("combobox", name="Run", exact=True)).to_have_attribute(
        "title", words
    )


def test_the_band_shows_a_generator_that_runs_without_a_context(host):
    host.view.get_by_role("button", name="Time", exact=True).click()
    rows = {"generator": [(9e8, 9)]}
    host.batch(rows, reset=True, state="done", spans=[[1e6, 2e6]])
    host.picture()
    assert host.page.evaluate(BAND, 250) > 0
    # The generator ended before the context, so nothing ran without one.
    host.batch({"generator": [(1e6, 9)]}, reset=True, state="done", spans=[[1e6, 2e6]])
    host.picture()
    assert host.page.evaluate(BAND, 250) == 0


def test_a_path_without_a_view_has_another_text_than_a_view_that_has_not_run(host):
    host.batch(reset=True, state="idle", sources=[])
    pane = host.view.locator(".streamlab-source")
    expect(pane).to_contain_text("appears here when it runs")
    host.batch(reset=True, state="done", sources=[])
    expect(pane).to_contain_text("No view answers this path.")


def test_a_lost_kernel_is_reported_until_the_next_batch(host):
    host.batch(reset=True, status="one")
    status = host.view.get_by_role("status")
    expect(status).to_have_text("one")
    host.page.evaluate("host.model.listeners.get('comm_live_update')()")
    expect(status).to_have_text("The kernel restarted. Choose Run → Run All Cells.")
    assert host.asked() == [{"type": "snapshot", "again": False}] * 2
    host.batch(reset=True, status="two")
    expect(status).to_have_text("two")


def test_the_controls_are_named_and_set_the_traits(host):
    toggle = host.view.get_by_role("switch", name="stream_with_context")
    expect(toggle).to_have_attribute("aria-checked", "true")
    toggle.click()
    expect(toggle).to_have_attribute("aria-checked", "false")
    assert host.page.evaluate("host.model.traits.stream_with_context") is False
    host.view.get_by_label("Path").fill("/other")
    host.view.get_by_label("Path").press("Enter")
    assert host.sent("run")[-1]["controls"]["path"] == "/other"
    for name in ("Middleware", "Server", "Pace"):
        expect(host.view.get_by_role("combobox", name=name)).to_be_visible()


def test_a_view_on_the_page_says_once_that_it_is_shown(host):
    host.page.wait_for_function("host.model.sent.some(({ type }) => type === 'shown')")
    host.batch(through(LANES, 1e6, 9), reset=True)
    expect(host.table.locator("tbody tr")).to_have_count(1)
    assert len(host.sent("shown")) == 1


def test_run_and_stop_are_one_button_and_an_old_result_says_so(host):
    run = host.view.get_by_role("button", name="Run", exact=True)
    run.click()
    assert len(host.sent("run")) == 1
    host.batch(through(LANES, 1e6, 9), reset=True)
    host.view.get_by_role("button", name="Stop", exact=True).click()
    assert len(host.sent("stop")) == 1
    host.batch(state="done")
    expect(run).to_be_visible()
    expect(host.view).not_to_contain_text("since this run")
    host.view.get_by_role("switch").click()
    expect(host.view).to_contain_text("The settings have changed since this run. Press Run.")


def test_the_slider_moves_all_regions(host):
    verdict = {"outcome": "streamed", "culprit": None, "text": "Streamed: all."}
    fields = {"state": "done", "verdict": verdict, "http": HTML}
    rows = {lane: [(1e6 + n, 9), (2e6 + n, 14)] for n, lane in enumerate(LANES)}
    host.batch(rows, "<p>Hello World", page="<p>Hello World", reset=True, **fields)
    page = host.view.frame_locator('iframe[title="page"]')
    expect(page.locator("p")).to_have_text("Hello World")
    slider = host.view.get_by_label("Replay", exact=True)
    slider.focus()
    host.page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "7 of 8: chunk 1 passes server, 2.00 ms")
    expect(page.locator("p")).to_have_text("Hello")
    expect(arrived(host, "server")).to_have_count(2)
    expect(arrived(host, "client")).to_have_count(1)
    host.page.keyboard.press("End")
    expect(page.locator("p")).to_have_text("Hello World")
    expect(arrived(host, "client")).to_have_count(2)


def test_what_is_out_of_sight_is_not_drawn(host):
    host.page.evaluate("window.scrollTo(0, 3000)")
    host.batch(through(LANES, 1e6, 9), "<p>Hello ", reset=True, status="Streaming: 1 chunk so far.")
    expect(host.view.get_by_role("status")).to_have_text("Streaming: 1 chunk so far.")
    assert host.table.locator("tbody tr").count() == 0
    host.page.evaluate("window.scrollTo(0, 0)")
    expect(host.table.locator("tbody tr")).to_have_count(1)


def test_a_removed_view_leaves_nothing(host):
    host.batch(through(LANES, 1e6, 9), reset=True)
    expect(host.table.locator("tbody tr")).to_have_count(1)
    host.page.evaluate("host.views.forEach((clean) => clean())")
    expect(host.page.locator(".streamlab-view")).to_have_count(0)
    host.batch(through(LANES, 2e6, 14))
    host.page.evaluate("host.clean()")
    assert host.page.evaluate("host.model.listeners.size") == 0
