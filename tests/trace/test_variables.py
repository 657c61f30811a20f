"""The variables of a suspended generator: bounded, and no code of a value runs."""

from __future__ import annotations

import gc
import tracemalloc
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from datetime import datetime, timezone, tzinfo
from decimal import Decimal
from enum import Enum
from itertools import count
from pathlib import PurePosixPath
from weakref import ref

import pytest
from markupsafe import Markup

import streamlab
from streamlab import App, request
from streamlab.trace.gate import Gate
from streamlab.trace.observe_items import observe_generator
from streamlab.trace.trace import Trace
from streamlab.trace.variables import MAX_CHARACTERS, MAX_VARIABLES, short_repr, variables_behind


def refuse(*_args, **_named):
    raise AssertionError("code of a value ran")


class Evil(type):
    __name__ = property(refuse)
    __repr__ = __getattribute__ = __instancecheck__ = __subclasscheck__ = __len__ = refuse


class Object(metaclass=Evil):
    __repr__ = __str__ = __getattribute__ = __eq__ = __len__ = __iter__ = __bool__ = refuse
    __class__ = property(refuse)
    __hash__ = lambda self: 7  # noqa: E731 - so that it can be a key


class EvilText(str):  # noqa: SLOT000 - as a user writes it
    __repr__ = __str__ = __getitem__ = __len__ = __iter__ = refuse


class EvilList(list):
    __repr__ = __getitem__ = __len__ = __iter__ = refuse


class EvilZone(tzinfo):
    __repr__ = utcoffset = refuse


class Colour(Enum):
    RED = 1


Point = namedtuple("Point", "x y")  # noqa: PYI024 - as a user writes it


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (True, "True"),
        (1.5, "1.5"),
        (10**60, repr(10**60)),
        (10**5_000, "<int of 16,610 bits>"),
        ("it's", '"it\'s"'),
        (b"\x00a", r"b'\x00a'"),
        (bytearray(b"a"), "bytearray(b'a')"),
        (Markup("<p>"), "Markup('<p>')"),
        (EvilText("a"), "EvilText('a')"),
        ([], "[]"),
        ([1, [2, [3, [4]]]], "[1, [2, [3, [...]]]]"),
        ((1,), "(1,)"),
        ({1}, "{1}"),
        (frozenset({1}), "frozenset({1})"),
        (deque([1, 2]), "deque([1, 2])"),
        ({"a": [1], 2: "b"}, "{'a': [1], 2: 'b'}"),
        (OrderedDict(a=1), "{'a': 1}"),
        (defaultdict(refuse, a=1), "{'a': 1}"),
        (Counter("aab"), "{'a': 2, 'b': 1}"),
        ({Object(): Object()}, "{<Object>: <Object>}"),
        ([Object()], "[<Object>]"),
        (range(3), "range(0, 3)"),
        (range(0, 9, 2), "range(0, 9, 2)"),
        (EvilList([1]), "<EvilList>"),
        (Point(1, 2), "<Point>"),
        (Colour.RED, "<Colour>"),
        (Object, "<Evil>"),
        (datetime(2026, 1, 2, tzinfo=timezone.utc), "datetime.datetime(2026, 1, 2, 0, 0)"),
        (datetime(2026, 1, 2, tzinfo=EvilZone()), "datetime.datetime(2026, 1, 2, 0, 0)"),
        (Decimal("1.5"), "Decimal('1.5')"),
        (PurePosixPath("a"), "<PurePosixPath>"),
        (refuse, "<function refuse>"),
        ((number for number in "ab"), "<generator <genexpr>>"),
        (pytest, "<module pytest>"),
        (request, "<LocalProxy>"),
        (iter(b"ab"), "<bytes_iterator>"),
        (memoryview(b"ab"), "<memoryview>"),
    ],
    ids=count(),
)
def test_a_value(value, text):
    assert short_repr(value) == text


@pytest.mark.parametrize(
    ("value", "end"),
    [
        ("x" * 1_000, "..."),
        (list(range(1_000)), "... 1,000 in all]"),
        (dict.fromkeys(range(1_000)), "... 1,000 in all}"),
        (["long" * 20] * 9, "..."),
    ],
)
def test_a_long_value_is_cut(value, end):
    text = short_repr(value)
    assert len(text) <= MAX_CHARACTERS
    assert text.endswith(end)


