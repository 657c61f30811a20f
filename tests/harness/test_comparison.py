"""The difference between two exchanges in a sentence."""

from __future__ import annotations

import pytest

from streamlab import observe
from streamlab.harness.comparison import Comparison
from streamlab.harness.harness import Harness
from streamlab.harness.scenario import Scenario
from tests.apps import app, stream

LINE = stream.__code__.co_firstlineno + 4
PATH = "/stream?name=World"


def seen(**keywords):
    return observe(app, keywords.pop("path", PATH), lockstep=True, **keywords)


@pytest.fixture(scope="module")
def kept():
    return seen()


@pytest.fixture(scope="module")
def without():
    return seen(stream_with_context=False)


def test_with_the_context_and_without(kept, without):
    fails = (
        f"the generator fails at line {LINE} after 1 chunk, because it reads "
        '`request.args["name"]`, but the view has returned and its request context has ended.'
    )
    assert str(Comparison(kept, without)) == (
        f"With `stream_with_context`, all 3 chunks arrive. Without it, {fails}"
    )
    assert str(Comparison(without, kept)) == (
        f"Without `stream_with_context`, {fails} With it, all 3 chunks arrive."
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"middleware": "buffer"}, "With `buffer`, the bytes arrive together at the end."),
        ({"server": "wsgiref"}, "No difference: on werkzeug and on wsgiref, all 3 chunks arrive."),
        ({"path": "/nowhere"}, "With the path /nowhere, the response is 404 NOT FOUND, because no"),
        ({"chunks": 1}, "In the second run, 1 chunk arrives until the client leaves."),
        ({"method": "HEAD"}, "With HEAD, the response has no body."),
        (
            {"middleware": "gzip", "stream_with_context": False},
            "Without `stream_with_context`, with `gzip`, the generator fails",
        ),
    ],
)
def test_the_sentence_names_what_differs_and_what_follows(kept, changes, sentence):
    assert sentence in str(Comparison(kept, seen(**changes)))


def test_two_runs_that_end_alike(kept):
    assert str(Comparison(kept, kept)) == (
        "No difference: in the first run and in the second run, all 3 chunks arrive."
    )


def test_it_can_be_printed_while_a_run_streams(kept):
    with Harness(app, remembered=False) as harness:
        running = harness.exchange(Scenario(PATH, server="waitress"))
        comparison = Comparison(kept, running)
        assert not comparison.done
        assert repr(comparison) == (
            "<Comparison: On werkzeug, all 3 chunks arrive. On waitress, the response still "
            "streams.>"
        )


def test_its_table_is_escaped(kept):
    html = Comparison(kept, seen(path="/<b>"))._repr_html_()
    assert "<b>" not in html
    assert html.count("<tr>") == 2
