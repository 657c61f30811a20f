"""What `middleware=` takes, and what it says to what it does not take."""

from __future__ import annotations

import functools

import pytest

from streamlab.harness.harness import observe
from streamlab.harness.scenario import Scenario
from streamlab.middleware import MIDDLEWARE, buffer, find
from streamlab.middleware.available import named
from tests.apps import app, bare, shout


def test_the_registry_is_what_it_says():
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
        ways = [entry.wrap, entry.after_request, entry.proxy]
        assert sum(way is not None for way in ways) == 1


def test_what_is_given_is_found():
    assert find("gzip") is MIDDLEWARE["gzip"]
    own = buffer(7)
    assert find(own) is own
    assert find(shout).wrap is shout
    assert find(shout).name == "shout"


def test_a_name_that_is_none_brings_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'gzip'"):
        find("gzipp")
    with pytest.raises(ValueError, match="there is buffer, profiler"):
        find("xyz")


def test_what_is_no_callable_is_refused():
    with pytest.raises(TypeError, match="takes a WSGI application and returns one"):
        find(7)


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
def test_ones_own_has_a_lane_with_its_name(given, lane):
    exchange = observe(bare, "/", middleware=given)
    assert list(exchange.lanes) == ["generator", "app", lane, "server", "client"]
    assert exchange.lanes[lane].chunks == 3


def test_the_first_is_nearest_to_the_app_and_lanes_are_in_the_order_of_the_bytes():
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


def test_the_same_twice_is_told_apart():
    exchange = observe(bare, "/", middleware=["buffer", "buffer"])
    assert list(exchange.lanes)[2:4] == ["buffer", "buffer 2"]
    assert [name for name, _ in named([find(lambda app: app)], ["middleware"])] == ["middleware 2"]


def test_middleware_is_built_once_on_a_stage():
    from streamlab.harness.harness import Harness

    Counting.made = 0
    counts = []

    def counted_app(environ, start_response):
        counts.append(environ["counted"])
        start_response("200 OK", [])
        return [b"x"]

    with Harness(counted_app) as stage:
        for _ in range(3):
            stage.exchange(Scenario("/", middleware=Counting)).make()
    assert Counting.made == 1
    assert counts == [1, 2, 3]


def test_one_that_needs_more_arguments_is_told_so():
    def needy(inner, level):
        return inner

    with pytest.raises(TypeError, match=r"(?s)'needy' could not be put around.*functools\.partial"):
        observe(bare, "/", middleware=needy)


def test_one_that_returns_no_application_is_told_so():
    with pytest.raises(TypeError, match="which is not a WSGI application"):
        observe(bare, "/", middleware=lambda inner: None)


def test_get_data_needs_an_app_with_after_request():
    with pytest.raises(ValueError, match="'get_data' is an after_request function"):
        observe(bare, "/", middleware="get_data")


def test_get_data_touches_its_own_request_only():
    from streamlab.harness.harness import Harness

    with Harness(app) as stage:
        read = stage.exchange(Scenario("/stream?name=x", middleware="get_data"), lockstep=True)
        unread = stage.exchange(Scenario("/stream?name=x"), lockstep=True)
        read.make()
        unread.make()
    assert (read.verdict.outcome, read.verdict.culprit) == ("buffered", "get_data")
    assert unread.verdict.outcome == "streamed"


@pytest.mark.parametrize("name", ["profiler", "debugger"])
def test_nothing_is_printed(name, capfd):
    observe(app, "/stream?name=x", middleware=name)
    observe(app, "/stream", middleware=name, stream_with_context=False)
    assert capfd.readouterr() == ("", "")
