"""In each case streamlab behaves as Flask does, or the difference is listed with its reason."""

from __future__ import annotations

import gc
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.web.parity.bench import record
from tests.web.parity.cases import CASES
from tests.web.parity.differences import REASONS, RECORDED, Difference, compare, dump, load
from tests.web.parity.frameworks import FLASK, STREAMLAB

KNOWN = load(RECORDED)


@pytest.fixture(autouse=True, scope="module")
def _ignore_older_garbage():
    """Each case collects garbage. Objects that existed before need not be examined each time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("name", CASES)
def test_streamlab_behaves_as_flask_does(name):
    flask_log = record(CASES[name], FLASK)
    streamlab_log = record(CASES[name], STREAMLAB)

    known = KNOWN.get(name, Difference(()))
    if "ExceptionGroup[" in known.text and sys.version_info < (3, 11):
        pytest.skip("exception groups came with Python 3.11")
    found = Difference(compare(flask_log, streamlab_log), known.reasons)
    assert dump({name: found}) == dump({name: known}), "\n".join(
        ("a difference that is not listed, or is listed otherwise", "", *flask_log)
    )


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_deterministic_under_flask(name):
    """Without this the comparison would prove nothing."""
    assert record(CASES[name], FLASK) == record(CASES[name], FLASK)


def test_each_difference_has_a_known_case_and_a_known_reason():
    assert set(KNOWN) <= set(CASES)
    assert {reason for known in KNOWN.values() for reason in known.reasons} <= set(REASONS)


def test_load_and_dump_of_differences_are_inverse():
    assert dump(load(RECORDED)) == RECORDED.read_text(encoding="utf-8").strip("\n")


def _flask_with(**changed):
    return replace(FLASK, module=SimpleNamespace(**{**vars(FLASK.module), **changed}))


def test_a_missing_context_is_a_difference():
    without = _flask_with(stream_with_context=lambda stream: stream)

    log = record(CASES["streams.request_args"], without)

    assert compare(record(CASES["streams.request_args"], FLASK), log)


def test_another_order_is_a_difference():
    log = record(CASES["streams.generator"], FLASK)
    teardown = log.index("teardown_request None")
    swapped = [*log[:teardown], log[teardown + 1], log[teardown], *log[teardown + 2 :]]

    assert compare(log, swapped)
    assert not compare(log, [*log])


def test_the_position_of_a_difference_is_compared():
    log = ["a", "b", "a", "c"]
    early, late = log[1:], log[:2] + log[3:]

    assert Difference(compare(log, early)).text == Difference(compare(log, late)).text == "- a"
    assert dump({"x": Difference(compare(log, early))}) != dump(
        {"x": Difference(compare(log, late))}
    )


def test_contributing_explains_every_reason():
    text = (Path(__file__).parents[3] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [reason for reason in REASONS if f"- `{reason}`: " not in text] == []
