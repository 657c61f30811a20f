"""An App in a notebook: cells that run again, late routes, tracebacks with lines of cells."""

from __future__ import annotations

import asyncio
import linecache
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from streamlab.web import App, request, stream_with_context


def run_cell(source: str, names: dict) -> None:
    """Run a cell as IPython does: its file name depends on its text, and linecache has its lines."""
    filename = f"<cell {hash(source)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), names)


@pytest.fixture
def notebook(app):
    return {"__name__": "__main__", "app": app, "request": request}


def rules(app):
    return sorted(
        (rule.rule, rule.endpoint) for rule in app.url_map.iter_rules() if rule.endpoint != "static"
    )


def test_a_view_that_is_defined_again_replaces_the_first(app, client, notebook):
    run_cell("@app.get('/')\ndef index(): return 'first'", notebook)
    assert client.get("/").text == "first"
    run_cell("@app.get('/')\ndef index(): return 'second'", notebook)
    assert client.get("/").text == "second"
    assert rules(app) == [("/", "index")]


def test_a_view_that_is_defined_again_with_another_rule_loses_the_old_rule(app, client, notebook):
    run_cell("@app.get('/other')\ndef other(): return 'other'", notebook)
    run_cell("@app.get('/old')\ndef index(): return 'old'", notebook)
    assert client.get("/old").text == "old"
    run_cell("@app.post('/new/<int:n>')\ndef index(n): return str(n)", notebook)
    assert client.get("/old").status_code == 404
    assert client.post("/new/7").text == "7"
    assert client.get("/other").text == "other"
    assert "OPTIONS" in client.options("/other").allow
    with app.test_request_context("/"):
        assert app.url_for("index", n=8) == "/new/8"


def test_a_view_with_two_rules_keeps_both_when_its_cell_runs_again(app, client, notebook):
    cell = "@app.get('/a')\n@app.get('/b')\ndef index(): return request.path"
    for _ in range(2):
        run_cell(cell, notebook)
        assert rules(app) == [("/a", "index"), ("/b", "index")]
    run_cell("@app.get('/b')\ndef index(): return request.path", notebook)
    assert rules(app) == [("/b", "index")]


def test_settings_of_the_url_map_stay_when_a_view_is_defined_again(app, client, notebook):
    from werkzeug.routing import BaseConverter

    class Upper(BaseConverter):
        def to_python(self, value):
            return value.upper()

    app.url_map.converters["upper"] = Upper
    app.url_map.strict_slashes = False
    run_cell("@app.get('/<upper:name>/')\ndef index(name): return name", notebook)
    run_cell("@app.get('/x/<upper:name>/')\ndef index(name): return name", notebook)
    assert client.get("/x/a").text == "A"


def test_a_stream_that_has_begun_continues_when_its_view_is_defined_again(app, client, notebook):
    run_cell("@app.get('/')\ndef index():\n    return (part for part in ['a', 'b'])", notebook)
    response = client.get("/")
    run_cell("@app.get('/moved')\ndef index(): return 'moved'", notebook)
    assert response.text == "ab"
    assert client.get("/moved").text == "moved"


def test_two_different_views_with_one_name_raise_an_error(app):
    def noisy(view):
        def wrapper():
            return view()

        return wrapper

    def first():
        return "first"

    def second():
        return "second"

    app.get("/first")(noisy(first))
    app.get("/first")(noisy(first))  # the cell ran again
    with pytest.raises(AssertionError) as raised:
        app.get("/second")(noisy(second))
    assert str(raised.value).splitlines()[0] == (
        "View function mapping is overwriting an existing endpoint function: wrapper"
    )
    assert "functools.wraps" in str(raised.value)
    app.get("/a")(lambda: "a")
    app.get("/a")(lambda: "again")
    with pytest.raises(AssertionError, match="a lambda"):
        app.get("/b")(lambda: "b")


def test_routes_and_hooks_can_be_added_after_the_first_request(app, client, log):
    assert client.get("/late").status_code == 404
    app.get("/late")(lambda: "late")
    app.before_request(lambda: log.append("before"))
    app.teardown_request(lambda _: log.append("teardown"))
    app.template_global("late")(lambda: "late")
    app.register_error_handler(404, lambda e: ("handled", 404))
    assert client.get("/late").text == "late"
    assert client.get("/nowhere").text == "handled"
    assert log == ["before", "teardown"] * 2


