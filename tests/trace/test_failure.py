"""An exception as text, with the lines of the user's code marked."""

from __future__ import annotations

import json

from jinja2 import DictLoader, Environment

from streamlab.trace.failure import Failure


def caught(function):
    try:
        function()
    except Exception as error:
        return Failure.of(error)
    raise AssertionError("nothing was raised")


def test_the_user_frame_is_the_line_of_user_code_nearest_to_the_error():
    def learner():
        json.loads("{")

    failure = caught(learner)
    assert failure.last.startswith("JSONDecodeError") or failure.last.startswith("json.decoder")
    assert failure.user_frame.code == 'json.loads("{")'
    assert (failure.user_frame.name, failure.user_frame.title) == ("learner", "test_failure.py")
    assert [frame.own for frame in failure.frames] == [True, True, False, False, False]
    assert failure.frames[-1].title == "decoder.py"


def test_the_lines_below_the_first_are_advice():
    def learner():
        raise RuntimeError("It broke.\n\nDo this instead.")

    failure = caught(learner)
    assert failure.last == "RuntimeError: It broke."
    assert failure.advice == "Do this instead."


def test_an_exception_without_a_message():
    def learner():
        raise KeyError

    assert (caught(learner).last, caught(learner).advice) == ("KeyError", "")


def test_an_exception_that_was_not_raised_has_no_frames():
    failure = Failure.of(ValueError("made"))
    assert (failure.frames, failure.user_frame) == ((), None)


def test_an_exception_in_a_named_template_shows_its_line():
    environment = Environment(
        loader=DictLoader({"page.html": "one\n{{ 1 }}\n{{ 1 // nothing }}"}), autoescape=True
    )

    failure = caught(lambda: environment.get_template("page.html").render(nothing=0))
    assert failure.user_frame.line == 3


def test_a_template_string_shows_its_line_if_its_text_is_known():
    text = "one\n{{ 1 // nothing }}"
    template = Environment(autoescape=True).from_string(text)
    try:
        template.render(nothing=0)
    except ZeroDivisionError as error:
        known, unknown = Failure.of(error, text), Failure.of(error)
    assert (known.user_frame.code, known.user_frame.line) == ("{{ 1 // nothing }}", 2)
    assert (unknown.user_frame.code, unknown.user_frame.line) == ("", 2)


def run_dry():
    rows = iter(())

    def generate():
        yield next(rows)

    return list(generate())


def test_stop_iteration_in_a_generator_shows_the_line_of_next():
    failure = caught(run_dry)
    assert failure.last == "RuntimeError: generator raised StopIteration"
    assert failure.user_frame.code == "yield next(rows)"


def test_an_exception_raised_by_libraries_only_shows_the_line_of_its_cause():
    def learner():
        raise KeyError("row")

    try:
        learner()
    except KeyError as error:
        cause = error
    made = ValueError("no row")
    made.__cause__ = cause
    assert Failure.of(made).user_frame.code == 'raise KeyError("row")'


def test_a_syntax_error_begins_with_its_name():
    failure = caught(lambda: compile("x = (", "lesson.py", "exec"))
    assert failure.last == "SyntaxError: '(' was never closed (lesson.py, line 1)"


def test_a_huge_text_is_bounded():
    failure = Failure.of(ValueError("x" * 10_000_000))
    assert len(failure.last) < 10_100
    assert failure.last.endswith("... (10,000,012 characters in all)")
