"""Wrong arguments are refused at once, with an error that says what to write."""

from __future__ import annotations

import re
from collections import UserString
from fractions import Fraction

import pytest

from streamlab import App, Lab, Probe, Scenario, Server, matrix, observe
from streamlab.arguments import shown
from streamlab.harness.harness import Harness
from streamlab.testing import (
    assert_buffered,
    assert_closes_generator,
    assert_peak_memory,
    assert_streams,
)
from streamlab.trace.trace import Trace
from tests.apps import bare
from tests.server.rawclient import RawClient

app = App()


async def asgi(scope, receive, send): ...


def create_app():
    return app


class Evil:
    """An object whose methods raise errors."""

    def _fail(self, *_):
        raise RuntimeError("evil")

    __eq__ = __bool__ = __repr__ = __str__ = __iter__ = __len__ = __float__ = __index__ = _fail
    __hash__ = _fail


class EvilText(str):
    """A string whose methods raise errors."""

    __slots__ = ()

    def _fail(self, *_):
        raise RuntimeError("evil")

    __eq__ = __repr__ = __str__ = startswith = lower = upper = encode = _fail
    __hash__ = _fail


class Made:
    """A value that is made anew for each call, because it can be read once.

    :param make: returns the value.
    """

    def __init__(self, make):
        self.make = make


def fresh(value):
    return value.make() if isinstance(value, Made) else value


def endless():
    while True:
        yield ("X-Name", "Ada")


NAN, INFINITE, HUGE = float("nan"), float("inf"), 10**400
NO_TEXT = [None, 5, b"/", bytearray(b"/"), ["/"], Evil()]
NO_FLAG = [None, 0, 1, "no", "", [], Evil()]
NO_NUMBER = [0, -1, -HUGE, HUGE, 1.0, NAN, True, "5", [], Evil()]
NO_SECONDS = [0, -1, NAN, INFINITE, -INFINITE, 1e308, HUGE, "5", True, Fraction(1), [], Evil()]

# For each keyword: the values that are wrong in every function that has it.
WRONG = {
    "path": [*NO_TEXT, "", "stream", "http://localhost/", "/\ud800", EvilText("stream")],
    "method": [*NO_TEXT, "", "GET /", "G\r\nET", "GÉT", "/" * 1_000_000],
    "headers": [
        None,
        5,
        "abc",
        b"abc",
        {"X": 5},
        {5: "x"},
        {"X": b"x"},
        {b"X": "x"},
        [("a",)],
        [5],
        ["ab"],
        Made(lambda: iter(["ab"])),
        {"X": "a\r\nb"},
        {"X": "€"},
        {"": "x"},
        {"X Y": "x"},
        Made(endless),
        Evil(),
        [(Evil(), Evil())],
        {"X-Streamlab-Trace": "x"},
        {"x-streamlab-barrier": "x"},
    ],
    "data": [
        None,
        5,
        {"name": "World"},
        bytearray(b"x"),
        ["x"],
        Made(lambda: iter([b"x"])),
        "\ud800",
        Evil(),
    ],
    "stream_with_context": NO_FLAG,
    "middleware": [
        5,
        b"gzip",
        "",
        "gzipp",
        "GZIP",
        [None],
        [["gzip"]],
        {"gzip"},
        {"gzip": 1},
        Made(lambda: (name for name in ["gzip", "gzipp"])),
        ["gzip"] * 300,
        Evil(),
        EvilText("gzipp"),
        HUGE,
    ],
    "server": [*NO_TEXT, "", "Werkzeug", "nginx", EvilText("nginx"), "x" * 1_000_000],
    "pace": [-1, NAN, INFINITE, 1e300, HUGE, "1", "", "Step", True, [], Evil(), EvilText("x")],
    "http_version": [*NO_TEXT, 1.1, "2", "HTTP/1.1", EvilText("2")],
    "timeout": [None, *NO_SECONDS],
    "time_limit": NO_SECONDS,
    "chunks": NO_NUMBER,
}
NO_SERVER = {"server", "pace", "http_version", "timeout", "time_limit"}
FUNCTIONS = {
    "Scenario": (Scenario, WRONG.keys()),
    "Scenario.replace": (lambda **given: Scenario().replace(**given), WRONG.keys()),
    "observe": (lambda **given: observe(app, **given), WRONG.keys()),
    "Lab": (lambda **given: Lab(app, **given), WRONG.keys()),
    "matrix": (lambda **given: matrix(app, **given), WRONG.keys() - {"server", "pace"}),
    "assert_streams": (lambda **given: assert_streams(app, **given), WRONG.keys() - {"pace"}),
    "assert_buffered": (lambda **given: assert_buffered(app, **given), WRONG.keys() - {"pace"}),
    "assert_closes_generator": (
        lambda **given: assert_closes_generator(app, **given),
        WRONG.keys() - NO_SERVER - {"chunks"},
    ),
    "assert_peak_memory": (
        lambda **given: assert_peak_memory(app, **given),
        WRONG.keys() - NO_SERVER,
    ),
}
VALID_SOMEWHERE = {
    ("Lab", "path"): [None],  # the app's first route
    ("matrix", "middleware"): [None],  # all
    ("matrix", "stream_with_context"): [None],  # both
}
"""None has a meaning in these functions."""