@pytest.mark.parametrize(
    "make", [lambda n: [0] * n, lambda n: "x" * n, bytearray], ids=["list", "str", "bytearray"]
)
def test_a_huge_value_is_not_copied(make):
    value = make(10_000_000)
    tracemalloc.start()
    try:
        short_repr(value)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000


def test_a_list_that_contains_itself():
    endless = []
    endless.append(endless)
    assert short_repr(endless) == "[[[[...]]]]"


def test_a_generator_in_a_variable_is_not_consumed():
    def rows():
        lines = (line for line in "ab")
        yield "started"
        yield from lines

    stream = rows()
    next(stream)
    assert variables_behind(stream) == (("lines", "<generator <genexpr>>"),)
    assert list(stream) == ["a", "b"]


def test_of_a_yield_from_the_inner_generator_counts():
    def inner(depth):
        yield depth

    def outer():
        name = "outer"
        yield from inner(name * 2)

    stream = outer()
    next(stream)
    assert variables_behind(stream) == (("depth", "'outerouter'"),)


def test_there_are_only_so_many():
    names = [f"v{number}" for number in range(MAX_VARIABLES + 5)]
    code = "def many():\n" + "".join(f"  {name} = 1\n" for name in names) + "  yield 'a'"
    scope = {}
    exec(code, scope)
    stream = scope["many"]()
    next(stream)
    assert [name for name, _ in variables_behind(stream)] == names[:MAX_VARIABLES]


def test_what_is_not_a_generator_has_none():
    assert variables_behind(["a"]) == variables_behind(iter("a")) == ()


def test_of_a_template_its_variables_and_those_of_its_loops():
    lines = [
        "{% set title = 'List' %}{% for row in rows %}",
        "{% for cell in row %}{{ cell }}{% endfor %}{{ loop.index }}{% endfor %}",
    ]
    app = App(templates={"list.html": "".join(lines)})
    with app.test_request_context("/"):
        stream = streamlab.stream_template("list.html", rows=["ab", "cd"])
        assert next(stream) == "a"
        inner = dict(variables_behind(stream))
        assert [next(stream), next(stream)] == ["b", "1"]
        outer = dict(variables_behind(stream))
        stream.close()
    rows = "['ab', 'cd']"
    common = {"row": "'ab'", "loop.index": "1", "title": "'List'", "rows": rows}
    assert inner == {"cell": "'a'", **common}
    assert outer == common


class Steps:
    """A gate at which the test waits for the generator, and then lets it continue."""

    def __init__(self, iterable):
        self.gate = Gate("step")
        self.seen = []
        self.trace = Trace(gate=self.gate)
        self.stream = observe_generator(self.trace, iterable)

    def next(self):
        """Step to the next item, and remember what the gate showed while it was closed."""
        waits = self.gate._changed.wait

        def step():
            self.seen.append((self.gate.waiting, self.gate.variables))
            self.gate._steps += 1

        self.gate._changed.wait = step
        try:
            return next(self.stream)
        finally:
            self.gate._changed.wait = waits


def numbers(stop):
    for number in range(stop):
        yield str(number)


def test_the_gate_shows_them_while_it_is_closed():
    steps = Steps(numbers(2))
    assert [steps.next(), steps.next()] == ["0", "1"]
    assert steps.seen == [
        (True, (("stop", "2"),)),
        (True, (("stop", "2"), ("number", "0"))),
    ]
    assert steps.gate.variables == ()


def test_an_open_gate_does_not_look():
    gate = Gate(0.001)
    for _ in range(3):
        gate.pass_through(refuse)
    Gate().pass_through(refuse)
    gate.open()
    gate.pace = "step"
    gate.pass_through(refuse)


def test_the_gate_keeps_no_generator_alive():
    stream = numbers(3)
    alive = ref(stream)
    steps = Steps(stream)
    steps.next()
    steps.stream.close()
    del stream, steps.stream
    gc.collect()
    assert alive() is None
