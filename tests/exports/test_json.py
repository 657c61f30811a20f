"""Export to JSON and back: the same attributes, and clear errors for other texts."""

from __future__ import annotations

import json
import sys
import threading
from urllib.request import urlopen

import pytest

from streamlab import App, observe
from streamlab.harness.exchange import Exchange
from streamlab.harness.harness import Harness
from streamlab.harness.scenario import Scenario
from streamlab.trace.lane import Lane
from streamlab.trace.stored_body import StoredBody
from tests.exports.exported import SCENARIOS, exchange


@pytest.mark.parametrize("name", SCENARIOS)
class TestRoundTrip:
    def test_the_attributes_are_the_same(self, name):
        made = exchange(name)
        loaded = Exchange.from_json(made.to_json())
        assert loaded.done
        assert loaded.wait(0) is loaded
        for attribute in (
            "path",
            "method",
            "url",
            "status",
            "reason",
            "headers",
            "complete",
            "body",
            "verdict",
        ):
            assert getattr(loaded, attribute) == getattr(made, attribute), attribute
        assert repr(loaded) == repr(made)
        assert list(loaded.lanes) == list(made.lanes)
        for lane in made.lanes:
            assert loaded.lanes[lane][:] == made.lanes[lane][:]
            assert loaded.lanes[lane].chunks == made.lanes[lane].chunks
        assert loaded.trace.events == made.trace.events
        assert loaded.trace.spans == made.trace.spans
        assert loaded.output == made.output
        assert loaded.trace.sources == made.trace.sources
        assert loaded.trace.recoded == made.trace.recoded
        assert loaded.scenario.method == made.scenario.method
        assert loaded.scenario.data == made.scenario.data

    def test_every_other_export_is_the_same(self, name):
        made = exchange(name)
        loaded = Exchange.from_json(made.to_json())
        assert loaded.to_json() == made.to_json()
        assert loaded.to_svg() == made.to_svg()
        assert loaded.to_har() == made.to_har()
        assert loaded.to_trace_events() == made.to_trace_events()
        assert loaded.to_frame().equals(made.to_frame())


def test_what_the_app_printed_is_kept():
    app = App()

    @app.get("/")
    def view():
        sys.stdout.write("half a line, ")
        sys.stdout.write("its end\n\u2603")
        sys.stderr.write("an error \ud800\n")
        return "Hello"

    made = observe(app)
    loaded = Exchange.from_json(made.to_json())
    assert loaded.output == made.output
    assert [(line.text, line.stream) for line in loaded.output] == [
        ("half a line, its end", "stdout"),
        ("an error \ud800", "stderr"),
        ("\u2603", "stdout"),
    ]


def test_the_exception_is_kept_as_text():
    made = exchange("cut")
    loaded = Exchange.from_json(made.to_json())
    assert isinstance(made.error, RuntimeError)
    assert loaded.error is None
    assert loaded.failure.last == made.failure.last
    assert loaded.failure.advice == made.failure.advice
    assert loaded.failure.frames == made.failure.frames
    assert loaded.failure.raised_by == made.failure.raised_by
    assert loaded.failure.user_frame == made.failure.user_frame
    assert loaded.failure.user_frame.code == 'yield request.args["name"]'


def test_stop_and_callbacks_work_as_for_any_exchange_that_is_done():
    loaded = Exchange.from_json(exchange("streamed").to_json())
    loaded.stop()
    called_with = []
    loaded.add_done_callback(called_with.append)
    assert called_with == [loaded]
    assert loaded.verdict.outcome == "streamed"


def test_of_a_long_body_the_kept_part_is_saved():
    made = exchange("long")
    assert not made.lanes["client"].body.complete
    loaded = Exchange.from_json(made.to_json())
    assert loaded.body == b"x" * 65536
    assert not loaded.body_kept
    assert loaded.body == made.body
    assert loaded.lanes["client"].size == 200_000


def test_a_merged_lane_stays_merged():
    made = exchange("many")
    lane = Lane("client", max_chunks=64, origin=made.trace.origin)
    lane.body = StoredBody(16, 8)
    for number in range(1_000):
        lane.record(b"%d " % number)
    kept = made.trace.lanes["client"]
    made.trace.lanes["client"] = lane
    try:
        loaded = Exchange.from_json(made.to_json()).lanes["client"]
    finally:
        made.trace.lanes["client"] = kept
    assert lane.stride > 1
    assert loaded[:] == lane[:]
    assert (loaded.chunks, loaded.stride) == (1_000, lane.stride)
    assert (loaded.body.head, loaded.body.tail) == (lane.body.head, lane.body.tail)


def test_the_request_of_another_client_is_saved_too():
    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"a"
        yield b"b"

    with Harness(app, remembered=False) as harness:
        urlopen(f"{harness.server.url}/other-client").read()
        external = next(one for one in harness.exchanges if one.external)
        assert external.wait_done(10)
    loaded = Exchange.from_json(external.to_json())
    assert loaded.external
    assert (loaded.body, loaded.status_code, loaded.verdict) == (b"ab", 200, external.verdict)
    assert loaded.to_svg() == external.to_svg()
    assert loaded.to_har() == external.to_har()


def test_an_exchange_that_is_still_streaming_cannot_be_saved():
    go_on = threading.Event()

    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"a"
        go_on.wait(10)

    with Harness(app, remembered=False) as harness:
        running = harness.exchange(Scenario("/"))
        thread = threading.Thread(target=running.make)
        thread.start()
        with pytest.raises(ValueError, match=r"still streaming.*wait"):
            running.to_json()
        go_on.set()
        thread.join(10)
        assert Exchange.from_json(running.to_json()).body == b"a"


class TestErrors:
    @pytest.mark.parametrize("text", ["", "<svg/>", b"\xff\xfe\x00", '{"format": '])
    def test_not_json(self, text):
        with pytest.raises(ValueError, match="not the JSON of an exchange"):
            Exchange.from_json(text)

    @pytest.mark.parametrize("text", ["[]", "1", "null", '{"log": {}}'])
    def test_other_json(self, text):
        with pytest.raises(ValueError, match="not a saved exchange"):
            Exchange.from_json(text)

    def test_a_later_format(self):
        document = {**json.loads(exchange("streamed").to_json()), "version": 2}
        with pytest.raises(ValueError, match=r"version 2 of the format.*reads version 1"):
            Exchange.from_json(json.dumps(document))

    @pytest.mark.parametrize("damage", [None, "nonsense", 7, ["x"], {"x": 1}])
    @pytest.mark.parametrize("field", ["verdict", "lanes", "reads", "events", "client"])
    def test_a_damaged_field_is_an_error(self, field, damage):
        document = {**json.loads(exchange("cut").to_json()), field: damage}
        with pytest.raises(ValueError, match="changed after to_json"):
            Exchange.from_json(json.dumps(document))

    def test_a_missing_field_is_an_error(self):
        good = json.loads(exchange("cut").to_json())
        for field in good:
            with pytest.raises(ValueError, match=r"not a saved exchange|version None|was changed"):
                Exchange.from_json(json.dumps({k: v for k, v in good.items() if k != field}))

    def test_columns_of_different_lengths(self):
        document = json.loads(exchange("streamed").to_json())
        document["lanes"][0]["times"].pop()
        with pytest.raises(ValueError, match="different lengths"):
            Exchange.from_json(json.dumps(document))
