"""Import paths such as ``shop:app``: what can be imported, and what is said if it cannot."""

from __future__ import annotations

import sys

import pytest

from streamlab.harness.import_app import ImportPathError, import_app
from streamlab.harness.import_path import import_path

SHOP = """
from flask import Flask, request
from streamlab import App
app = Flask("shop")
class Site:
    wsgi = App("site")
site = Site()
def create_app(name="made", number=1):
    return App(f"{name} {number}")
"""
FILES = {
    "shop_w6.py": SHOP,
    "named_w6.py": "from streamlab import App\nserver = App('named')\nfrom flask import request",
    "empty_w6.py": "from flask import request, session, g",
    "needs_w6.py": "import no_such_module_w6",
    "broken_w6.py": "1 / 0",
    "package_w6/__init__.py": "",
    "package_w6/wsgi.py": "application = lambda environ, start_response: []",
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0].endswith("_w6")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("shop_w6:app", "<Flask 'shop'>"),
        ("shop_w6", "<Flask 'shop'>"),
        ("shop_w6:site.wsgi", "<App 'site' with 0 routes>"),
        ("shop_w6:create_app()", "<App 'made 1' with 0 routes>"),
        ("shop_w6:create_app('test', number=2)", "<App 'test 2' with 0 routes>"),
        ("package_w6.wsgi", "<function <lambda>"),
    ],
)
def test_a_path_names_a_module_and_an_app(path, found):
    app = import_app(path)
    assert repr(app).startswith(found)
    assert repr(import_app(import_path(app))).startswith(found)  # as a server's process does


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("shop_w6:ap", "has no attribute 'ap'. Did you mean shop_w6:app?"),
        ("named_w6:wsgi", "has no attribute 'wsgi'. Did you mean named_w6:server?"),
        ("shop_w6:site.wsg", "has no attribute 'wsg'"),
        ("shop_w7", "no module 'shop_w7' in {folder}"),
        ("shop_w7", "Did you mean shop_w6?"),
        ("package_w6.wsgj:app", "Did you mean package_w6.wsgi?"),
        ("nowhere_w6.wsgi", "no module 'nowhere_w6' ('nowhere_w6.wsgi' should be in it)"),
        ("shop_w6.app", "Write shop_w6:app"),
        ("shop_w6.py:app", "Write the name of its module: shop_w6:app"),
        ("package_w6/wsgi.py", "Write the name of its module: package_w6.wsgi"),
        ("named_w6", "no attribute 'app' or 'application'. Write named_w6:server"),
        ("empty_w6", "Write empty_w6:name or empty_w6:create_app()"),
        ("shop_w6:create_app(name)", "with literal arguments"),
        ("shop_w6:create_app(**{})", "with literal arguments"),
        ("shop_w6:1", "neither a name nor a call"),
        (":app", "does not begin with the name of a module"),
        ("", "does not begin with the name of a module"),
    ],
)
def test_a_wrong_path_is_an_error_that_says_what_to_write(path, words, tmp_path):
    with pytest.raises(ImportPathError) as raised:
        import_app(path)
    assert words.format(folder=tmp_path) in str(raised.value)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("needs_w6:app", ModuleNotFoundError),
        ("broken_w6:app", ZeroDivisionError),
        ("shop_w6:create_app(1, 2, 3)", TypeError),
    ],
)
def test_an_error_of_the_module_itself_is_raised_as_it_is(path, kind):
    with pytest.raises(kind):
        import_app(path)
