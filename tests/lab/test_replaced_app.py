"""A Lab follows the app when the cell of the app runs again, or says that the app has changed."""

from __future__ import annotations

import sys

import pytest
from flask import Flask

from streamlab import App, Lab
from tests.kernel import started_kernel

LATEST = 30
APP = "app = App()"
VIEW = """
@app.get('/')
def view():
    return iter(['{text}'])
"""


@pytest.fixture
def kernel():
    with started_kernel() as kernel:
        kernel.run("from streamlab import App, Lab\nfrom flask import Flask\nimport urllib.request")
        yield kernel


def test_a_lab_follows_the_app_of_a_cell_that_runs_again(kernel):
    kernel.run(APP, "app")
    kernel.run(VIEW.format(text="old"), "view")
    kernel.run("lab = Lab(app, '/')", "lab")
    assert kernel.run("lab.run().wait(30).text") == "'old'"
    kernel.run(APP, "app")
    assert kernel.run("lab.run().wait(30).status_code") == "404"  # its view is not defined yet
    kernel.run(VIEW.format(text="new"), "view")
    assert kernel.run("lab.run().wait(30).text") == "'new'"
    assert kernel.run("urllib.request.urlopen(lab.url_for('/')).read()") == "b'new'"
    assert kernel.run("lab.app is app") == "True"
    shown = [batch["sources"] for batch in kernel.batches() if batch.get("sources")][-1]
    assert "return iter(['new'])" in shown[0]["text"]


def test_an_app_of_another_cell_is_another_app(kernel):
    kernel.run(APP + VIEW.format(text="one"), "one")
    kernel.run("lab = Lab(app, '/')", "lab")
    kernel.run("second_app = App()\nthird_app = App()", "two")
    assert kernel.run("lab.run().wait(30).text") == "'one'"
    kernel.run("first = app\n" + APP, "three")
    said = kernel.run("lab.run().wait(30).text")
    assert said.endswith("'one'")
    assert "`app` is another App now" in said


def test_a_lab_says_that_an_app_of_flask_has_changed(kernel):
    kernel.run("app = Flask('app')" + VIEW.format(text="old"), "app")
    kernel.run("lab = Lab(app, '/')", "lab")
    assert kernel.run("lab.run().wait(30).text") == "'old'"
    kernel.run("app = Flask('app')" + VIEW.format(text="new"), "app")
    said = kernel.run("lab.run().wait(30).text")
    assert said.endswith("'old'")
    assert "`app` is another Flask now" in said
    warned = "[event.text for event in lab.exchange.trace.events if event.kind == 'warning']"
    assert "`app` is another Flask now" in kernel.run(warned)


@pytest.mark.parametrize("make", [App, Flask])
def test_only_another_app_in_the_same_variable_is_mentioned(monkeypatch, make):
    main = sys.modules["__main__"]
    app = make("app")
    monkeypatch.setattr(main, "shop", app, raising=False)
    monkeypatch.setattr(main, "alias", app, raising=False)
    with Lab(app, "/") as lab:
        lab.run().wait(LATEST)
        monkeypatch.setattr(main, "shop", make("app"))
        lab.run().wait(LATEST)  # the other variable still has it
        monkeypatch.setattr(main, "alias", "no app")
        with pytest.warns(UserWarning, match="`shop` is another"):
            lab.run().wait(LATEST)
        monkeypatch.setattr(main, "shop", None)
        lab.run().wait(LATEST)
