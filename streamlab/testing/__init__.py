"""Assertions for tests: that a response streams, is closed, and stays within memory."""

from streamlab.testing.asserts import (
    assert_buffered,
    assert_closes_generator,
    assert_peak_memory,
    assert_streams,
)

__all__ = ["assert_buffered", "assert_closes_generator", "assert_peak_memory", "assert_streams"]
