"""``streamlab observe``: the app is imported and observed, and the result printed and saved."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path

import pytest

from streamlab import Exchange, Scenario
from streamlab.terminal.exit_codes import EXIT_CODES
from tests.commands import COMMAND, ENVIRONMENT, without_escapes

SHOP = """
import time
import flask
from streamlab import App, request, stream_with_context

app = App("shop")

@app.get("/stream")
def stream():
    print("in the view")
    def generate():
        yield "Hello "
        yield request.args["name"]
        yield "!"
    return stream_with_context(generate())

@app.route("/echo", methods=["GET", "PUT", "POST"])
def echo():
    protocol = request.environ["SERVER_PROTOCOL"]
    server = request.environ["SERVER_SOFTWARE"]
    name = request.headers.get("X-Name")
    return f"{request.method} {name} {request.get_data(as_text=True)} {protocol} {server}"

@app.get("/broken")
def broken():
    return 1 // 0

@app.get("/empty")
def empty():
    return ""

@app.get("/endless")
def endless():
    def ticks():
        while True:
            yield "tick "
            time.sleep(0.01)
    return ticks()

@app.get("/many")
def many():
    return (f"{number}\\n" for number in range(500))

stock = flask.Flask("shop")

@stock.get("/stream")
def streamed_by_flask():
    def generate():
        yield "Hello "
        yield flask.request.args["name"]
    return generate()

def create_app(name="made"):
    made = App(name)
    made.add_url_rule("/", "index", lambda: iter([name, "!"]))
    return made

def upper(app):
    return lambda environ, start_response: map(bytes.upper, app(environ, start_response))

async def fastapi(scope, receive, send): ...
"""
FILES = {
    "shop.py": SHOP,
    "broken_shop.py": "import shop\nimport no_such_module",
    "quits.py": "raise SystemExit('no configuration')",
    "serves.py": "from shop import app, stock\nstock.run(port=0)\napp.run(port=0)",
    "django_site.py": (
        "from django.conf import settings\n"
        "settings.configure(ROOT_URLCONF='django_site', ALLOWED_HOSTS=['*'])\n"
        "from django.core.handlers.asgi import ASGIHandler\n"
        "from django.core.wsgi import get_wsgi_application\n"
        "from django.http import StreamingHttpResponse\n"
        "from django.urls import path\n"
        "urlpatterns = [path('', lambda request: StreamingHttpResponse(iter(['a', 'b'])))]\n"
        "application = get_wsgi_application()\n"
        "asgi = ASGIHandler()\n"
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def observe(folder):
    """Run ``streamlab observe`` in the folder of the app."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, "observe", *arguments],
            capture_output=True,
            encoding="utf-8",
            check=False,
            cwd=folder,
            env={**ENVIRONMENT, "PYTHONWARNINGS": "default"},
            timeout=60,
        )

    return run


# What is printed


def test_every_chunk_is_printed_on_every_lane_then_the_table_and_the_verdict(observe):
    result = observe("shop:app", "/stream?name=World", "--lockstep")
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "GET /stream?name=World  app + werkzeug"
    for lane in ("generator", "app", "server", "client"):
        assert re.findall(rf" s  {lane} +'(.*?)' ", result.stdout) == ["Hello ", "World", "!"]
        assert re.search(rf"^ +{lane} +3 +12 ", result.stdout, re.MULTILINE)
    assert "'World'         yield request.args[\"name\"]" in result.stdout
    assert "in the view" in lines
    assert lines[-1].startswith("Streamed: 3 chunks (12 bytes) reached the client, each before")


def test_the_error_has_its_line_and_its_advice(observe):
    result = observe("shop:stock", "/stream?name=World", "--lockstep")
    assert result.returncode == EXIT_CODES["truncated"]
    assert "RuntimeError: Working outside of request context." in result.stdout
    code = 'yield flask.request.args["name"]'
    number = SHOP[: SHOP.index(code)].count("\n") + 1
    assert f"shop.py, line {number}: {code}" in result.stdout
    assert "return stream_with_context(generate())" in result.stdout


