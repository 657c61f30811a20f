"""The panel for a class: every state at every width, on a projector, with keys and a screen reader.

The view is alone, without a kernel, with the colours of JupyterLab's themes.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api")

from playwright.sync_api import expect

from tests.browser.panel_states import STATES, STREAMED, done, error, put, running, step
from tests.browser.test_view import Host

pytestmark = pytest.mark.browser

THEMES = Path(sys.prefix) / "share" / "jupyter" / "lab" / "themes" / "@jupyterlab"
NAMES = [state.__name__ for state in STATES]
# Elements that are wider than the page, without those inside an element that scrolls.
TOO_WIDE = """
() => [...document.querySelectorAll(".streamlab-view *")].filter((element) => {
  const { right, width } = element.getBoundingClientRect();
  if (!width || right <= innerWidth + 1) return false;
  for (let e = element.parentElement; e; e = e.parentElement) {
    if (getComputedStyle(e).overflowX !== "visible") return false;
  }
  return true;
}).map(({ className }) => className)
"""
AXE = Path(__file__).parents[2] / "streamlab/lab/frontend/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What axe-core finds, as "rule: element: message".
FINDINGS = """
async (rules) => {
  const { violations } = await axe.run(".streamlab-view", {
    resultTypes: ["violations"], runOnly: { type: "tag", values: rules }, iframes: false,
  });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, any, all, none }) =>
    `${id}: ${target.join(" ")}: ${[...any, ...all, ...none][0]?.message ?? ""}`));
}
"""
# Visible texts and their sizes on the screen, the smallest first.
SMALLEST = """
() => {
  const texts = document.createTreeWalker(document.querySelector(".streamlab-view"), 4);
  const found = [];
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) {
      continue;
    }
    if (element.closest("option, style") || element.getClientRects()[0]?.width < 2) continue;
    const size = parseFloat(getComputedStyle(element).fontSize) * element.currentCSSZoom;
    found.push([Math.round(size * 10) / 10, texts.currentNode.data.trim().slice(0, 30)]);
  }
  return found.sort((a, b) => a[0] - b[0]).slice(0, 5);
}
"""


def use_theme(host: Host, theme: str):
    """Use the colours of one of JupyterLab's themes."""
    host.page.add_style_tag(content=(THEMES / f"theme-{theme}-extension/index.css").read_text())
    host.page.evaluate(
        """(light) => {
            document.body.dataset.jpThemeLight = String(light);
            document.body.style.background = "var(--jp-layout-color1)";
            document.body.style.height = "auto";
            document.querySelector(".streamlab-panel > button")?.remove();
        }""",
        theme == "light",
    )


@pytest.fixture(scope="module")
def host(chromium):
    context = chromium.new_context(viewport={"width": 1124, "height": 800})
    host = Host(context.new_page())
    use_theme(host, "light")
    yield host
    context.close()
    assert host.errors == []


@pytest.fixture(autouse=True)
def _normal(host):
    put(host, scale="normal")
    resize(host, 1108)


def resize(host, width):
    """Give the view a width."""
    host.page.set_viewport_size({"width": width + 16, "height": 800})


def shown(host, state, artefact=None):
    """Show a state, save a picture of it, and return its height and what is too wide."""
    state(host)
    host.picture()
    if artefact:
        host.view.screenshot(path=artefact(state.__name__))
    return host.view.bounding_box()["height"], host.page.evaluate(TOO_WIDE)


@pytest.mark.parametrize("width", [800, 900, 1108, 1240, 1600])
def test_every_state_has_the_same_height_on_one_screen(host, width, artefact):
    resize(host, width)
    save = artefact if width in {900, 1600} else None
    seen = {state.__name__: shown(host, state, save) for state in STATES}
    assert {height for height, _ in seen.values()} == {seen["idle"][0]}
    assert seen["idle"][0] <= 640
    assert [wide for _, wide in seen.values() if wide] == []


@pytest.mark.parametrize("width", [320, 360, 640])
def test_a_narrow_panel_is_a_column(host, width, artefact):
    resize(host, width)
    for state in STATES:
        _, wide = shown(host, state, artefact if width == 360 else None)
        assert wide == [], state.__name__
        assert host.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    regions = ("status", "actions", "settings", "source", "pipe", "page")
    error(host)
    tops = [host.view.locator(f".streamlab-{name}").bounding_box()["y"] for name in regions]
    assert tops == sorted(tops)


