"""The tap changes nothing: both sides of it see what they would see without it."""

from __future__ import annotations

import io
from contextvars import copy_context
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import pytest

from streamlab.trace.tap import TRACE, Tap
from streamlab.trace.trace import Trace
from tests.trace.wsgi import environ_for, serve

PLAIN = [("Content-Type", "text/plain")]


def tapped(app, trace, **options):
    """`app` behind a tap of each kind; every request goes into `trace`."""
    stack = Tap(Tap(app, "app", innermost=True), "server-side", outermost=True)

    def with_trace(environ, start_response):
        return stack(environ | {TRACE: trace}, start_response)

    return with_trace


def new_trace():
    return Trace(("generator", "app", "server-side", "server", "client"))


class Body:
    """An iterable with everything that a tap could lose. It notes each call."""

    def __init__(self, items, diary, *, fail_after=None, fail_in_close=False):
        self.items, self.diary = items, diary
        self.fail_after, self.fail_in_close = fail_after, fail_in_close

    def __iter__(self):
        for number, item in enumerate(self.items):
            if number == self.fail_after:
                raise KeyError("on purpose")
            self.diary.append(f"asked {number}")
            yield item
        self.diary.append("end")

    def close(self):
        self.diary.append("close")
        if self.fail_in_close:
            raise OSError("in close")


class Sized(Body):
    def __len__(self):
        return len(self.items)


def body_app(kind, *args, **kwargs):
    def make(diary):
        def app(environ, start_response):
            diary.append("called")
            start_response("200 OK", list(PLAIN))
            return kind(*args, diary, **kwargs)

        return app

    return make


def list_app(diary):
    def app(environ, start_response):
        start_response("200 OK", [*PLAIN, ("Content-Length", "2")])
        return [b"ab"]

    return app


def write_app(diary):
    def app(environ, start_response):
        write = start_response("200 OK", list(PLAIN))
        write(b"written ")
        write(b"")
        write(b"twice ")
        diary.append("written")
        return [b"and returned"]

    return app


def failing_view(diary):
    def app(environ, start_response):
        raise LookupError("before anything")

    return app


def failing_after_start(diary):
    def app(environ, start_response):
        start_response("200 OK", list(PLAIN))
        raise LookupError("after start_response")

    return app


def exc_info_app(diary):
    def app(environ, start_response):
        import sys

        start_response("200 OK", list(PLAIN))
        try:
            raise ValueError("replaced")
        except ValueError:
            start_response("500 No", list(PLAIN), sys.exc_info())
        return [b"sorry"]

    return app


def not_iterable(diary):
    def app(environ, start_response):
        start_response("200 OK", list(PLAIN))
        return 7

    return app


def generator_app(diary):
    def app(environ, start_response):
        start_response("200 OK", list(PLAIN))
        try:
            yield b"a"
            yield b"b"
        finally:
            diary.append("generator closed")

    return app


CASES = {
    "a generator": generator_app,
    "an iterable": body_app(Body, [b"a", b"bb", b"", b"c"]),
    "an iterable with a length": body_app(Sized, [b"a", b"bb"]),
    "an iterable of one item with a length": body_app(Sized, [b"abc"]),
    "an empty iterable": body_app(Body, []),
    "a list": list_app,
    "write()": write_app,
    "text instead of bytes": body_app(Body, [b"a", "text"]),
    "a number": body_app(Body, [b"a", 7, None]),
    "bytes of another kind": body_app(Body, [bytearray(b"ab"), memoryview(b"cd")]),
    "an exception in the view": failing_view,
    "an exception after start_response": failing_after_start,
    "an exception before the first item": body_app(Body, [b"a"], fail_after=0),
    "an exception between two items": body_app(Body, [b"a", b"b", b"c"], fail_after=2),
    "an exception in close()": body_app(Body, [b"a"], fail_in_close=True),
    "start_response with exc_info": exc_info_app,
    "something that is not iterable": not_iterable,
}


@pytest.mark.parametrize("take", [None, 0, 1])
@pytest.mark.parametrize("name", CASES)
def test_nothing_changes(name, take):
    """The same items, headers, exceptions and lengths, the same calls in the same order."""
    outcomes = []
    for wrap in (lambda app: app, lambda app: tapped(app, new_trace())):
        diary = []
        got = serve(wrap(CASES[name](diary)), take=take)
        error = got.error and (type(got.error), str(got.error))
        outcomes.append((got.status, got.headers, got.written, got.items, got.length, error, diary))
    assert outcomes[1] == outcomes[0]


