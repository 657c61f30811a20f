"""The HAR file: valid by the published schema, read by other programs, and correct."""

from __future__ import annotations

import json
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import pytest
from haralyzer import HarParser
from referencing import Registry
from referencing.jsonschema import DRAFT6

from streamlab import observe
from streamlab.harness.exchange import Exchange
from tests import browsers
from tests.exports.exported import SCENARIOS, exchange

# The published schema is an npm package, installed with those that build the panel.
_PUBLISHED = Path(__file__).parents[2] / "streamlab/lab/frontend/node_modules/har-schema/lib"


@pytest.fixture(scope="module")
def validator():
    if not _PUBLISHED.is_dir():
        pytest.skip("har-schema is not installed: `python hatch_build.py check` installs it")
    schemas = {path.stem: json.loads(path.read_text()) for path in _PUBLISHED.glob("*.json")}
    registry = Registry()
    for ending in (".json#", ".json"):
        registry = registry.with_resources(
            (f"{name}{ending}", DRAFT6.create_resource(schema)) for name, schema in schemas.items()
        )
    return jsonschema.Draft6Validator(
        schemas["har"], registry=registry, format_checker=jsonschema.FormatChecker()
    )


READ_IN_DEVTOOLS = """async text => {
    const har = await import("/devtools/models/har/har.js");
    const root = new har.HARFormat.HARRoot(JSON.parse(text));
    return har.Importer.Importer.requestsFromHARLog(root.log).map(request => ({
        url: request.url(), status: request.statusCode, size: request.resourceSize,
        transferred: request.transferSize, seconds: request.endTime - request.startTime,
        headers: request.responseHeaders.length,
    }));
}"""


@pytest.fixture(scope="module")
def devtools(chromium, chromium_path, tmp_path_factory):
    """A page with the developer tools, which a second Chromium serves for remote debugging."""
    command = [
        chromium_path,
        "--headless=new",
        *browsers.ARGUMENTS,
        "--remote-debugging-port=0",
        f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
    ]
    page = chromium.new_page()
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as served:
        try:
            line = next(line for line in served.stderr if line.startswith("DevTools listening"))
            address = urlsplit(line.split()[-1]).netloc
            if page.goto(f"http://{address}/devtools/inspector.html").status != 200:
                pytest.skip("this Chromium was built without its developer tools")
            yield page
        finally:
            page.close()
            served.terminate()


def entry_of(name):
    return json.loads(exchange(name).to_har())["log"]["entries"][0]


@pytest.mark.parametrize("name", SCENARIOS)
class TestEveryExchange:
    def test_it_follows_the_schema(self, name, validator):
        validator.validate(json.loads(exchange(name).to_har()))

    def test_haralyzer_reads_it(self, name):
        made = exchange(name)
        (page,) = HarParser(json.loads(made.to_har())).pages
        (entry,) = page.entries
        assert (entry.status, entry.response.statusText) == (made.status_code, made.reason)
        assert entry.url.endswith(made.path)
        assert entry.request.method == made.scenario.method

    def test_the_times_add_up(self, name):
        entry = entry_of(name)
        known = [time for time in entry["timings"].values() if time != -1]
        assert entry["time"] == pytest.approx(sum(known), abs=1e-5)
        assert all(time >= 0 for time in known)
        assert entry["timings"]["send"] == 0

    def test_the_sizes_are_those_received(self, name):
        made, response = exchange(name), entry_of(name)["response"]
        wire = made.trace.reads.body.head
        if made.trace.reads.body.complete:
            head, _, body = wire.partition(b"\r\n\r\n")
            assert response["headersSize"] == len(head) + 4
            assert response["bodySize"] == len(body)
        assert response["headersSize"] + response["bodySize"] == made.trace.reads.size
        assert response["content"]["size"] == made.lanes["client"].size

    def test_it_has_all_chunks(self, name):
        made, fields = exchange(name), entry_of(name)["_streamlab"]
        assert fields["chunkColumns"] == ["time_ms", "offset", "size", "count", "line"]
        assert [lane["name"] for lane in fields["lanes"]] == list(made.lanes)
        for lane in fields["lanes"]:
            assert [(row[1], row[2], row[4]) for row in lane["chunks"]] == [
                (chunk.offset, chunk.size, chunk.line) for chunk in made.lanes[lane["name"]]
            ]
        assert fields["outcome"] == made.verdict.outcome


