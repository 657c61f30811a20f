"""The timeline alone in Chromium: its scale, its views of a run, zoom, and the replay.

The page's clock is Playwright's, so that the tests decide how much time passes.
"""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.browser.test_view import HTML, LANES, Host, through

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = pytest.mark.browser

# The x of each mark in the first lane: opaque pixels below the line in its middle.
MARKS = """
() => {
  const canvas = document.querySelector(".streamlab-timeline canvas");
  const { width } = canvas.getBoundingClientRect();
  const ratio = canvas.width / width;
  const { data } = canvas.getContext("2d").getImageData(0, 42 * ratio, canvas.width, 1);
  const runs = [];
  for (let x = 0; x < canvas.width; x++) {
    if (data[4 * x + 3] < 250) continue;
    if (runs.at(-1)?.[1] === x - 1) runs.at(-1)[1] = x;
    else runs.push([x, x]);
  }
  // The line at the present is thinner than a mark.
  const marks = runs.filter(([from, to]) => to - from > 3 * ratio);
  return marks.map(([from, to]) => (from + to) / 2 / ratio);
}
"""
COUNT_FRAMES = """
() => {
  window.frames = 0;
  const request = window.requestAnimationFrame;
  window.requestAnimationFrame = (draw) => { window.frames++; return request(draw); };
}
"""
SECOND = 1e9
PACED = {"pace": 0.5}


class Timeline(Host):
    """A page whose clock stands still until a test lets it run."""

    def __init__(self, page):
        page.clock.install()
        super().__init__(page)
        page.clock.pause_at("2100-01-01")

    @property
    def root(self):
        return self.view.locator(".streamlab-timeline")

    @property
    def tip(self):
        return self.root.locator(".streamlab-tooltip")

    @property
    def slider(self):
        return self.view.get_by_label("Replay", exact=True)

    def batch(self, *args, **fields):
        super().batch(*args, **fields)
        self.run_for()

    def run_for(self, ms=50):
        self.page.clock.run_for(ms)

    def choose(self, name):
        self.view.get_by_role("button", name=name, exact=True).click()
        self.run_for()

    def marks(self):
        """Return the x of each chunk's mark on the first lane."""
        self.run_for()
        return self.page.evaluate(MARKS)

    def picture_now(self):
        self.run_for()
        return self.page.evaluate(
            "document.querySelector('.streamlab-timeline canvas').toDataURL()"
        )

    def point(self, x, y):
        box = self.timeline.first.bounding_box()
        self.page.mouse.move(box["x"] + x, box["y"] + y)


@pytest.fixture
def host(chromium):
    context = chromium.new_context(viewport={"width": 1000, "height": 900})
    host = Timeline(context.new_page())
    yield host
    context.close()
    assert host.errors == []


def three_chunks(host, **fields):
    rows = {
        lane: [(SECOND * (0.2 + 0.3 * i) + 1000 * n, 9 * (i + 1)) for i in range(3)]
        for n, lane in enumerate(LANES)
    }
    host.batch(rows, "<p>Hello there", reset=True, state="done", **fields)


def moved(before, by):
    return pytest.approx([x + by for x in before], abs=1.5)


def test_the_scale_does_not_change_while_a_paced_run_goes_on_or_when_it_is_done(host):
    host.choose("Time")
    host.batch(through(LANES, 3e6, 9), reset=True, run=PACED, now=5e6)
    [first] = host.marks()
    for index in (1, 2):
        time = index * SECOND / 2
        host.batch(through(LANES, time, 9 * (index + 1)), run=PACED, now=time)
    assert host.marks()[0] == first
    last = host.marks()[2]
    host.batch(run=PACED, now=1.5 * SECOND, state="done")
    assert host.marks() == [first, pytest.approx((first + last) / 2, abs=1), last]