ADVICE = (
    r"[Uu]se |[Ww]rite |Send |Remove|Encode|Decode|Leave it out|Name the|such as|did you mean"
    r"|is not a string"
)


def assert_refused(call, name, wrong):
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    text = str(caught.value)
    words = {name, name.rstrip("s").partition("_")[0], "Transfer-Encoding"}
    assert any(word in text for word in words), text
    assert len(text) < 600, text[:600]
    assert re.search(ADVICE, text), text


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("title", FUNCTIONS)
def test_a_wrong_value_is_refused_and_named(title, name):
    function, keywords = FUNCTIONS[title]
    for wrong in WRONG[name] if name in keywords else ():
        if not any(wrong is one for one in VALID_SOMEWHERE.get((title, name), ())):
            assert_refused(lambda wrong=wrong: function(**{name: fresh(wrong)}), name, wrong)


def test_lab_run_refuses_what_lab_refuses():
    with Lab(app, autorun=False) as lab:
        for name, values in WRONG.items():
            for wrong in values:
                assert_refused(lambda n=name, w=wrong: lab.run(**{n: fresh(w)}), name, wrong)
        assert lab.exchange is None


OWN = {
    "lockstep": (lambda **given: observe(app, **given), NO_FLAG),
    "autorun": (lambda **given: Lab(app, **given), NO_FLAG),
    "live": (lambda **given: Lab(app, **given), NO_FLAG),
    "scale": (lambda **given: Lab(app, **given), [None, 5, "big", EvilText("big")]),
    "servers": (
        lambda **given: matrix(app, **given),
        [5, b"gunicorn", "nginx", ["nginx"], [], [5], [None], [["werkzeug"]], Evil(), [Evil()]],
    ),
    "by": (lambda **given: assert_buffered(app, **given), [5, b"gzip", Evil()]),
    "after": (lambda **given: assert_closes_generator(app, **given), [None, *NO_NUMBER]),
    "max_bytes": (lambda **given: assert_peak_memory(app, **given), [None, *NO_NUMBER[1:]]),
    "host": (lambda **given: Server(app, **given), [*NO_TEXT, "", "\ud800", "a\0b", "é"]),
    "port": (lambda **given: Server(app, **given), [None, -1, 70_000, *NO_NUMBER[2:]]),
    "remembered": (lambda **given: Server(app, **given), NO_FLAG),
    "trusted_hosts": (
        lambda **given: Server(app, **given),
        [
            *(None, 5, b"lab.example", [5], [None], [b"x"], Evil(), [Evil()], "", [""], ["a b"]),
            *(["*"], ["."], ["*.example"], ["http://lab.example/"], ["lab.example:80"], ["é"]),
            Made(lambda: (f"{number}.example" for number in range(10**9))),
        ],
    ),
}


