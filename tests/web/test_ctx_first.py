"""Methods that a subclass overrides take the context first, as in Flask 3.2."""

from __future__ import annotations

import inspect

import pytest

import streamlab
from streamlab.web import App
from streamlab.web.ctx import AppContext

OLD = {
    "dispatch_request": "self",
    "full_dispatch_request": "self",
    "preprocess_request": "self",
    "make_default_options_response": "self",
    "process_response": "self, response",
    "finalize_request": "self, rv, from_error_handler=False",
    "handle_exception": "self, e",
    "handle_user_exception": "self, e",
    "handle_http_exception": "self, e",
    "log_exception": "self, exc_info",
    "do_teardown_request": "self, exc=None",
    "do_teardown_appcontext": "self, exc=None",
    "update_template_context": "self, context",
}


def subclass(code: str, **names) -> type[App]:
    names["App"] = App
    exec(f"class Shop(App):\n    {code}", names)
    return names["Shop"]


def test_every_method_that_takes_the_context_is_checked():
    takes_ctx = {
        name
        for name, method in inspect.getmembers(App, inspect.isfunction)
        if not name.startswith("_") and list(inspect.signature(method).parameters)[1:2] == ["ctx"]
    }
    assert takes_ctx == OLD.keys()


@pytest.mark.parametrize("name", OLD)
def test_an_old_signature_is_an_error_that_shows_the_new_one(name):
    with pytest.raises(TypeError, match=f"Shop.{name}") as raised:
        subclass(f"def {name}({OLD[name]}): pass")
    lines = str(raised.value).splitlines()
    written = "\n    ".join(line for line in lines if line.startswith("    "))
    assert "(self, ctx" in written
    assert subclass(written).__dict__[name]


@pytest.mark.parametrize(
    "parameters",
    [
        "self, ctx",
        "self, _ctx",
        "self, *args, **kwargs",
        "*args",
        "self, context: AppContext",
        "self, context: 'streamlab.web.ctx.AppContext'",
    ],
)
def test_the_context_is_found_by_its_name_or_its_type(parameters):
    assert subclass(f"def dispatch_request({parameters}): pass", AppContext=AppContext)


def test_an_overridden_method_gets_the_context_and_can_pass_it_on():
    class Shop(App):
        def dispatch_request(self, ctx):
            return f"{ctx.request.path}: {super().dispatch_request(ctx)}"

        def make_response(self, rv):
            return super().make_response(f"{rv}!")

    app = Shop("shop")
    app.add_url_rule("/hello", "hello", lambda: "Hello")
    assert app.test_client().get("/hello").text == "/hello: Hello!"


def test_methods_that_flask_does_not_have_are_not_checked():
    assert subclass("def greet(self): pass")
    assert subclass("dispatch_request = None")


def test_json_can_be_imported_and_star_does_not_replace_pythons():
    names = {}
    exec("import json\nfrom streamlab import *\nfrom streamlab.web import *", names)
    assert names["json"].__name__ == "json"
    exec("from streamlab import json\nfrom streamlab.web import json as same", names)
    assert names["json"] is names["same"] is streamlab.web.json
    assert names["json"].dumps({"a": 1}) == '{"a": 1}'