@pytest.mark.parametrize("hook", ["before_request", "teardown_request", "context_processor"])
def test_a_hook_whose_cell_runs_again_is_registered_once(app, client, notebook, log, hook):
    notebook.update(log=log)
    cell = f"@app.{hook}\ndef note(*args):\n    log.append('%s')\n    return {{}} if {hook!r}[0] == 'c' else None"
    app.add_url_rule("/", "index", lambda: app.jinja_env.from_string("").render() or "text")
    for version in ("first", "first", "edited"):
        run_cell(cell % version, notebook)
    client.get("/")
    with app.app_context() as ctx:
        app.update_template_context(ctx, {})
    assert log == ["edited"]


def test_different_hooks_with_one_name_are_all_registered(app, client, log):
    @app.before_request
    def note():
        log.append("one")

    @app.before_request
    def note():  # noqa: F811 - the same name on purpose
        log.append("another line of the file")

    for n in range(2):

        @app.before_request
        def looped(n=n):
            log.append(f"closure {n}")

    client.get("/")
    assert log == ["one", "another line of the file", "closure 0", "closure 1"]


def test_the_logged_traceback_shows_the_lines_of_the_cell(app, client, notebook, caplog):
    app.testing = False
    run_cell("@app.get('/')\ndef index():\n    return 1 // 0  # the learner's own line", notebook)
    with caplog.at_level(logging.ERROR, "streamlab.web"):
        assert client.get("/").status_code == 500
    assert "return 1 // 0  # the learner's own line" in caplog.text


def test_async_views_work_inside_a_running_event_loop(app, client):
    """A cell runs in a loop. The context is active in the view, and its exceptions are raised."""

    @app.get("/")
    async def index():
        await asyncio.sleep(0)
        if "name" not in request.args:
            raise ValueError("no name")
        return stream_with_context(part for part in ["Hello ", request.args["name"]])

    async def cell():
        return client.get("/?name=World").text

    async def failing_cell():
        return client.get("/")

    assert asyncio.run(cell()) == "Hello World"
    with pytest.raises(ValueError, match="no name"):
        asyncio.run(failing_cell())


def python(code: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, **options
    )


def test_root_path_is_the_current_directory_if_the_module_has_no_file(tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text("found")
    code = (
        "from streamlab.web import App, render_template\n"
        "app = App()\n"
        "print(app.name, app.root_path, app.jinja_env.auto_reload)\n"
        "with app.app_context(): print(render_template('page.html'))"
    )
    out = python(code, cwd=tmp_path).stdout.splitlines()
    assert out == [f"__main__ {os.path.realpath(tmp_path)} True", "found"]


def test_the_default_import_name_is_the_calling_module():
    app = App()
    assert app.import_name == __name__
    assert app.root_path == str(Path(__file__).resolve().parent)


def test_the_name_of_an_app_in_a_script_is_the_name_of_the_file(tmp_path):
    script = tmp_path / "lesson.py"
    script.write_text("from streamlab import App\nprint(App().name, App().root_path)")
    out = subprocess.check_output([sys.executable, str(script)], text=True)
    assert out.split() == ["lesson", os.path.realpath(tmp_path)]


def test_repr_shows_the_name_and_counts_the_routes_without_static_files(app):
    assert repr(app) == "<App 'lesson' with 0 routes>"
    app.add_url_rule("/", "index", lambda: "")
    assert repr(app) == "<App 'lesson' with 1 route>"


def test_run_in_a_notebook_raises_an_error():
    code = (
        "import builtins, sys\nfrom streamlab.web import App\n"
        "get_ipython = lambda: None\n"
        "try: App().run()\n"
        "except RuntimeError as error: print(error)"
    )
    assert "Server(app).start()" in python(code).stdout


@pytest.mark.parametrize(
    ("server_name", "arguments", "expected"),
    [
        (None, {}, ("127.0.0.1", 5000)),
        ("example.test:8080", {}, ("example.test", 8080)),
        ("example.test:8080", {"host": "localhost", "port": 0}, ("localhost", 0)),
    ],
)
def test_run_takes_host_and_port_from_its_arguments_or_server_name(
    app, monkeypatch, server_name, arguments, expected
):
    called = []
    monkeypatch.setattr(
        "werkzeug.serving.run_simple", lambda *args, **options: called.append((args, options))
    )
    app.config["SERVER_NAME"] = server_name
    app.run(debug=True, threaded=False, **arguments)
    ((args, options),) = called
    assert args == (*expected, app)
    assert options == {"use_reloader": True, "use_debugger": True, "threaded": False}