def test_only_the_first_50_chunks_are_printed(observe):
    result = observe("shop:app", "/many")
    assert len(re.findall(r"^ +[\d.]+ s  ", result.stdout, re.MULTILINE)) == 50
    assert "... more chunks are not printed. Use --json to get them." in result.stdout
    assert len(Exchange.from_json(observe("shop:app", "/many", "--json").stdout).body) == 1890


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_shows_the_code_and_the_lanes_in_80_columns(folder, monkeypatch):
    from tests.commands import run_in_terminal

    monkeypatch.chdir(folder)
    output, code = run_in_terminal("observe", "shop:app", "/stream?name=World", "--lockstep")
    assert code == 0
    text = without_escapes(output)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert '▶     yield "!"' in text
    assert re.search(r"client +●.*3 chunks, 12 bytes", text)


# What is observed


def test_the_default_path_is_the_first_route(observe):
    assert observe("shop:create_app()").stdout.startswith("GET /  app + werkzeug\n")
    assert observe("shop").stdout.startswith("GET /stream  app")


@pytest.mark.parametrize(
    ("app", "body"),
    [
        ("shop:create_app('test')", b"test!"),
        ("django_site", b"ab"),
        ("django_site:application", b"ab"),
        ("shop:create_app()", b"made!"),
    ],
)
def test_an_app_can_be_made_by_a_factory_or_have_no_name(observe, app, body):
    result = observe(app, "/", "--json")
    assert Exchange.from_json(result.stdout).body == body


def test_app_run_at_import_is_ignored_with_a_message(observe):
    result = observe("serves:app", "/empty")
    assert result.returncode == EXIT_CODES["empty"]
    assert result.stderr.count("Ignored app.run(): serves calls it when it is imported") == 2


# For each keyword of `Scenario`: the options, and what the exchange's scenario then is.
OPTIONS = {
    "path": ("/echo", "/echo"),
    "method": ("-X put", "PUT"),
    "headers": ("-H X-Name:Ada --header X-Other:1", [["X-Name", "Ada"], ["X-Other", "1"]]),
    # In base64, as in the document.
    "data": ("-d name=ä", "bmFtZT3DpA=="),
    "stream_with_context": ("--no-stream-with-context", False),
    "middleware": ("--middleware shop:upper --middleware gzip", ["upper", "gzip"]),
    "server": ("--server waitress", "waitress"),
    "pace": ("--pace 0.01", 0.01),
    "http_version": ("--http1.0", "1.0"),
    "timeout": ("--timeout 7", 7.0),
    "chunks": ("--chunks 3", 3),
    "time_limit": ("--time-limit 8", 8.0),
}


def test_there_is_an_option_for_each_keyword_of_scenario():
    assert OPTIONS.keys() == {field.name for field in fields(Scenario) if field.init}


@pytest.mark.parametrize("keyword", OPTIONS)
def test_each_option_sets_its_keyword(observe, keyword):
    text, expected = OPTIONS[keyword]
    path = () if keyword == "path" else ("/echo",)
    result = observe("shop:app", *path, *text.split(), "--json")
    scenario = json.loads(result.stdout)["scenario"]
    given = scenario[keyword]
    if keyword == "middleware":
        assert Exchange.from_json(result.stdout).lanes.keys() >= {"upper", "gzip"}
    else:
        assert given == expected


def test_the_request_and_the_server_are_those_of_the_options(observe):
    result = observe(
        "shop:app", "/echo", "-H", "X-Name: Ada", "-d", "a=b", "--http1.0", "--server", "wsgiref",
        "--json",
    )  # fmt: skip
    body = Exchange.from_json(result.stdout).text
    assert re.fullmatch(r"POST Ada a=b HTTP/1\.0 WSGIServer/\S+", body)


