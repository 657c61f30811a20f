"""The picture: well made, bounded, readable by all, and in the colours of where it stands."""

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


def words_of_areas(name):
    return [area.find(f"{SVG}title").text for area in held_areas(parsed(name))]


def test_what_is_held_back_is_an_area_that_names_its_holder():
    held = words_of_areas("buffered")
    assert "profiler holds 13 bytes" in held
    assert not any(words.startswith("gzip") for words in words_of_areas("streamed"))


def test_where_chunks_are_many_only_what_is_held_back_has_an_area():
    assert words_of_areas("many") == []


def test_the_holder_has_its_name_in_the_picture_where_there_is_room():
    made = observe(app, PATH, middleware="get_data", pace=0.02)
    assert any("get_data holds" in text for text in texts(ET.fromstring(made.to_svg())))


@pytest.mark.parametrize("name", SCENARIOS)
class TestEveryPicture:
    def test_it_is_told_in_words(self, name):
        root, made = parsed(name), exchange(name)
        title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert made.path in title.text
        assert str(made.verdict) in description.text
        for lane in made.lanes.values():
            assert f"{lane.name} {lane.chunks:,} chunk" in description.text

    def test_the_verdict_stands_below(self, name):
        words = " ".join(texts(parsed(name)))
        assert str(exchange(name).verdict) in words

    def test_it_is_bounded_and_asks_nobody_for_anything(self, name):
        picture = exchange(name).to_svg()
        assert len(list(ET.fromstring(picture).iter())) < _MOST_ELEMENTS
        assert len(picture) < 200_000
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", picture)
        assert "url(" not in picture

    def test_all_of_it_is_within_its_frame(self, name):
        root = parsed(name)
        width, height = (float(root.get(side)) for side in ("width", "height"))
        for element in root.iter():
            for key, most in (("x", width), ("y", height)):
                if element.get(key) is not None:
                    assert 0 <= float(element.get(key)) <= most

    def test_it_says_which_axis_it_has(self, name):
        assert [text for text in texts(parsed(name)) if text.startswith("axis: ")]


def test_a_chunk_is_a_mark_with_its_bytes_and_line():
    titles = [mark.find(f"{SVG}title").text for mark in marks(parsed("streamed"))]
    assert len(titles) == 12
    first = [title for title in titles if title.startswith("generator, chunk 0")]
    assert re.match(r"generator, chunk 0, line \d+: 'Hello <', 7 bytes from offset 0", first[0])


def test_what_cannot_be_seen_is_spelt_out():
    picture = exchange("streamed").to_svg()
    assert "\x1b" not in picture
    assert "'>!\\x1b\\n'" in "".join(ET.fromstring(picture).itertext())


def test_the_same_bytes_are_joined():
    """Three chunks over four lanes: three lines for each of three pairs."""
    picture = exchange("streamed").to_svg()
    joins = re.findall(r'stroke-opacity=".7" fill="none" d="([^"]*)"', picture)
    assert [path.count("M") for path in joins] == [3, 3, 3]
    held = re.findall(r'stroke-opacity=".7" fill="none" d="([^"]*)"', exchange("buffered").to_svg())
    assert [path.count("M") for path in held] == [3, 3, 1, 1]
    ends = set(re.findall(r"L([\d.]+)", held[1]))
    assert len(ends) == 1, "all that was held comes out at one place"


def test_behind_a_recoding_nothing_is_joined_by_offset():
    picture = exchange("recoded").to_svg()
    joins = re.findall(r'stroke-opacity=".7" fill="none" d="([^"]*)"', picture)
    assert len(joins) == len(exchange("recoded").lanes) - 2


def test_bytes_that_came_no_further_are_hollow():
    hollow = ET.fromstring(exchange("failed").to_svg()).findall(
        f".//{SVG}g[@class='streamlab-stroke-warn']/{SVG}rect/{SVG}title"
    )
    assert [title.text.split(",")[0] for title in hollow] == ["app"]


def test_what_went_wrong_has_its_name_and_line():
    words = texts(parsed("cut"))
    assert "exception" in words
    assert "client cut off" in words
    assert any('yield request.args["name"]' in word for word in words)


def test_the_axis_is_the_clock_where_that_can_be_read():
    """In lockstep the clock was stopped; with a pace the chunks are apart."""
    assert "axis: order of events, not their distance in time" in texts(parsed("streamed"))
    assert "axis: time since the request" in texts(parsed("paced"))


@pytest.mark.parametrize(("lockstep", "axis"), [(True, "order"), (False, "time")])
def test_in_lockstep_the_clock_says_nothing_however_far_apart_chunks_are(lockstep, axis):
    document = json.loads(exchange("paced").to_json())
    picture = Exchange.from_json(json.dumps({**document, "lockstep": lockstep})).to_svg()
    assert f"axis: {axis}" in picture


def test_on_the_axis_of_order_every_event_has_its_own_place():
    places = [float(mark.get("x")) for mark in marks(parsed("streamed"))]
    assert len(set(places)) == 12
    assert min(b - a for a, b in zip(sorted(places), sorted(places)[1:], strict=False)) > 6


def test_many_chunks_are_cells():
    root = parsed("many")
    assert not marks(root)
    cells = [path for path in root.iter(f"{SVG}path") if path.get("fill-opacity")]
    assert 4 <= len(cells) <= 20
    assert "2,000" in texts(root)


def test_one_that_still_streams_can_be_drawn():
    go_on, begun = threading.Event(), threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"a"
        begun.set()
        go_on.wait(10)

    with Harness(app, remembered=False) as stage:
        running = stage.exchange(Scenario("/"))
        assert "It still streams." in running.to_svg()
        thread = threading.Thread(target=running.make)
        thread.start()
        assert begun.wait(10)
        assert "It still streams." in running.to_svg()
        go_on.set()
        thread.join(10)


JUPYTER_DARK = {
    "--jp-layout-color1": "rgb(17, 17, 17)",
    "--jp-ui-font-color1": "rgb(250, 250, 250)",
}


@pytest.mark.browser
class TestColours:
    """Read from the pixels' own rules in a real browser."""

    @pytest.mark.parametrize(
        ("scheme", "surface", "ink"),
        [
            ("light", "rgb(255, 255, 255)", "rgb(31, 35, 40)"),
            ("dark", "rgb(13, 17, 23)", "rgb(230, 237, 243)"),
        ],
    )
    def test_alone_it_follows_the_reader(self, chromium, scheme, surface, ink):
        assert self.colours(chromium, scheme, {}) == (surface, ink)

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_in_a_notebook_it_follows_the_theme(self, chromium, scheme):
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
