"""The SVG picture: valid, limited in size, accessible, and in the colours of its page."""

from __future__ import annotations

import json
import re
import threading
from xml.etree import ElementTree as ET

import pytest

from streamlab import observe
from streamlab.harness.exchange import Exchange
from streamlab.harness.harness import Harness
from streamlab.harness.scenario import Scenario
from tests.exports.exported import PATH, SCENARIOS, app, exchange

SVG = "{http://www.w3.org/2000/svg}"
_MOST_ELEMENTS = 900


def parsed(name):
    return ET.fromstring(exchange(name).to_svg())


def texts(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def marks(root):
    areas = held_areas(root)
    titled = [rect for rect in root.iter(f"{SVG}rect") if rect.find(f"{SVG}title") is not None]
    return [rect for rect in titled if rect not in areas]


def held_areas(root):
    return list(root.find(f"{SVG}g[@class='streamlab-held']"))


def area_titles(name):
    return [area.find(f"{SVG}title").text for area in held_areas(parsed(name))]


def test_held_bytes_are_an_area_that_names_the_holder():
    held = area_titles("buffered")
    assert "profiler holds 13 bytes" in held
    assert not any(title.startswith("gzip") for title in area_titles("streamed"))


def test_with_many_chunks_bytes_on_their_way_have_no_area():
    assert area_titles("many") == []


def test_the_holder_is_named_in_the_picture_if_there_is_room():
    made = observe(app, PATH, middleware="get_data", pace=0.02)
    assert any("get_data holds" in text for text in texts(ET.fromstring(made.to_svg())))


@pytest.mark.parametrize("name", SCENARIOS)
class TestEveryPicture:
    def test_title_and_description_say_what_it_shows(self, name):
        root, made = parsed(name), exchange(name)
        title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert made.path in title.text
        assert str(made.verdict) in description.text
        for lane in made.lanes.values():
            assert f"{lane.name} {lane.chunks:,} chunk" in description.text

    def test_the_verdict_is_below_the_timeline(self, name):
        words = " ".join(texts(parsed(name)))
        assert str(exchange(name).verdict) in words

    def test_it_is_limited_in_size_and_loads_nothing(self, name):
        picture = exchange(name).to_svg()
        assert len(list(ET.fromstring(picture).iter())) < _MOST_ELEMENTS
        assert len(picture) < 200_000
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", picture)
        assert "url(" not in picture

    def test_everything_is_inside_the_picture(self, name):
        root = parsed(name)
        width, height = (float(root.get(side)) for side in ("width", "height"))
        for element in root.iter():
            for key, most in (("x", width), ("y", height)):
                if element.get(key) is not None:
                    assert 0 <= float(element.get(key)) <= most

    def test_the_axis_is_named(self, name):
        assert [text for text in texts(parsed(name)) if text.startswith("axis: ")]


def test_a_chunk_is_a_mark_with_its_bytes_and_line():
    titles = [mark.find(f"{SVG}title").text for mark in marks(parsed("streamed"))]
    assert len(titles) == 12
    first = [title for title in titles if title.startswith("generator, chunk 0")]
    assert re.match(r"generator, chunk 0, line \d+: 'Hello <', 7 bytes from offset 0", first[0])


def test_control_characters_are_escaped():
    picture = exchange("streamed").to_svg()
    assert "\x1b" not in picture
    assert "'>!\\x1b\\n'" in "".join(ET.fromstring(picture).itertext())


def test_lines_join_the_same_bytes():
    """Three chunks over four lanes: three lines for each of three pairs."""
    picture = exchange("streamed").to_svg()
    joins = re.findall(r'stroke-opacity=".7" fill="none" d="([^"]*)"', picture)
    assert [path.count("M") for path in joins] == [3, 3, 3]
    held = re.findall(r'stroke-opacity=".7" fill="none" d="([^"]*)"', exchange("buffered").to_svg())
    assert [path.count("M") for path in held] == [3, 3, 1, 1]
    ends = set(re.findall(r"L([\d.]+)", held[1]))
    assert len(ends) == 1, "all held bytes come out at one position"


def test_recoded_bytes_are_not_joined_by_offset():
    picture = exchange("recoded").to_svg()
    joins = re.findall(r'stroke-opacity=".7" fill="none" d="([^"]*)"', picture)
    assert len(joins) == len(exchange("recoded").lanes) - 2


def test_bytes_that_did_not_pass_the_next_lane_are_hollow():
    hollow = ET.fromstring(exchange("failed").to_svg()).findall(
        f".//{SVG}g[@class='streamlab-stroke-warn']/{SVG}rect/{SVG}title"
    )
    assert [title.text.split(",")[0] for title in hollow] == ["app"]


def test_errors_are_named_with_their_line():
    words = texts(parsed("cut"))
    assert "exception" in words
    assert "client cut off" in words
    assert any('yield request.args["name"]' in word for word in words)


def test_the_axis_is_the_clock_if_the_chunks_are_apart():
    """In lockstep the clock is of no use. With a pace the chunks are apart."""
    assert "axis: order of events, not their distance in time" in texts(parsed("streamed"))
    assert "axis: time since the request" in texts(parsed("paced"))


@pytest.mark.parametrize(("lockstep", "axis"), [(True, "order"), (False, "time")])
def test_in_lockstep_the_axis_is_the_order_of_events(lockstep, axis):
    document = json.loads(exchange("paced").to_json())
    picture = Exchange.from_json(json.dumps({**document, "lockstep": lockstep})).to_svg()
    assert f"axis: {axis}" in picture


def test_on_the_order_axis_each_chunk_has_its_own_position():
    positions = [float(mark.get("x")) for mark in marks(parsed("streamed"))]
    assert len(set(positions)) == 12
    assert min(b - a for a, b in zip(sorted(positions), sorted(positions)[1:], strict=False)) > 6


def test_many_chunks_are_cells():
    root = parsed("many")
    assert not marks(root)
    cells = [path for path in root.iter(f"{SVG}path") if path.get("fill-opacity")]
    assert 4 <= len(cells) <= 20
    assert "2,000" in texts(root)


def test_an_exchange_that_is_still_streaming_can_be_drawn():
    go_on, begun = threading.Event(), threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"a"
        begun.set()
        go_on.wait(10)

    with Harness(app, remembered=False) as harness:
        running = harness.exchange(Scenario("/"))
        assert "The response is still streaming." in running.to_svg()
        assert "The response is still streaming." in running.to_svg(animated=True)
        thread = threading.Thread(target=running.make)
        thread.start()
        assert begun.wait(10)
        assert "The response is still streaming." in running.to_svg()
        assert "The response is still streaming." in running.to_svg(animated=True)
        go_on.set()
        thread.join(10)


JUPYTER_DARK = {
    "--jp-layout-color1": "rgb(17, 17, 17)",
    "--jp-ui-font-color1": "rgb(250, 250, 250)",
}


@pytest.mark.browser
class TestColours:
    """The colours as a real browser computes them."""

    @pytest.mark.parametrize(
        ("scheme", "surface", "ink"),
        [
            ("light", "rgb(255, 255, 255)", "rgb(31, 35, 40)"),
            ("dark", "rgb(13, 17, 23)", "rgb(230, 237, 243)"),
        ],
    )
    def test_outside_a_notebook_the_colours_follow_the_reader(self, chromium, scheme, surface, ink):
        assert self.colours(chromium, scheme, {}) == (surface, ink)

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_in_a_notebook_the_colours_follow_the_theme(self, chromium, scheme):
        assert self.colours(chromium, scheme, JUPYTER_DARK) == tuple(JUPYTER_DARK.values())

    def colours(self, chromium, scheme, variables):
        page = chromium.new_page(color_scheme=scheme)
        try:
            page.set_content(exchange("cut").to_svg())
            page.evaluate(
                "variables => { for (const [name, value] of Object.entries(variables)) "
                "document.body.style.setProperty(name, value) }",
                variables,
            )
            return tuple(
                page.evaluate("s => getComputedStyle(document.querySelector(s)).fill", selector)
                for selector in (".streamlab-fill-surface", ".streamlab-fill-ink")
            )
        finally:
            page.close()