@pytest.mark.parametrize("width", [1108, 1240])
def test_on_a_projector_no_text_is_smaller_than_18_px(host, width, artefact):
    put(host, scale="projector")
    resize(host, width)
    for state in STATES:
        height, wide = shown(host, state, artefact if width == 1108 else None)
        assert height <= 760, state.__name__
        assert wide == [], state.__name__
        assert host.page.evaluate(SMALLEST)[0][0] >= 18, (
            state.__name__,
            host.page.evaluate(SMALLEST),
        )
        assert "px" in host.page.evaluate(
            "document.querySelector('.streamlab-timeline canvas').getContext('2d').font"
        )


def test_on_a_projector_the_details_take_the_place_of_the_timeline(host):
    put(host, scale="projector")
    step(host)
    details = host.view.get_by_label("details", exact=True).first
    timeline = host.view.get_by_label("timeline", exact=True)
    expect(details).to_be_hidden()
    button = host.view.get_by_role("button", name="Details", exact=True)
    button.click()
    expect(details).to_be_visible()
    expect(timeline).to_be_hidden()
    button.click()
    expect(timeline).to_be_visible()


def test_full_screen_lets_the_timeline_grow(host):
    done(host)
    canvas = host.view.locator(".streamlab-timeline canvas")
    host.picture()
    before = canvas.bounding_box()["height"]
    host.view.get_by_role("button", name="Full screen", exact=True).click()
    host.page.wait_for_function("document.fullscreenElement !== null")
    host.page.wait_for_function(
        "before => document.querySelector('.streamlab-timeline canvas')"
        ".getBoundingClientRect().height > before + 20",
        arg=before,
    )
    assert host.view.bounding_box()["height"] == host.page.evaluate("innerHeight")
    host.view.get_by_role("button", name="Full screen", exact=True).click()
    host.page.wait_for_function("document.fullscreenElement === null")


@pytest.fixture(scope="module")
def axe():
    """The source of axe-core, which npm installs with the other tools of the JavaScript."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed. Run `make` or `npm ci` in streamlab/lab/frontend.")
    return AXE.read_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_core_finds_nothing_in_any_state(chromium, axe, theme, artefact):
    context = chromium.new_context(viewport={"width": 1124, "height": 800}, reduced_motion="reduce")
    host = Host(context.new_page())
    use_theme(host, theme)
    host.page.evaluate(axe)
    found = {}
    for state in STATES:
        shown(host, state, artefact)
        found[state.__name__] = host.page.evaluate(FINDINGS, RULES)
    step(host)
    for tab in ("Wire", "Events", "Output"):
        host.view.get_by_role("tab", name=tab).click()
        host.picture()
        found[tab] = host.page.evaluate(FINDINGS, RULES)
    context.close()
    assert {name: findings for name, findings in found.items() if findings} == {}


# Counts the changes of the status, which a screen reader announces.
COUNT_STATUS = """
() => {
  window.announced = [];
  window.begun = performance.now();
  const status = document.querySelector(".streamlab-view [role=status]");
  new MutationObserver(() => announced.push(status.textContent))
    .observe(status, { childList: true, characterData: true, subtree: true });
}
"""


def test_while_chunks_stream_the_status_changes_at_most_once_a_second(host):
    running(host)
    host.picture()
    host.page.evaluate(COUNT_STATUS)
    for count in range(3, 40):
        host.batch(status=f"Streaming: {count} chunks so far.")
        host.picture()
    expect(host.view.get_by_role("status")).to_have_text("Streaming: 39 chunks so far.")
    seconds = host.page.evaluate("(performance.now() - begun) / 1000")
    assert len(host.page.evaluate("announced")) <= seconds + 1
    # The verdict does not wait.
    host.batch(state="done", verdict=STREAMED)
    host.picture()
    assert host.view.get_by_role("status").text_content() == STREAMED["text"]


# The focused element: the class of its region, and whether its focus can be seen.
FOCUSED = """
() => {
  const element = document.activeElement;
  const region = element.closest(".streamlab-grid > *");
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  return [
    region ? region.className.match(/streamlab-(?!pane)(\\w+)/)[1] : "outside",
    outlineStyle !== "none" && outlineWidth !== "0px",
  ];
}
"""


def test_keys_alone_reach_every_region_from_top_to_bottom_and_leave_the_panel(chromium):
    context = chromium.new_context(viewport={"width": 1124, "height": 800})
    host = Host(context.new_page())
    use_theme(host, "light")
    error(host)
    host.picture()
    visited = []
    for _ in range(60):
        host.page.keyboard.press("Tab")
        region, is_seen = host.page.evaluate(FOCUSED)
        if region == "outside":
            if visited:
                break
            continue
        assert is_seen, host.page.evaluate("document.activeElement.outerHTML")
        visited.append(region)
    context.close()
    regions = [region for region, _ in itertools.groupby(visited)]
    assert regions == ["actions", "settings", "source", "timeline", "details"]
