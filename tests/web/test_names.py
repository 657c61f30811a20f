"""The names of the package `streamlab`: all of Flask's are there, and importing is cheap."""

from __future__ import annotations

import subprocess
import sys

import flask
import pytest
import werkzeug.utils

import streamlab
import streamlab.web
from streamlab.web.names_not_here import INSTEAD
from tests.imports import declared_dependencies

# Names of Flask that streamlab does not have: see "Not here" in CONTRIBUTING.md.
LEFT_OUT = {
    "Blueprint",
    "Flask",
    "send_file",
    "send_from_directory",
    "cli",
    "typing",
    "sansio",
    "blueprints",
    "logging",
    "app",
}


def test_flasks_names_exist_in_streamlab():
    theirs = {name for name in vars(flask) if not name.startswith("_")}
    assert {name for name in theirs - LEFT_OUT if not hasattr(streamlab.web, name)} <= {
        "annotations",
        "t",
    }


def test_names_of_streamlab_web_are_names_of_streamlab():
    for name in streamlab.web.__all__:
        assert getattr(streamlab, name) is getattr(streamlab.web, name)


@pytest.mark.parametrize("name", ["Lab", "Server", "observe"])
def test_names_of_other_packages_are_imported_when_they_are_used(name):
    code = (
        "import sys, streamlab\n"
        "print([m for m in ('ipywidgets', 'anywidget', 'streamlab.lab', 'streamlab.server',"
        " 'streamlab.trace', 'asgiref', 'asyncio', 'itsdangerous') if m in sys.modules])\n"
        f"assert '{name}' in dir(streamlab)\n"
        f"from streamlab import {name}\n"
        f"print({name}.__name__)"
    )
    out = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert out.split("\n")[:2] == ["[]", name]


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'streamlab' has no attribute 'nothing'"):
        streamlab.nothing


def test_streamlab_web_imports_no_other_package_of_streamlab():
    code = (
        "import sys, streamlab.web\n"
        "print([m for m in sys.modules"
        " if m.startswith('streamlab.')"
        " and m.split('.')[1] not in ('web', 'notebook_cell', 'wording')])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


def test_streamlab_web_imports_only_declared_dependencies():
    code = (
        "import sys; before = set(sys.modules)\n"
        "import streamlab.web\n"
        "app = streamlab.web.App(); app.secret_key = 'k'; app.test_client().get('/')\n"
        "print(*{m.split('.')[0] for m in set(sys.modules) - before})"
    )
    loaded = set(subprocess.check_output([sys.executable, "-c", code], text=True).split())
    third_party = loaded - sys.stdlib_module_names - {"streamlab"}
    required, _ = declared_dependencies()
    assert {"werkzeug", "jinja2"} <= third_party
    assert third_party <= required - {"anywidget", "ipywidgets", "rich"}


NOT_HERE = {
    "Blueprint": "Lab(app, '/path')",
    "CORS": "response.headers['Access-Control-Allow-Origin'] = '*'",
    "Flask": "from streamlab import App",
    "MethodView": "Lab(app, '/path')",
    "View": "Lab(app, '/path')",
    "blueprints": "Lab(app, '/path')",
    "cross_origin": "Access-Control-Allow-Origin",
    "escape": "from markupsafe import escape",
    "Markup": "from markupsafe import Markup",
    "safe_join": "from werkzeug.utils import safe_join",
    "send_file": "werkzeug.utils.send_file(path, request.environ)",
    "send_from_directory": "werkzeug.utils.send_from_directory(folder, path, request.environ)",
    "views": "Lab(app, '/path')",
}


class TestNamesThatAreNotHere:
    def test_each_has_advice(self):
        assert NOT_HERE.keys() == INSTEAD.keys()

    @pytest.mark.parametrize("module", ["streamlab", "streamlab.web"])
    @pytest.mark.parametrize("name", NOT_HERE)
    def test_an_import_says_what_to_do(self, module, name):
        with pytest.raises(ImportError, match="it is not here") as raised:
            exec(f"from {module} import App, {name}", {})
        assert NOT_HERE[name] in str(raised.value)
        assert raised.value.name == name

    @pytest.mark.parametrize("module", [streamlab, streamlab.web])
    @pytest.mark.parametrize("name", NOT_HERE)
    def test_other_ways_to_ask_work_as_for_any_missing_name(self, module, name):
        assert not hasattr(module, name)
        assert getattr(module, name, "default") == "default"
        assert name not in dir(module)
        assert name not in module.__all__
        with pytest.raises(AttributeError) as raised:
            getattr(module, name)
        assert NOT_HERE[name] in str(raised.value)

    def test_a_name_that_nobody_has_is_an_ordinary_import_error(self):
        with pytest.raises(ImportError, match=r"cannot import name 'nothing' from 'streamlab' \("):
            exec("from streamlab import nothing", {})

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("register_blueprint", "Lab(app, '/path')"),
            ("send_static_file", "url_for('static', filename='style.css')"),
            ("open_resource", "open(path)"),
            ("cli", "app.run()"),
        ],
    )
    def test_an_attribute_of_flasks_app(self, name, code):
        app = streamlab.App()
        assert not hasattr(app, name)
        assert name not in dir(app)
        with pytest.raises(AttributeError, match=f"'App' object has no attribute '{name}'") as it:
            getattr(app, name)
        assert code in str(it.value)

    def test_another_attribute_of_an_app_has_pythons_error(self):
        with pytest.raises(AttributeError, match=r"^'App' object has no attribute 'nothing'$"):
            streamlab.App().nothing

    def test_an_error_inside_a_property_of_an_app_keeps_its_text(self):
        class Broken(streamlab.App):
            @property
            def broken(self):
                return None.missing

        with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'missing'"):
            Broken().broken

    @pytest.mark.parametrize("code", ["send_file(path", "send_from_directory(folder, 'rows.txt'"])
    def test_the_code_for_a_file_works(self, tmp_path, code):
        (tmp_path / "rows.txt").write_text("a\nb\n")
        assert code.partition("(")[0] in str(INSTEAD)
        names = {"path": tmp_path / "rows.txt", "folder": tmp_path, "werkzeug": werkzeug}
        names["request"] = streamlab.request
        app = streamlab.App()
        view = eval(f"lambda: werkzeug.utils.{code}, request.environ)", names)
        app.add_url_rule("/", "file", view)
        with app.test_client().get("/") as response:
            assert (response.status_code, response.text) == (200, "a\nb\n")