def test_the_items_are_the_same_objects():
    items = [b"a" * 1000, b"b" * 1000]
    got = serve(tapped(body_app(Body, items)([]), new_trace()))
    assert all(ours is theirs for ours, theirs in zip(got.items, items, strict=True))


def test_an_exception_is_the_same_object_with_its_traceback():
    error = ValueError("mine")

    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        yield b"a"
        raise error

    trace = new_trace()
    got = serve(tapped(app, trace))
    assert got.error is error
    assert trace.failure.exception is error
    assert trace.failure.user_frame.code == "raise error"
    assert error.__context__ is None


@pytest.mark.parametrize("name", ["a generator", "an iterable", "a list"])
def test_both_sides_follow_pep_3333(name):
    """`wsgiref.validate` finds no error, neither outside of the taps nor inside of them."""
    trace = new_trace()
    inner = validator(CASES[name]([]))
    got = serve(validator(tapped(inner, trace)))
    assert got.error is None
    assert b"".join(got.items) == trace.lanes["app"].body.head


def test_a_file_wrapper_reaches_the_server_untouched():
    class ServersWrapper(FileWrapper):
        pass

    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        return environ["wsgi.file_wrapper"](io.BytesIO(b"file"))

    trace = new_trace()
    environ = environ_for(**{"wsgi.file_wrapper": ServersWrapper, TRACE: trace})
    returned = Tap(app, "app", innermost=True, outermost=True)(environ, lambda *_: None)
    assert type(returned) is ServersWrapper


def test_close_is_passed_on_once_even_before_the_first_item():
    for take in (None, 0, 1):
        diary = []
        serve(tapped(body_app(Body, [b"a", b"b"])(diary), new_trace()), take=take)
        assert diary.count("close") == 1


def test_write_is_recorded_on_every_lane():
    trace = new_trace()
    serve(tapped(write_app([]), trace))
    for lane in ("generator", "app", "server-side", "server"):
        assert [chunk.data for chunk in trace.lanes[lane]] == [
            b"written ",
            b"twice ",
            b"and returned",
        ]


def test_a_chunk_passes_all_lanes_before_the_next_is_made():
    trace = new_trace()
    serve(tapped(generator_app([]), trace))
    passed = sorted(
        (lane.times[index], order, name)
        for order, (name, lane) in enumerate(trace.lanes.items())
        for index in range(len(lane))
    )
    way = ["generator", "app", "server-side", "server"]
    assert [name for _, _, name in passed] == way * 2


def test_a_request_without_a_trace_passes_untouched():
    body = [b"x"]

    def app(environ, start_response):
        return body

    assert Tap(app, "app", innermost=True, outermost=True)({}, lambda *_: None) is body


def test_the_trace_is_closed_when_the_server_is_done():
    for name, make in CASES.items():
        trace = new_trace()
        serve(tapped(make([]), trace))
        assert trace.closed.is_set(), name


def test_an_exception_in_close_is_recorded():
    trace = new_trace()
    serve(tapped(CASES["an exception in close()"]([]), trace))
    assert trace.failure.last == "OSError: in close"


def test_the_status_and_headers_that_the_server_was_given_are_recorded():
    trace = new_trace()
    serve(tapped(exc_info_app([]), trace))
    assert trace.response_head == ("500 No", PLAIN)


def test_events_come_in_their_order():
    trace = new_trace()
    serve(tapped(body_app(Body, [b"a"])([]), trace))
    assert [event.kind for event in trace.events] == [
        "response started",
        "app returned",
        "generator finished",
        "response finished",
    ]


def test_a_generator_that_is_closed_early_differs_from_one_that_ends():
    trace = new_trace()
    serve(tapped(generator_app([]), trace), take=1)
    kinds = [event.kind for event in trace.events]
    assert "generator closed" in kinds
    assert "generator finished" not in kinds


def test_two_requests_do_not_mix():
    app = body_app(Body, [b"a", b"b"])([])
    first, second = new_trace(), new_trace()
    stack = Tap(app, "app", innermost=True, outermost=True)
    one = iter(stack(environ_for(**{TRACE: first}), lambda *_: None))
    two = iter(stack(environ_for(**{TRACE: second}), lambda *_: None))
    items = copy_context().run(list, zip(one, two, strict=True))
    assert items == [(b"a", b"a"), (b"b", b"b")]
    assert first.lanes["app"].chunks == second.lanes["app"].chunks == 2


