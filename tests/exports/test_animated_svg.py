"""The animated picture: the tiles move in the recorded order, and its final state shows all."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest

from streamlab import observe
from streamlab.exports.svg.axis import axis_for
from streamlab.exports.svg.moments import MAX_TILES, moments_of
from streamlab.exports.svg.motion import Motion
from streamlab.exports.svg.placement import Placement
from streamlab.harness.exchange import Exchange
from streamlab.middleware.base import Middleware
from tests.exports.exported import SCENARIOS, app, exchange

SVG = "{http://www.w3.org/2000/svg}"
_MOST_ELEMENTS = 1_600


def picture(name):
    return exchange(name).to_svg(animated=True)


def texts(root):
    return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]


def stations_of(made, time):
    """Return the name of the station of each chunk at a time."""
    lanes = made.visible_lanes
    tiles = Placement(lanes, made.trace.recoded).tiles_at(time)
    return [lanes[tile.station].name for tile in tiles]


@pytest.mark.parametrize("name", SCENARIOS)
class TestEveryPicture:
    def test_it_has_no_script_and_loads_nothing(self, name):
        text = picture(name)
        root = ET.fromstring(text)
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
            *("svg", "g", "title", "desc", "style", "rect", "path", "text", "tspan")
        }
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|url\(|@import", text)
        attributes = {key for element in root.iter() for key in element.attrib}
        assert not [key for key in attributes if key.startswith("on") or "href" in key]

    def test_it_is_limited_in_size(self, name):
        text = picture(name)
        assert len(text) < 100_000
        assert len(list(ET.fromstring(text).iter())) < _MOST_ELEMENTS

    def test_it_shows_the_stations_the_timeline_and_the_verdict(self, name):
        made, root = exchange(name), ET.fromstring(picture(name))
        words = texts(root)
        assert str(made.verdict) in " ".join(words)
        for lane in made.lanes.values():
            assert words.count(lane.name) == 2, "one station and one lane"
        assert [word for word in words if word.startswith("axis: ")]
        assert root.get("role") == "img"

    def test_every_animation_has_keyframes_and_moves_only_if_motion_is_wanted(self, name):
        text = picture(name)
        used = set(re.findall(r"animation-name:([\w-]+)", text))
        assert used == set(re.findall(r"@keyframes ([\w-]+)\{", text))
        style = re.search(r"<style>(.*)</style>", text, re.DOTALL)[1]
        _, _, wanted = style.partition("@media screen and (prefers-reduced-motion:no-preference){")
        assert wanted.count("animation-duration") == style.count("animation-duration") == 1

    def test_nothing_is_before_the_first_step(self, name):
        """Each tile is invisible at 0 %, and in the order of its keyframes."""
        for frames in re.findall(r"@keyframes [\w-]+\{(.*?\})\}", picture(name)):
            at = [float(percent) for percent in re.findall(r"([\d.]+)%", frames)]
            assert at[0] == 0
            assert at == sorted(at)
            assert at[-1] < 100, "then the final state is shown for a while"


def test_a_name_is_used_once_in_a_page():
    """Two pictures in one page must not share ids or names of animations."""
    pictures = [picture(name) for name in SCENARIOS]
    names = [set(re.findall(r"streamlab-[0-9a-f]{8}", text)) for text in pictures]
    assert {len(found) for found in names} == {1}
    assert len(set.union(*names)) == len(pictures)


def test_a_chunk_moves_from_station_to_station():
    made = exchange("streamed")
    last = -1
    seen = []
    for time in moments_of(made, made.visible_lanes, axis_for(made)).times:
        assert time > last
        last = time
        if first := stations_of(made, time)[:1]:
            seen += [] if seen[-1:] == first else first
    assert seen == ["app", "server", "client"]


def test_held_chunks_wait_in_the_station_of_their_holder():
    made = exchange("buffered")
    third = made.lanes["app"].times[2]
    assert stations_of(made, third) == ["profiler"] * 3
    held = [text for text in texts(ET.fromstring(picture("buffered"))) if "holds" in text]
    assert held == ["holds 7 bytes", "holds 13 bytes", "holds 17 bytes"]
    assert stations_of(made, made.lanes["client"].times[-1]) == ["client"] * 3
    assert not any("holds" in text for text in texts(ET.fromstring(picture("streamed"))))


def test_a_coding_makes_other_chunks():
    made = exchange("recoded")
    end = max(lane.times[-1] for lane in made.visible_lanes)
    assert stations_of(made, end) == ["client"] * made.lanes["client"].chunks
    assert stations_of(made, made.lanes["app"].times[-1])[:3] == ["buffer"] * 3


def tile_texts(root):
    return [
        "".join(element.itertext())
        for element in root.iter(f"{SVG}text")
        if "monospace" in (element.get("font-family") or "")
    ]


def test_each_chunk_and_each_break_is_a_tile():
    assert tile_texts(ET.fromstring(picture("streamed"))) == [
        "0 Hello <",
        "1 Wörld",
        "2 >!\\x1b\\n",
    ]
    tiles = tile_texts(ET.fromstring(picture("cut")))
    assert sorted(tiles) == sorted(["0 Hello <", "✖ RuntimeError", "✂ cut off"])
    assert tile_texts(ET.fromstring(picture("binary"))) == ["0 2 bytes", "1 1 byte"]


def test_many_chunks_are_flow_and_counts():
    root = ET.fromstring(picture("many"))
    words = texts(root)
    assert not tile_texts(root)
    assert "2,000 chunks" in words
    assert "too many chunks for tiles: flow and counts" in words
    assert "stroke-dashoffset" in picture("many")
    assert MAX_TILES < 2_000


def test_the_size_does_not_grow_with_the_number_of_chunks():
    def long(environ, start_response):
        start_response("200 OK", [])
        return (b"x" for _ in range(200_000))

    made = observe(long, "/")
    assert made.lanes["client"].chunks == 200_000
    assert len(made.to_svg(animated=True)) < 60_000


def test_more_lanes_than_fit_have_a_timeline_only():
    layers = [Middleware(f"layer{n}", "", wrap=lambda app: app) for n in range(9)]
    made = observe(app, "/binary", middleware=layers)
    words = texts(ET.fromstring(made.to_svg(animated=True)))
    assert words.count("layer8") == 1


def test_a_saved_exchange_has_the_same_picture():
    for name in ("streamed", "cut", "buffered"):
        made = exchange(name)
        loaded = Exchange.from_json(made.to_json())
        assert loaded.to_svg(animated=True) == made.to_svg(animated=True)


def test_an_exchange_without_a_chunk_has_a_picture():
    document = json.loads(exchange("missing").to_json())
    assert "404" in Exchange.from_json(json.dumps(document)).to_svg(animated=True)


def test_the_steps_of_a_long_run_are_faster():
    few, many = Motion("few", 10), Motion("many", 200)
    assert few.seconds < many.seconds < 30


@pytest.mark.browser
class TestInABrowser:
    """What a browser draws from the CSS."""

    @pytest.fixture
    def open_picture(self, chromium):
        pages = []

        def opened(name, motion):
            page = chromium.new_page(reduced_motion=motion)
            pages.append(page)
            page.set_content(picture(name))
            return page

        yield opened
        for page in pages:
            page.close()

    CENTRES = """() => [...document.querySelectorAll("text[font-family*=monospace]")].map((text) => {
        const tile = text.parentElement;
        const box = tile.getBoundingClientRect();
        return [text.textContent, Math.round(box.x), Number(getComputedStyle(tile).opacity)];
    })"""
    SEEK = """(share) => document.getAnimations().forEach((animation) => {
        animation.pause();
        animation.currentTime = share * animation.effect.getTiming().duration;
    })"""

    def test_who_prefers_reduced_motion_sees_the_final_state(self, open_picture):
        page = open_picture("cut", "reduce")
        assert page.evaluate("document.getAnimations().length") == 0
        assert {opacity for _, _, opacity in page.evaluate(self.CENTRES)} == {1}

    def test_tiles_move_to_their_final_places(self, open_picture):
        final = open_picture("streamed", "reduce").evaluate(self.CENTRES)
        page = open_picture("streamed", "no-preference")
        page.evaluate(self.SEEK, 0)
        assert {opacity for _, _, opacity in page.evaluate(self.CENTRES)} == {0}
        places = []
        for percent in range(100):
            page.evaluate(self.SEEK, percent / 100)
            _, x, opacity = page.evaluate(self.CENTRES)[0]
            places += [x] if opacity == 1 else []
        assert places == sorted(places), "a tile moves from left to right only"
        assert len(set(places)) >= 3
        assert page.evaluate(self.CENTRES) == final
