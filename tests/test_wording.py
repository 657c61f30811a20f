"""Counts, times and full stops in sentences."""

from __future__ import annotations

import doctest

import pytest

from streamlab import wording
from streamlab.wording import counted, seconds_text


def test_the_examples_run():
    result = doctest.testmod(wording)
    assert (result.failed, result.attempted) == (0, 5)


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 chunks"), (1, "1 chunk"), (1_000, "1,000 chunks")]
)
def test_a_noun_is_in_the_plural_unless_there_is_one(number, text):
    assert counted(number, "chunk") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.0004, "0 s"),
        (0.0006, "0.001 s"),
        (0.1, "0.1 s"),
        (1.0, "1 s"),
        (10.0, "10 s"),
        (61.23456, "61.235 s"),
        (0.9999, "1 s"),
    ],
)
def test_seconds_are_rounded_to_milliseconds(seconds, text):
    assert seconds_text(seconds) == text