@pytest.mark.parametrize(
    ("app", "text"), [("shop:create_app('test')", "test!"), ("serves:app", "Not Found")]
)
def test_a_server_in_another_process_imports_the_app_too(observe, app, text):
    pytest.importorskip("gunicorn")
    exchange = Exchange.from_json(observe(app, "/", "--server", "gunicorn", "--json").stdout)
    assert exchange.scenario.server == "gunicorn"
    assert text in exchange.text


# Exit codes


@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [
        ("/stream?name=x --lockstep", "streamed"),
        ("/stream?name=x --lockstep --middleware buffer", "buffered"),
        ("/stream?name=x --lockstep --no-stream-with-context", "truncated"),
        ("/broken", "failed"),
        ("/nowhere", "failed"),
        ("/empty", "empty"),
    ],
)
def test_the_exit_code_is_that_of_the_outcome(observe, arguments, outcome):
    result = observe("shop:app", *arguments.split())
    assert result.returncode == EXIT_CODES[outcome]
    assert result.stdout.splitlines()[-1].startswith(outcome.capitalize())


def test_every_outcome_is_in_the_help(observe):
    help_text = observe("--help").stdout
    for outcome, code in EXIT_CODES.items():
        assert re.search(rf"\b{code} .*{outcome}", help_text)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_ctrl_c_ends_an_endless_stream_and_the_result_is_printed(folder):
    process = subprocess.Popen(
        [*COMMAND, "observe", "shop:app", "/endless"],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**ENVIRONMENT, "PYTHONUNBUFFERED": "1"},
        cwd=folder,
    )
    with process.stdout:
        while "client" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        output = process.stdout.read()
    assert process.wait(30) == EXIT_CODES["stopped"]
    assert output.splitlines()[-1].startswith("Stopped: the client left after")


def test_an_endless_stream_is_left_after_some_chunks(observe):
    result = observe("shop:app", "/endless", "--chunks", "3", "--lockstep", "--json")
    exchange = Exchange.from_json(result.stdout)
    assert exchange.lanes["client"].chunks == 3
    assert result.returncode == EXIT_CODES["streamed"]


def test_an_endless_stream_is_left_at_the_time_limit(observe):
    result = observe("shop:app", "/endless", "--time-limit", "0.5", "--json")
    assert result.returncode == EXIT_CODES[json.loads(result.stdout)["verdict"]["outcome"]]


# JSON, files and the matrix


def test_json_is_the_exchange_and_what_the_app_prints_is_not_in_it(observe):
    result = observe("shop:app", "/stream?name=World", "--lockstep", "--json")
    exchange = Exchange.from_json(result.stdout)
    assert (exchange.text, exchange.verdict.outcome) == ("Hello World!", "streamed")
    assert "in the view" in result.stderr