@pytest.mark.browser
@pytest.mark.parametrize("name", ["streamed", "cut", "posted", "binary", "missing"])
def test_the_developer_tools_open_it(name, devtools):
    made = exchange(name)
    (read,) = devtools.evaluate(READ_IN_DEVTOOLS, made.to_har())
    assert read["url"].endswith(made.path)
    assert read["status"] == made.status_code
    assert read["size"] == made.lanes["client"].size
    assert read["transferred"] == made.trace.reads.size
    assert read["headers"] == len(made.headers)
    assert read["seconds"] == pytest.approx(entry_of(name)["time"] / 1000, abs=1e-4)


def test_the_schema_rejects_an_invalid_file(validator):
    """The schema test would prove nothing without this."""
    document = json.loads(exchange("streamed").to_har())
    del document["log"]["entries"][0]["response"]["content"]["mimeType"]
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(document)


def test_the_request_is_that_which_was_sent():
    sent = entry_of("posted")["request"]
    assert (sent["method"], sent["httpVersion"]) == ("POST", "HTTP/1.1")
    assert sent["url"].startswith("http://127.0.0.1:")
    assert sent["url"].endswith("/stream?name=W%C3%B6rld&empty=")
    assert sent["queryString"] == [
        {"name": "name", "value": "Wörld"},
        {"name": "empty", "value": ""},
    ]
    assert sent["cookies"] == [{"name": "k", "value": "v", "httpOnly": False, "secure": False}]
    assert (sent["postData"]["text"], sent["bodySize"]) == ("a=b", 3)
    assert len(exchange("posted").client.request) == sent["headersSize"] + sent["bodySize"]


def test_the_response_is_that_which_was_received():
    response = entry_of("streamed")["response"]
    assert (response["status"], response["statusText"]) == (200, "OK")
    assert response["httpVersion"] == "HTTP/1.1"
    assert response["content"]["text"] == "Hello <Wörld>!\x1b\n"
    (cookie,) = response["cookies"]
    assert (cookie["name"], cookie["value"], cookie["path"]) == ("seen", "1", "/stream")
    assert cookie["httpOnly"]


def test_the_sizes_leave_out_an_interim_response():
    document = json.loads(exchange("streamed").to_json())
    interim, body = b"HTTP/1.1 103 Early Hints\r\n\r\n", document["reads"]["body"]
    body["head"] = b64encode(interim + b64decode(body["head"])).decode()
    body["size"] += len(interim)
    loaded = Exchange.from_json(json.dumps(document))
    response = json.loads(loaded.to_har())["log"]["entries"][0]["response"]
    plain = entry_of("streamed")["response"]
    assert (response["headersSize"], response["bodySize"]) == (
        plain["headersSize"],
        plain["bodySize"],
    )


def test_a_body_that_is_not_text_is_in_base64():
    content = entry_of("binary")["response"]["content"]
    assert content["encoding"] == "base64"
    assert b64decode(content["text"]) == b"\xff\x00\xfe"


def test_of_a_long_body_the_kept_part_is_there_with_a_comment():
    content = entry_of("long")["response"]["content"]
    assert len(content["text"]) == 65_536
    assert content["comment"] == "The first 65,536 of 200,000 bytes. The rest was not kept."


def test_a_cut_response_is_not_complete():
    fields = entry_of("cut")["_streamlab"]
    assert (fields["complete"], fields["framing"]) == (False, "chunked")
    assert fields["error"].startswith("RuntimeError")


@pytest.mark.parametrize("charset", ["undefined", "nonsense", "*=utf-8''%00", "\x80"])
def test_a_charset_that_is_none_leaves_the_bytes(charset):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", f"text/plain; charset={charset}")])
        return [b"one", b"two"]

    [entry] = json.loads(observe(app).to_har())["log"]["entries"]
    assert entry["response"]["content"]["size"] == 6


def test_half_a_character_in_an_error_can_be_written():
    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"one"
        raise ValueError("\udc80")

    made = observe(app)
    for text in (made.to_har(), made.to_json()):
        assert "\\udc80" in text
        json.loads(text.encode())