def test_the_present_moves_in_time_until_the_run_is_done(host):
    host.batch(through(LANES, 3e6, 9), reset=True, run=PACED, now=5e6)
    # The pipe has shown the chunk.
    host.run_for(5000)
    in_order = host.picture_now()
    host.run_for(500)
    assert host.picture_now() == in_order
    host.choose("Time")
    first = host.picture_now()
    host.run_for(500)
    assert host.picture_now() != first
    host.batch(run=PACED, now=SECOND, state="done")
    host.run_for(5000)
    done = host.picture_now()
    # A run that is done costs nothing.
    host.page.evaluate(COUNT_FRAMES)
    host.run_for(5000)
    assert host.page.evaluate("window.frames") == 0
    assert host.picture_now() == done


def test_wheel_drag_and_keys_keep_what_is_under_them(host):
    host.choose("Time")
    three_chunks(host)
    whole = host.marks()
    assert len(whole) == 3
    host.timeline.first.focus()
    host.point(whole[1], 150)
    host.page.mouse.wheel(0, -200)
    zoomed = host.marks()
    middle = min(zoomed, key=lambda x: abs(x - whole[1]))
    assert middle == pytest.approx(whole[1], abs=1.5)
    # 200 px of the wheel are a factor of 2 ** 0.4.
    apart = [b - a for marks in (whole, zoomed) for a, b in pairwise(marks)]
    assert apart[-1] == pytest.approx(apart[0] * 2**0.4, abs=2)
    host.page.mouse.down()
    host.point(whole[1] - 60, 150)
    host.page.mouse.up()
    assert host.marks()[-1] == pytest.approx(zoomed[-1] - 60, abs=1.5)
    host.page.keyboard.press("0")
    assert host.marks() == whole
    host.page.keyboard.press("+")
    assert host.marks() != whole
    host.page.keyboard.press("-")
    assert host.marks() == moved(whole, 0)