def served_behind(middleware, body):
    """What a server receives of `body` through `middleware`, with a tap in between and without."""

    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        return body()

    def tapped_app(environ, start_response):
        taps = Tap(app, "app", innermost=True)
        return taps(environ | {TRACE: new_trace()}, start_response)

    return [
        (got.items, got.headers, got.error)
        for got in (serve(middleware(tapped_app)), serve(middleware(app)))
    ]


def takes_the_first_itself(app):
    def middleware(environ, start_response):
        items = app(environ, start_response)
        first = next(items)
        yield b"<"
        yield first
        yield from items

    return middleware


def measures_first(app):
    def middleware(environ, start_response):
        items = app(environ, start_response)
        sum(map(len, items))
        return items

    return middleware


def asks_whether_it_is_a_list(app):
    def middleware(environ, start_response):
        given = []
        items = app(environ, lambda *head: given.extend(head))
        status, headers = given
        if isinstance(items, list):
            headers = [*headers, ("Content-Length", str(len(b"".join(items))))]
        start_response(status, headers)
        return items

    return middleware


def asks_what_else_it_has(app):
    def middleware(environ, start_response):
        items = app(environ, start_response)
        return [items.read(), *items, str(hasattr(items, "write")).encode()]

    return middleware


class Readable(list):
    def read(self):
        return b"read"


@pytest.mark.parametrize(
    ("middleware", "body"),
    [
        (takes_the_first_itself, lambda: (item for item in [b"one", b"two"])),
        (measures_first, lambda: [b"one", b"two"]),
        (asks_whether_it_is_a_list, lambda: [b"one", b"two"]),
        (asks_what_else_it_has, lambda: Readable([b"one"])),
    ],
)
def test_middleware_may_do_what_the_iterable_allows(middleware, body):
    with_tap, without = served_behind(middleware, body)
    assert with_tap == without
    assert with_tap[2] is None


def test_bytes_that_are_written_wait_at_the_gate_like_bytes_that_are_yielded():
    trace = new_trace()
    passed = []
    trace.gate.pass_through = lambda: passed.append(trace.lanes["generator"].chunks)

    def app(environ, start_response):
        write = start_response("200 OK", PLAIN)
        write(b"one")
        write(b"two")
        return []

    serve(tapped(app, trace))
    assert passed[:2] == [0, 1]


def test_text_that_is_written_is_passed_to_the_server_which_refuses_it():
    def app(environ, start_response):
        start_response("200 OK", PLAIN)("text")
        return []

    got = serve(tapped(app, new_trace()))
    assert (got.written, got.error) == (["text"], None)


def test_start_response_takes_its_arguments_by_name_if_the_server_does():
    def app(environ, start_response):
        start_response("200 OK", headers=PLAIN, exc_info=None)
        return [b"one"]

    trace = new_trace()
    got = serve(tapped(app, trace))
    assert (got.headers, got.error) == (PLAIN, None)
    assert trace.response_head == ("200 OK", PLAIN)


def test_text_instead_of_bytes_is_a_warning():
    def app(environ, start_response):
        start_response("200 OK", PLAIN)
        return [b"one", "two"]

    trace = new_trace()
    serve(tapped(app, trace))
    [warning] = [event for event in trace.events if event.kind == "warning"]
    assert "`server-side` yielded 'two', a str, and WSGI allows only bytes" in warning.text
    assert "`yield text.encode()`" in warning.text


def raises_after_one(app):
    def middleware(environ, start_response):
        yield next(iter(app(environ, start_response)))
        raise OSError("in the middleware")

    return middleware


@pytest.mark.parametrize(
    ("app", "raised_by"),
    [
        (body_app(Body, [b"a", b"b"], fail_after=1)([]), "generator"),
        (failing_view([]), "app"),
        (failing_after_start([]), "app"),
        (raises_after_one(generator_app([])), "app"),
        (body_app(Body, [b"a"], fail_in_close=True)([]), "app"),
    ],
)
def test_the_layer_that_raised_an_exception_is_recorded(app, raised_by):
    trace = new_trace()
    serve(tapped(app, trace))
    assert trace.failure.raised_by == raised_by


def test_a_middleware_that_raised_is_recorded_by_its_name():
    trace = new_trace()
    stack = raises_after_one(Tap(generator_app([]), "app", innermost=True))
    stack = Tap(stack, "server-side", outermost=True)
    serve(lambda environ, start_response: stack(environ | {TRACE: trace}, start_response))
    assert (trace.failure.last, trace.failure.raised_by) == (
        "OSError: in the middleware",
        "server-side",
    )
