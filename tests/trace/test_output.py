"""Printed text becomes lines with times, in bounded memory, and is still printed."""

# ruff: noqa: T201 - it is tested what happens to printed text
from __future__ import annotations

import contextlib
import io
import sys
import threading

from streamlab.trace.output import MAX_CHARACTERS, MAX_LINES, Output, OutputLine, Printing
from streamlab.trace.trace import Trace, current_trace, printing


def test_parts_of_a_line_are_one_line_with_the_time_of_its_first_part():
    output = Output(origin=0)
    for time, text in enumerate(["a", "b", "\n", "c\nd\n\n", "e"], 1):
        output.write(text, time=time * 1_000_000_000)
    assert [(line.seconds, line.text) for line in output] == [
        (1, "ab"),
        (4, "c"),
        (4, "d"),
        (4, ""),
        (5, "e"),
    ]
    assert len(output) == 5
    assert output[-1] == OutputLine(5, "e")
    assert repr(output) == "<Output: 5 lines>"


def test_both_streams_have_their_own_lines():
    output = Output(origin=0)
    output.write("half ", time=0)
    output.write("error\n", "stderr", time=0)
    output.write("a line\n", time=0)
    assert [(line.text, line.stream) for line in output] == [
        ("error", "stderr"),
        ("half a line", "stdout"),
    ]


def test_an_endless_stream_that_prints_takes_bounded_memory():
    output = Output(origin=0)
    for _ in range(MAX_LINES + 7):
        output.write("x" * MAX_CHARACTERS * 2)
        output.write("y\n")
    assert len(output) == MAX_LINES + 1
    assert {line.text for line in output[:-1]} == {"x" * MAX_CHARACTERS}
    assert output[-1].text == "(7 more lines not kept)"
    for _ in range(1000):
        output.write("no end", "stderr")
    assert sum(len(line.text) for line in output) <= (MAX_LINES + 2) * MAX_CHARACTERS


def test_it_records_only_between_start_and_stop_and_always_prints(capsys):
    seen = []
    one = Printing(lambda text, stream: seen.append((stream, text)))
    before = sys.stdout, sys.stderr
    one.start("first")
    one.start("second")
    print("a")
    print("b", file=sys.stderr)
    sys.stdout.writelines(["c", "d\n"])
    one.stop("first")
    one.stop("first")
    print("e", flush=True)
    one.stop("second")
    print("f")
    assert (sys.stdout, sys.stderr) == before
    assert "".join(text for _, text in seen) == "a\nb\ncd\ne\n"
    assert {text for stream, text in seen if stream == "stderr"} == {"b", "\n"}
    assert capsys.readouterr() == ("a\ncd\ne\nf\n", "b\n")


def test_a_stream_that_is_replaced_meanwhile_stays_replaced():
    seen = []
    one = Printing(lambda text, _: seen.append(text))
    before = sys.stdout
    one.start("it")
    with contextlib.redirect_stdout(io.StringIO()) as redirected:
        print("not recorded: the program has asked for it")
        one.stop("it")
        assert sys.stdout is redirected
    print("passed on")
    assert seen == []
    one.start("it")
    one.stop("it")
    assert sys.stdout is before


def test_without_a_stream_the_text_is_recorded(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)  # as under pythonw
    seen = []
    one = Printing(lambda text, _: seen.append(text))
    one.start("it")
    print("a")
    one.stop("it")
    assert seen == ["a", "\n"]
    assert sys.stdout is None


def test_each_thread_prints_into_the_trace_that_it_serves():
    traces = {name: Trace() for name in "ab"}
    barrier = threading.Barrier(3, timeout=10)

    def serve(name):
        current_trace.set(traces[name])
        barrier.wait()
        print(name, "1")
        barrier.wait()
        traces[name].close()
        print(name, "after the response")

    threads = [threading.Thread(target=serve, args=(name,)) for name in traces]
    printing.start("a test")
    try:
        for thread in threads:
            thread.start()
        barrier.wait()
        print("the main thread")
        barrier.wait()
        for thread in threads:
            thread.join(10)
    finally:
        printing.stop("a test")
    assert {name: [line.text for line in trace.output] for name, trace in traces.items()} == {
        "a": ["a 1"],
        "b": ["b 1"],
    }
