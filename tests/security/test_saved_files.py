"""A saved exchange from a stranger: an error, or a record that can be used, and never more."""

from __future__ import annotations

import json
import random
import sys
import tracemalloc

import pytest

from streamlab.exports import json as exported_json
from streamlab.harness.exchange import Exchange
from tests.exports.exported import exchange

WRONG = [None, True, -1, 7, 10**30, 1.5, "x", "\x1b[2J\ud800", [], [[]], {}, {"x": [1]}, [None] * 3]
USES = ("to_svg", "to_har", "to_trace_events", "to_json", "to_frame", "__repr__")


def places(value, path=()):
    """Yield the path of every part of a document."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if isinstance(item, dict | list):
            yield from places(item, (*path, key))
        else:
            yield (*path, key)


def changed(document, path, new):
    """Return a copy of a document with another value at a path."""
    copy = json.loads(json.dumps(document))
    *parents, last = path
    target = copy
    for key in parents:
        target = target[key]
    target[last] = new
    return copy


def use(text):
    """Read a document and use the record in every way; return whether it could be read."""
    try:
        loaded = Exchange.from_json(text)
    except ValueError:
        return False
    for name in USES:
        getattr(loaded, name)()
    loaded.to_svg(animated=True)
    for name in ("body", "text", "headers", "held", "status", "method", "url"):
        getattr(loaded, name)
    for lane in loaded.lanes.values():
        list(lane)
    return True


@pytest.mark.parametrize("name", ["cut", "recoded", "posted"])
def test_a_wrong_value_anywhere_is_an_error_or_does_no_harm(name):
    document = json.loads(exchange(name).to_json())
    paths = [path for path in places(document) if path]
    assert len(paths) > 150
    chosen = random.Random(1)
    refused = sum(
        not use(json.dumps(changed(document, path, chosen.choice(WRONG)))) for path in paths
    )
    assert refused > len(paths) / 2


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize(
    "path",
    [
        ("path",),
        ("verdict", "text"),
        ("verdict", "outcome"),
        ("client", "status_code"),
        ("client", "headers"),
        ("client", "request"),
        ("lanes", 0, "times"),
        ("lanes", 0, "ends", 0),
        ("lanes", 0, "stride"),
        ("lanes", 0, "locations"),
        ("lanes", 0, "body", "size"),
        ("lanes", 0, "body", "limits"),
        ("events", 0, "kind"),
        ("spans", 0, "start"),
        ("sources", 0, "text"),
        ("failure", "last"),
        ("failure", "traceback"),
        ("scenario", "method"),
        ("scenario", "headers"),
        ("unobserved",),
    ],
    ids=str,
)
def test_each_wrong_type_is_an_error_or_does_no_harm(path, wrong):
    use(json.dumps(changed(json.loads(exchange("cut").to_json()), path, wrong)))


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("path",), 7),
        (("external",), 0),
        (("verdict", "text"), ["x"]),
        (("verdict", "outcome"), "splendid"),
        (("verdict", "held_seconds"), "1"),
        (("client", "status_code"), "200"),
        (("client", "headers", 0), ["one"]),
        (("client", "complete"), "yes"),
        (("lanes", 0, "name"), "server"),  # a second one
        (("lanes", 0, "stride"), 0),
        (("lanes", 0, "chunks"), -1),
        (("lanes", 0, "times", 0), True),
        (("lanes", 0, "ends", 0), 10**6),  # behind the end of the body
        (("lanes", 0, "ends", 0), -5),
        (("lanes", 0, "locations", 0), 999 << 20),  # a source that is missing
        (("lanes", 0, "body", "size"), 2**63),
        (("events", 0, "kind"), "party"),
        (("events", 0, "time"), 10**30),
        (("spans", 0, "end"), "later"),
        (("sources", 0, "first"), None),
        (("failure", "traceback", 0), {}),
        (("failure", "last"), None),
        (("scenario", "pace"), [[["deep"]]]),
        (("scenario", "method"), None),
        (("unobserved",), {"client": 1}),
    ],
    ids=str,
)
def test_a_wrong_type_is_refused(path, wrong):
    text = json.dumps(changed(json.loads(exchange("cut").to_json()), path, wrong))
    with pytest.raises(ValueError, match="changed after to_json"):
        Exchange.from_json(text)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_not_finite_is_refused(constant):
    document = changed(json.loads(exchange("cut").to_json()), ("verdict", "held_seconds"), "HERE")
    with pytest.raises(ValueError, match="not a finite number"):
        Exchange.from_json(json.dumps(document).replace('"HERE"', constant))


@pytest.mark.parametrize("depth", [900, 5_000, 100_000, 900_000])
@pytest.mark.parametrize("brackets", ["[]", ('{"a":', "}")], ids=["lists", "objects"])
def test_deep_nesting_is_an_error(brackets, depth):
    opening, closing = brackets
    nested = opening * depth + ("0" if opening != "[" else "") + closing * depth
    good = exchange("cut").to_json()
    for text in (nested, opening * depth, good.replace('"pace": null', f'"pace": {nested}')):
        with pytest.raises(ValueError, match=r"not the JSON|not a saved|changed after"):
            Exchange.from_json(text)


def test_nesting_below_a_recursion_limit_of_the_caller_is_an_error_too():
    def deeper(levels):
        if levels:
            return deeper(levels - 1)
        return Exchange.from_json("[" * 500 + "]" * 500)

    with pytest.raises(ValueError, match=r"not the JSON|not a saved"):
        deeper(sys.getrecursionlimit() - 250)


def test_memory_is_bounded(monkeypatch):
    flood = "[" + "[],{}," * 800_000 + "0]"
    tracemalloc.start()
    with pytest.raises(ValueError, match="objects and lists"):
        Exchange.from_json(flood)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
    monkeypatch.setattr(exported_json, "MAX_CHARACTERS", 1_000)
    with pytest.raises(ValueError, match="1,000 characters"):
        Exchange.from_json(exchange("cut").to_json())


def test_a_huge_value_is_not_repeated_in_the_message():
    text = json.dumps(changed(json.loads(exchange("cut").to_json()), ("external",), "x" * 10**6))
    with pytest.raises(ValueError, match="changed after") as caught:
        Exchange.from_json(text)
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize("end", ["\n", "\r", "\r\nSet-Cookie: a=b"])
def test_a_header_with_a_line_end_is_an_error(end):
    document = json.loads(exchange("cut").to_json())
    document["client"]["headers"] = [["X-Name", f"a{end}"]]
    with pytest.raises(ValueError, match="a header field has a line end"):
        Exchange.from_json(json.dumps(document))