def test_two_fingers_zoom_about_the_middle_between_them(host):
    host.choose("Time")
    three_chunks(host)
    host.timeline.first.focus()
    whole = host.marks()
    box = host.timeline.first.bounding_box()
    session = host.page.context.new_cdp_session(host.page)

    def touch(kind, *offsets):
        points = [
            {"x": box["x"] + whole[1] + offset, "y": box["y"] + 60, "id": number}
            for number, offset in enumerate(offsets)
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", -40, 40)
    touch("touchMove", -50, 50)
    touch("touchMove", -60, 60)
    touch("touchEnd")
    zoomed = host.marks()
    nearest = min(zoomed, key=lambda x: abs(x - whole[1]))
    assert nearest == pytest.approx(whole[1], abs=2)
    assert zoomed[-1] - nearest == pytest.approx(1.5 * (whole[2] - whole[1]), abs=4)


def test_what_the_page_has_painted_is_the_last_lane(host):
    names = host.root.locator(".streamlab-lane-name")
    host.batch(through(LANES, 3e6, 9), "<p>Hello ", page="<p>Hello ", reset=True, http=HTML)
    page = host.view.frame_locator('iframe[title="page"]')
    expect(page.locator("p")).to_have_text("Hello")
    host.run_for()
    expect(names.last).to_have_text("page1")
    host.timeline.first.focus()
    host.page.keyboard.press("Shift+ArrowRight")
    host.run_for()
    expect(host.tip).to_contain_text(re.compile(r"client: \+1.00 µspage: \+"))
    # The page is not part of the exchange: neither of its summary nor of its table.
    expect(host.timeline.first).to_have_attribute("aria-label", re.compile("^((?!page).)*$"))
    expect(host.table.locator("th", has_text="page")).to_have_count(0)
    # A run that was over when it was received has not been painted while it ran.
    three_chunks(host, page="<p>Hello there", http=HTML, run={"id": 2})
    host.run_for(1000)
    expect(names.last).to_have_text("client3")
    # The first run is shown again.
    host.batch(through(LANES, 3e6, 9), reset=True, state="done")
    expect(names.last).to_have_text("page1")


def test_a_delay_is_the_one_after_the_lane_before_also_in_the_tooltip(host):
    rows = {
        "generator": [(1e6, 9)],
        "app": [(2e6, 9)],
        "server": [(5e6, 9)],
        "client": [(5.5e6, 9)],
    }
    host.batch(rows, "<p>Hello ", reset=True, state="done")
    host.timeline.first.focus()
    host.page.keyboard.press("Shift+ArrowRight")
    host.run_for()
    delays = ["app: +1.00 ms", "server: +3.00 ms", "client: +500 µs"]
    for delay in delays:
        expect(host.tip).to_contain_text(delay)
    in_table = [
        f"{lane}: {host.table.locator(f'td[data-lane={lane}]').text_content()}" for lane in LANES
    ]
    assert in_table[1:] == delays


def test_events_and_prints_have_different_marks_and_a_legend(host):
    host.choose("Time")
    events = [[SECOND / 4, "view returned", ""]]
    output = [[SECOND / 2, "asked the database\n", "stdout"], [0.75 * SECOND, "oh\n", "stderr"]]
    three_chunks(host, events=events, output=output)
    width = host.timeline.first.bounding_box()["width"]
    for share, words in (
        (0.25, "◆ view returned at 250 ms"),
        (0.5, "■ printed at 500 msasked the database"),
        (0.75, "□ printed to stderr at 750 msoh"),
        (0.95, "◆ event■ printed□ printed to stderr▲ warning✖ error"),
    ):
        # The axis begins 1 % before the run, and ends 2 % after it.
        host.point(width * (share + 0.0102) / 1.0302, 150)
        expect(host.tip).to_have_text(words)


def test_sums_of_bytes_are_a_view_of_their_own(host):
    three_chunks(host)
    in_order = host.picture_now()
    host.choose("Bytes")
    assert host.picture_now() != in_order
    host.point(host.timeline.first.bounding_box()["width"] * 0.6, 60)
    expect(host.tip).to_have_text(re.compile("^at .* msmade on generator: 18 Bclient: 18 B$"))


def test_a_replay_goes_step_by_step_at_the_chosen_speed_to_the_newest_moment(host):
    three_chunks(host)
    host.run_for()
    expect(host.slider).to_have_attribute("aria-valuetext", "the whole run")
    host.view.get_by_role("button", name="Play", exact=True).click()
    host.run_for(20)
    expect(host.slider).to_have_attribute("aria-valuetext", "0 of 12: before the first step")
    host.run_for(800)
    expect(host.slider).to_have_attribute(
        "aria-valuetext", "3 of 12: chunk 0 passes server, 200 ms"
    )
    expect(host.table.locator("tbody tr")).to_have_count(1)
    host.view.get_by_label("Speed of the replay").select_option("0.25")
    host.run_for(800)
    expect(host.slider).to_have_attribute("aria-valuetext", re.compile("^3 of 12"))
    host.run_for(250)
    expect(host.slider).to_have_attribute("aria-valuetext", re.compile("^4 of 12"))
    host.view.get_by_role("button", name="Pause", exact=True).click()
    host.run_for(5000)
    expect(host.slider).to_have_attribute("aria-valuetext", re.compile("^4 of 12"))
    host.view.get_by_role("button", name="Play", exact=True).click()
    host.run_for(9000)
    expect(host.slider).to_have_attribute("aria-valuetext", "the whole run")
    expect(host.view.get_by_role("button", name="Play", exact=True)).to_be_visible()
    host.page.evaluate(COUNT_FRAMES)
    host.run_for(5000)
    assert host.page.evaluate("window.frames") == 0


def test_a_run_that_starts_ends_the_replay(host):
    three_chunks(host)
    host.run_for()
    host.slider.focus()
    for key, step in (("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1)):
        host.page.keyboard.press(key)
        host.run_for()
        expect(host.slider).to_have_attribute("aria-valuetext", re.compile(f"^{step} of 12"))
    host.view.get_by_role("button", name="Play", exact=True).click()
    host.run_for(100)
    host.batch(through(LANES, 1e6, 9), "<p>Hello ", reset=True)
    host.run_for()
    expect(host.slider).to_be_disabled()
    expect(host.table.locator("tbody tr")).to_have_count(1)
    host.batch(state="done")
    host.run_for(5000)
    expect(host.slider).to_have_attribute("aria-valuetext", "the whole run")
    expect(host.view.get_by_role("button", name="Play", exact=True)).to_be_visible()