class Page(HTMLParser):
    """Collects the elements of a page and the addresses that it could load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [
            value for name, value in attributes if name in {"src", "href", "xlink:href", "action"}
        ]


def test_the_result_is_saved_in_the_format_of_the_files_name(observe, tmp_path):
    names = [str(tmp_path / f"run{end}") for end in (".html", ".SVG", ".har", ".json")]
    saves = [argument for name in names for argument in ("--save", name)]
    result = observe("shop:app", "/stream?name=World", "--lockstep", *saves)
    assert result.returncode == 0
    assert result.stdout.splitlines()[-4:] == [f"Saved {name}" for name in names]
    html, svg, har, saved = (Path(name).read_text("utf-8") for name in names)
    page = Page(html)
    assert page.tags[:3] == ["html", "head", "meta"]  # the policy is before all content
    assert {"svg", "table"} <= {*page.tags}
    assert not {"script", "img", "link", "iframe"} & {*page.tags}
    assert page.addresses == []
    assert svg.startswith("<svg ")
    assert json.loads(har)["log"]["entries"][0]["response"]["content"]["text"] == "Hello World!"
    assert Exchange.from_json(saved).text == "Hello World!"


def test_the_matrix_is_printed_as_a_table(observe):
    result = observe("shop:app", "/stream?name=World", "--matrix", "--server", "werkzeug")
    assert result.returncode == 0
    assert re.search(
        r"^werkzeug +- +kept +200 'Hello World!' +streamed$", result.stdout, re.MULTILINE
    )
    assert re.search(r"^werkzeug +buffer +kept .* buffered, buffer$", result.stdout, re.MULTILINE)


def test_the_matrix_is_saved_and_printed_as_json(observe, tmp_path):
    names = [str(tmp_path / "all.html"), str(tmp_path / "all.json")]
    result = observe(
        "shop:app", "/stream?name=World", "--matrix", "--server", "wsgiref", "--middleware", "gzip",
        "--no-stream-with-context", "--json", "--save", names[0], "--save", names[1],
    )  # fmt: skip
    document = json.loads(result.stdout)
    assert document == json.loads(Path(names[1]).read_text("utf-8"))
    rows = [(row["middleware"], row["stream_with_context"]) for row in document["rows"]]
    assert rows == [([], False), (["gzip"], False)]
    assert {row["outcome"] for row in document["rows"]} == {"truncated"}
    assert "table" in Page(Path(names[0]).read_text("utf-8")).tags


# Arguments that are not valid


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("", "MODULE:APP"),
        ("shp:app /", "There is no module 'shp' in {folder}"),
        ("shp:app /", "Did you mean shop?"),
        ("shop:ap /", "Did you mean shop:app?"),
        ("shop.py:app /", "Write the name of its module: shop:app"),
        ("shop:create_app /", "call it: create_app()"),
        ("shop:FILES /", "no attribute 'FILES'"),
        ("shop:time /", "a module, not a WSGI application"),
        ("shop:fastapi /", "shop:fastapi is an ASGI application"),
        ("shop:fastapi /", "streamlab probe http://"),
        ("shop:fastapi /", "ASGIMiddleware"),
        ("django_site:asgi /", "django_site:asgi is an ASGI application (django.ASGIHandler)"),
        ("shop:app stream", "Write: streamlab observe shop:app /stream"),
        ("shop:app http://localhost/stream", "streamlab probe http://localhost/stream"),
        ("shop:app / -H no-colon", "colon"),
        ("shop:app / --middleware gzipp", "did you mean 'gzip'?"),
        ("shop:app / --middleware shop:uper", "Did you mean shop:upper?"),
        ("shop:app / --server apache", "werkzeug"),
        ("shop:app / --timeout 0", "seconds above 0"),
        ("shop:app / --pace step", "seconds above 0"),
        ("shop:app / --chunks 0", "whole number above 0"),
        ("shop:app / --time-limit inf", "seconds above 0"),
        ("shop:app / --pace 1 --lockstep", "exclude each other"),
        ("shop:app / --matrix --lockstep", "in lockstep"),
        ("shop:stock / --no-stream-with-context", "streamlab's App"),
        ("shop:app / --save run.png", "'run.png': end the name of the file with .html, .svg"),
        ("shop:app / --matrix --save run.svg", "end the name of the file with .html, .json"),
    ],
)
def test_an_argument_that_is_not_valid_is_2_and_explained(observe, folder, arguments, words):
    result = observe(*arguments.split())
    assert result.returncode == 2
    assert result.stdout == ""
    assert words.format(folder=folder) in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("module", "last"),
    [
        ("broken_shop", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("quits", "SystemExit: no configuration"),
    ],
)
def test_an_error_of_the_module_is_printed_from_its_own_line_on(observe, module, last):
    result = observe(f"{module}:app", "/")
    assert (result.returncode, result.stdout) == (1, "")
    lines = result.stderr.splitlines()
    assert lines[-2] == last
    assert lines[-1] == f"streamlab: importing '{module}:app' raised this error."
    assert f"{module}.py" in lines[1]


def test_a_file_that_cannot_be_written_is_1_after_the_result(observe):
    result = observe("shop:app", "/stream?name=x", "--save", "no_such_folder/run.json")
    assert result.returncode == 1
    assert "Streamed" in result.stdout
    assert "no_such_folder/run.json was not saved: " in result.stderr
