"""What the commands draw with: watching a function, and lines of text."""

from __future__ import annotations

from io import StringIO
from threading import Event

import pytest
from rich.console import Console
from rich.text import Text

from streamlab.exports.formatting import OUTCOME_SIGNS
from streamlab.terminal import drawing
from streamlab.trace.lane import Lane
from streamlab.trace.verdict import Verdict


class Lines:
    """A view with one line for each call, and what it does at the first call."""

    def __init__(self, at_first=lambda: None):
        self.calls, self.at_first = [], at_first

    def lines(self, *, done):
        self.calls.append(done)
        if len(self.calls) == 1:
            self.at_first()
        yield Text("done" if done else "running")


def watched(run, view, stop=lambda: None):
    output = StringIO()
    drawing.watch(run, stop, view, Console(file=output), live=False)
    return output.getvalue().splitlines()


def test_the_view_is_drawn_while_the_function_runs_and_once_after_it():
    drawn = Event()
    view = Lines(at_first=drawn.set)
    lines = watched(lambda: drawn.wait(30), view)
    assert lines[0] == "running"
    assert lines[-1] == "done"
    assert view.calls.count(True) == 1


def test_what_the_function_raises_is_raised():
    with pytest.raises(ZeroDivisionError):
        watched(lambda: 1 / 0, Lines())


def interrupt():
    raise KeyboardInterrupt


def fail():
    raise BrokenPipeError


def test_ctrl_c_calls_stop_and_the_end_is_still_drawn():
    stopped = Event()
    lines = watched(lambda: stopped.wait(30), Lines(at_first=interrupt), stopped.set)
    assert stopped.is_set()
    assert lines[-1] == "done"


def test_if_drawing_fails_the_function_is_stopped():
    stopped = Event()
    with pytest.raises(BrokenPipeError):
        watched(lambda: stopped.wait(30), Lines(at_first=fail), stopped.set)
    assert stopped.is_set()


@pytest.mark.parametrize("outcome", OUTCOME_SIGNS)
def test_a_verdict_is_printed_whole_and_cannot_control_the_terminal(outcome):
    text = drawing.verdict_text(
        Verdict(outcome, f"{outcome.capitalize()}: \x1b[2J.", advice="\x07 Do.")
    )
    assert text.plain == f"{outcome.capitalize()}: \\x1b[2J. \\x07 Do."
    assert text.spans[0].start == 0
    assert text.spans[0].end == len(outcome) + 1


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (None, "(not kept)"),
        (b"", ""),
        (b"0123456789", "0123456789"),
        (b"0123456789a", "0123456..."),
        ("ü".encode() * 10, "ü" * 10),
        ("😀".encode() * 11, "😀" * 7 + "..."),
        (b"a\\b\n", "a\\\\b\\n"),
        (b"\xff\x00", "\\xff\\x00"),
        ("\u202e".encode(), "\\u202e"),
        ("\u202e\u200b".encode(), "\\u202e\\..."),
    ],
)
def test_a_preview_is_one_line_of_limited_length(data, text):
    preview = drawing.preview(data, 10)
    assert preview == text
    assert len(preview) <= 10
    assert preview.isprintable()


def test_bytes_are_counted_in_the_cell_in_which_they_passed():
    lane = Lane("client")
    for data in (b"a", b"bb", b"ccc"):
        lane.record(data)
    lane.columns.times[:] = type(lane.columns.times)("q", [100, 149, 200])
    assert drawing.bytes_in_cells(lane.columns, 100, 100, 2) == [3, 3]
    assert sum(drawing.bytes_in_cells(lane.columns, 100, 100, 7)) == 6
    assert drawing.bytes_in_cells(Lane("app").columns, 0, 100, 3) == [0, 0, 0]
