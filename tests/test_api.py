"""The public API: its names, its signatures, its errors for wrong keywords, and its reprs."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from dataclasses import fields
from importlib.metadata import version

import pytest

import streamlab
from streamlab import (
    App,
    Lab,
    Scenario,
    Server,
    buffer,
    gzip,
    matrix,
    observe,
    web,
)
from streamlab.harness.comparison import Comparison
from streamlab.harness.harness import Harness
from streamlab.harness.scenario import UNCHANGED
from streamlab.harness.stack import Stack
from streamlab.server import SERVERS
from streamlab.testing import (
    assert_buffered,
    assert_closes_generator,
    assert_peak_memory,
    assert_streams,
)
from streamlab.trace.client import ExternalClient
from tests.apps import app, bare

LATE_NAMES = {
    "Chunk",
    "Exchange",
    "Lab",
    "Lane",
    "Middleware",
    "Probe",
    "Record",
    "Scenario",
    "Server",
    "Verdict",
    "buffer",
    "gzip",
    "matrix",
    "observe",
}


class TestNames:
    @pytest.mark.parametrize("name", sorted({*LATE_NAMES, *web.__all__, "__version__"}))
    def test_each_can_be_imported(self, name):
        assert getattr(streamlab, name) is not None
        assert name in dir(streamlab)
        assert name in streamlab.__all__

    def test_there_are_no_others(self):
        assert set(streamlab.__all__) == {*LATE_NAMES, *web.__all__, "__version__"}
        assert len(set(streamlab.__all__)) == len(streamlab.__all__)

    def test_the_version_is_that_of_the_package(self):
        assert streamlab.__version__ == version("streamlab")

    def test_another_name_is_an_attribute_error(self):
        with pytest.raises(AttributeError, match="module 'streamlab' has no attribute 'Observe'"):
            streamlab.Observe

    def test_the_names_for_type_checkers_are_the_names_at_run_time(self):
        source = inspect.getsource(streamlab)
        typed = re.findall(r"^    from (\S+) import (\w+) as \2$", source, re.MULTILINE)
        assert {name: module for module, name in typed} == streamlab._MODULES

    def test_importing_streamlab_loads_only_the_web_framework(self):
        code = (
            "import sys, streamlab\n"
            "print(*(name for name in sys.modules if name.startswith('streamlab.')\n"
            "        and not name.startswith('streamlab.web')))\n"
            "print('ipywidgets' in sys.modules, 'rich' in sys.modules)"
        )
        loaded, widgets = subprocess.check_output([sys.executable, "-c", code], text=True).split(
            "\n"
        )[:2]
        assert set(loaded.split()) <= {"streamlab.wording", "streamlab.notebook_cell"}
        assert widgets == "False False"


KEYWORDS = {one.name: one for one in fields(Scenario) if one.init}
# For each function: the keywords of `Scenario` that it does not have, and its own parameters.
NO_SERVER = {"server", "pace", "http_version", "timeout", "chunks", "time_limit"}
SIGNATURES = {
    "Scenario": (Scenario, set(), set()),
    "Scenario.replace": (Scenario.replace, set(), set()),
    "observe": (observe, set(), {"app", "lockstep"}),
    "Lab": (Lab.__init__, set(), {"app", "autorun", "live", "scale", "trusted_hosts"}),
    "Lab.run": (Lab.run, set(), set()),
    "Lab.matrix": (Lab.matrix, {"server", "pace"}, {"servers"}),
    "matrix": (matrix, {"server", "pace"}, {"app", "servers"}),
    "assert_streams": (assert_streams, {"pace"}, {"app"}),
    "assert_buffered": (assert_buffered, {"pace"}, {"app", "by"}),
    "assert_closes_generator": (assert_closes_generator, NO_SERVER, {"app", "after"}),
    "assert_peak_memory": (assert_peak_memory, NO_SERVER, {"app", "max_bytes", "chunks"}),
}
# "Not given" means "as before" in these functions, so every default is UNCHANGED.
KEEPS_WHAT_IS_NOT_GIVEN = {"Scenario.replace", "Lab.run", "Lab.matrix"}
# Where annotation and default differ from the field of `Scenario`, and why.
DIFFERENT = {
    ("observe", "pace"): ("float | None", None),  # "step" needs a Lab
    ("Lab", "path"): ("str | None", None),  # None: the app's first route
    ("Lab", "time_limit"): ("float | None", None),  # in a Lab a stream may go on all day
    # None: both, or all there are.
    ("matrix", "stream_with_context"): ("bool | None", None),
    ("Lab.matrix", "stream_with_context"): ("bool | None", None),
    ("matrix", "middleware"): ("Sequence[MiddlewareLayer] | None", None),
    ("Lab.matrix", "middleware"): ("Sequence[MiddlewareLayer] | None", None),
}


def parameters_of(function):
    return {
        name: one for name, one in inspect.signature(function).parameters.items() if name != "self"
    }


class TestSignatures:
    @pytest.mark.parametrize("title", SIGNATURES)
    def test_the_keywords_are_those_of_scenario(self, title):
        function, missing, own = SIGNATURES[title]
        parameters = parameters_of(function)
        assert set(parameters) - own == set(KEYWORDS) - missing - own
        assert own <= set(parameters)
        for name in set(parameters) - own - missing:
            field, parameter = KEYWORDS[name], parameters[name]
            expected = (field.type, field.default)
            if title in KEEPS_WHAT_IS_NOT_GIVEN:
                expected = (f"{field.type} | Unchanged", UNCHANGED)
            annotation, default = DIFFERENT.get((title, name), expected)
            assert sorted(parameter.annotation.split(" | ")) == sorted(annotation.split(" | "))
            assert parameter.default == default, name

    @pytest.mark.parametrize("title", SIGNATURES)
    def test_only_app_path_and_a_limit_can_be_positional(self, title):
        if title == "Scenario":
            return  # a dataclass
        positional = [
            name
            for name, one in parameters_of(SIGNATURES[title][0]).items()
            if one.kind is not inspect.Parameter.KEYWORD_ONLY
        ]
        assert positional in (["app", "path"], ["path"], ["app", "path", "max_bytes"])

    @pytest.mark.parametrize("title", SIGNATURES)
    def test_an_unknown_keyword_names_the_nearest(self, title, lab):
        function = getattr(lab, title.partition(".")[2]) if title.startswith("Lab.") else None
        if title == "Scenario.replace":
            function = Scenario().replace
        elif function is None:
            function = Lab if title == "Lab" else SIGNATURES[title][0]
        arguments = (bare,) if "app" in SIGNATURES[title][2] else ()
        with pytest.raises(TypeError) as caught:
            function(*arguments, midleware="gzip")
        expected = f"{title}() has no keyword 'midleware'; did you mean 'middleware'?"
        assert str(caught.value) == expected

    def test_a_keyword_that_a_function_lacks_on_purpose_has_a_reason(self, lab):
        for call, keyword, reason in (
            (lambda: matrix(bare, server="wsgiref"), "server", 'use servers=["werkzeug"]'),
            (lambda: matrix(bare, pace=1), "pace", "all rows are made in lockstep"),
            (lambda: lab.matrix(pace=1), "pace", "all rows are made in lockstep"),
            (lambda: lab.run(lockstep=True), "lockstep", 'Use pace="step"'),
            (lambda: Lab(bare, lockstep=True), "lockstep", 'Use pace="step"'),
            (lambda: assert_streams(bare, pace=1), "pace", "always runs in lockstep"),
            (lambda: assert_peak_memory(bare, server="x"), "server", "without a server"),
        ):
            with pytest.raises(TypeError) as caught:
                call()
            assert f"has no keyword {keyword!r}: " in str(caught.value)
            assert reason in str(caught.value)


class TestPaceAndLockstep:
    def test_pace_step_outside_of_a_lab_names_lockstep(self):
        with pytest.raises(ValueError, match=r"Use observe\(app, path, lockstep=True\)"):
            observe(bare, "/", pace="step")

    def test_pace_and_lockstep_exclude_each_other(self):
        with pytest.raises(ValueError, match="exclude each other"):
            observe(bare, "/", pace=0.1, lockstep=True)

    def test_lockstep_makes_the_verdict_a_proof(self):
        exchange = observe(bare, "/", lockstep=True)
        assert exchange.trace.lockstep
        assert not observe(bare, "/").trace.lockstep
        assert exchange.scenario == Scenario("/")


class TestMatrix:
    def test_one_server_and_one_middleware_need_no_list(self):
        rows = matrix(bare, servers="werkzeug", middleware="gzip").rows
        assert [row.cells[:2] for row in rows] == [("werkzeug", "-"), ("werkzeug", "gzip")]


class TestLab:
    def test_as_a_context_manager_it_is_closed(self):
        with Lab(app) as lab:
            assert isinstance(lab, Lab)
            assert "(running)" in repr(lab)
            panel = lab.panel
            assert panel.comm is not None
        assert "(closed)" in repr(lab)
        assert panel.comm is None

    def test_run_keeps_what_is_not_given(self):
        with Lab(app, "/stream?name=x", middleware="gzip", timeout=7) as lab:
            assert lab.run(server="wsgiref").wait(30).scenario == Scenario(
                "/stream?name=x",
                middleware="gzip",
                timeout=7,
                time_limit=None,
                server="wsgiref",
            )
            exchange = lab.run(middleware=(), pace=None).wait(30)
            assert exchange.scenario == Scenario("/stream?name=x", timeout=7, time_limit=None)

    def test_matrix_keeps_what_is_not_given(self):
        seen = []

        def recording(environ, start_response):
            seen.append((environ["REQUEST_METHOD"], environ.get("HTTP_X_NAME")))
            start_response("200 OK", [])
            return [b"x"]

        with Lab(recording, "/", method="PUT", headers={"X-Name": "Ada"}) as lab:
            lab.matrix(middleware=[], servers=["werkzeug"])
            lab.matrix(middleware=[], servers=["werkzeug"], method="POST")
        assert seen == [("PUT", "Ada"), ("POST", "Ada")]


@pytest.fixture(scope="module")
def lab():
    with Lab(app, "/stream?name=World") as made:
        yield made


@pytest.fixture(scope="module")
def exchange():
    return observe(app, "/stream?name=World", lockstep=True)


# For each thing that a learner can print: how it is made, and what its repr contains.
REPRS = {
    "Exchange": (lambda e: e, "<Exchange GET /stream?name=World: Streamed: 3 chunks"),
    "Record": (
        lambda e: streamlab.Record(e.path, e.trace, e.client, scenario=e.scenario),
        "<Record GET /stream",
    ),
    "Scenario": (lambda e: e.scenario, "Scenario('/stream?name=World')"),
    "changed Scenario": (
        lambda e: e.scenario.replace(method="post", data="a=b", pace=0.5),
        "Scenario('/stream?name=World', method='POST', data=b'a=b', pace=0.5)",
    ),
    "Verdict": (lambda e: e.verdict, "streamed"),
    "Comparison": (lambda e: Comparison(e, e), "<Comparison: No difference: "),
    "Lane": (lambda e: e.lanes["client"], "<Lane 'client': 3 chunks, 12 bytes"),
    "Chunk": (lambda e: e.lanes["client"][0], "<Chunk 0 at "),
    "Holding": (lambda e: e.held[0], "Holding"),
    "Probe": (lambda e: e.client, "/stream?name=World: 200 OK>"),
    "ExternalClient": (
        lambda e: ExternalClient(e.trace, cut=print, url="/stream"),
        "<ExternalClient /stream: 200 OK>",
    ),
    "Trace": (lambda e: e.trace, "generator"),
    "Row": (
        lambda _: matrix(bare, servers=["werkzeug"], middleware=[]).rows[0],
        "<Row werkzeug | - | kept | 200 'Hello World!' | streamed>",
    ),
    "Matrix": (
        lambda _: matrix(bare, servers=["werkzeug"], middleware=[]),
        "werkzeug  -           kept     200 'Hello World!'  streamed",
    ),
    "Lab": (lambda _: Lab(App()), "<Lab http://127.0.0.1:"),
    "Server": (lambda _: Server(bare), "<Server (stopped)>"),
    "Harness": (lambda _: Harness(bare), "<Harness (stopped): 0 exchanges kept>"),
    "Stack": (
        lambda _: Stack(bare, (gzip(),)),
        "<Stack generator -> app -> gzip -> server -> client>",
    ),
    "Middleware": (lambda _: buffer(), "<Middleware buffer: "),
    "ServerKind": (lambda _: SERVERS["waitress"], "<ServerKind waitress: "),
    "UNCHANGED": (lambda _: UNCHANGED, "UNCHANGED"),
}


@pytest.mark.parametrize("name", REPRS)
def test_repr_of_what_a_learner_can_print(name, exchange):
    make, expected = REPRS[name]
    value = make(exchange)
    try:
        assert expected in repr(value)
        assert " object at 0x" not in repr(value)
    finally:
        if isinstance(value, Lab):
            value.close()
