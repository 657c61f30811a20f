"""streamlab does what Flask does, case by case, or the difference is listed with its reason."""

from __future__ import annotations

import gc
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from .bench import record
from .cases import CASES
from .differences import REASONS, RECORDED, Difference, compare, dump, load
from .frameworks import FLASK, STREAMLAB

KNOWN = load(RECORDED)


@pytest.fixture(autouse=True, scope="module")
def _garbage_of_others_is_left_alone():
    """Each case collects garbage; what the session made before need not be looked at again."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("name", CASES)
def test_streamlab_does_what_flask_does(name):
    flask_log = record(CASES[name], FLASK)
    streamlab_log = record(CASES[name], STREAMLAB)

    known = KNOWN.get(name, Difference(()))
    if "ExceptionGroup[" in known.text and sys.version_info < (3, 11):
        pytest.skip("exception groups came with Python 3.11")
    found = Difference(compare(flask_log, streamlab_log), known.reasons)
    assert dump({name: found}) == dump({name: known}), "\n".join(
        ("a difference that is not listed, or not this one", "", *flask_log)
    )


@pytest.mark.parametrize("name", CASES)
def test_flask_does_the_same_twice(name):
    """What the comparison rests on: a case leaves nothing to chance, and nothing behind."""
    assert record(CASES[name], FLASK) == record(CASES[name], FLASK)


def test_every_difference_is_of_a_case_and_has_a_reason():
    assert set(KNOWN) <= set(CASES)
    assert {reason for known in KNOWN.values() for reason in known.reasons} <= set(REASONS)


def test_recorded_differences_are_read_as_they_are_written():
    assert dump(load(RECORDED)) == RECORDED.read_text(encoding="utf-8").strip("\n")


def _flask_but(**changed):
    return replace(FLASK, module=SimpleNamespace(**{**vars(FLASK.module), **changed}))


def test_a_missing_context_is_noticed():
    without = _flask_but(stream_with_context=lambda stream: stream)

    log = record(CASES["streams.request_args"], without)

    assert compare(record(CASES["streams.request_args"], FLASK), log)


def test_another_order_is_noticed():
    log = record(CASES["streams.generator"], FLASK)
    teardown = log.index("teardown_request None")
    swapped = [*log[:teardown], log[teardown + 1], log[teardown], *log[teardown + 2 :]]

    assert compare(log, swapped)
    assert not compare(log, [*log])


def test_a_difference_that_moves_is_noticed():
    log = ["a", "b", "a", "c"]
    early, late = log[1:], log[:2] + log[3:]

    assert Difference(compare(log, early)).text == Difference(compare(log, late)).text == "- a"
    assert dump({"x": Difference(compare(log, early))}) != dump(
        {"x": Difference(compare(log, late))}
    )


def test_every_reason_is_told_in_contributing():
    told = (Path(__file__).parents[3] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [reason for reason in REASONS if f"- `{reason}`: " not in told] == []