@pytest.mark.parametrize("name", OWN)
def test_a_wrong_value_of_one_function_is_refused(name):
    function, values = OWN[name]
    for wrong in values:
        assert_refused(lambda wrong=wrong: function(**{name: fresh(wrong)}), name, wrong)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("url", [None, 5, b"http://localhost/", "localhost", "ftp://localhost/", "", "http://"]),
        ("method", WRONG["method"]),
        ("headers", WRONG["headers"][:-2]),
        ("data", [None, 5, {"name": "World"}, Evil()]),
        ("http_version", [None, 1.1, "2"]),
        ("timeout", [None, *NO_SECONDS]),
        ("connect_timeout", NO_SECONDS),
        ("time_limit", NO_SECONDS),
        ("max_chunks", NO_NUMBER),
        ("max_head_bytes", [None, *NO_NUMBER]),
    ],
)
def test_a_probe_refuses_wrong_values(name, values):
    for wrong in values:
        given = {"url": "http://localhost/", "trace": Trace(), name: fresh(wrong)}
        with pytest.raises((TypeError, ValueError)):
            Probe(**given)


class TestIteratorsAreReadOnce:
    """What was given as an iterator can be used for more than one request."""

    def test_headers(self):
        scenario = Scenario(headers=(pair for pair in [("X-A", "1"), ("X-B", "2")]))
        assert scenario.headers == (("X-A", "1"), ("X-B", "2"))
        assert scenario.replace("/other").headers == scenario.headers

    def test_every_row_of_a_matrix_has_the_headers(self):
        seen = []

        def recording(environ, start_response):
            seen.append(environ.get("HTTP_X_NAME"))
            start_response("200 OK", [])
            return [b"x"]

        matrix(
            recording,
            headers=iter([("X-Name", "Ada")]),
            middleware=iter(["buffer"]),
            servers=iter(["werkzeug", "wsgiref"]),
        )
        assert seen == ["Ada"] * 3

    def test_every_run_of_a_lab_has_the_headers_and_the_middleware(self):
        with Lab(app, headers=iter([("X", "1")]), middleware=iter(["gzip"])) as lab:
            for _ in range(2):
                scenario = lab.run("/").wait(30).scenario
                assert scenario.headers == (("X", "1"),)
                assert scenario.middleware == ("gzip",)


def test_subclasses_of_str_become_plain_strings():
    scenario = Scenario(EvilText("/stream"), method=EvilText("get"), server=EvilText("wsgiref"))
    assert repr(scenario) == "Scenario('/stream', server='wsgiref')"
    with pytest.raises(TypeError, match="is not a string"):
        Scenario(UserString("/stream"))


def test_a_wrong_value_is_shown_in_short():
    assert len(shown("x" * 1_000_000)) < 100
    assert shown(Evil()) == "<Evil>"
    assert shown(10**5000) == "<int>"  # Python refuses to write it


@pytest.mark.parametrize(
    ("middleware", "expected"),
    [
        (lambda app: None, "returned None"),
        (lambda app: EvilText("x"), "returned <EvilText>"),
        (lambda app: 1 / 0, "raised ZeroDivisionError"),
        (lambda: None, "could not wrap the app"),
        (App, "could not wrap the app"),
        (len, "could not wrap the app"),
        (str, "not a WSGI application"),
    ],
)
def test_what_is_no_middleware_is_named(middleware, expected):
    with pytest.raises((TypeError, ValueError), match=expected):
        observe(bare, middleware=middleware)


def test_line_ends_in_a_path_are_sent_quoted():
    paths = []

    def recording(environ, start_response):
        paths.append(environ["PATH_INFO"])
        start_response("200 OK", [])
        return [b"x"]

    observe(recording, "/a\r\nX: y\tz\0")
    assert paths == ["/a\r\nX: y\tz\0"]


@pytest.mark.parametrize("method", ["G\xc9T", "G(T", "\x1b[2J"])
def test_a_stranger_with_an_odd_method_gets_an_answer(method):
    with Harness(bare, remembered=False) as harness:
        request = f"{method} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        with RawClient(harness.server.port, request.encode("latin-1")) as client:
            assert client.read_to_end().split()[1] in {b"400", b"501"}
        assert not harness.exchanges


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        (None, "app is None"),
        ("shop:app", "app is 'shop:app', a str"),
        (create_app, r"call it: create_app\(\)"),
        (asgi, r"ASGIMiddleware\(app\)"),
        (App, "is the class App"),
        (Evil(), "app is <Evil>"),
    ],
)
@pytest.mark.parametrize(
    "function", [observe, matrix, assert_streams, assert_closes_generator, assert_peak_memory, Lab]
)
def test_what_is_no_wsgi_application_is_refused(function, wrong, advice):
    with pytest.raises(TypeError, match=advice):
        function(wrong, "/")
