"""The entries of `MIDDLEWARE`, and what else `middleware=` accepts."""

from __future__ import annotations

import functools

import pytest

from streamlab.harness.observe import observe
from streamlab.harness.scenario import Scenario
from streamlab.middleware import MIDDLEWARE, Middleware, as_middleware, buffer
from streamlab.middleware.available import with_lane_names
from tests.apps import app, bare, shout


def test_the_entries():
    assert list(MIDDLEWARE) == [
        "buffer",
        "profiler",
        "debugger",
        "gzip",
        "gzip-flushed",
        "get_data",
        "proxy",
        "proxy-unbuffered",
    ]
    for name, entry in MIDDLEWARE.items():
        assert entry.name == name
        assert entry.text
        assert repr(entry) == f"<Middleware {name}: {entry.text}>"
        functions = [entry.wrap, entry.after_request, entry.proxy]
        assert sum(function is not None for function in functions) == 1


@pytest.mark.parametrize("functions", [{}, {"wrap": shout, "after_request": shout}])
def test_a_middleware_has_exactly_one_function(functions):
    with pytest.raises(ValueError, match=r"needs exactly one of .*, wrap=my_middleware\)"):
        Middleware("mine", "does something", **functions)


def test_names_objects_and_callables_are_accepted():
    assert as_middleware("gzip") is MIDDLEWARE["gzip"]
    own = buffer(7)
    assert as_middleware(own) is own
    assert as_middleware(shout).wrap is shout
    assert as_middleware(shout).name == "shout"


def test_an_unknown_name_is_an_error_that_suggests_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'gzip'"):
        as_middleware("gzipp")
    with pytest.raises(ValueError, match="use one of: buffer, profiler"):
        as_middleware("xyz")


def test_an_object_that_is_not_callable_is_an_error():
    with pytest.raises(TypeError, match="takes a WSGI application and returns one"):
        as_middleware(7)


class Counting:
    made = 0

    def __init__(self, inner, by=1):
        Counting.made += 1
        self.inner, self.by, self.count = inner, by, 0

    def __call__(self, environ, start_response):
        self.count += self.by
        environ["counted"] = self.count
        return self.inner(environ, start_response)


@pytest.mark.parametrize(
    ("given", "lane"),
    [
        (shout, "shout"),
        (Counting, "Counting"),
        (functools.partial(Counting, by=2), "Counting"),
        (lambda inner: inner, "middleware"),
    ],
)
def test_a_callable_has_a_lane_with_its_name(given, lane):
    exchange = observe(bare, "/", middleware=given)
    assert list(exchange.lanes) == ["generator", "app", lane, "server", "client"]
    assert exchange.lanes[lane].chunks == 3


def test_lanes_are_in_the_order_in_which_the_bytes_pass():
    exchange = observe(bare, "/", middleware=(shout, "gzip-flushed", buffer(10)))
    assert list(exchange.lanes) == [
        "generator",
        "app",
        "shout",
        "gzip-flushed",
        "buffer",
        "server",
        "client",
    ]
    assert exchange.lanes["app"].body.head == b"Hello World!"
    assert exchange.lanes["shout"].body.head == b"HELLO WORLD!"
    assert exchange.trace.recoded == ("shout", "gzip-flushed")


def test_a_middleware_used_twice_has_two_lane_names():
    exchange = observe(bare, "/", middleware=["buffer", "buffer"])
    assert list(exchange.lanes)[2:4] == ["buffer", "buffer 2"]
    assert [
        name for name, _ in with_lane_names([as_middleware(lambda app: app)], ["middleware"])
    ] == ["middleware 2"]


def test_a_harness_creates_each_middleware_once():
    from streamlab.harness.harness import Harness

    Counting.made = 0
    counts = []

    def counted_app(environ, start_response):
        counts.append(environ["counted"])
        start_response("200 OK", [])
        return [b"x"]

    with Harness(counted_app) as harness:
        for _ in range(3):
            harness.exchange(Scenario("/", middleware=Counting)).make()
    assert Counting.made == 1
    assert counts == [1, 2, 3]


def test_a_callable_that_needs_more_arguments_is_an_error_that_names_partial():
    def needy(inner, level):
        return inner

    with pytest.raises(TypeError, match=r"(?s)'needy' could not wrap.*functools\.partial"):
        observe(bare, "/", middleware=needy)


def test_a_callable_that_does_not_return_an_application_is_an_error():
    with pytest.raises(TypeError, match="which is not a WSGI application"):
        observe(bare, "/", middleware=lambda inner: None)


def test_get_data_needs_an_app_with_after_request():
    with pytest.raises(ValueError, match="'get_data' is an after_request function"):
        observe(bare, "/", middleware="get_data")


def test_get_data_applies_only_to_its_own_exchange():
    from streamlab.harness.harness import Harness

    with Harness(app) as harness:
        read = harness.exchange(Scenario("/stream?name=x", middleware="get_data"), lockstep=True)
        unread = harness.exchange(Scenario("/stream?name=x"), lockstep=True)
        read.make()
        unread.make()
    assert (read.verdict.outcome, read.verdict.culprit) == ("buffered", "get_data")
    assert unread.verdict.outcome == "streamed"


@pytest.mark.parametrize("name", ["profiler", "debugger"])
def test_nothing_is_printed(name, capfd):
    observe(app, "/stream?name=x", middleware=name)
    observe(app, "/stream", middleware=name, stream_with_context=False)
    assert capfd.readouterr() == ("", "")
